"""A load of frames for a collector, from one process that costs little: `python tests/bench/load.py --port 1883`.

It plays agents over a few plain sockets of MQTT 3.1.1, counts what the broker takes (PUBACK) and what the collector
stores (`wifi/v1/+/ack`), and prints what it found as JSON. Frames that wait for the collector are bounded, as the
window of real agents bounds them; what is not acknowledged in time is sent again, as they do.
"""

import argparse
import gc
import json
import os
import re
import secrets
import sys
import time
import urllib.request
from array import array
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from bench_fleet import BenchFleet
from broker_connections import Listener, Sender
from delays import quantile, sequences_of
from frame_templates import BOOT_ID_DIGITS, FIRST_SEQUENCE, Moment, frame_templates
from load_plan import LoadFound, LoadPlan
from processes import idle_seconds, memory_megabytes, processor_seconds

_BURST_PACKETS = 64
_BURST_BYTES = 256 * 1024
_IN_FLIGHT_PER_CONNECTION = 2_000
_REST_SECONDS = 0.002
_AGENT_SPAN = 10_000_000
_QUESTION_SECONDS = 0.2
_WRITTEN = re.compile(rb'^hangang_collector_frames_total\{outcome="stored"\} (\S+)', re.MULTILINE)


class _Waiting(NamedTuple):
    """A frame that is not stored yet: when it was sent last, when first, and what time it tells."""

    sent: float
    first_sent: float
    moment: Moment


class Load:
    """One run of a plan."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._boot_id = secrets.token_hex(BOOT_ID_DIGITS // 2)
        self._frames = frame_templates(plan.fleet, self._boot_id, plan.variants)
        self._outstanding: dict[int, _Waiting] = {}
        self._next = 0
        self._counts: Counter[str] = Counter()
        self._latencies = array("d")
        self._rss: dict[str, list[tuple[float, float]]] = {name: [] for name in plan.watched}
        self._written_before = self._written()
        self._next_question = 0.0

    def run(self) -> LoadFound:
        """Connect, warm up, measure, drain."""
        plan = self._plan
        self._listener = Listener(plan.port, f"bench-acks-{self._boot_id}")
        self._senders = [Sender(plan.port, f"bench-{n}-{self._boot_id}") for n in range(plan.connections)]
        gc.freeze()
        gc.disable()
        try:
            self._began = time.monotonic()
            self._send_for(plan.warm_up_seconds)
            found = self._measure()
            self._drain()
        finally:
            gc.enable()
            for connection in (self._listener, *self._senders):
                connection.close()
        found.resent_frames = self._counts["resent"]
        found.refused_frames = self._counts["refused"]
        found.unacknowledged_frames = len(self._outstanding)
        found.rss_megabytes = self._rss
        return found

    def _measure(self) -> LoadFound:
        before, began = self._counts.copy(), time.monotonic()
        watched = {**self._plan.watched, "load": os.getpid()}
        used = {name: processor_seconds(pid) for name, pid in watched.items()}
        idle = {core: idle_seconds(core) for core in range(os.cpu_count() or 1)}
        self._latencies = array("d")
        self._next_question = 0.0
        self._waiting(began)
        stored_before = self._stored()
        self._send_for(self._plan.seconds)
        self._next_question = 0.0
        self._waiting(time.monotonic())
        seconds = time.monotonic() - began
        counts = self._counts - before
        stored = self._stored() - stored_before
        latencies = sorted(self._latencies)
        return LoadFound(
            seconds=seconds,
            frames_sent=counts["sent"],
            frames_at_broker=counts["at_broker"],
            frames_stored=stored,
            frames_per_second=stored / seconds,
            reports_per_second=stored * self._plan.fleet.reports_per_frame / seconds,
            bytes_per_frame=counts["bytes"] / max(1, counts["sent"]),
            latency_p50_seconds=quantile(latencies, 0.5),
            latency_p99_seconds=quantile(latencies, 0.99),
            latency_max_seconds=quantile(latencies, 1.0),
            processor_seconds={name: processor_seconds(pid) - used[name] for name, pid in watched.items()},
            idle_ratio_of_core={str(core): (idle_seconds(core) - was) / seconds for core, was in idle.items()},
        )

    def _send_for(self, seconds: float) -> None:
        """Send for so long, and on until something of it is stored: a busy machine may need longer for the first."""
        before, began = self._stored(), time.monotonic()
        self._send_until(began + seconds)
        while self._stored() == before and time.monotonic() < began + seconds + self._plan.patience_seconds:
            self._send_until(time.monotonic() + _QUESTION_SECONDS)

    def _stored(self) -> int:
        return self._counts["stored" if self._plan.metrics_port is None else "written"]

    def _send_until(self, end: float) -> None:
        rate, started, sent_before = self._plan.frames_per_second, time.monotonic(), self._next
        next_look = started
        while (now := time.monotonic()) < end:
            room = self._plan.outstanding_frames - self._waiting(now)
            if rate:
                room = min(room, int((now - started) * rate) - (self._next - sent_before))
            sent = self._fill(room, now)
            self._hear()
            if not sent:
                time.sleep(_REST_SECONDS)
            if now >= next_look:
                next_look = now + 1.0
                self._look(now)

    def _waiting(self, now: float) -> int:
        """How many frames are sent and not stored."""
        if self._plan.metrics_port is None:
            return len(self._outstanding)
        if now >= self._next_question:
            self._next_question = now + _QUESTION_SECONDS
            self._counts["written"] = self._written() - self._written_before
        return self._counts["sent"] - self._counts["written"]

    def _written(self) -> int:
        """Frames written since the collector started, by its own count: a marker that another sends is among them."""
        if self._plan.metrics_port is None:
            return 0
        with urllib.request.urlopen(f"http://127.0.0.1:{self._plan.metrics_port}/metrics", timeout=30) as answer:
            found = _WRITTEN.search(answer.read())
        return int(float(found[1])) if found is not None else 0

    def _fill(self, room: int, now: float) -> int:
        """Send a burst on every connection that takes one; how many frames."""
        sent = 0
        moment = Moment.now(now)
        for sender in self._senders:
            if sender.unsent:
                sender.send()
            if sender.unsent or sender.in_flight >= _IN_FLIGHT_PER_CONNECTION:
                continue
            packets: list[bytes] = []
            size = 0
            while sent < room and len(packets) < _BURST_PACKETS and size < _BURST_BYTES:
                turn, number = divmod(self._next, self._plan.fleet.agents)
                sequence = FIRST_SEQUENCE + turn
                frames = self._frames[number]
                packet = frames[turn % len(frames)].packet(sender.next_packet_id(), sequence, moment)
                packets.append(packet)
                size += len(packet)
                self._outstanding[number * _AGENT_SPAN + sequence] = _Waiting(now, now, moment)
                self._next += 1
                sent += 1
            if packets:
                self._counts["sent"] += len(packets)
                self._counts["bytes"] += size
                sender.send(b"".join(packets))
        return sent

    def _hear(self) -> None:
        """Take what has come. Looked for now and then, not waited for: a wake-up for each would cost the core more
        than the broker beside it can spare."""
        for sender in self._senders:
            self._counts["at_broker"] += sender.hear()
        for topic, payload in self._listener.acks():
            self._hear_ack(topic, payload)

    def _hear_ack(self, topic: bytes, payload: bytes) -> None:
        now, number = time.monotonic(), self._plan.fleet.number_of(topic)
        if number is None:
            return
        base = number * _AGENT_SPAN
        for kind, sequence in sequences_of(payload, self._boot_id.encode()):
            frame = self._outstanding.pop(base + sequence, None)
            if frame is not None:
                self._counts[kind] += 1
                self._latencies.append(now - frame.first_sent)

    def _look(self, now: float) -> None:
        """Once a second: note the memory of what is watched, and send again what has waited too long."""
        for name, pid in self._plan.watched.items():
            self._rss[name].append((now - self._began, memory_megabytes(pid)))
        late = []
        for key, frame in self._outstanding.items():
            if now - frame.sent < self._plan.resend_seconds:
                break  # they are in the order of their sending
            late.append(key)
        for key in late[: self._plan.outstanding_frames]:
            frame = self._outstanding.pop(key)
            self._outstanding[key] = frame._replace(sent=now)
            number, sequence = divmod(key, _AGENT_SPAN)
            frames = self._frames[number]
            template = frames[(sequence - FIRST_SEQUENCE) % len(frames)].resent()
            sender = self._senders[number % len(self._senders)]
            sender.send(template.packet(sender.next_packet_id(), sequence, frame.moment))
            self._counts["resent"] += 1

    def _drain(self) -> None:
        """Until all that was sent is stored, so that a next run finds nothing of this one on the way."""
        end = time.monotonic() + self._plan.drain_seconds
        next_look = 0.0
        while (now := time.monotonic()) < end and self._waiting(now) > 0:
            for sender in self._senders:
                if sender.unsent:
                    sender.send()
            self._hear()
            time.sleep(_REST_SECONDS)
            if now >= next_look:
                next_look = now + 1.0
                self._look(now)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Sends frames of many agents, and counts what is stored.")
    parser.add_argument("--port", type=int, required=True, help="the broker's, on this machine")
    parser.add_argument("--name", default="bench", help="of the fleet; begins its agents' names")
    parser.add_argument("--agents", type=int, default=2000)
    parser.add_argument("--reports-per-frame", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0, help="frames a second; 0: as fast as they are stored")
    parser.add_argument("--seconds", type=float, default=10.0, help="measured")
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds before that")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds on top until the first frame is stored")
    parser.add_argument("--drain", type=float, default=30.0, help="seconds at most for what is on the way at the end")
    parser.add_argument("--outstanding", type=int, default=5000, help="frames that may wait for the collector")
    parser.add_argument("--resend", type=float, default=60.0, help="seconds until a frame is sent again")
    parser.add_argument("--metrics-port", type=int, help="the collector's pages: count what it says is written")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--variants", type=int, default=8, help="different frames of each agent")
    parser.add_argument("--core", type=int, help="run on this core only")
    parser.add_argument("--watch", action="append", default=[], metavar="NAME=PID", help="processes to account for")
    parser.add_argument("--write-inventory", type=Path, metavar="FOLDER", help="only write the fleet's inventory")
    given = parser.parse_args()
    fleet = BenchFleet(given.agents, given.reports_per_frame, given.name)
    if given.write_inventory is not None:
        fleet.write_inventory(given.write_inventory)
        return
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    plan = LoadPlan(
        port=given.port,
        fleet=fleet,
        frames_per_second=given.rate,
        seconds=given.seconds,
        warm_up_seconds=given.warm_up,
        patience_seconds=given.patience,
        drain_seconds=given.drain,
        outstanding_frames=given.outstanding,
        resend_seconds=given.resend,
        metrics_port=given.metrics_port,
        connections=given.connections,
        variants=given.variants,
        watched={name: int(pid) for name, pid in (watch.split("=") for watch in given.watch)},
    )
    json.dump(asdict(Load(plan).run()), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
