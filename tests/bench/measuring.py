"""What is made of a run with a collector: speed, and delays, each as figures with a name of its own."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import httpx
from bench_fleet import BenchFleet
from broker_connections import Sender
from frame_templates import FIRST_SEQUENCE, FrameTemplate, Moment, frame_templates
from rig import COLLECTOR_CORE, OTHERS_CORE, Collector

_MARK_SECONDS = 700_000_000
"""No uptime of the load is as long as a marker's."""
_MARK_WITHIN_SECONDS = 60.0
_BUCKET = re.compile(r'^hangang_collector_commit_delay_seconds_bucket\{le="([^"]+)"\} (\S+)', re.MULTILINE)
Note = Callable[[str, float], None]


def note_speed(note: Note, name: str, found: dict[str, Any]) -> None:
    """What a core of collector stored. `name` is the store and what is counted."""
    reports = found["reports_per_second"] * found["seconds"]
    used = found["processor_seconds"]["collector"]
    assert reports, "nothing was stored in the measured window"
    idle = found["idle_ratio_of_core"]
    note(f"{name}_per_second", found["reports_per_second"])
    note(f"{name}_per_cpu_second", reports / used)
    note(f"{name}_cpu_microseconds_per_report", used / reports * 1e6)
    note(f"{name}_collector_core_busy_ratio", 1 - idle[str(COLLECTOR_CORE)])
    note(f"{name}_other_core_busy_ratio", 1 - idle[str(OTHERS_CORE)])
    note(f"{name}_collector_rss_megabytes", max(megabytes for _, megabytes in found["rss_megabytes"]["collector"]))


def commit_delays(running: Collector) -> dict[float, float]:
    """Frames by the longest that each took from its arrival to the store, counted up, since the collector started."""
    with urlopen(f"http://127.0.0.1:{running.web_port}/metrics", timeout=30) as answer:
        return {float(bound): float(count) for bound, count in _BUCKET.findall(answer.read().decode())}


def histogram_quantile(counts: dict[float, float], share: float) -> float:
    """As Prometheus does: evenly spread within a bucket."""
    wanted, lower, below = share * counts[float("inf")], 0.0, 0.0
    for bound, count in sorted(counts.items()):
        if count >= wanted:
            return lower if bound == float("inf") else lower + (bound - lower) * (wanted - below) / (count - below)
        lower, below = bound, count
    return lower


def queryable_delays(running: Collector, fleet: BenchFleet, markers: int) -> list[float]:
    """Seconds from publishing a sample that no other is like, to the answer of VictoriaMetrics that has it, one after
    another; in order."""
    template = frame_templates(fleet, "f" * 16, 1)[0][0]
    place = fleet.access_points_of(0)[0]
    question = f'max_over_time(wifi_report_uptime_seconds{{access_point="{place}"}}[1m])'
    sender = Sender(running.broker_port, "bench-marker")
    delays = []
    with httpx.Client(base_url=f"http://127.0.0.1:{running.engine_port}") as engine:
        for number in range(markers):
            mark = _MARK_SECONDS + number
            body = re.sub(rb'"uptime_seconds":[\d.]+', b'"uptime_seconds":%d.0' % mark, template.body)
            marked = FrameTemplate.of_body(template.topic, body, template.reports)
            began = time.monotonic()
            sender.send(marked.packet(sender.next_packet_id(), FIRST_SEQUENCE + number, Moment.now(began)))
            while str(mark) not in engine.get("/api/v1/query", params={"query": question, "nocache": "1"}).text:
                assert time.monotonic() - began < _MARK_WITHIN_SECONDS
                time.sleep(0.1)
            delays.append(time.monotonic() - began)
    sender.close()
    return sorted(delays)
