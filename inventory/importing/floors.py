"""Floors as people write them, in one form: `3`, or `B1` below ground. Pure."""

import re
import unicodedata

from inventory.importing.remarks import Remark, noted

_HIGHEST = 130
"""More floors no building of Seoul has."""
_NUMBER = re.compile(r"(\d{1,3})(?:\.0)?F?")
_BELOW = re.compile(r"(?:B|-|지하)(\d{1,2})(?:\.0)?(?:F|층)?")
_IN_WORDS = re.compile(r"(지하)?(\d{1,3})층")
_NOT_ONE_FOR_CERTAIN = re.compile(r"[~,\-/B]\d+층|\d{4}층|층~|층[,/]\d")
"""Several floors, one below ground, or no floor."""
_NOTHING = frozenset({"", "-"})


def read_floor(text: str) -> tuple[str | None, list[Remark]]:
    """The floor, None where the text does not say one for certain: it may be a remark, or name several."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if plain in _NOTHING:
        return None, []
    found = _floor(plain)
    return found, [] if found else [noted(f"{text.strip()!r} is no floor")]


def _floor(plain: str) -> str | None:
    if below := _BELOW.fullmatch(plain):
        return _named(below[1], is_below=True)
    if number := _NUMBER.fullmatch(plain):
        return _named(number[1], is_below=False)
    if _NOT_ONE_FOR_CERTAIN.search(plain):
        return None
    said = _IN_WORDS.findall(plain)
    return _named(said[0][1], is_below=bool(said[0][0])) if len(said) == 1 else None


def _named(number: str, *, is_below: bool) -> str | None:
    floor = int(number)
    if not 1 <= floor <= _HIGHEST:
        return None
    return f"B{floor}" if is_below else str(floor)
