"""What the readers of both languages ask of windows, and how they tell a tally of radios and checks."""

from collections.abc import Mapping
from datetime import datetime

from collector.figures.windows import Tally
from collector.influx.asking import alternatives
from collector.influx.series import told
from collector.intake import UNKNOWN_PREFIX

RADIO = ("busy_ratio", "retry_ratio")
LATENCY = "latency_seconds"
THROUGHPUT = "throughput_bits_per_second"
"""Only what was downloaded counts."""
UNKNOWN = next(alternatives([UNKNOWN_PREFIX]))
"""How the names of devices without a place begin, which belong to no site: a regular expression."""


def tell_of_radios(tally: Tally, tags: Mapping[str, str], at: datetime, sums: Mapping[str, float]) -> None:
    """The radios of a band in a window. Without a band there is none to count them to, and they are dropped."""
    band = tags.get("band", "")
    if band:
        for field, value in sums.items():
            tally.add_to_band(tags["access_point"], at, band, field, value)


def tell_of_checks(tally: Tally, tags: Mapping[str, str], at: datetime, sums: Mapping[str, float]) -> None:
    """The checks of a kind in a window."""
    kind = told(tags["kind"])
    for field, value in sums.items():
        tally.add_to_check(tags["access_point"], at, kind, field, value)
