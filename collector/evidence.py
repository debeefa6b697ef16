"""What a store tells of an access point over weeks: what its device is judged by, and its surroundings before it.

A quantity over hours is that of its busiest twentieth: the 95th percentile of the hours' means, so that nights count
for nothing and one odd hour does not either. Between two hours it is interpolated; InfluxDB takes the nearer of them.
What nobody reported is None, and never zero. Hours count for an access point, a radio or an uplink where it was
reported at all; an engine that keeps numbers only knows those in which it told one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

BUSIEST = 0.95
"""The quantile of the hours' means that stands for busy hours."""


class RadioKey(NamedTuple):
    """A radio of an access point as it calls itself, and its band, "" where it does not say."""

    name: str
    band: str


@dataclass(frozen=True, slots=True)
class UsageEvidence:
    """What the access point carried. `hours` are those with a report; all else stands on them.

    `peak_download_bits_per_second` and `peak_upload_bits_per_second` are the highest of any report, the others of busy
    hours. `starts` counts the hours in which it had been up for less than an hour, `temperature_celsius` is the busy
    hours' (of hourly maxima).
    """

    hours: int
    reports: int
    download_bits_per_second: float | None = None
    upload_bits_per_second: float | None = None
    peak_download_bits_per_second: float | None = None
    peak_upload_bits_per_second: float | None = None
    clients: float | None = None
    cpu_ratio: float | None = None
    temperature_celsius: float | None = None
    starts: int | None = None


@dataclass(frozen=True, slots=True)
class RadioEvidence:
    """One radio. `foreign_ratio` is airtime that others took: of each hour that tells all three the mean of busy less
    those of received and sent, and of these the busy hours', never below zero. `noise_dbm` and
    `tx_phy_rate_bits_per_second` are means of the hours."""

    hours: int
    busy_ratio: float | None = None
    foreign_ratio: float | None = None
    retry_ratio: float | None = None
    failure_ratio: float | None = None
    clients: float | None = None
    noise_dbm: float | None = None
    tx_phy_rate_bits_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class UplinkEvidence:
    """The uplink; of several the one that was reported in most hours, the first by name of those.

    `speed_bits_per_second` is the lowest of an hour, and of those the median: what it has negotiated most of the time.
    `max_speed_bits_per_second` is the highest that it ever said it can. `flow_bits_per_second` is the busier
    direction's of busy hours; errors and drops are means of the hours, those of what was received and of what was sent
    added up.
    """

    hours: int
    speed_bits_per_second: float | None = None
    max_speed_bits_per_second: float | None = None
    flow_bits_per_second: float | None = None
    errors_per_second: float | None = None
    drops_per_second: float | None = None
    up_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class ProbeEvidence:
    """All checks of one kind. What was neither good nor bad is in `checks` only; an engine that keeps numbers only
    knows it where it told one. `latency_seconds` is that of busy hours, and of several things that are checked the
    slowest's; `loss_ratio` is the mean of their hours, `throughput_bits_per_second` as well, down only."""

    checks: int
    good_checks: int
    bad_checks: int
    latency_seconds: float | None = None
    loss_ratio: float | None = None
    throughput_bits_per_second: float | None = None

    @property
    def bad_ratio(self) -> float | None:
        """Of the checks that were good or bad, the share that was bad."""
        known = self.good_checks + self.bad_checks
        return self.bad_checks / known if known else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it, of one access point. `probes` is by kind. None or empty where there was nothing of it; `usage` is None
    where nothing but probes was reported."""

    usage: UsageEvidence | None = None
    radios: Mapping[RadioKey, RadioEvidence] = field(default_factory=dict)
    uplink: UplinkEvidence | None = None
    probes: Mapping[str, ProbeEvidence] = field(default_factory=dict)
