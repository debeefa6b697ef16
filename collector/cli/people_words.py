"""What `hangang people` prints: tables and sentences of the API's answers. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.cli.terminal import columns, printable
from collector.korean_time import KST

_HEADER = ("NAME", "ROLE", "STATE", "SINCE (KST)")
Told = Mapping[str, Any]


def listed(people: Sequence[Told]) -> str:
    """Everybody as a table."""
    rows = [(printable(each["name"]), each["role"], _state(each), _minute(each["created_at"])) for each in people]
    return columns([_HEADER, *rows])


def added(person: Told) -> str:
    """Somebody with a password that has just been drawn."""
    name = printable(person["name"])
    return (
        f"{changed(person)}\n"
        f"password: {person['password']}\n"
        f"It is shown only now. {name} has to choose another one at the next log-in."
    )


def changed(person: Told) -> str:
    """Somebody as they are now."""
    return f"{printable(person['name'])}: {person['role']}, {_state(person)}"


def _state(person: Told) -> str:
    if person["locked_out_at"] is not None:
        return f"locked out since {_minute(person['locked_out_at'])}"
    return "has to choose a password" if person["has_first_password"] else "may log in"


def _minute(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(KST):%Y-%m-%d %H:%M}"
