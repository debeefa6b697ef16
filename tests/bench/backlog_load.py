"""Agents that come back after days without a broker: each has its backlog to tell, and goes on living meanwhile.

`python tests/bench/backlog_load.py --port 1883 --hours 72`: bundles of old frames on `wifi/v1/{agent}/backlog`, the
oldest first and one unacknowledged bundle to an agent, live frames beside them. Prints as JSON how long that took,
and how long live frames waited for their acknowledgement.
"""

import argparse
import json
import os
import secrets
import sys
import time
from array import array
from collections import Counter, deque
from dataclasses import asdict, dataclass, field

from bench_fleet import BenchFleet
from broker_connections import Listener, Sender
from delays import quantile, sequences_of
from frame_templates import BOOT_ID_DIGITS, FIRST_SEQUENCE, FrameTemplate, Moment, frame_templates
from mqtt_packets import publish_head
from processes import memory_megabytes, processor_seconds

from agent.wire.bundle import pack

_REST_SECONDS = 0.002
_BUNDLES_AT_BROKER = 100
_VARIANTS = 500
"""Different frames, so that no two of a bundle are alike, which its compression would thank us for."""

_PATIENCE_FACTOR, _PATIENCE_KEPT_RATIO, _LONGEST_PATIENCE_SECONDS = 2.0, 0.75, 300.0


@dataclass(frozen=True, slots=True)
class BacklogPlan:
    """What is to be told by agents that are on an access point each: `hours` of frames, one every `interval_seconds`,
    and one live frame in the same time. Gives up after `limit_seconds`."""

    port: int
    fleet: BenchFleet
    hours: float
    interval_seconds: float = 60.0
    frames_per_bundle: int = 100
    resend_seconds: float = 30.0
    limit_seconds: float = 3600.0
    watched: dict[str, int] = field(default_factory=dict)

    @property
    def frames_each(self) -> int:
        """The backlog of one agent."""
        return max(1, round(self.hours * 3600 / self.interval_seconds))


@dataclass(frozen=True, slots=True)
class BacklogFound:
    """What came of it. `undrained_frames` are those of the backlog that were not acknowledged in time."""

    frames: int
    undrained_frames: int
    drain_seconds: float
    frames_per_second: float
    bytes_per_frame: float
    bundles: int
    resent_bundles: int
    refused_frames: int
    live_frames: int
    live_unacknowledged_frames: int
    live_p50_seconds: float
    live_p99_seconds: float
    live_max_seconds: float
    processor_seconds: dict[str, float]
    peak_rss_megabytes: dict[str, float]


@dataclass(slots=True)
class _Bundle:
    """One on its way: its frames by their place in the backlog, and which of them are not stored yet."""

    first: int
    end: int
    first_sent: float
    sent: float
    missing: set[int]


class BacklogLoad:
    """One run of a plan."""

    def __init__(self, plan: BacklogPlan) -> None:
        self._plan = plan
        boot_id = secrets.token_hex(BOOT_ID_DIGITS // 2)
        self._boot_id = boot_id.encode()
        (self._frames,) = frame_templates(BenchFleet(1), boot_id, _VARIANTS)
        self._listener = Listener(plan.port, f"bench-acks-{boot_id}")
        self._past = Sender(plan.port, f"bench-past-{boot_id}")
        self._present = Sender(plan.port, f"bench-present-{boot_id}")
        self._told = [0] * plan.fleet.agents
        self._patience = [plan.resend_seconds] * plan.fleet.agents
        self._on_the_way: dict[int, _Bundle] = {}
        self._ready = deque(range(plan.fleet.agents))
        self._live: dict[tuple[int, int], float] = {}
        self._live_delays = array("d")
        self._counts: Counter[str] = Counter()
        self._peaks: dict[str, float] = dict.fromkeys(plan.watched, 0.0)

    def run(self) -> BacklogFound:
        """Tell it all, and then hear of the live frames that are still on their way."""
        watched = {**self._plan.watched, "load": os.getpid()}
        used = {name: processor_seconds(pid) for name, pid in watched.items()}
        self._began_wall, self._began = time.time(), time.monotonic()
        self._next_look = self._began
        end = self._began + self._plan.limit_seconds
        while (self._ready or self._on_the_way) and (now := time.monotonic()) < end:
            self._step(now)
        drained = time.monotonic() - self._began
        used = {name: processor_seconds(pid) - used[name] for name, pid in watched.items()}
        while self._live and time.monotonic() < end:
            self._hear()
            time.sleep(_REST_SECONDS)
        for connection in (self._listener, self._past, self._present):
            connection.close()
        return self._found(drained, used)

    def _found(self, drained: float, used: dict[str, float]) -> BacklogFound:
        delays, counts = sorted(self._live_delays), self._counts
        frames = self._plan.fleet.agents * self._plan.frames_each
        return BacklogFound(
            frames=frames,
            undrained_frames=frames - counts["stored"] - counts["refused"],
            drain_seconds=drained,
            frames_per_second=counts["stored"] / drained,
            bytes_per_frame=counts["bytes"] / max(1, counts["packed"]),
            bundles=counts["bundles"],
            resent_bundles=counts["resent"],
            refused_frames=counts["refused"],
            live_frames=counts["live"],
            live_unacknowledged_frames=len(self._live),
            live_p50_seconds=quantile(delays, 0.5),
            live_p99_seconds=quantile(delays, 0.99),
            live_max_seconds=quantile(delays, 1.0),
            processor_seconds=used,
            peak_rss_megabytes=self._peaks,
        )

    def _step(self, now: float) -> None:
        for sender in (self._past, self._present):
            if sender.unsent:
                sender.send()
        is_busy = self._send_live(now)
        if self._ready and not self._past.unsent and self._past.in_flight < _BUNDLES_AT_BROKER:
            self._send_bundle(self._ready.popleft(), now)
            is_busy = True
        self._hear()
        if now >= self._next_look:
            self._next_look = now + 1.0
            self._look(now)
        if not is_busy:
            time.sleep(_REST_SECONDS)

    def _send_live(self, now: float) -> bool:
        """The present: the agents in turn, each once in an interval. Whether one was due."""
        due = int((now - self._began) * self._plan.fleet.agents / self._plan.interval_seconds)
        if self._counts["live"] >= due:
            return False
        moment = Moment.now(now)
        while self._counts["live"] < due:
            turn, number = divmod(self._counts["live"], self._plan.fleet.agents)
            place = self._plan.frames_each + turn
            template = self._template(number, place)
            self._present.send(template.packet(self._present.next_packet_id(), FIRST_SEQUENCE + place, moment))
            self._live[number, place] = now
            self._counts["live"] += 1
        return True

    def _send_bundle(self, number: int, now: float) -> None:
        """The next of an agent's past."""
        first = self._told[number]
        end = min(first + self._plan.frames_per_bundle, self._plan.frames_each)
        self._told[number] = end
        bundle = self._on_the_way[number] = _Bundle(first, end, now, now, set(range(first, end)))
        self._publish(number, bundle, is_resent=False)

    def _publish(self, number: int, bundle: _Bundle, *, is_resent: bool) -> None:
        wall, monotonic = time.time(), time.monotonic()
        sent = Moment.at(wall, monotonic)
        frames = []
        for place in range(bundle.first, bundle.end):
            age = (self._plan.frames_each - place) * self._plan.interval_seconds + monotonic - self._began
            template = self._template(number, place)
            template = template.resent() if is_resent else template
            frames.append(template.payload(FIRST_SEQUENCE + place, Moment.at(wall - age, monotonic - age), sent))
        payload = pack(frames)
        head = publish_head(f"wifi/v1/{self._plan.fleet.agent(number)}/backlog", len(payload))
        self._past.send(head + self._past.next_packet_id().to_bytes(2) + payload)
        self._counts["bundles"] += 1
        self._counts["packed"] += len(frames)
        self._counts["bytes"] += len(payload)

    def _template(self, number: int, place: int) -> FrameTemplate:
        return self._frames[place % _VARIANTS].of_agent(self._plan.fleet.agent(number), number)

    def _hear(self) -> None:
        for sender in (self._past, self._present):
            sender.hear()
        for topic, ack in self._listener.acks():
            now, number = time.monotonic(), self._plan.fleet.number_of(topic)
            if number is None:
                continue
            for kind, sequence in sequences_of(ack, self._boot_id):
                self._note_acknowledged(number, sequence - FIRST_SEQUENCE, kind, now)

    def _note_acknowledged(self, number: int, place: int, kind: str, now: float) -> None:
        sent = self._live.pop((number, place), None)
        if sent is not None:
            self._live_delays.append(now - sent)
            return
        bundle = self._on_the_way.get(number)
        if bundle is None or place not in bundle.missing:
            return
        bundle.missing.remove(place)
        self._counts[kind] += 1
        if not bundle.missing:
            del self._on_the_way[number]
            self._learn_patience(number, now - bundle.first_sent)
            if self._told[number] < self._plan.frames_each:
                self._ready.append(number)

    def _learn_patience(self, number: int, latency: float) -> None:
        """As agents do: where a whole city is heard, an acknowledgement may take longer than is waited at first."""
        learned = max(_PATIENCE_FACTOR * latency, _PATIENCE_KEPT_RATIO * self._patience[number])
        self._patience[number] = max(self._plan.resend_seconds, min(_LONGEST_PATIENCE_SECONDS, learned))

    def _look(self, now: float) -> None:
        """Once a second: note the memory of what is watched, and send again what has waited too long."""
        for name, pid in self._plan.watched.items():
            self._peaks[name] = max(self._peaks[name], memory_megabytes(pid))
        for number, bundle in self._on_the_way.items():
            if now - bundle.sent >= self._patience[number]:
                bundle.sent = now
                self._counts["resent"] += 1
                self._publish(number, bundle, is_resent=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Tells the backlog of many agents beside their present.")
    parser.add_argument("--port", type=int, required=True, help="the broker's, on this machine")
    parser.add_argument("--agents", type=int, default=2000)
    parser.add_argument("--hours", type=float, default=1.0, help="of backlog, of each agent")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds after which to give up")
    parser.add_argument("--resend", type=float, default=30.0, help="seconds until a bundle is sent again")
    parser.add_argument("--core", type=int, help="run on this core only")
    parser.add_argument("--watch", action="append", default=[], metavar="NAME=PID", help="processes to account for")
    given = parser.parse_args()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    plan = BacklogPlan(
        port=given.port,
        fleet=BenchFleet(given.agents),
        hours=given.hours,
        limit_seconds=given.limit,
        resend_seconds=given.resend,
        watched={name: int(pid) for name, pid in (watch.split("=") for watch in given.watch)},
    )
    json.dump(asdict(BacklogLoad(plan).run()), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
