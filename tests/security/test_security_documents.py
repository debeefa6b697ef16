"""What docs/security.md and docs/privacy.md name is there: tests by their files, metrics by what they count, times that
the state keeps things for."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from collector.metrics import Metrics
from collector.state import housekeeping

REPOSITORY = Path(__file__).resolve().parents[2]
SECURITY, PRIVACY = (REPOSITORY / "docs" / name for name in ("security.md", "privacy.md"))


@pytest.mark.parametrize("document", [SECURITY, PRIVACY], ids=lambda path: path.stem)
def test_every_test_that_is_named_is_there(document: Path) -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", document.read_text(encoding="utf-8")))
    assert named
    assert [path for path in named if not re.search(r"^(async )?def test_", _text(path), re.MULTILINE)] == []


def test_every_row_of_who_may_try_what_names_a_test() -> None:
    text = SECURITY.read_text(encoding="utf-8").partition("## Who may try what")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| what they try")]
    assert len(rows) > 25
    assert [row for row in rows if "`tests/" not in row.rsplit("|", 2)[1]] == []


def test_every_test_of_the_broker_is_told_of() -> None:
    told = SECURITY.read_text(encoding="utf-8")
    here = Path(__file__)
    tests = [f"tests/security/{path.name}" for path in here.parent.glob("test_*.py") if path != here]
    assert [path for path in tests if path not in told] == []


def test_every_metric_that_is_to_be_watched_is_counted() -> None:
    counted = {metric.name for metric in Metrics().registry.collect()}
    named = set(re.findall(r"(hangang_collector_\w+?)_total", SECURITY.read_text(encoding="utf-8")))
    assert named
    assert named - counted == set()


def test_times_that_things_are_kept_for_are_those_of_the_state() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PRIVACY.read_text(encoding="utf-8"), re.MULTILINE))
    two_years = timedelta(days=730)
    kept = (housekeeping.EVENTS_KEPT_FOR, housekeeping.AUDIT_KEPT_FOR, housekeeping.ALERTS_KEPT_FOR)
    assert kept == (two_years,) * 3
    for what in ("events of devices and agents", "audit log", "alerts, silences, maintenance"):
        assert rows[what] == "two years"
    assert rows["notices to endpoints"] == f"{housekeeping.DELIVERIES_KEPT_FOR.days} days"
    assert rows["tokens of enrolment, certificates"].startswith(f"{housekeeping.TOKENS_KEPT_FOR.days} days and a year")
    assert timedelta(days=365) <= housekeeping.CERTIFICATES_KEPT_FOR <= two_years / 2 + timedelta(days=1)


def _text(path: str) -> str:
    """What is in a file of the repository; nothing where there is none."""
    try:
        return (REPOSITORY / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
