"""What flowed through interfaces and networks, and which of two counts of it is the better one. Pure; for `radios`."""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_BITS_PER_SECOND = 46.1e9
"""More than this no radio moves: it is the most of 802.11be."""
_OFFLOADED_FACTOR = 1.25


@dataclass(frozen=True, slots=True)
class Flow:
    """What went through an interface or a network over the interval, in bits per second."""

    rx: float | None
    tx: float | None


NOTHING_KNOWN = Flow(None, None)


def sum_of(flows: Iterable[Flow]) -> Flow:
    """What went through all of them; None where there is none, or one is not known."""
    every = list(flows)
    known = sum_of_known(every)
    return Flow(
        known.rx if all(flow.rx is not None for flow in every) else None,
        known.tx if all(flow.tx is not None for flow in every) else None,
    )


def sum_of_known(flows: Iterable[Flow]) -> Flow:
    """What went through those that are known: at least that much did."""
    every = list(flows)
    rx, tx = _known(flow.rx for flow in every), _known(flow.tx for flow in every)
    return Flow(sum(rx) if rx else None, sum(tx) if tx else None)


def _known(numbers: Iterable[float | None]) -> list[float]:
    return [number for number in numbers if number is not None]


def offloaded_or_not(by_kernel: Flow, by_stations: Flow) -> Flow:
    """The kernel's count of an interface, or that of its stations where it is clearly more, or all there is.

    Hardware that forwards by itself passes the kernel's counter by, and not the stations'. These in turn lack who
    went away in between, and count headers, a few hundredths.
    """

    def choose(kernel: float | None, stations: float | None) -> float | None:
        if stations is not None and stations > MAX_BITS_PER_SECOND:
            stations = None
        if kernel is None or stations is None:
            return stations if kernel is None else kernel
        return stations if stations > _OFFLOADED_FACTOR * kernel else kernel

    return Flow(choose(by_kernel.rx, by_stations.rx), choose(by_kernel.tx, by_stations.tx))
