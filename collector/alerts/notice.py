"""What somebody is told: the facts of a notice, without words of any language or the form of any receiver. Pure.

Made by `planning`, kept with its deliveries as JSON, put into words by `telling`, written down by `formats`.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from collector.alerts.alert import End, Severity
from inventory.models import SiteKind


class NoticeKind(StrEnum):
    """Something has `begun`; others have joined it, or some of it has ended (`changed`); all of it has `ended`; or it
    is a `test`, or the watchdog's sign of life (`alive`)."""

    BEGUN = "begun"
    CHANGED = "changed"
    ENDED = "ended"
    TEST = "test"
    ALIVE = "alive"


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Where(_Fact):
    """A site, with an access point of it where the alert is about one. `name_en` is the Korean name where there is no
    other. The position is the access point's, or else the site's."""

    site: str
    site_kind: SiteKind
    district: str
    site_name_ko: str
    site_name_en: str
    access_point: str | None = None
    access_point_name: str | None = None
    floor: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class ToldAlert(_Fact):
    """One alert of a notice, as it was when the notice was made: see `collector.alerts.alert.Alert` for the fields.
    `subject` is the key of what it is about. `members` are the ids of the access points that it lists."""

    id: str
    rule: str
    subject: str
    part: str | None = None
    severity: Severity
    is_firing: bool
    is_flapping: bool = False
    end: End | None = None
    where: Where | None = None
    since: datetime
    fired_at: datetime
    ended_at: datetime | None = None
    value: float | None = None
    threshold: float | None = None
    people: int | None = None
    members: tuple[str, ...] = ()
    detail: dict[str, str | float] = {}


class Notice(_Fact):
    """What one endpoint is told once. `id` is the same however often it is sent; `thread` is the same for all notices
    from the beginning to the end of one trouble, whose group is a rule at a site.

    `alerts` are in order: firing before ended, the oldest first. `severity` is the worst of those that fire, or else of
    those that have ended.
    """

    id: str
    thread: str
    endpoint: str
    kind: NoticeKind
    rule: str
    where: Where | None
    severity: Severity
    made_at: datetime
    alerts: tuple[ToldAlert, ...]

    @property
    def firing(self) -> tuple[ToldAlert, ...]:
        """Those that fire."""
        return tuple(alert for alert in self.alerts if alert.is_firing)

    @property
    def ended(self) -> tuple[ToldAlert, ...]:
        """Those that have ended."""
        return tuple(alert for alert in self.alerts if not alert.is_firing)
