"""Access points that have something the matter with them, told as they would tell it: a week of reports.

A place is described by its busy hours, the five of the evening; at other hours there is a third of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.wire import Interface, Probe, Radio, Report, System

BEGINNING = datetime(2026, 6, 1, tzinfo=UTC) - timedelta(hours=9)
"""A Monday's midnight in Korea."""
WEEK_HOURS = 168
MINUTES = (10, 40)
"""Past each hour a report is made, with two checks of each kind."""
EVENING = range(18, 23)
TEST_HOUR = 3


@dataclass(frozen=True, slots=True)
class Air:
    """A radio in busy hours. What `foreign_ratio` says is taken by others at all hours."""

    band: str
    own_ratio: float
    foreign_ratio: float | None
    clients: int | None
    retry_ratio: float = 0.05


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one kind. Of all of them a share is bad; `seconds` is how long good ones take in busy hours."""

    bad_ratio: float = 0.0
    seconds: float = 0.004
    loss_ratio: float | None = None


GOOD = Checks()
AIR_2 = Air("2.4", 0.15, 0.2, 6)
AIR_5 = Air("5", 0.25, 0.1, 20)


@dataclass(frozen=True, slots=True)
class Place:
    """One access point. `port_bits_per_second` is the catalogue's, `starts_at` are hours since the week began,
    `is_off` the hours of the day at which it has no power. What is None is never told."""

    speed_bits_per_second: float | None = 1e9
    max_speed_bits_per_second: float | None = None
    port_bits_per_second: float | None = 1e9
    flow_bits_per_second: float | None = 60e6
    errors_per_second: float | None = 0.0
    is_full_duplex: bool = True
    air: Sequence[Air] = (AIR_2, AIR_5)
    cpu_ratio: float | None = 0.4
    temperature_celsius: float | None = 48.0
    starts_at: Sequence[float] = ()
    is_off: Sequence[int] = ()
    gateway: Checks | None = GOOD
    dns: Checks | None = GOOD
    portal: Checks | None = GOOD
    radius: Checks | None = GOOD
    test_bits_per_second: float | None = 930e6
    hours: int = WEEK_HOURS

    def reports(self) -> Iterator[Report]:
        """Its week."""
        moments = [(hour, minute) for hour in range(self.hours) for minute in MINUTES if hour % 24 not in self.is_off]
        for number, (hour, minute) in enumerate(moments):
            share = 1.0 if hour % 24 in EVENING else 1 / 3
            yield Report(
                observed_at=BEGINNING + timedelta(hours=hour, minutes=minute),
                interval_seconds=1800,
                system=System(
                    uptime_seconds=self._uptime_seconds(hour + minute / 60),
                    cpu_ratio=_times(self.cpu_ratio, share),
                    temperature_celsius=_noon(self.temperature_celsius, hour),
                ),
                radios=tuple(_radio(air, share) for air in self.air),
                uplink=self._uplink(share),
                probes=(*self._probes(number, share), *self._tests(hour, minute)),
            )

    def _uptime_seconds(self, hour: float) -> float:
        begun = max((start for start in self.starts_at if start <= hour), default=-1000.0)
        return 3600 * (hour - begun)

    def _uplink(self, share: float) -> Interface:
        flow = _times(self.flow_bits_per_second, share)
        return Interface(
            name="eth0",
            is_up=True,
            speed_bits_per_second=self.speed_bits_per_second,
            max_speed_bits_per_second=self.max_speed_bits_per_second,
            is_full_duplex=self.is_full_duplex,
            rx_bits_per_second=flow,
            tx_bits_per_second=_times(flow, 0.1),
            rx_errors_per_second=self.errors_per_second,
            tx_errors_per_second=None if self.errors_per_second is None else 0.0,
        )

    def _probes(self, number: int, share: float) -> Iterator[Probe]:
        kinds = {"gateway": self.gateway, "dns": self.dns, "portal": self.portal, "radius": self.radius}
        for kind, checks in kinds.items():
            for check in () if checks is None else (2 * number, 2 * number + 1):
                is_bad = int((check + 1) * checks.bad_ratio) > int(check * checks.bad_ratio)
                yield Probe(
                    kind=kind,
                    target=kind,
                    is_ok=not is_bad,
                    latency_seconds=None if is_bad else max(checks.seconds * share, 0.001),
                    loss_ratio=checks.loss_ratio,
                )

    def _tests(self, hour: int, minute: int) -> Iterator[Probe]:
        if self.test_bits_per_second is not None and hour % 24 == TEST_HOUR and minute == MINUTES[0]:
            throughput = self.test_bits_per_second
            yield Probe(kind="throughput", is_ok=True, direction="download", throughput_bits_per_second=throughput)


def _radio(air: Air, share: float) -> Radio:
    own = air.own_ratio * share
    return Radio(
        name=f"radio{air.band}",
        band=air.band,
        busy_ratio=None if air.foreign_ratio is None else own + air.foreign_ratio,
        rx_ratio=own / 4,
        tx_ratio=own * 3 / 4,
        clients=None if air.clients is None else round(air.clients * share),
        retry_ratio=air.retry_ratio,
    )


def _times(quantity: float | None, factor: float) -> float | None:
    return None if quantity is None else quantity * factor


def _noon(temperature: float | None, hour: int) -> float | None:
    """It is as hot as told from noon to four, and twelve degrees less at other hours."""
    return None if temperature is None else temperature - (0 if hour % 24 in range(12, 16) else 12)
