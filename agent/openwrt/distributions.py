"""Counts a radio's clients by signal, rate and standard: how many they are, and never who. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from agent.openwrt.spectrum import oldest_first
from agent.wire import Distribution, StandardClients, WifiStandard

SIGNAL_BOUNDS_DBM = (-85.0, -80.0, -75.0, -70.0, -65.0, -60.0, -55.0, -50.0)
PHY_RATE_BOUNDS_BITS_PER_SECOND = (6e6, 24e6, 54e6, 150e6, 300e6, 600e6, 1200e6, 2400e6)


def distribution(values: Iterable[float | None], bounds: Sequence[float]) -> Distribution | None:
    """How the known values spread; None where none is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    ranges = Counter(sum(bound < value for bound in bounds) for value in known)
    return Distribution(bounds=tuple(bounds), counts=tuple(ranges[place] for place in range(len(bounds) + 1)))


def clients_by_standard(standards: Iterable[WifiStandard | None]) -> tuple[StandardClients, ...]:
    """The clients whose standard is known, the oldest first."""
    counts = Counter(standard for standard in standards if standard is not None)
    return tuple(StandardClients(standard=standard, clients=counts[standard]) for standard in oldest_first(counts))
