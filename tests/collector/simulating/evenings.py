"""An evening in a park as it would be recorded, written line by line: 19:00 in Korea and what comes after."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from collector.alerts.notice import Notice
from collector.alerts.settings import AlertSettings
from collector.simulating.hearing import Hearing
from collector.simulating.recording import read_lines
from collector.simulating.simulation import Simulation
from inventory.catalogue import Catalogue, load_catalogue
from inventory.models import AccessPoint, Inventory, Site, SiteKind

SEVEN = datetime(2026, 7, 3, 10, 0, tzinfo=UTC)
INVENTORY = Inventory(
    sites=(Site(id="yeouido", kind=SiteKind.PARK, name_ko="여의도한강공원", name_en="Yeouido", district="영등포구"),),
    access_points=tuple(AccessPoint(id=f"yeouido-{number:03}", site="yeouido") for number in range(1, 14)),
)


LOOKS_EVERY = timedelta(seconds=5)


@cache
def catalogue() -> Catalogue:
    """As it comes."""
    return load_catalogue()


def at(minute: float) -> datetime:
    """So many minutes after seven."""
    return SEVEN + timedelta(minutes=minute)


def report(place: int, minute: float, **fields: Any) -> tuple[datetime, dict[str, Any]]:
    """A report by itself, with when it came."""
    instant = at(minute)
    said = {"access_point": f"yeouido-{place:03}", "observed_at": instant.isoformat(), "interval_seconds": 20.0}
    return instant, said | fields


def status(place: int, minute: float, *, is_online: bool) -> tuple[datetime, dict[str, Any]]:
    """That an agent went or came."""
    instant = at(minute)
    return instant, {"agent": f"yeouido-{place:03}", "is_online": is_online, "at": instant.isoformat()}


def frame(
    agent: str, minute: float, *reports: Mapping[str, Any], clock_ahead: timedelta = timedelta(0)
) -> tuple[datetime, dict[str, Any]]:
    """A frame as a broker passes it on, by an agent whose clock may be ahead, with when it was received."""
    received_at = at(minute)
    said_at = (received_at + clock_ahead).isoformat()
    sent = {"version": 1, "agent": agent, "boot_id": "0123456789abcdef", "sequence": int(minute * 60) + 1}
    payload = {**sent, "sent_at": said_at, "reports": [{**each, "observed_at": said_at} for each in reports]}
    tst = f"{received_at:%Y-%m-%dT%H:%M:%S.%f}Z+0000"
    return received_at, {"tst": tst, "topic": f"wifi/v1/{agent}/frame", "qos": 1, "retain": 0, "payload": payload}


def reports(
    minutes: int,
    places: Iterable[int] = range(1, 14),
    *,
    but: Mapping[int, Iterable[tuple[float, float]]] | None = None,
) -> list[tuple[datetime, dict[str, Any]]]:
    """All these places, three times a minute, but from one minute to another."""
    absent = but or {}
    due = [(place, third / 3 + place / 180) for third in range(3 * minutes + 1) for place in places]
    return [
        report(place, minute, clients=10)
        for place, minute in due
        if not any(begin <= minute < end for begin, end in absent.get(place, ()))
    ]


def written(*evenings: Iterable[tuple[datetime, Mapping[str, Any]]]) -> list[bytes]:
    """In the order in which they came."""
    lines = sorted((line for evening in evenings for line in evening), key=lambda line: line[0])
    return [json.dumps(document).encode() for _, document in lines]


class Played:
    """A recording that has been simulated, with all that came of it."""

    def __init__(
        self, lines: Iterable[bytes], *, every: timedelta = LOOKS_EVERY, hearing: Hearing | None = None, **alerts: Any
    ) -> None:
        self.hearing = hearing or Hearing(INVENTORY, catalogue())
        self.simulation = Simulation(
            inventory=INVENTORY,
            settings=AlertSettings.model_validate(alerts),
            endpoints=("ops",),
            hearing=self.hearing,
        )
        self.notices = list(self.simulation.run(list(read_lines(lines)), every))
        assert self.simulation.failures == {}

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """What was told: how, of which rule, and about what."""
        return [(each.kind, each.rule, " ".join(alert.subject for alert in each.alerts)) for each in self.notices]

    @property
    def minutes(self) -> list[float]:
        """When that was, in minutes after seven."""
        return [minute_of(each) for each in self.notices]


def minute_of(notice: Notice) -> float:
    return round((notice.made_at - SEVEN).total_seconds() / 60, 1)
