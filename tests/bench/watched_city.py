"""A city of 25,000 access points with three radios and four checks each, of which two in a hundred are in trouble: what
the rules look at every other second. Made where the collector has it, as readings in a fleet."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from agent.wire import Device, Interface, Probe, Radio, Report, System
from collector.readings import Reading

INTERVAL = timedelta(seconds=60)
ONE_IN = 50
"""Is in trouble."""
_BANDS = ("2.4", "5", "6")
_CHECKS = ("gateway", "dns", "portal")
Parts = dict[str, object]


class WatchedCity:
    """`readings` are the newest, by access point. A tenth of the troubles is silence; of the others each place has one
    from beginning to end."""

    def __init__(self, access_points: tuple[str, ...], now: datetime) -> None:
        draw = Random(12)
        self._names = access_points
        self._heard = [name for number, name in enumerate(access_points) if number % (ONE_IN * len(_TROUBLES))]
        self._next = 0
        self.readings: dict[str, Reading] = {
            name: _reading(name, number, now - draw.random() * INTERVAL, draw)
            for number, name in enumerate(access_points)
        }
        for name in set(access_points) - set(self._heard):
            self.readings[name] = self.readings[name]._replace(observed_at=now - timedelta(hours=1))

    def report(self, now: datetime, span: timedelta) -> Mapping[str, Reading]:
        """The readings after so many have reported as do within this time; how they are has not changed."""
        for _ in range(round(len(self._heard) * (span / INTERVAL))):
            name = self._heard[self._next % len(self._heard)]
            self._next += 1
            self.readings[name] = self.readings[name]._replace(observed_at=now, received_at=now)
        return dict(self.readings)


def _reading(name: str, number: int, at: datetime, draw: Random) -> Reading:
    parts = _well(name, draw)
    if number % ONE_IN == 0:
        _TROUBLES[number // ONE_IN % len(_TROUBLES)](parts)
    report = Report.model_validate(
        {"access_point": name, "observed_at": at, "interval_seconds": INTERVAL.total_seconds(), **parts}
    )
    return Reading.of(report, at, at, f"gw-{number % 40:02}")


def _well(name: str, draw: Random) -> Parts:
    return {
        "device": Device(vendor="Example", model="EX-6000", serial=f"EX-{name}"[:32]),
        "system": System(
            uptime_seconds=float(draw.randrange(86_400, 10_000_000)),
            cpu_ratio=round(draw.uniform(0.02, 0.6), 3),
            memory_used_ratio=round(draw.uniform(0.3, 0.8), 3),
            temperature_celsius=round(draw.uniform(25, 65), 1),
        ),
        "clients": 30,
        "radios": [_radio(number, draw) for number in range(len(_BANDS))],
        "uplink": Interface(name="eth0", is_up=True, speed_bits_per_second=1e9, is_full_duplex=True),
        "probes": [
            *(Probe(kind=kind, target="192.0.2.1", is_ok=True, latency_seconds=0.004) for kind in _CHECKS),
            Probe(kind="throughput", direction="download", throughput_bits_per_second=2e8, is_ok=True),
        ],
    }


def _radio(number: int, draw: Random) -> Radio:
    return Radio(
        name=f"radio{number}",
        band=_BANDS[number],
        channel=(6, 36, 37)[number],
        noise_dbm=float(draw.randrange(-98, -85)),
        busy_ratio=round(draw.uniform(0.05, 0.6), 3),
        clients=draw.randrange(20),
        retry_ratio=round(draw.uniform(0, 0.15), 3),
        rx_bits_per_second=float(draw.randrange(100_000, 40_000_000)),
        tx_bits_per_second=float(draw.randrange(100_000, 40_000_000)),
    )


def _with_system(**fields: float) -> Callable[[Parts], None]:
    def spoil(parts: Parts) -> None:
        system = parts["system"]
        assert isinstance(system, System)
        parts["system"] = system.model_copy(update=fields)

    return spoil


def _with_radio(**fields: float) -> Callable[[Parts], None]:
    def spoil(parts: Parts) -> None:
        radios = parts["radios"]
        assert isinstance(radios, list)
        parts["radios"] = [radios[0].model_copy(update=fields), *radios[1:]]

    return spoil


def _with_uplink(**fields: object) -> Callable[[Parts], None]:
    def spoil(parts: Parts) -> None:
        uplink = parts["uplink"]
        assert isinstance(uplink, Interface)
        parts["uplink"] = uplink.model_copy(update=fields)

    return spoil


def _with_failing(kind: str) -> Callable[[Parts], None]:
    def spoil(parts: Parts) -> None:
        probes = parts["probes"]
        assert isinstance(probes, list)
        parts["probes"] = [
            probe.model_copy(update={"is_ok": False, "failure": "timeout"}) if probe.kind == kind else probe
            for probe in probes
        ]

    return spoil


def _with_silence(_: Parts) -> None:
    """Nothing else is wrong."""


_TROUBLES: tuple[Callable[[Parts], None], ...] = (
    _with_silence,
    _with_system(cpu_ratio=0.97),
    _with_system(memory_used_ratio=0.98),
    _with_system(temperature_celsius=95.0),
    _with_radio(busy_ratio=0.9),
    _with_radio(retry_ratio=0.45),
    _with_radio(clients=70),
    _with_uplink(speed_bits_per_second=1e8, max_speed_bits_per_second=1e9),
    _with_failing("dns"),
    _with_failing("portal"),
)
