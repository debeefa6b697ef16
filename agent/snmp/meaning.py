"""What the values that devices send mean: text, numbers, MACs, spans of time. Pure; used wherever SNMP is read."""

import re
from math import isfinite

Raw = int | float | str | bytes | None
"""A value as the device sent it: whole numbers of any kind, text as bytes, OIDs and IP addresses as str."""
Meaning = int | float | str | bytes | bool | None
Index = tuple[int, ...]
"""The part of an object's id that says which row of a table it is in."""

_UPTIME_UNITS = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_UPTIME = re.compile(r"(\d+)\s*(week|day|hour|minute|second)", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d+):(\d\d)(?::(\d\d))?\b")
_MAC = re.compile(r"(?:[0-9a-f]{2}[:.-]?){5}[0-9a-f]{2}", re.IGNORECASE)


def plain(raw: Meaning) -> Meaning:
    """Text as text, for comparing; bytes that are none as they are."""
    if isinstance(raw, bytes):
        text = text_of(raw)
        return raw if text is None else text
    return raw


def text_of(raw: bytes) -> str | None:
    """The text in an octet string without the NULs and blanks around it; None where it is no UTF-8 or empty.

    Bytes are never guessed to be anything else: a MAC that happens to be valid UTF-8 is read `as = "mac"`.
    """
    try:
        return raw.decode().strip("\0 \t\r\n") or None
    except UnicodeDecodeError:
        return None


def mac_of(raw: Meaning | Index) -> str | None:
    """A MAC out of six bytes, six numbers of an index, or hexadecimal text."""
    if isinstance(raw, tuple):
        return ":".join(f"{part:02x}" for part in raw) if len(raw) == 6 and max(raw) < 256 else None
    if isinstance(raw, bytes) and len(raw) == 6:
        return raw.hex(":")
    text = text_of(raw) if isinstance(raw, bytes) else raw
    if not isinstance(text, str) or not _MAC.fullmatch(text.strip()):
        return None
    return bytes.fromhex(re.sub("[^0-9A-Fa-f]", "", text)).hex(":")


def uptime_of(text: str) -> float | None:
    """Seconds of a span that is told in English, or with a clock in it: "3 days, 2:05:09"."""
    seconds = sum(int(number) * _UPTIME_UNITS[unit.lower()] for number, unit in _UPTIME.findall(text))
    clock = _CLOCK.search(text)
    if clock is not None:
        hours, minutes, rest = clock.groups(default="0")
        seconds += int(hours) * 3600 + int(minutes) * 60 + int(rest)
    return float(seconds) if clock is not None or _UPTIME.search(text) else None


def number_of(meaning: Meaning) -> int | float | None:
    """A number, also where the device sent it as text; never infinity, nor what is not a number."""
    text = text_of(meaning) if isinstance(meaning, bytes) else meaning
    try:
        number = float(text) if isinstance(text, str) else text
    except ValueError:
        return None
    return None if number is None or not isfinite(number) else number
