"""Why something was decided, as a code with its figures, and the sentence in Korean and English that tells it. Pure.

The sentences lie in `wording/`, one file for each subject, both languages of a sentence beside each other.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from collector.quantities import decimal, humanise_rate, percent

ReasonLanguage = Literal["ko", "en"]
Figure = float | str | date
_WORDING = Path(__file__).parent / "wording"
_SHOWN: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "_ratio": percent,
        "_bits_per_second": humanise_rate,
        "_milliseconds": lambda number: decimal(number, "ms"),
        "_celsius": lambda number: decimal(number, "°C"),
        "_dbm": lambda number: decimal(number, "dBm"),
        "_per_minute": lambda number: decimal(float(f"{number:.3g}")),
        "kind_times": lambda number: f"{number:g}",
        "visitors_times": lambda number: f"{number:g}",
        "_times": lambda number: f"{number:.2g}" if number < 10 else f"{number:,.0f}",
    }
)
"""How a figure is shown goes by the end of its name; any other number has at most one decimal.
The weights of a place are those of its formula, to the last digit."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence's code, such as `need.airtime`, and the figures that it names."""

    code: str
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def told(self, language: ReasonLanguage) -> str:
        """The sentence. An unknown code or figure is a mistake of ours and raises KeyError."""
        shown = {name: _shown(name, figure) for name, figure in self.figures.items()}
        return _sentences()[self.code][language].format(**shown)


def reason(code: str, **figures: Figure) -> Reason:
    """Short for a Reason with these figures."""
    return Reason(code, figures)


def _shown(name: str, figure: Figure) -> str:
    if isinstance(figure, str):
        return figure
    if isinstance(figure, date):
        return figure.isoformat()
    shown = next((shown for ending, shown in _SHOWN.items() if name.endswith(ending)), decimal)
    return shown(figure)


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    """By code, which is the file's name and the table's."""
    return {
        f"{path.stem}.{code}": sentences
        for path in sorted(_WORDING.glob("*.toml"))
        for code, sentences in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }
