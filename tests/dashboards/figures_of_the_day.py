"""The collector's own figures of the simulated day, by the code that makes them in service, minute by minute.

Made by hand is what no simulation tells: how much the collector counted, alerts that fire, how far the replacement
programme is, and what its verification found.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from judged_places import verification
from simulated_day import CONTROLLED, REPLACED, REPLACED_AT, agent_of, inventory_of_the_day

from agent.wire import AgentHealth, Status
from collector.figures.agents import agents
from collector.figures.agents_together import agents_together
from collector.figures.city import places, site_channels, site_states
from collector.figures.collector_itself import CollectorItself
from collector.figures.device_changes import device_changes
from collector.figures.figure import Figure
from collector.figures.kinds import followed_by_kinds
from collector.figures.measurements import ALERTS, WINDOW_SECONDS
from collector.figures.programme import programme, verification_of, verified_places
from collector.fleet import Fleet, HeardHealth
from collector.legacy.documents import Standing
from collector.legacy.programme import ProgrammePlace, programme_report
from collector.metrics import Metrics
from collector.readings import Reading, ReportInFrame
from collector.state.devices import SeenDevice
from collector.stores import StoredReport

_UNREAD = ReportInFrame(b"", 0)
"""No figure asks for the whole report."""
_ARRIVES_AFTER = timedelta(seconds=1.5)
_STANDINGS = (Standing.REPLACE, Standing.MEND, Standing.KEEP, Standing.INSUFFICIENT, None)


class FiguresOfTheDay:
    """To be asked once for every minute, in order."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._inventory = inventory_of_the_day(sizes)
        self._fleet = Fleet()
        self._metrics = Metrics()
        self._itself = CollectorItself("collector-1", self._metrics, lambda: True)
        self._minutes = 0

    def after(self, minute: datetime, reports: Sequence[StoredReport]) -> Iterator[Figure]:
        """What is known at the end of a minute in which these came."""
        self._minutes += 1
        for stored in reports:
            self._remember(stored)
        self._hear_agents(minute)
        self._count(len(reports))
        newest = self._fleet.newest()
        firing = {"banpo": 1 + self._minutes // 200 % 3, CONTROLLED: 0}
        states = list(site_states(self._inventory, newest, firing, minute))
        each_agent = list(agents(self._inventory, newest, minute))
        yield from followed_by_kinds(states)
        yield from chain(each_agent, [agents_together(each_agent, {"collector": "collector-1"}, minute)])
        yield from self._itself.figures(minute)
        yield _alerts(minute, sum(firing.values()), self._minutes)
        if minute.timestamp() % WINDOW_SECONDS == 0:
            yield from site_channels(self._inventory, newest, minute)
            yield from places(self._inventory, minute)
            yield from self._programme(minute)
        if minute - timedelta(minutes=1) < REPLACED_AT <= minute:
            yield from device_changes(self._inventory, [_REPLACEMENT])

    def _remember(self, stored: StoredReport) -> None:
        at, place = stored.observed_at, stored.access_point
        agent = agent_of(self._inventory.access_points[place].site)
        self._fleet.remember(place, Reading.of(stored.report, at, at + _ARRIVES_AFTER, agent, origin=_UNREAD))

    def _hear_agents(self, minute: datetime) -> None:
        for number, agent in enumerate(self._inventory.agents):
            online = Status(version=1, agent=agent, boot_id="00c0ffee", is_online=True, since=minute)
            self._fleet.remember_status(online)
            waiting = (self._minutes // 7 + number) % 5
            health = AgentHealth(
                spooled_frames=waiting,
                spooled_bytes=4_096 * (1 + waiting),
                dropped_frames=self._minutes // 600,
                resident_bytes=31_000_000 + 1_000 * self._minutes,
                cpu_seconds=0.3 * self._minutes,
                uptime_seconds=60.0 * self._minutes,
            )
            self._fleet.remember_health(agent, HeardHealth(minute, health))

    def _count(self, reports: int) -> None:
        metrics, odd = self._metrics, round(5 + 4 * math.sin(self._minutes / 90))
        metrics.is_connected.set(1)
        metrics.pending_frames.set(odd)
        metrics.unsettled_frames.set(20 + odd)
        metrics.waiting_bundles.set(odd // 8)
        metrics.unknown_devices.set(2)
        metrics.reports_stored.inc(reports)
        metrics.frames.labels("stored").inc(reports)
        metrics.frames.labels("repeated").inc(odd // 9)
        metrics.quarantined.labels("unreadable").inc(odd // 8)
        metrics.write_failures.inc(odd // 9)
        metrics.write_seconds.observe(0.02 + odd / 1_000)
        metrics.commit_delay_seconds.observe(0.1 + odd / 100)
        metrics.deliveries.labels("ops", "delivered").inc(1 + odd // 5)
        metrics.deliveries.labels("ops", "again").inc(odd // 9)

    def _programme(self, minute: datetime) -> Iterator[Figure]:
        judged = (
            ProgrammePlace(
                place.id,
                place.site,
                self._inventory.sites[place.site].district,
                self._inventory.sites[place.site].kind,
                _STANDINGS[number % len(_STANDINGS)],
            )
            for number, place in enumerate(self._inventory.access_points.values())
        )
        replaced = {REPLACED, "banpo-002"}
        yield from programme(self._inventory, programme_report(judged, replaced, {"banpo-002"}), minute)
        works = verification(
            minute - timedelta(days=60), minute - timedelta(days=40), {"banpo-002": 4.2, REPLACED: 3.1}
        )
        yield from chain(verification_of(works, minute), verified_places(self._inventory, works, minute))


def _alerts(minute: datetime, firing: int, minutes: int) -> Figure:
    waiting = minutes // 50 % 4
    values = {
        "firing": firing,
        "evaluation_seconds_sum": 30 * (0.02 + minutes % 7 / 1_000),
        "evaluation_seconds_count": 30,
        "rule_failures": minutes % 400 // 399,
        "outbox_notices": waiting,
        "outbox_age_seconds": 20.0 * waiting,
        "dead_letters": minutes // 500,
    }
    return Figure(ALERTS, {}, minute, values)


_REPLACEMENT = SeenDevice(
    access_point=REPLACED,
    serial="SIM-NEW",
    vendor="Simulated",
    model="SIM-AP Wi-Fi 6E (4x4x4)",
    mac=None,
    first_seen=REPLACED_AT,
    last_seen=REPLACED_AT,
)
