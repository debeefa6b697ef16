"""What of an alert goes into a notice: its facts, with where it is by the inventory. Pure; used by `planning`."""

from collector.alerts.alert import Alert, Phase
from collector.alerts.notice import ToldAlert, Where
from inventory import Inventory


def told(alert: Alert, inventory: Inventory) -> ToldAlert:
    """An alert that has fired, as it is now."""
    subject = alert.subject
    where = None if subject.site is None else place_of(inventory, subject.site, subject.access_point)
    return ToldAlert(
        id=alert.id,
        rule=alert.rule,
        subject=subject.key,
        part=subject.part,
        severity=alert.severity,
        is_firing=alert.phase is Phase.FIRING,
        is_flapping=alert.is_flapping,
        end=alert.end,
        where=where,
        since=alert.since,
        fired_at=alert.fired_at or alert.since,
        ended_at=alert.ended_at,
        value=alert.value,
        threshold=alert.threshold,
        people=alert.people,
        members=alert.members,
        detail=dict(alert.detail),
    )


def place_of(inventory: Inventory, site_id: str, access_point_id: str | None = None) -> Where | None:
    """A site, or an access point of it, with its position; None for a site that the inventory has no more."""
    site = inventory.sites.get(site_id)
    if site is None:
        return None
    place = None if access_point_id is None else inventory.access_points.get(access_point_id)
    positioned = site if place is None or place.latitude is None else place
    return Where(
        site=site.id,
        site_kind=site.kind,
        district=site.district,
        site_name_ko=site.name_ko,
        site_name_en=site.name_en or site.name_ko,
        access_point=access_point_id,
        access_point_name=None if place is None else place.name,
        floor=None if place is None else place.floor,
        latitude=positioned.latitude,
        longitude=positioned.longitude,
    )
