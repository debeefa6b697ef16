"""Peak PHY rates of IEEE 802.11, computed from the modulation, the coding and the symbol of each generation.

A rate is data subcarriers x coded bits a subcarrier x code rate x spatial streams, over the length of a symbol with its
guard interval. The numbers are those of IEEE Std 802.11-2020 (clauses 17, 19 and 21), 802.11ax-2021 (clause 27) and
802.11be-2024 (clause 36); which combinations the standard leaves out is in `_EXCLUDED`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

PhyStandard = Literal["802.11a", "802.11g", "802.11n", "802.11ac", "802.11ax", "802.11be"]

_BPSK, _QPSK, _16QAM, _64QAM, _256QAM, _1024QAM, _4096QAM = 1, 2, 4, 6, 8, 10, 12
_HALF, _TWO_THIRDS, _THREE_QUARTERS, _FIVE_SIXTHS = Fraction(1, 2), Fraction(2, 3), Fraction(3, 4), Fraction(5, 6)

_SCHEMES = (
    (_BPSK, _HALF),
    (_QPSK, _HALF),
    (_QPSK, _THREE_QUARTERS),
    (_16QAM, _HALF),
    (_16QAM, _THREE_QUARTERS),
    (_64QAM, _TWO_THIRDS),
    (_64QAM, _THREE_QUARTERS),
    (_64QAM, _FIVE_SIXTHS),
    (_256QAM, _THREE_QUARTERS),
    (_256QAM, _FIVE_SIXTHS),
    (_1024QAM, _THREE_QUARTERS),
    (_1024QAM, _FIVE_SIXTHS),
    (_4096QAM, _THREE_QUARTERS),
    (_4096QAM, _FIVE_SIXTHS),
)
"""Coded bits a subcarrier and code rate, by MCS index of one stream: HT has the first 8, VHT 10, HE 12, EHT 14."""


@dataclass(frozen=True, slots=True)
class _Generation:
    """What a generation can: MCS indexes from 0, spatial streams, data subcarriers by channel width in MHz, the length
    of a symbol without its guard interval, and the guard intervals, both in nanoseconds, the shortest first."""

    schemes: int
    streams: int
    data_subcarriers: Mapping[int, int]
    symbol_nanoseconds: int
    guard_nanoseconds: tuple[int, ...]


_OFDM = (
    (_BPSK, _HALF),
    (_BPSK, _THREE_QUARTERS),
    (_QPSK, _HALF),
    (_QPSK, _THREE_QUARTERS),
    (_16QAM, _HALF),
    (_16QAM, _THREE_QUARTERS),
    (_64QAM, _TWO_THIRDS),
    (_64QAM, _THREE_QUARTERS),
)
_GENERATIONS: Mapping[PhyStandard, _Generation] = MappingProxyType(
    {
        "802.11a": _Generation(8, 1, {20: 48}, 3_200, (800,)),
        "802.11g": _Generation(8, 1, {20: 48}, 3_200, (800,)),
        "802.11n": _Generation(8, 4, {20: 52, 40: 108}, 3_200, (400, 800)),
        "802.11ac": _Generation(10, 8, {20: 52, 40: 108, 80: 234, 160: 468}, 3_200, (400, 800)),
        "802.11ax": _Generation(12, 8, {20: 234, 40: 468, 80: 980, 160: 1960}, 12_800, (800, 1_600, 3_200)),
        "802.11be": _Generation(14, 8, {20: 234, 40: 468, 80: 980, 160: 1960, 320: 3920}, 12_800, (800, 1_600, 3_200)),
    }
)

_EXCLUDED: Mapping[tuple[int, int], frozenset[int]] = MappingProxyType(
    {
        (20, 9): frozenset({1, 2, 4, 5, 7, 8}),
        (80, 6): frozenset({3, 7}),
        (80, 9): frozenset({6}),
        (160, 9): frozenset({3}),
    }
)
"""Streams that VHT does not have at a width (MHz) and MCS, as their bits do not divide among the encoders."""


class NoSuchRateError(ValueError):
    """The standard has no such combination; the message says what it has."""


def phy_rate_bits_per_second(
    standard: PhyStandard, mcs: int, *, streams: int, width_mhz: int, guard_nanoseconds: int
) -> float:
    """The rate of one MCS. `mcs` counts from 0 for each number of streams, also with HT, whose MCS 8 to 31 are 0 to 7
    of two to four streams; of 802.11a and g it is the place among their eight rates. Raises NoSuchRateError."""
    generation = _generation(standard)
    _check(standard, "streams", streams, range(1, generation.streams + 1))
    _check(standard, "width_mhz", width_mhz, generation.data_subcarriers)
    _check(standard, "mcs", mcs, range(generation.schemes))
    _check(standard, "guard_nanoseconds", guard_nanoseconds, generation.guard_nanoseconds)
    if standard == "802.11ac" and streams in _EXCLUDED.get((width_mhz, mcs), ()):
        raise NoSuchRateError(f"802.11ac has no MCS {mcs} with {streams} streams at {width_mhz} MHz")
    bits, code_rate = (_OFDM if standard in {"802.11a", "802.11g"} else _SCHEMES)[mcs]
    a_symbol = generation.data_subcarriers[width_mhz] * bits * code_rate * streams
    return float(a_symbol / (generation.symbol_nanoseconds + guard_nanoseconds) * 10**9)


@lru_cache(maxsize=1024)
def peak_phy_rate_bits_per_second(standard: PhyStandard, *, streams: int, width_mhz: int) -> float:
    """The fastest that a radio can: its highest MCS with the shortest guard interval. Raises NoSuchRateError."""
    generation = _generation(standard)
    rates = []
    for mcs in range(generation.schemes):
        if standard == "802.11ac" and streams in _EXCLUDED.get((width_mhz, mcs), ()):
            continue
        rates.append(
            phy_rate_bits_per_second(
                standard, mcs, streams=streams, width_mhz=width_mhz, guard_nanoseconds=generation.guard_nanoseconds[0]
            )
        )
    return max(rates)


def widest_mhz(standard: PhyStandard) -> int:
    """The widest channel that the standard has, in MHz."""
    return max(_generation(standard).data_subcarriers)


def most_streams(standard: PhyStandard) -> int:
    """The most spatial streams that the standard has."""
    return _generation(standard).streams


def _generation(standard: PhyStandard) -> _Generation:
    try:
        return _GENERATIONS[standard]
    except KeyError:
        raise NoSuchRateError(f"no rates are known of {standard!r}; known are {', '.join(_GENERATIONS)}") from None


def _check(standard: str, name: str, value: int, allowed: range | Mapping[int, int] | tuple[int, ...]) -> None:
    if value not in allowed:
        raise NoSuchRateError(f"{standard} has no {name} {value}; it has {', '.join(map(str, allowed))}")
