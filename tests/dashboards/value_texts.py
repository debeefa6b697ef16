"""Values as Grafana writes them: digits by size, and the prefix of the unit by the value. Pure."""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

_ONE = ((1.0, ""),)
_SIZES: Mapping[str, tuple[tuple[float, str], ...]] = {
    "percentunit": ((0.01, "%"),),
    "s": ((1e-6, " µs"), (1e-3, " ms"), (1, " s"), (60, " min"), (3_600, " hours"), (86_400, " days")),
    "bps": ((1, " b/s"), (1e3, " kb/s"), (1e6, " Mb/s"), (1e9, " Gb/s")),
    "bytes": ((1, " B"), (2**10, " KiB"), (2**20, " MiB"), (2**30, " GiB")),
    "cps": ((1, " c/s"),),
    "dBm": ((1, " dBm"),),
    "celsius": ((1, " °C"),),
}
"""By Grafana's ids of units: how much one of it is, and how it is written; the smallest first."""
_SUFFIX = "suffix:"
_WIDE_LETTER_EM, _LETTER_EM = 0.95, 0.57
"""Widths of a Korean and of a Latin letter or digit of Noto Sans CJK, on the generous side."""


def size_of(unit: str, values: Iterable[float]) -> tuple[float, str]:
    """By what all values of one axis are divided, and what is written behind them."""
    if unit.startswith(_SUFFIX):
        return 1.0, unit.removeprefix(_SUFFIX)
    sizes = _SIZES.get(unit, _ONE)
    largest = max(map(abs, values), default=0.0)
    if largest == 0:
        return next((size for size in sizes if size[0] == 1), sizes[0])
    return next((size for size in reversed(sizes) if size[0] <= largest), sizes[0])


def value_text(value: float, unit: str, decimals: int | None = None) -> str:
    """One value by itself. Where it is not said how many decimals, about three digits tell."""
    size, written = size_of(unit, [value])
    number = value / size
    digits = decimals if decimals is not None else _digits(number)
    text = f"{number:,.{digits}f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{written}"


def _digits(number: float) -> int:
    """Behind the point."""
    return max(0, 2 - math.floor(math.log10(abs(number)))) if number else 0


def text_width(text: str, font_size: float) -> float:
    """In pixels, about."""
    ems = (_WIDE_LETTER_EM if unicodedata.east_asian_width(letter) in "WF" else _LETTER_EM for letter in text)
    return sum(ems) * font_size


def wrapped(text: str, width: float, font_size: float) -> Iterator[str]:
    """The text in lines of at most so many pixels, broken between words."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, font_size) > width:
            yield line
            line = word
        else:
            line = longer
    yield line
