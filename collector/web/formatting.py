"""Numbers and times as people read them. Every page's templates speak through a `Formatter`.

What is not known stays None here, so that a template has to say in words that nothing was reported.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from agent.wire import WifiStandard
from collector.korean_time import KST
from collector.quantities import decimal, humanise_rate, percent

_JUST_NOW = timedelta(seconds=10)
_AGES = ((86_400, "age.days"), (3600, "age.hours"), (60, "age.minutes"), (1, "age.seconds"))
_DURATIONS = ((86_400, "duration.days"), (3600, "duration.hours"), (60, "duration.minutes"), (1, "duration.seconds"))

_GENERATIONS: dict[WifiStandard, str] = {
    "802.11n": "Wi-Fi 4",
    "802.11ac": "Wi-Fi 5",
    "802.11ax": "Wi-Fi 6",
    "802.11be": "Wi-Fi 7",
}
"""The Wi-Fi Alliance's names; the older standards have none."""


class Formatter:
    """Formats for one request: in the reader's language, with ages as of `now`."""

    def __init__(self, translate: Callable[..., str], now: datetime) -> None:
        self._translate = translate
        self.now = now

    def rate(self, bits_per_second: float | None) -> str | None:
        """`12.3 Mb/s`."""
        return None if bits_per_second is None else humanise_rate(bits_per_second)

    def count(self, number: float | None) -> str | None:
        """`1,234`."""
        return None if number is None else f"{number:,.0f}"

    def percent(self, ratio: float | None) -> str | None:
        """`63%`, with a decimal only where there would be none but zeros before it."""
        return None if ratio is None else percent(ratio)

    def decimal(self, number: float | None, unit: str = "") -> str | None:
        """At most one decimal, with its unit: `47.5 °C`, `-94 dBm`."""
        return None if number is None else decimal(number, unit)

    def per_second(self, number: float | None) -> str | None:
        """`0.3`; what is too rare for that still shows as more than nothing."""
        return "<0.1" if number is not None and 0 < number < 0.1 else self.decimal(number)

    def milliseconds(self, seconds: float | None) -> str | None:
        """`12.3 ms`."""
        return self.decimal(None if seconds is None else seconds * 1000, "ms")

    def duration(self, seconds: float | None) -> str | None:
        """The largest unit of a span and, if it says more, the next: `12일 3시간`, `12 d 3 h`, `1 min`."""
        if seconds is None:
            return None
        rest = int(seconds)
        larger = [place for place, (size, _) in enumerate(_DURATIONS) if rest >= size]
        first = larger[0] if larger else len(_DURATIONS) - 1
        parts: list[str] = []
        for size, key in _DURATIONS[first : first + 2]:
            number, rest = divmod(rest, size)
            if number or not parts:
                parts.append(self._translate(key, number=number))
        return " ".join(parts)

    def age(self, at: datetime) -> str:
        """How long ago: `3분 전`, `3 min ago`. What seems to come from the future is now: clocks differ a little."""
        elapsed = self.now - at
        if elapsed < _JUST_NOW:
            return self._translate("age.now")
        size, key = next((size, key) for size, key in _AGES if elapsed.total_seconds() >= size)
        return self._translate(key, number=int(elapsed.total_seconds()) // size)

    def exact(self, at: datetime) -> str:
        """`2026-05-23 19:04:05`, Korean Standard Time."""
        return f"{at.astimezone(KST):%Y-%m-%d %H:%M:%S}"

    def minute(self, at: datetime) -> str:
        """`05-23 19:04`, Korean Standard Time."""
        return f"{at.astimezone(KST):%m-%d %H:%M}"

    def hour(self, at: datetime) -> str:
        """`19:04`, Korean Standard Time."""
        return f"{at.astimezone(KST):%H:%M}"

    def iso(self, at: datetime) -> str:
        """For the `datetime` attribute of a `<time>`."""
        return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def standard(self, standard: WifiStandard | None) -> str | None:
        """`Wi-Fi 6 (802.11ax)`."""
        generation = _GENERATIONS.get(standard) if standard else None
        return f"{generation} ({standard})" if generation else standard
