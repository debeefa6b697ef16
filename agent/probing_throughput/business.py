"""Whether an access point is too busy to be tested: its users come first. Pure; judged by the newest report."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.wire import Report

FRESH = timedelta(minutes=15)
"""A report older than this says nothing of the present."""


@dataclass(frozen=True, slots=True)
class BusyLimits:
    """Above which an access point is busy: associated clients, passive throughput of one direction, airtime in use."""

    clients: int
    bits_per_second: float
    busy_ratio: float


def why_busy(report: Report | None, limits: BusyLimits, now: datetime) -> str | None:
    """What is above its limit, in words; None where nothing is known to be.

    What is unknown does not count as busy: an access point that tells little would never be tested. A sum over radios
    of which some are silent is at least what the others tell, and that may be enough.
    """
    if report is None or abs(now - report.observed_at) > FRESH:
        return None
    clients = report.clients if report.clients is not None else _sum(radio.clients for radio in report.radios)
    if clients is not None and clients > limits.clients:
        return f"{clients:g} clients are connected, more than {limits.clients}"
    flowing = _passive_bits_per_second(report)
    if flowing is not None and flowing > limits.bits_per_second:
        return f"{flowing / 1e6:.1f} Mb/s are flowing, more than {limits.bits_per_second / 1e6:g}"
    airtime = max((radio.busy_ratio for radio in report.radios if radio.busy_ratio is not None), default=None)
    if airtime is not None and airtime > limits.busy_ratio:
        return f"{airtime:.0%} of a radio's airtime is in use, more than {limits.busy_ratio:.0%}"
    return None


def _passive_bits_per_second(report: Report) -> float | None:
    """What flows in the busier direction: by the uplink, else by the whole access point, else by its radios."""
    links = [report.uplink] if report.uplink is not None else []
    for of in (links, [report], report.radios):
        sums = [_sum(link.rx_bits_per_second for link in of), _sum(link.tx_bits_per_second for link in of)]
        known = [flowing for flowing in sums if flowing is not None]
        if known:
            return max(known)
    return None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
