"""When something was installed, in the forms that lists have. Pure.

A spreadsheet that is given `2014-12` may make `Dec-14` of it, and of `14-12` `14-Dec`. In the national list the number
beside the month is never above that of the list's own year, so it is the year; nothing there is a day of a month.
"""

import re

from inventory.catalogue.dates import Partial, partial
from inventory.importing.remarks import Remark, noted, repaired

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?")
_KOREAN = re.compile(r"(\d{4})년(?:(\d{1,2})월(?:(\d{1,2})일)?)?")
_RUN_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_BY_SPREADSHEET = re.compile(r"(?:(?P<year>\d{2}|\d{4})-(?P<month>[a-z]{3})|(?P<month2>[a-z]{3})-(?P<year2>\d{2}))")
_AMBIGUOUS = re.compile(r"\d{4}\.[1-9]")
"""As a number `2014.10` loses its last digit, so `2014.1` may be January or October."""
_FIRST_YEAR = 1997
"""That of the first standard of Wi-Fi."""


def read_installed(text: str, *, newest_year: int) -> tuple[Partial | None, list[Remark]]:
    """The day, month or year, as far as the text says it; None where it does not. `newest_year` is the list's own."""
    plain = "".join(text.split()).lower().removesuffix(".0").rstrip(".")
    if plain in {"", "-"}:
        return None, []
    remarks: list[Remark] = []
    found = None if _AMBIGUOUS.fullmatch(plain) else _as_written(plain)
    if found is None and (mangled := _BY_SPREADSHEET.fullmatch(plain)):
        found = _unmangled(mangled)
        remarks = [repaired(f"a spreadsheet has made {text.strip()!r} of {found}")]
    if found is None or not _FIRST_YEAR <= found.year <= newest_year + 1:
        return None, [noted(f"{text.strip()!r} is no date of installation")]
    return found, remarks


def _as_written(plain: str) -> Partial | None:
    match = _RUN_TOGETHER.fullmatch(plain) or _KOREAN.fullmatch(plain) or _PARTS.fullmatch(plain)
    if match is None:
        return None
    return _partial(*(int(part) for part in match.groups() if part))


def _unmangled(match: re.Match[str]) -> Partial | None:
    year, month = match["year"] or match["year2"], match["month"] or match["month2"]
    if month not in _MONTHS:
        return None
    return _partial(int(year) if len(year) == 4 else 2000 + int(year), _MONTHS.index(month) + 1)


def _partial(*parts: int) -> Partial | None:
    try:
        return partial("-".join(f"{part:02}" for part in parts))
    except ValueError:
        return None
