"""Numbers with their units as people read them, in either language. For pages, reports and reasons."""

_RATE_UNITS = ((1e12, "Tb/s"), (1e9, "Gb/s"), (1e6, "Mb/s"), (1e3, "kb/s"))


def humanise_rate(bits_per_second: float) -> str:
    """Three significant digits with a decimal unit: 1234567 is `1.23 Mb/s`."""
    rounded = float(f"{bits_per_second:.3g}")
    for factor, unit in _RATE_UNITS:
        if rounded >= factor:
            return f"{_three_digits(rounded / factor)} {unit}"
    return f"{_three_digits(rounded)} b/s"


def percent(ratio: float) -> str:
    """`63%`, with a decimal only where there would be none but zeros before it."""
    hundredths = ratio * 100
    return f"{hundredths:.1f}%" if 0 < hundredths < 1 else f"{hundredths:.0f}%"


def decimal(number: float, unit: str = "") -> str:
    """At most one decimal, with its unit: `47.5 °C`, `-94 dBm`."""
    return f"{number:,.1f}".removesuffix(".0") + (f" {unit}" if unit else "")


def _three_digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
