"""Whoever is got up by an alert finds its runbook, and what a runbook names is there: keys, pages, commands."""

import asyncio
import contextlib
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.routing import Route
from state_files import open_state
from web_services import services_over

import agent.probes.gateway
from agent.main import main as agent_command
from agent.wire import Report
from collector.alerts.rules import RuleSettings, rules
from collector.cli.command import run as collector_command
from collector.fleet import Fleet
from collector.stores.duckdb import open_store
from collector.web.application import create_application
from inventory import Inventory
from inventory.models import AccessPoint

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
HEADINGS = (
    "What it means",
    "What it does not mean",
    "How it is judged",
    "What people notice",
    "What to look at first",
    "Likely causes",
    "What to do",
    "When to hold it back",
    "When it ends",
    "Known false alarms",
)
CODE = re.compile(r"`([^`]+)`")
RULE_TABLE = re.compile(r"\[alerts\.rules\.(\w+)\]")
KEY = re.compile(r"[a-z]+(?:_[a-z]+)+")
COMMAND = re.compile(r"(hangang(?:-agent)?)((?: [a-z][a-z-]*)*)(.*)")
OPTION = re.compile(r"--[a-z-]+")
each_rule = pytest.mark.parametrize("kind", list(rules()))


def page(kind: str) -> Path:
    return RUNBOOKS / f"{kind}.md"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def sections(path: Path) -> dict[str, str]:
    """The text below the title and below each heading; no page has a heading twice."""
    title, *parts = re.split(r"^## ", text(path), flags=re.MULTILINE)
    below = [part.partition("\n") for part in (title.removeprefix("# "), *parts)]
    assert len({heading for heading, _, _ in below}) == len(below)
    return {heading: written for heading, _, written in below}


def section(path: Path, heading: str) -> str:
    return sections(path)[heading]


def code_in(written: str) -> list[str]:
    """What stands in code, on one line each."""
    return [" ".join(code.split()) for code in CODE.findall(written)]


def every_code() -> list[str]:
    return [code for path in sorted(RUNBOOKS.glob("*.md")) for code in code_in(text(path))]


def own_keys(kind: str) -> set[str]:
    return set(rules()[kind].settings.model_fields)


def test_there_is_a_page_for_each_rule_and_no_other() -> None:
    assert sorted(path.stem for path in RUNBOOKS.glob("*")) == sorted(["README", *rules()])


def test_the_index_leads_to_every_page() -> None:
    linked = re.findall(r"\| \[`(\w+)`\]\((\w+)\.md\) \|", text(RUNBOOKS / "README.md"))
    assert sorted(linked) == [(kind, kind) for kind in sorted(rules())]


@each_rule
def test_a_page_says_the_same_things_in_the_same_order(kind: str) -> None:
    title, *headings = sections(page(kind))
    assert title.startswith(f"`{kind}`: ")
    assert tuple(headings) == HEADINGS
    assert all(section(page(kind), heading).strip() for heading in HEADINGS)


@each_rule
def test_a_page_begins_with_a_summary_in_korean(kind: str) -> None:
    (summary,) = next(iter(sections(page(kind)).values())).strip().split("\n\n")
    assert summary.startswith("**요약.** ")
    assert summary.endswith("다.")
    assert len(re.findall(r"[가-힣]", summary)) > 60


@each_rule
def test_a_page_can_be_read_at_night(kind: str) -> None:
    lines = text(page(kind)).splitlines()
    assert 40 <= len(lines) <= 100
    prose = [line for line in lines if not line.startswith("|")]
    assert max(map(len, prose)) <= 120


@each_rule
def test_a_page_names_the_table_and_every_key_of_its_rule(kind: str) -> None:
    judged = section(page(kind), "How it is judged")
    assert RULE_TABLE.findall(judged) == [kind]
    assert f"](../alerts.md#{kind})" in judged
    common = set(RuleSettings.model_fields)
    wanted = {"raise_after_seconds", "clear_after_seconds"} | (own_keys(kind) - common)
    assert wanted <= set(code_in(judged))
    others = {
        *rules(),
        *AccessPoint.model_fields,
        *Report.model_fields,
        *agent.probes.gateway.Settings.model_fields,
        "not_allowed",
    }
    assert {code for code in code_in(judged) if KEY.fullmatch(code)} <= own_keys(kind) | others


def test_every_rule_that_is_named_exists() -> None:
    named = {kind for code in every_code() for kind in RULE_TABLE.findall(code)}
    linked = {link for path in RUNBOOKS.glob("*.md") for link in re.findall(r"\]\((\w+)\.md\)", text(path))}
    assert named == set(rules())
    assert linked - {"README"} <= set(rules())


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """The addresses of all pages, as documents write them."""
    folder = tmp_path_factory.mktemp("pages")
    state = open_state(folder / "state.sqlite")
    store = open_store(folder / "points.duckdb")
    services = services_over(
        inventory=Inventory(sites=(), access_points=()),
        fleet=Fleet({}, []),
        store=store,
        state=state,
        clock=lambda: datetime(2026, 7, 15, tzinfo=UTC),
    )
    routes = create_application(services).routes
    yield {re.sub(r"{(\w+):\w+}", r"{\1}", route.path) for route in routes if isinstance(route, Route)}
    asyncio.run(store.close())
    state.dispose()


def test_every_page_that_is_named_exists(addresses: set[str]) -> None:
    named = {code for code in every_code() if code.startswith("/")} - {"/etc"}
    assert {"/", "/access-points/{id}", "/sites/{id}"} <= named
    assert named <= addresses


def commands() -> list[str]:
    return sorted({code for code in every_code() if COMMAND.fullmatch(code) and "_" not in code.split(" ")[0]})


def help_of(program: str, words: list[str]) -> str:
    """What a command says of itself. Fails where there is no such command."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as ended:
        (collector_command if program == "hangang" else agent_command)([*words, "--help"])
    assert ended.value.code == 0, (program, words)
    return said.getvalue()


@pytest.mark.parametrize("command", commands())
def test_every_command_that_is_named_exists_with_its_options(command: str) -> None:
    found = COMMAND.fullmatch(command)
    assert found is not None
    program, words, rest = found[1], found[2].split(), found[3]
    usage = help_of(program, words)
    assert set(OPTION.findall(rest)) <= set(OPTION.findall(usage))
