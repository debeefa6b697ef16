"""What UCI says becomes the agent's own file, and nothing else, whatever is in it."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openwrt_scripts import AGENT_TOML, AWKS, DEFAULTS, exported, installed
from pydantic import BaseModel

import agent.probes
import agent.sources
from agent.config import AgentSettings, load_configuration
from agent.settings import SettingsError, _table_in


@pytest.fixture(params=AWKS, ids=" ".join)
def awk(request: pytest.FixtureRequest) -> list[str]:
    return installed(*request.param)


def convert(
    awk: Sequence[str], text: str | bytes, *, spool_path: str = "/spool.db"
) -> "subprocess.CompletedProcess[bytes]":
    body = text if isinstance(text, bytes) else text.encode()
    environment = {**os.environ, "LC_ALL": "C", "SPOOL_PATH": spool_path}
    return subprocess.run([*awk, "-f", str(AGENT_TOML)], input=body, env=environment, capture_output=True)


def table_of(awk: Sequence[str], text: str) -> dict[str, Any]:
    done = convert(awk, text)
    assert (done.returncode, done.stderr) == (0, b"")
    return tomllib.loads(done.stdout.decode())


HOSTILE = [
    "it's",
    '"quoted"',
    "$(touch /tmp/x) `id` ${HOME} $((1))",
    "back\\slash \\u0041 \\",
    "two\nlines\n[broker]\nurl = 'mqtt://elsewhere'",
    "'\noption id 'other",
    "tab\there \x01\x1f\x7f\r",
    "서울 공공 와이파이 🛜",
    "# no comment",
    "",
    "  spaces  ",
    "'''\"\"\"",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_a_text(awk: list[str], value: str) -> None:
    found = table_of(
        awk, exported(("agent 'agent'", [("option", "id", value)]), ("probe", [("list", "names", value)] * 2))
    )
    assert found == {"agent": {"id": value}, "probes": [{"names": [value, value]}], "spool": {"path": "/spool.db"}}


@pytest.mark.parametrize("awk_here", AWKS, ids=" ".join)
def test_any_text_stays_as_it_is(awk_here: tuple[str, ...]) -> None:
    command = installed(*awk_here)

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=40)
    )
    def holds(values: list[str]) -> None:
        found = table_of(command, exported(("broker", [("list", "names", value) for value in values])))
        assert found["broker"] == {"names": values}

    holds()


def fields(model: type[BaseModel]) -> Iterator[tuple[str, type]]:
    """Keys of a table that UCI can tell, with what they hold: a number, a truth or a text."""
    for name, field in model.model_fields.items():
        if _table_in(field.annotation) is None:
            told = str(field.annotation)
            yield name, bool if "bool" in told else float if re.search(r"\b(int|float)\b", told) else str


def tables() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in AgentSettings.model_fields.items():
        if (model := _table_in(field.annotation)) is not None:
            yield name, model
    for kind in agent.sources.known_kinds():
        yield "source", import_module(f"agent.sources.{kind}").Settings
    for kind in agent.probes.known_kinds():
        yield "probe", import_module(f"agent.probes.{kind}").Settings


@pytest.mark.parametrize(("section", "model"), list(tables()), ids=lambda value: getattr(value, "__module__", value))
def test_numbers_and_truths_are_where_the_agent_wants_them(
    awk: list[str], section: str, model: type[BaseModel]
) -> None:
    told = {bool: ("true", True), float: ("7", 7), str: ("7", "7")}
    wanted = {name: kind for name, kind in fields(model) if (section, name) != ("spool", "path")}
    entries = [("option", name, told[kind][0]) for name, kind in wanted.items()]
    found = table_of(awk, exported((section, entries)))
    table = found[f"{section}s"][0] if section in {"source", "probe"} else found[section]
    expected = {name: told[kind][1] for name, kind in wanted.items()}
    assert table == expected | ({"path": "/spool.db"} if section == "spool" else {})


@pytest.mark.parametrize("value", ["007", "1e3", "0x10", "1_000", "nan", "60; rm -rf /", "60 # more", "--1", "."])
def test_what_is_no_number_is_a_text_which_the_agent_refuses(awk: list[str], value: str) -> None:
    found = table_of(awk, exported(("source", [("option", "interval_seconds", value)])))
    assert found["sources"] == [{"interval_seconds": value}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (exported(("agents", [])), 'there is no type of section "agents"'),
        (exported(("agent", []), ("agent", [])), 'two sections of the type "agent"'),
        (exported(("spool", [("option", "path", "/etc/passwd")])), "follows from the option spool"),
        (exported(("agent", [("option", 'i"d', "x")])), "an option cannot be called"),
        ("package hangang\n\nconfig agent\n\toption id 'x\n", "a value has no end"),
        ("package hangang\n\nconfig agent\n\toption id\n", "cannot read the option"),
        ("garbage\n", "cannot read a line"),
    ],
)
def test_what_cannot_be_read_is_told(awk: list[str], text: str, problem: str) -> None:
    done = convert(awk, text)
    assert done.returncode == 1
    assert problem in done.stderr.decode()


def test_what_is_no_text_at_all_is_the_agents_to_tell(awk: list[str], tmp_path: Path) -> None:
    done = convert(awk, b"package hangang\n\nconfig agent\n\toption id '\xff'\n")
    (tmp_path / "agent.toml").write_bytes(done.stdout)
    with pytest.raises(SettingsError, match="is not TOML"):
        load_configuration(tmp_path / "agent.toml")


def certified(folder: Path) -> None:
    """A folder as enrolment leaves it."""
    folder.mkdir()
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ap-1"
    subprocess.run(
        [*command.split(), "-keyout", "agent.key", "-out", "agent.crt"], cwd=folder, check=True, capture_output=True
    )
    shutil.copy(folder / "agent.crt", folder / "authority.crt")


def as_uci_exports(configuration: str) -> str:
    """Comments gone, and the package named."""
    return "package hangang\n" + re.sub(r"^\s*#.*\n", "", configuration, flags=re.MULTILINE)


def test_the_agent_takes_what_the_package_brings(awk: list[str], tmp_path: Path) -> None:
    installed("openssl")
    certified(tmp_path / "enrolment")
    text = as_uci_exports(DEFAULTS).replace("/etc/hangang/enrolment", str(tmp_path / "enrolment"))
    done = convert(awk, text, spool_path=f"{tmp_path}/spool/spool.db")
    (tmp_path / "agent.toml").write_bytes(done.stdout)
    configuration = load_configuration(tmp_path / "agent.toml")
    assert configuration.settings.agent.id == "change-me"
    assert configuration.settings.spool.path == tmp_path / "spool" / "spool.db"
    assert [(source.settings.kind, source.settings.interval_seconds) for source in configuration.sources] == [
        ("openwrt", 60)
    ]
