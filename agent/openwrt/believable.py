"""Which of the numbers that a device prints can be believed, and as what. Pure; for the parsers of this package.

Drivers print something where they know nothing: 0, -1 as an unsigned number of 32 or 64 bits, a register's rest.
Such a number becomes None here, and nowhere later. Texts and JSON numbers are taken alike.
"""

import math
import re

_NUMBER = re.compile(r"\s*([+-]?\d{1,20}(?:\.\d{1,12})?)")
_SIGN_BIT_32 = 2**31
_SIGN_BIT_64 = 2**63


def number(value: object) -> float | None:
    """The number at the beginning of a text, or a JSON number; a truth value is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        match = _NUMBER.match(value)
        value = float(match.group(1)) if match else None
    if isinstance(value, int | float):
        # JSON has integers of any length, and no float is as long.
        return float(value) if abs(value) < 2**70 and math.isfinite(value) else None
    return None


def whole(value: object) -> int | None:
    """A whole number at the beginning of a text, or a JSON one, of at most 64 bits, sign or not, exactly."""
    if isinstance(value, str):
        match = _NUMBER.match(value)
        value = int(match.group(1)) if match and "." not in match.group(1) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -_SIGN_BIT_64 <= value < 2 * _SIGN_BIT_64 else None
    return None


def byte_counter(value: object) -> int | None:
    """A count that may need 64 bits. -1 in any of its forms, and anything else below 0, is none."""
    count = whole(value)
    return count if count is not None and 0 <= count < _SIGN_BIT_64 and count != 2**32 - 1 else None


def frame_counter(value: object) -> int | None:
    """A count of 32 bits of one station's frames. With its highest bit set it is a number below 0: drivers take away
    more than they had counted."""
    count = whole(value)
    return count if count is not None and 0 <= count < _SIGN_BIT_32 else None


def signal_dbm(value: object) -> float | None:
    """How loud a station is heard. 0 is unknown, and so is what no receiver could tell from noise or would survive."""
    return _dbm(value, least=-110, most=-10)


def noise_dbm(value: object) -> float | None:
    """A noise floor. 0 is unknown; room temperature alone makes -101 dBm in 20 MHz, a few dB are a driver's error."""
    return _dbm(value, least=-120, most=-30)


def tx_power_dbm(value: object) -> float | None:
    """The power that a radio sends with. 0 is what interfaces say that have no radio of their own, or do not know."""
    power = _dbm(value, least=-30, most=40)
    return power or None


def phy_rate_bits_per_second(value: object, unit: float) -> float | None:
    """A negotiated rate, given in `unit` bits per second, up to 46 Gb/s, which is the most of 802.11be."""
    rate = number(value)
    return round(rate * unit, 3) if rate is not None and 0 < rate * unit <= 46.1e9 else None


def seconds(value: object) -> float | None:
    """A time that has passed."""
    span = number(value)
    return span if span is not None and 0 <= span <= 1e10 else None


def name(value: object, *, at_most: int = 128) -> str | None:
    """A text that a person could read, of one line."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if 0 < len(text) <= at_most and text.isprintable() and "\ufffd" not in text else None


def _dbm(value: object, *, least: float, most: float) -> float | None:
    level = number(value)
    if level is not None and 2**31 <= level < 2**32:
        level -= 2**32  # a negative number that was printed without its sign
    return level if level is not None and least <= level <= most else None
