"""What the actions of `hangang alerts` have in common: options, lists that come in pages, and how they are printed."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from collector.cli.actions import Act, add_action
from collector.cli.answers import as_json, terminal_language
from collector.cli.arguments import number_in
from collector.cli.asking import Parameter, ask
from collector.config import CollectorSettings

TIMEOUT_SECONDS = 60.0
_AT_ONCE = 1_000


def add_asking(actions: Any, name: str, what: str, act: Act) -> argparse.ArgumentParser:
    """An action that prints what the collector answers, in words or as it is."""
    parser = add_action(actions, name, what, act)
    parser.add_argument("--json", action="store_true", help="as the API answers")
    return parser


def add_limit(parser: argparse.ArgumentParser) -> None:
    """How much of a list is shown."""
    parser.add_argument("--limit", type=number_in(1, 100_000, int), default=50, metavar="NUMBER")


def add_language(parser: argparse.ArgumentParser) -> None:
    """In which language sentences are."""
    parser.add_argument("--lang", choices=["ko", "en"], default=terminal_language(), help="as the terminal's")


def listed(settings: CollectorSettings, path: str, key: str, limit: int, **asked: Parameter) -> dict[str, Any]:
    """So many of a list's newest, fetched a page at a time; `next` is None where these are all. Raises
    CollectorError."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        answer = ask(settings, path, limit=min(_AT_ONCE, limit - len(found)), cursor=cursor, **asked)
        found += answer[key]
        cursor = answer["next"]
        if cursor is None or len(found) >= limit:
            return {key: found, "next": cursor}


def show(answer: Mapping[str, Any], options: argparse.Namespace, words: Callable[[Any], str]) -> None:
    """Print it, in words unless it is asked for as it is."""
    print(as_json(answer) if options.json else words(answer))
