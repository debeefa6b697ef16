"""docs/traps.md says what the code does: keys, defaults, ranges, events, known traps, the example."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from agent.settings import check
from agent.snmp.traps.known import Kind, known
from agent.snmp.traps.naming import UNKNOWN_KIND
from agent.snmp.traps.settings import TrapSettings, TrapUser

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "traps.md").read_text(encoding="utf-8")


def rows(heading: str, first_column: str) -> dict[str, list[str]]:
    section = re.split(r"^#+ ", TEXT, flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(f"{heading}\n")]
    _, _, table = text.partition(f"| {first_column} |")
    lines = table.split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first.strip("`"): others for first, *others in cells}


@pytest.mark.parametrize(("heading", "model"), [("`[traps]`", TrapSettings), ("`[[traps.users]]`", TrapUser)])
def test_every_key_and_default_is_documented(heading: str, model: type[BaseModel]) -> None:
    documented = rows(heading, "key")
    assert documented.keys() == model.model_fields.keys()
    for key, field in model.model_fields.items():
        said = documented[key][0]
        if field.is_required() or field.default is None:
            assert said == ("required" if field.is_required() else "none"), key
        else:
            assert tomllib.loads(f"value = {said.strip('`')}")["value"] == to_jsonable_python(field.default), key


def test_the_ranges_are_documented() -> None:
    schema = TrapSettings.model_json_schema()["properties"]
    ranges = {key: cells[1] for key, cells in rows("`[traps]`", "key").items() if cells[1]}
    assert ranges == {
        key: f"{part['minimum']} to {part['maximum']}" for key, part in schema.items() if "minimum" in part
    }


def test_every_event_is_documented() -> None:
    kinds = {*get_args(Kind), UNKNOWN_KIND, "traps_dropped"} - {"client"}
    assert rows("Events", "event").keys() == kinds


def test_every_known_trap_of_a_device_is_documented() -> None:
    documented = {
        (mib, name) for mib, (names,) in rows("Events", "MIB").items() for name in re.findall(r"`(\w+)`", names)
    }
    assert documented == {(trap.mib, trap.name) for trap in known().traps if trap.kind != "client"}


def test_the_example_passes(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for file in ("traps.auth", "traps.priv"):
        (tmp_path / file).write_text("correct horse\n")
    check(TrapSettings, tomllib.loads(example)["traps"], tmp_path / "agent.toml")
