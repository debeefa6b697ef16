"""What `hangang alerts` prints of silences and maintenance. Pure."""

from typing import Any

from collector.cli.alerts_words import MORE, UNKNOWN, Told, minute
from collector.cli.terminal import columns, printable

_SILENCES = ("ID", "STATE", "FROM (KST)", "UNTIL (KST)", "BY", "WHAT", "WHY")
_MAINTENANCE = ("ID", "NAME", "STATE", "WHEN (KST)", "NEXT (KST)", "BY", "WHAT", "WHY")
_NAMED = {
    "sites": "site",
    "access_points": "access point",
    "rules": "rule",
    "severities": "severity",
    "site_kinds": "kind of site",
}


def silences_listed(answer: Told) -> str:
    """Silences as a table."""
    if not answer["silences"]:
        return "no silences"
    lines = [columns([_SILENCES, *map(_silence_row, answer["silences"])])]
    return "\n".join(lines + (["", MORE] if answer["next"] else []))


def silence_told(silence: Told) -> str:
    """One silence in a line."""
    held = f"{minute(silence['starts_at'])} to {minute(silence['until'])}: {matched(silence['matcher'])}"
    return f"silence {silence['id']}, {_state_of(silence)}, {held}"


def maintenance_listed(answer: Told) -> str:
    """Works as a table."""
    if not answer["maintenance"]:
        return "no maintenance"
    lines = [columns([_MAINTENANCE, *map(_works_row, answer["maintenance"])])]
    return "\n".join(lines + (["", MORE] if answer["next"] else []))


def maintenance_told(works: Told) -> str:
    """Works in a line."""
    named = f"maintenance {works['id']} {printable(works['name'])!r}"
    return f"{named}, {_state_of_works(works)}, {_when(works['when'])}: {matched(works['matcher'])}"


def matched(matcher: Told) -> str:
    """Which alerts are meant."""
    named = [f"{what} {_several(matcher[key])}" for key, what in _NAMED.items() if matcher[key]]
    return ", ".join(named) or "everything"


def _several(names: list[Any]) -> str:
    return " or ".join(map(printable, names))


def _silence_row(silence: Told) -> tuple[str, ...]:
    return (
        silence["id"],
        _state_of(silence),
        minute(silence["starts_at"]),
        minute(silence["until"]),
        printable(silence["by"]),
        matched(silence["matcher"]),
        _line(silence["comment"]),
    )


def _works_row(works: Told) -> tuple[str, ...]:
    return (
        works["id"],
        printable(works["name"]),
        _state_of_works(works),
        _when(works["when"]),
        UNKNOWN if works["next"] is None else minute(works["next"]["starts_at"]),
        printable(works["by"]),
        matched(works["matcher"]),
        _line(works["comment"]),
    )


def _state_of(silence: Told) -> str:
    if silence["is_active"]:
        return "active"
    if silence["is_over"]:
        return "over" if silence["ended_early_by"] is None else f"ended by {printable(silence['ended_early_by'])}"
    return "to come"


def _state_of_works(works: Told) -> str:
    if works["now"] is not None:
        return f"under way until {minute(works['now']['ends_at'])}"
    return "over" if works["is_over"] else "to come"


def _when(when: Told) -> str:
    if when["kind"] == "once":
        return f"{minute(when['starts_at'])} to {minute(when['ends_at'])}"
    last = "" if when["last_day"] is None else f" until {when['last_day']}"
    days = ",".join(when["weekdays"])
    return f"{days} {when['from_time']} for {when['minutes']} min, from {when['first_day']}{last}"


def _line(text: str) -> str:
    return printable(" ".join(text.split()))
