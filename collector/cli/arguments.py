"""What options of the command line take, with errors that say what they may be."""

import argparse
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from collector.korean_time import KST

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def number_in(low: float, high: float, kind: Callable[[str], float]) -> Callable[[str], float]:
    """A number of that kind within these bounds."""

    def checked(text: str) -> float:
        try:
            found = kind(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
        if not low <= found <= high:
            raise argparse.ArgumentTypeError(f"{text} is not from {low:g} to {high:g}")
        return found

    return checked


def day(text: str) -> date:
    """A day such as 2026-05-31."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a day such as 2026-05-31") from error


def span(text: str) -> timedelta:
    """A time such as 90s, 30m, 4h or 7d."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if match is None or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text} is not a time such as 30m, 4h or 7d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def instant(text: str) -> datetime:
    """An instant such as 2026-05-31T22:00, in Korea unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not an instant such as 2026-05-31T22:00") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=KST)
