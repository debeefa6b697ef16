"""Alerts and places made by hand, for tests of who is told of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from collector.alerts.alert import Alert, Phase, Severity, Subject
from collector.korean_time import KST
from inventory import AccessPoint, Inventory, Site, SiteKind

NOW = datetime(2026, 7, 15, 3, tzinfo=UTC)
"""A Wednesday's noon in Korea."""
MINUTE = timedelta(minutes=1)


def kst(text: str) -> datetime:
    """`2026-07-15 12:00` in Korea."""
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def places(parents: dict[str, str | None]) -> Inventory:
    """Access points with their parents, each at the site that its id begins with; `hall` is a library, others parks."""
    names = sorted({name.partition("-")[0] for name in parents})
    kinds = {name: SiteKind.LIBRARY if name == "hall" else SiteKind.PARK for name in names}
    return Inventory(
        sites=tuple(Site(id=name, kind=kind, name_ko=name, district="mapo") for name, kind in kinds.items()),
        access_points=tuple(
            AccessPoint(id=name, site=name.partition("-")[0], parent=parent) for name, parent in parents.items()
        ),
    )


def alert(rule: str = "airtime_high", at: str | None = "park-1", **fields: Any) -> Alert:
    """One that has fired for half an hour, about an access point such as `park-1` or a site such as `park`, or nowhere.
    Its id is made of both."""
    place = at if at is not None and "-" in at else None
    subject = Subject(at or "", None if at is None else at.partition("-")[0], place)
    fired_at = NOW - 30 * MINUTE
    made: dict[str, Any] = {
        "id": f"{rule} {at}",
        "rule": rule,
        "subject": subject,
        "severity": Severity.WARNING,
        "phase": Phase.FIRING,
        "since": fired_at,
        "changed_at": fired_at,
        "fired_at": fired_at,
    }
    return Alert(**made | fields)


def pending(rule: str, at: str) -> Alert:
    """One that has not fired yet."""
    return alert(rule, at, phase=Phase.PENDING, fired_at=None)


def resolved(rule: str, at: str) -> Alert:
    """One that is over."""
    return alert(rule, at, phase=Phase.RESOLVED, ended_at=NOW)


def silent(*access_points: str, **fields: Any) -> list[Alert]:
    """Alerts of access points that are silent."""
    return [alert("access_point_silent", name, **fields) for name in access_points]
