"""What the readers of both languages gather windows of access points in: figures of series by window, and what these
come to. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collector.figures.windows import AccessPointWindow, BandSums, CheckSums
from collector.influx.asking import alternatives
from collector.influx.series import told
from collector.intake import UNKNOWN_PREFIX

USAGE = ("clients", "download_bits_per_second", "upload_bits_per_second")
RADIO = ("busy_ratio", "retry_ratio")
CHECK = ("is_ok", "latency_seconds")
MEASURED = ("throughput_bits_per_second",)
"""Fields, by what is asked of them. Of those of `MEASURED` only what was downloaded counts."""
UNKNOWN = next(alternatives([UNKNOWN_PREFIX]))
"""How the names of devices without a place begin, which belong to no site: a regular expression."""

Figures = dict[str, float]


def _parts() -> dict[str, Figures]:
    return defaultdict(dict)


@dataclass(slots=True)
class _Window:
    usage: Figures = field(default_factory=dict)
    bands: dict[str, Figures] = field(default_factory=_parts)
    checks: dict[str, Figures] = field(default_factory=_parts)


@dataclass(frozen=True, slots=True)
class GatheredWindows:
    """Figures by name of every window of an access point. Those of radios and checks are a field's name with `_sum` or
    `_count` behind it; the usage has a field's mean under its name, and `reported_seconds`."""

    windows: dict[tuple[str, datetime], _Window] = field(default_factory=lambda: defaultdict(_Window))

    def usage(self, tags: Mapping[str, str], at: datetime) -> Figures:
        """The reports of a window, to be added to."""
        return self.windows[tags["access_point"], at].usage

    def band(self, tags: Mapping[str, str], at: datetime) -> Figures:
        """The radios of a band in a window. Without a band there is none to count them to, and they are dropped."""
        band = tags.get("band", "")
        return self.windows[tags["access_point"], at].bands[band] if band else {}

    def check(self, tags: Mapping[str, str], at: datetime) -> Figures:
        """The checks of a kind in a window."""
        return self.windows[tags["access_point"], at].checks[told(tags["kind"])]

    def together(self) -> list[AccessPointWindow]:
        """What they come to, in the order of windows and access points, without those in which nothing was heard. Lets
        go of what was gathered: both together would be the half as much again."""
        return [
            AccessPointWindow(
                access_point,
                begins_at,
                window.usage.get("reported_seconds", 0.0),
                window.usage.get("clients"),
                window.usage.get("download_bits_per_second"),
                window.usage.get("upload_bits_per_second"),
                bands={band: BandSums(**figures) for band, figures in sorted(window.bands.items())},
                checks={kind: _checks(figures) for kind, figures in sorted(window.checks.items())},
            )
            for (access_point, begins_at) in sorted(self.windows, key=_in_order)
            if _is_heard(window := self.windows.pop((access_point, begins_at)))
        ]


def _in_order(window: tuple[str, datetime]) -> tuple[datetime, str]:
    access_point, begins_at = window
    return begins_at, access_point


def _is_heard(window: _Window) -> bool:
    return any(window.usage.values()) or bool(window.bands or window.checks)


def _checks(figures: Figures) -> CheckSums:
    sums = {name: value for name, value in figures.items() if not name.startswith("is_ok")}
    known = figures.get("is_ok_count", 0.0)
    return CheckSums(known, max(0.0, known - figures.get("is_ok_sum", 0.0)), **sums)
