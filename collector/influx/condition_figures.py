"""What the readers of both languages gather the condition of an access point in: figures of series in buckets, and what
these come to. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collector.condition import TELLS_OF_DEVICE, CheckMeans, Condition, HeardReport, RadioMeans, UplinkMeans
from collector.condition_parts import ConditionParts, UsageMeans
from collector.evidence import RadioKey
from collector.influx.series import told

USAGE_MEANS = ("clients", "download_bits_per_second", "upload_bits_per_second")
RADIO_MEANS = ("busy_ratio", "rx_ratio", "tx_ratio", "retry_ratio")
UPLINK_MEANS = ("rx_errors_per_second", "tx_errors_per_second", "rx_drops_per_second", "tx_drops_per_second")
HEARD = ("reports", "interval_seconds", *TELLS_OF_DEVICE)
"""Fields, by what is asked of them."""

Figures = dict[str, float]
Tags = Mapping[str, str]
_CHECK = ("kind", "target", "server", "direction", "nth")
_Series = dict[tuple[str, ...], dict[datetime, Figures]]


def _series() -> _Series:
    return defaultdict(lambda: defaultdict(dict))


@dataclass(frozen=True, slots=True)
class GatheredCondition:
    """Figures by name of each series and bucket, and what each report told. The names are those of the wire; of a
    bucket of reports there is their number as `reports`, of one of checks `good_checks` and, of those that were good or
    bad, the number as `known_checks`."""

    usage: dict[datetime, Figures] = field(default_factory=lambda: defaultdict(dict))
    heard: dict[datetime, Figures] = field(default_factory=lambda: defaultdict(dict))
    radios: _Series = field(default_factory=_series)
    uplinks: _Series = field(default_factory=_series)
    checks: _Series = field(default_factory=_series)

    def of_radio(self, tags: Tags, at: datetime) -> Figures:
        """A bucket of a radio, to be added to."""
        return self.radios[told(tags["radio"]), tags.get("band", "")][at]

    def of_uplink(self, tags: Tags, at: datetime) -> Figures:
        """A bucket of an uplink."""
        return self.uplinks[(told(tags["interface"]),)][at]

    def of_checks(self, tags: Tags, at: datetime) -> Figures:
        """A bucket of checks of one thing."""
        return self.checks[tuple(tags.get(name, "") for name in _CHECK)][at]

    def together(self) -> Condition:
        """What they come to."""
        parts = ConditionParts()
        for at, figures in self.usage.items():
            if figures.get("reports"):
                parts.usage[at] = UsageMeans(round(figures["reports"]), *map(figures.get, USAGE_MEANS))
        parts.heard.extend(_heard(at, figures) for at, figures in self.heard.items() if "reports" in figures)
        for radio, buckets in self.radios.items():
            for at, figures in buckets.items():
                parts.add_radio(at, RadioKey(*radio), RadioMeans(*map(figures.get, RADIO_MEANS)))
        for (interface,), buckets in self.uplinks.items():
            for at, figures in buckets.items():
                parts.add_uplink(at, interface, _uplink(figures))
        for (kind, *_), buckets in self.checks.items():
            for at, figures in buckets.items():
                parts.add_checks(at, told(kind), _checks(figures))
        return parts.together()


def _heard(at: datetime, figures: Figures) -> HeardReport:
    is_up = figures.get("is_up")
    return HeardReport(
        at,
        figures.get("interval_seconds"),
        None if is_up is None else bool(is_up),
        figures.get("uptime_seconds"),
        tells_of_device=any(name in figures for name in TELLS_OF_DEVICE),
    )


def _uplink(figures: Figures) -> UplinkMeans:
    rx_errors, tx_errors, rx_drops, tx_drops = map(figures.get, UPLINK_MEANS)
    return UplinkMeans(figures.get("speed_bits_per_second"), _total(rx_errors, tx_errors), _total(rx_drops, tx_drops))


def _checks(figures: Figures) -> CheckMeans:
    good = round(figures.get("good_checks", 0.0))
    return CheckMeans(good, round(figures.get("known_checks", 0.0)) - good, figures.get("latency_seconds"))


def _total(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
