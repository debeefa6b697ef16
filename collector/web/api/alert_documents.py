"""What calls of alerts and of their deliveries take and answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from collector.alerts.alert import Alert, Phase, Severity
from collector.alerts.endpoints.webhook import AlertFacts, NoticeFacts, facts_of_alert
from collector.alerts.holding.held_back import HeldBack, Hold
from collector.alerts.notice import NoticeKind
from collector.alerts.planning.told_alerts import told
from collector.orders.order import Line
from collector.state.alerts import AlertFilter
from collector.state.delivery_desk import DeliveryState
from collector.web.services import Services

MOST_LISTED = 1_000
MOST_DELIVERIES_OF_AN_ALERT = 100
Limit = Annotated[int, Field(ge=1, le=MOST_LISTED)]
Cursor = Annotated[str | None, Field(max_length=200)]
_ID = "^[A-Za-z0-9_-]{1,64}$"
AlertId = Annotated[str, Path(pattern=_ID, examples=["5f1d0c9b2a7e4d63"])]
DeliveryId = Annotated[str, Path(pattern=_ID, examples=["msg_2c1f0e5d9b8a7463"])]


class AlertsAsked(BaseModel):
    """Which alerts of those that have fired, how many at once, and from where on. What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    is_open: Annotated[bool | None, Field(description="Whether it has not ended")] = None
    site: Line | None = None
    access_point: Line | None = None
    rule: Line | None = None
    severity: Severity | None = None
    limit: Limit = 50
    cursor: Cursor = None

    @property
    def filter(self) -> AlertFilter:
        """As the state takes it."""
        return AlertFilter(
            is_open=self.is_open,
            site=self.site or None,
            access_point=self.access_point or None,
            rule=self.rule or None,
            severity=self.severity,
        )


class AcknowledgementTold(BaseModel):
    """Who takes care of it, since when, and what they said."""

    model_config = ConfigDict(from_attributes=True)
    by: str
    at: datetime
    comment: str


class HeldBackTold(BaseModel):
    """Why nobody is told of it now. `by` is the id of the silence, of the maintenance, of the outage's alert, or of the
    access point that is silent before it, or who acknowledged it; `until` is null where that is not known."""

    model_config = ConfigDict(from_attributes=True)
    hold: Hold
    by: str
    until: datetime | None


class AlertTold(AlertFacts):
    """An alert: its facts, and its texts in both languages."""

    changed_at: datetime = Field(description="When what is to be told of it last changed.")
    well_since: datetime | None = Field(description="It is well since then, though not for long enough to be over.")
    unknown_since: datetime | None = Field(description="Nothing has been known of it since then.")
    acknowledgement: AcknowledgementTold | None
    held_back: HeldBackTold | None = Field(description="Null where it is told, or is over.")


class AlertPage(BaseModel):
    """Alerts, in the order in which they began to fire, the newest first."""

    alerts: list[AlertTold]
    next: str | None


class DeliveryTold(BaseModel):
    """A notice on its way to one endpoint. `due_at` is when it is tried next, or was to be; `problem` is of its newest
    attempt that failed."""

    model_config = ConfigDict(from_attributes=True)
    id: str = Field(description="What the receiver knows it by, the same at each attempt.")
    thread: str | None = Field(description="The same from begun to ended; null for a test.")
    endpoint: str
    kind: NoticeKind
    rule: str
    site: str | None
    state: DeliveryState
    attempts: int
    made_at: datetime
    due_at: datetime
    is_under_way: bool
    ended_at: datetime | None
    problem: str | None


class AlertInFull(AlertTold):
    """The same with the newest deliveries that speak of it."""

    deliveries: list[DeliveryTold]


class DeliveriesAsked(BaseModel):
    """Which deliveries, how many at once, and from where on. What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    state: DeliveryState | None = None
    endpoint: Line | None = None
    thread: Line | None = None
    alert: Annotated[str | None, Field(pattern=_ID, description="Those that speak of it")] = None
    limit: Limit = 50
    cursor: Cursor = None


class DeliveryPage(BaseModel):
    """Deliveries, the newest first."""

    deliveries: list[DeliveryTold]
    next: str | None


class DeliveryInFull(DeliveryTold):
    """The same with the notice that it brings; of very many alerts, the first ones."""

    notice: NoticeFacts


class AcknowledgementAsked(BaseModel):
    """What somebody says who takes care of an alert."""

    model_config = ConfigDict(extra="forbid")
    comment: Annotated[str, Field(max_length=1_000)] = ""


def alert_told(services: Services, alert: Alert, held_back: HeldBack | None) -> AlertTold:
    """An alert as the API has it."""
    return AlertTold.model_validate(_fields_of(services, alert, held_back))


def alert_in_full(
    services: Services, alert: Alert, held_back: HeldBack | None, deliveries: list[DeliveryTold]
) -> AlertInFull:
    """The same with its deliveries."""
    return AlertInFull.model_validate({**_fields_of(services, alert, held_back), "deliveries": deliveries})


def _fields_of(services: Services, alert: Alert, held_back: HeldBack | None) -> Mapping[str, object]:
    facts = facts_of_alert(told(alert, services.inventory), services.alert_links)
    is_firing = alert.phase is Phase.FIRING
    acknowledgement = alert.acknowledgement
    return {
        **dict(facts),
        "changed_at": alert.changed_at,
        "well_since": alert.well_since if is_firing else None,
        "unknown_since": alert.unknown_since if is_firing else None,
        "acknowledgement": acknowledgement and AcknowledgementTold.model_validate(acknowledgement),
        "held_back": held_back and HeldBackTold.model_validate(held_back),
    }
