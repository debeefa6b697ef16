"""What others do with the same stream of frames: the broker by itself, and Debian's exporter of MQTT.

Neither stores anything. Nobody who receives through this broker can be faster than the first; the second shows what a
program that only remembers the newest value of each topic takes.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from bench_fleet import BenchFleet
from harness import free_port, is_listening, program
from rig import COLLECTOR_CORE, IS_QUICK, Process, broker, need_two_cores, pinned, run_load, wait_until

SECONDS = 1.0 if IS_QUICK else 10.0
SINGLE = BenchFleet(agents=2_000)
BATCHED = BenchFleet(agents=100, reports_per_frame=20)
TOPIC = "wifi/v1/+/frame"
NOBODY_STORES = {"outstanding": 10_000_000, "drain": 0, "patience": 0}
EXPORTER_FRAMES_PER_SECOND = 2_000
EXPORTED = {
    "cpu_ratio": "reports.[0].system.cpu_ratio",
    "memory_used_ratio": "reports.[0].system.memory_used_ratio",
    "temperature_celsius": "reports.[0].system.temperature_celsius",
    "clients": "reports.[0].clients",
    "radio0_busy_ratio": "reports.[0].radios.[0].busy_ratio",
    "radio1_busy_ratio": "reports.[0].radios.[1].busy_ratio",
    "uplink_rx_bits_per_second": "reports.[0].uplink.rx_bits_per_second",
    "uplink_tx_bits_per_second": "reports.[0].uplink.tx_bits_per_second",
}
"""Eight of a report's 45 values."""
Note = Callable[[str, float], None]


@contextmanager
def subscriber(folder: Path, port: int) -> Iterator[Process]:
    """mosquitto_sub, which writes down when each frame came and forgets the rest."""
    command = [program("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-t", TOPIC, "-F", "%U"]
    log = folder / "mosquitto.log"
    with pinned(folder, "subscriber", command, COLLECTOR_CORE) as process:
        wait_until(lambda: TOPIC in log.read_text(errors="replace"), process)
        yield process


def rate_in_the_middle(instants: list[float]) -> float:
    """Messages a second from the first second's end to where nine tenths of them have come."""
    middle = [instant for instant in instants[: len(instants) * 9 // 10] if instant >= instants[0] + 1]
    return (len(middle) - 1) / (middle[-1] - middle[0])


@pytest.mark.parametrize(
    ("counted", "fleet"), [("frames", SINGLE), ("batched_reports", BATCHED)], ids=["single", "batched"]
)
def test_the_broker_by_itself(tmp_path: Path, note: Note, counted: str, fleet: BenchFleet) -> None:
    """The subscriber has the core that is otherwise the collector's."""
    need_two_cores()
    with broker(tmp_path) as (mosquitto, port):
        with subscriber(tmp_path, port) as receiver:
            watched = {"broker": mosquitto.pid, "subscriber": receiver.pid}
            found = run_load(port, fleet, watched, seconds=SECONDS, warm_up=1, **NOBODY_STORES)
        instants = [float(line) for line in receiver.log.read_text().splitlines()]
    messages_per_second = rate_in_the_middle(instants)
    used, at_broker = found["processor_seconds"], found["frames_at_broker"]
    note(f"broker_ceiling_{counted}_per_second", messages_per_second * fleet.reports_per_frame)
    note(f"broker_{counted}_cpu_microseconds_per_message", used["broker"] / at_broker * 1e6)
    note(f"load_{counted}_cpu_microseconds_per_message", used["load"] / at_broker * 1e6)
    if fleet is SINGLE:
        note("broker_ceiling_messages_per_second", messages_per_second)


@contextmanager
def exporter(folder: Path, broker_port: int) -> Iterator[tuple[Process, int]]:
    """prometheus-mqtt-exporter, subscribed to the frames; and the port of its metrics."""
    port = free_port()
    settings = {
        "mqtt": {
            "server": f"tcp://127.0.0.1:{broker_port}",
            "topic_path": TOPIC,
            "device_id_regex": "wifi/v1/(?P<deviceid>[^/]+)/frame",
            "qos": 1,
        },
        "cache": {"timeout": "24h"},
        "metrics": [
            {"prom_name": name, "mqtt_name": path, "help": name, "type": "gauge"} for name, path in EXPORTED.items()
        ],
    }
    path = folder / "exporter.yaml"
    path.write_text(json.dumps(settings))  # JSON is YAML
    command = [program("prometheus-mqtt-exporter"), f"-config={path}", "-log-level=error"]
    command += ["-listen-address=127.0.0.1", f"-listen-port={port}"]
    with pinned(folder, "exporter", command, COLLECTOR_CORE) as process:
        wait_until(lambda: is_listening(port), process)
        yield process, port


def test_the_exporter_of_mqtt(tmp_path: Path, note: Note) -> None:
    need_two_cores()
    with broker(tmp_path) as (_, port), exporter(tmp_path, port) as (process, metrics_port):
        found = run_load(
            port,
            SINGLE,
            {"exporter": process.pid},
            seconds=SECONDS,
            warm_up=2,
            rate=EXPORTER_FRAMES_PER_SECOND,
            **NOBODY_STORES,
        )
        with urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=60) as answer:
            told = answer.read().decode()
    for name in EXPORTED:
        assert told.count(f'\n{name}{{sensor="bench-') == SINGLE.agents
    used = found["processor_seconds"]["exporter"]
    note("mqtt_exporter_cpu_microseconds_per_message", used / found["frames_at_broker"] * 1e6)
    note("mqtt_exporter_values_per_message", len(EXPORTED))
