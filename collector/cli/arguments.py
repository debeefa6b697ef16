"""What options of the command line take, with errors that say what they may be."""

import argparse
from collections.abc import Callable
from datetime import date


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
