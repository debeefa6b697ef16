"""What lists say of a place's switch port and cable, in the inventory's words. Pure.

A spreadsheet may make `1E+10` or `1000000000.0` of a speed; that is the same number. Of `802.3bt` alone nobody can say
which of its two classes is meant, and neither is taken.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import get_args

from inventory.catalogue.entries import Poe
from inventory.importing.remarks import Remark, noted
from inventory.wiring import Cable, speed_of_a_port

_NOTHING = frozenset({"", "-"})
_FASTEST_BITS_PER_SECOND = 10**12
"""More than any port has; a spreadsheet's `1E+999999` would fill the memory."""
_POES: Mapping[str, Poe] = {poe: poe for poe in get_args(Poe)}
_CABLES: Mapping[str, Cable] = {cable: cable for cable in get_args(Cable)} | {"fiber": "fibre"}


def read_port_speed(text: str) -> tuple[int | None, list[Remark]]:
    """Bits a second, None where the text does not say it."""
    if text.strip() in _NOTHING:
        return None, []
    try:
        return speed_of_a_port(_whole(text)), []
    except ValueError:
        return None, [noted(f"{text.strip()!r} is no speed of a port in bits a second")]


def _whole(text: str) -> int:
    """The whole number that a text is, commas between its digits or not. Raises ValueError."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise ValueError("is no number") from error
    if not number.is_finite() or not 0 <= number <= _FASTEST_BITS_PER_SECOND or number != int(number):
        raise ValueError("is no whole number in range")
    return int(number)


def read_poe(text: str) -> tuple[Poe | None, list[Remark]]:
    """The class of power that the port gives."""
    plain = text.strip().lower()
    found = _POES.get(plain.removeprefix("ieee").strip())
    is_said = found is not None or plain in _NOTHING
    return found, [] if is_said else [noted(f"{text.strip()!r} is no class of power over Ethernet")]


def read_cable(text: str) -> tuple[Cable | None, list[Remark]]:
    """The kind of cable: `Cat. 6A` is `cat6a`."""
    plain = text.strip().lower()
    found = _CABLES.get("".join(sign for sign in plain if sign.isalnum()))
    is_said = found is not None or plain in _NOTHING
    return found, [] if is_said else [noted(f"{text.strip()!r} is no kind of cable")]
