"""The demo as a process, for tests, and what it tells of itself."""

import re
from pathlib import Path
from typing import Any

from forked_programs import ForkedCommand
from harness import Command

from collector.cli.asking import ask
from collector.config import load_settings
from collector.main import CollectorError


def demo(folder: Path, port: int, *more: str, is_as_typed: bool = False) -> Command:
    """Forked, unless it is to be started as a person does."""
    kind = Command if is_as_typed else ForkedCommand
    files = str(folder / "files")
    return kind(folder, "demo", "collector.cli.main", "demo", "--port", str(port), "--folder", files, *more)


def log_ins(running: Command) -> dict[str, str]:
    """The names that the last greeting has told, and their passwords."""
    return dict(re.findall(r"^  (?:Log in| {6})   (\S+) / (\S+)$", running.log.read_text(), re.MULTILINE))


def orders_in(folder: Path) -> list[dict[str, Any]]:
    """All orders of the running demo, by their places; none while it does not answer."""
    answer = _answer(folder, "/api/v1/orders")
    return [] if answer is None else sorted(answer["orders"], key=lambda order: order["access_point"])


def heard_of(folder: Path) -> int:
    """How many access points have told the running demo of themselves; none while it does not answer."""
    answer = _answer(folder, "/api/v1/overview")
    return 0 if answer is None else answer["totals"]["access_points"] - answer["totals"]["never_seen"]


def status_at(folder: Path, access_point: str) -> str | None:
    return next((order["status"] for order in orders_in(folder) if order["access_point"] == access_point), None)


def _answer(folder: Path, path: str) -> Any:
    try:
        return ask(load_settings(folder / "files" / "collector.toml"), path)
    except CollectorError:
        return None
