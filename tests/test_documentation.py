"""What docs/ says of settings, commands, metrics, the wire and the database is what the code does.

The documents are read as tables: the first cell of a row names a thing, the heading above says of what. Tables are
compared whole, so that what is missing fails as well as what is no longer there.
"""

import ast
import asyncio
import inspect
import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import certifi
import duckdb
import pytest
from harness import FrozenClock, free_port
from prometheus_client.core import Metric
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

import agent.probes
import agent.sources
from agent import main as agent_command
from agent.config import AgentSettings, load_configuration
from agent.health import Health, SourceHealth
from agent.metrics import HealthCollector
from agent.probes import ProbeSettings
from agent.settings import check
from agent.snmp.catalogue import catalogue
from agent.snmp.profiles import read_profile
from agent.snmp.traps.counts import TrapCounts
from agent.sources import Source, SourceSettings
from agent.spool import Spool
from agent.wire import (
    Ack,
    Certificate,
    Frame,
    Kind,
    Reason,
    Renewal,
    Report,
    Status,
    decode_ack,
    decode_frame,
    decode_status,
    encode,
    topic_for,
)
from collector import intake, pipeline, refusals, remembering
from collector.alerts.settings import AlertSettings
from collector.cli import command as collector_command
from collector.cli.doctor import examine
from collector.config import CollectorSettings, load_settings
from collector.metrics import Metrics
from collector.stores.duckdb import open_store
from inventory import AccessPoint, Agent, Device, Site, load_inventory
from inventory.reading import load_parks

REPOSITORY = Path(__file__).resolve().parents[1]
AGENT, COLLECTOR, WIRE = (REPOSITORY / "docs" / name for name in ("agent.md", "collector.md", "wire.md"))
DUCKDB, QUARANTINE = (REPOSITORY / "docs" / name for name in ("duckdb.md", "quarantine.md"))
DOCUMENTS = {"dashboards": "grafana", "enroll": "enrolment"}
"""Of groups of commands whose document is called otherwise."""
STORES = {"influx": REPOSITORY / "docs" / "stores.md"}
PROBES = REPOSITORY / "docs" / "probes.md"


def document_of(part: str) -> Path:
    """Where a source, a probe or a table of the agent's settings is documented: in a file of its own, if it has one."""
    own = REPOSITORY / "docs" / f"{part}.md"
    return own if own.exists() else AGENT


Rows = dict[str, list[str]]


# Reading Markdown


def sections(document: Path) -> dict[str, str]:
    """The text below each heading, up to the next one of any level."""
    found: dict[str, str] = {}
    heading, is_code = "", False
    for line in document.read_text(encoding="utf-8").splitlines(keepends=True):
        is_code ^= line.startswith("```")
        if line.startswith("#") and not is_code:
            heading = line.lstrip("#").strip()
            assert heading not in found, f"{document.name} has two headings {heading!r}"
            found[heading] = ""
        else:
            found[heading] = found.get(heading, "") + line
    return found


def section(document: Path, heading: str) -> str:
    found = sections(document)
    assert heading in found, f"{document.name} has no heading {heading!r}"
    return found[heading]


def table(document: Path, heading: str, first_column: str) -> Rows:
    """The table whose first column has this name: first cells, without what follows a blank in them, to the others."""
    tables = re.findall(
        rf"^\| {re.escape(first_column)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section(document, heading), re.MULTILINE
    )
    assert len(tables) == 1, f"{document.name}, {heading}: {len(tables)} tables of a {first_column}"
    rows: Rows = {}
    for line in tables[0].splitlines():
        first, *others = (cell.strip() for cell in line.strip("|").split("|"))
        name = first.strip("`").split(" ")[0]
        assert name not in rows, f"{document.name}, {heading}: {name} stands there twice"
        rows[name] = others
    return rows


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# Settings


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def settings_tables() -> Iterator[tuple[Path, str, type[BaseModel], set[str]]]:
    """Document, heading, model and keys of each table of settings."""
    for document, settings in ((AGENT, AgentSettings), (COLLECTOR, CollectorSettings)):
        for name, field in settings.model_fields.items():
            for model in models_in(field.annotation):
                if name == "store":
                    continue
                is_apart = name in {"alerts", "legacy", "enrolment"}  # of enrolment, an agent's is told with the agent
                own = document_of(name) if is_apart == (document == COLLECTOR) else document
                yield own, f"`[{name}]`", model, set(model.model_fields)
                yield from tables_below(own, f"[{name}.{{}}]" if name == "legacy" else f"[[{name}.{{}}]]", model)
    for model in models_in(CollectorSettings.model_fields["store"].annotation):
        kind = model.model_fields["kind"].default
        yield STORES.get(kind, COLLECTOR), f'`[store]` of `kind = "{kind}"`', model, set(model.model_fields)
    yield AGENT, "`[[sources]]`", SourceSettings, set(SourceSettings.model_fields)
    for kind in agent.sources.known_kinds():
        source = import_module(f"agent.sources.{kind}").Settings
        yield document_of(kind), f'`kind = "{kind}"`', source, own_keys(source, SourceSettings)
        yield from tables_below(document_of(kind), f'{{}}` of `kind = "{kind}"', source)
    yield PROBES, "Probes", ProbeSettings, set(ProbeSettings.model_fields)
    for kind in agent.probes.known_kinds():
        probe = import_module(f"agent.probes.{kind}").Settings
        document = document_of(kind) if kind == "throughput" else PROBES
        yield document, f'`[[probes]]` of `kind = "{kind}"`', probe, own_keys(probe, ProbeSettings)
    for name, model in (("sites", Site), ("access_points", AccessPoint), ("devices", Device), ("agents", Agent)):
        yield COLLECTOR, f"`[[{name}]]`", model, set(model.model_fields)


def tables_below(
    document: Path, heading: str, model: type[BaseModel]
) -> Iterator[tuple[Path, str, type[BaseModel], set[str]]]:
    """The tables that are keys of a table; those of rules are held to their document by tests of their own."""
    for name, field in model.model_fields.items():
        if model is AlertSettings and name == "rules":
            continue
        for inner in models_in(field.annotation):
            yield document, f"`{heading.format(name)}`", inner, set(inner.model_fields)


def own_keys(model: type[BaseModel], common: type[BaseModel]) -> set[str]:
    """The keys that a kind has beside the common ones, and those of them to which it gives another default."""
    return {
        name
        for name, field in model.model_fields.items()
        if name not in common.model_fields
        or (
            name != "kind"
            and to_jsonable_python(field.default) != to_jsonable_python(common.model_fields[name].default)
        )
    }


each_settings_table = pytest.mark.parametrize(
    ("document", "heading", "model", "keys"),
    [pytest.param(*row, id=f"{row[0].stem} {row[1]}") for row in settings_tables()],
)


def schemas_of(model: type[BaseModel]) -> dict[str, list[dict[str, Any]]]:
    """The JSON Schemas that a value of each field may follow, references resolved."""
    whole = model.model_json_schema()

    def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in schema:
            schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        return [each for part in schema["anyOf"] for each in alternatives(part)] if "anyOf" in schema else [schema]

    return {name: alternatives(schema) for name, schema in whole["properties"].items()}


def in_words(number: float) -> str:
    return "2^53" if number == 2**53 else re.sub(r"e\+0*", "e", f"{number:g}")


def limits(schemas: Iterable[dict[str, Any]]) -> list[str]:
    """What a document has to say of a number's range and of a list's or a text's length."""
    said = []
    for schema in schemas:
        low, above, high = (
            in_words(schema[name]) if name in schema else None for name in ("minimum", "exclusiveMinimum", "maximum")
        )
        if above is not None:
            said.append(f"above {above}" + (f", to {high}" if high else ""))
        elif low is not None:
            said.append(f"{low} to {high}" if high else f"at least {low}")
        elif high is not None:
            said.append(f"at most {high}")
        said += [f"at most {schema[name]}" for name in ("maxLength", "maxItems") if name in schema]
    return said


def documented_default(cell: str, key: str, text: str) -> object:
    """What a cell says: a TOML value, nothing, or where it is told."""
    if cell in {"none", "the agent's `id`"}:
        return None
    if cell == "below":
        (default,) = [tables[key] for block in blocks(text, "toml") for tables in tomllib.loads(block)["sources"]]
        return default
    return tomllib.loads(f"value = {cell.strip('`')}")["value"]


@each_settings_table
def test_every_key_of_the_settings_is_documented(
    document: Path, heading: str, model: type[BaseModel], keys: set[str]
) -> None:
    assert table(document, heading, "key").keys() == keys, model


@each_settings_table
def test_documented_defaults_are_those_of_the_settings(
    document: Path, heading: str, model: type[BaseModel], keys: set[str]
) -> None:
    rows = {key: cells[0] for key, cells in table(document, heading, "key").items()}
    required = {key for key in keys if model.model_fields[key].is_required()}
    assert {key for key, cell in rows.items() if cell == "required"} == required
    text = section(document, heading)
    of_their_own = {key for key, cell in rows.items() if cell.startswith("the table ")}
    assert all(models_in(model.model_fields[key].annotation) for key in of_their_own)
    told = keys - required - of_their_own
    documented = {key: documented_default(cell, key, text) for key, cell in rows.items() if key in told}
    assert documented == {key: to_jsonable_python(model.model_fields[key].default) for key in told}


@each_settings_table
def test_documented_ranges_and_choices_are_those_of_the_settings(
    document: Path, heading: str, model: type[BaseModel], keys: set[str]
) -> None:
    schemas, text = schemas_of(model), section(document, heading)
    ranges = {key: cells[1] for key, cells in table(document, heading, "key").items()}
    numbers = {key: [s for s in schemas[key] if s.get("type") in {"integer", "number"}] for key in keys}
    assert ranges == {key: "".join(limits(numbers[key])) for key in keys}
    choices = [
        choice for key in keys for schema in schemas[key] for choice in schema.get("enum", [schema.get("const")])
    ]
    assert [choice for choice in choices if choice and not re.search(f'`"?{re.escape(choice)}"?`', text)] == []


def test_every_kind_of_source_and_probe_is_documented() -> None:
    sources, probes = section(AGENT, "`[[sources]]`"), section(AGENT, "Probes")
    assert [kind for kind in agent.sources.known_kinds() if f'`"{kind}"`' not in sources] == []
    assert [kind for kind in agent.probes.known_kinds() if f'`"{kind}"`' not in probes] == []


def test_the_built_in_parks_are_documented() -> None:
    assert list(table(COLLECTOR, "`[[sites]]`", "id")) == [park.id for park in load_parks()]


# Examples


def completed(block: str) -> str:
    """A part of an agent's file, or of a collector's, made a whole one."""
    if block.startswith("[store]"):
        return f"[broker]\n{block}"
    source = "" if "[[sources]]" in block else '[[sources]]\nkind = "host"\n'
    return f'[agent]\nid = "example"\n{source}{block}'


def test_every_example_of_settings_passes_its_own_loader(tmp_path: Path) -> None:
    """A block's first line says which file it is; one that begins with a table is a part of one."""
    examples = [
        (document, block)
        for document in sorted((REPOSITORY / "docs").glob("**/*.md"))
        for block in blocks(document.read_text(encoding="utf-8"), "toml")
    ]
    assert {document.name for document, _ in examples} >= {AGENT.name, COLLECTOR.name}
    (tmp_path / "inventory").mkdir()
    for position, (document, block) in enumerate(examples):
        first = block.partition("\n")[0]
        path = tmp_path / f"{position}.toml"
        path.write_text(block if first.startswith("#") else completed(block), encoding="utf-8")
        for name in re.findall(r'^\w+_file = "(.+)"$', block, re.MULTILINE):
            if name.endswith(".token"):
                (tmp_path / name).write_text("example")
            else:
                shutil.copy(certifi.where(), tmp_path / name)  # any certificates serve as any other of the files
        if first in {"# agent.toml", "[[sources]]", "[[probes]]", "[traps]"}:
            load_configuration(path)
        elif first == "# profile.toml":
            read_profile(path)
        elif first.startswith(("# collector", "[store]")):
            load_settings(path)
        else:
            assert re.fullmatch(r"# inventory/\w+\.toml", first), f"{document.name}: which file is {first!r}?"
            path.rename(tmp_path / first.removeprefix("# "))
    inventory = load_inventory(tmp_path / "inventory")
    assert inventory.may_speak_for("gw-yeouido", "yeouido-001")


def test_every_example_of_the_wire_is_one_of_its_messages() -> None:
    golden = REPOSITORY / "tests" / "agent" / "wire" / "golden" / "gateway.json"
    frame, ack, status = blocks(section(WIRE, "Examples"), "json")
    assert json.loads(frame) == json.loads(golden.read_text(encoding="utf-8"))
    assert decode_frame(frame.encode()).unknown_fields == ()
    assert json.loads(encode(decode_ack(ack.encode()))) == json.loads(ack)
    assert json.loads(encode(decode_status(status.encode()))) == json.loads(status)


# Commands


@pytest.mark.parametrize(
    ("program", "main", "document"),
    [("hangang-agent", agent_command.main, AGENT), ("hangang", collector_command.run, COLLECTOR)],
)
def test_every_command_and_option_is_documented(
    program: str, main: Callable[[list[str]], int], document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def help_of(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            main([*arguments, "--help"])
        return capsys.readouterr().out

    def options_in(text: str) -> set[str]:
        return set(re.findall(r"--[a-z][a-z0-9-]*", text)) - {"--help"}

    def actions_of(own: Path, *group: str) -> Iterator[tuple[str, ...]]:
        """A group of actions may be documented as a whole, or each of them."""
        for name in re.findall(r"^ {4}([a-z-]+)\b", help_of(*group), re.MULTILINE):
            action = (*group, name)
            is_whole = f"`{program} {' '.join(action)}`" in sections(own) or "ACTION" not in help_of(*action)
            yield from [action] if is_whole else actions_of(own, *action)

    top = help_of()
    assert [option for option in options_in(top) if f"`{program} {option}`" not in section(document, "Commands")] == []
    commands = re.findall(r"^ {4}([a-z-]+)\b", top, re.MULTILINE)
    headed = {heading for heading in sections(document) if heading.startswith("`hangang")}
    assert {f"`{program} {command}`" for command in commands} == headed
    for command in commands:
        own = REPOSITORY / "docs" / f"{DOCUMENTS.get(command, command)}.md"
        if document == own or not own.exists() or "ACTION" not in help_of(command):
            assert table(document, f"`{program} {command}`", "option").keys() == options_in(help_of(command)), command
            continue
        for below in actions_of(own, command):
            said = table(own, f"`{program} {' '.join(below)}`", "option").keys()
            assert said == options_in(help_of(*below)), below


def test_every_check_of_the_doctor_is_documented(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    path = tmp_path / "collector.toml"
    path.write_text(f"[embedded_broker]\n[web]\nport = {free_port()}\n", encoding="utf-8")
    checks = [finding.check for finding in examine(path)]
    assert list(table(COLLECTOR, "`hangang doctor`", "check")) == checks


# Metrics and quarantine


def exposed(families: Iterable[Metric]) -> dict[str, str]:
    """The metrics' names as Prometheus sees them, and their types."""
    return {f"{family.name}_total" if family.type == "counter" else family.name: family.type for family in families}


async def test_every_metric_of_the_agent_is_documented(tmp_path: Path, clock: FrozenClock) -> None:
    health = Health(sources={"host-0": SourceHealth()}, traps=TrapCounts())
    spool = Spool(tmp_path / "spool.db", boot_id="00c0ffee", max_bytes=1_000_000, max_age_seconds=3600, clock=clock)
    families = exposed(HealthCollector(health, spool).collect())
    await spool.close()
    assert {name: cells[0] for name, cells in table(AGENT, "Metrics", "metric").items()} == families


def test_every_metric_of_the_collector_is_documented() -> None:
    families = exposed(Metrics().registry.collect())
    assert {name: cells[0] for name, cells in table(COLLECTOR, "Metrics", "metric").items()} == families


def strings_in(*nodes: ast.AST | None) -> set[str]:
    return {
        node.value
        for root in nodes
        if root is not None
        for node in ast.walk(root)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def words_of(node: ast.AST, owner: str | None, method: str) -> set[str]:
    """The literal first argument where `node` calls `method`, on something named `owner` if that is given."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != method:
        return set()
    if owner is not None and getattr(node.func.value, "attr", None) != owner:
        return set()
    return strings_in(node.args[0])


def reasons_of(node: ast.AST) -> set[str]:
    """The literals that are a reason here: refused with, counted by, assigned to or passed or defaulted as `reason`."""
    found = words_of(node, None, "refuse") | words_of(node, "quarantined", "labels")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"refuse", "Refusal"}:
        found |= strings_in(*node.args[:1])
    if isinstance(node, ast.keyword) and node.arg == "reason":
        found |= strings_in(node.value)
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "reason" for t in node.targets):
        found |= strings_in(node.value)
    if isinstance(node, ast.arguments):
        found |= strings_in(*(d for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if a.arg == "reason"))
    return found


def nodes_of_the_pipeline() -> list[ast.AST]:
    return [
        node
        for module in (intake, pipeline, refusals, remembering)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
    ]


def test_every_reason_of_the_quarantine_is_documented() -> None:
    used = set().union(*map(reasons_of, nodes_of_the_pipeline())) | {reason.value for reason in Reason}
    assert table(COLLECTOR, "Quarantine", "reason").keys() == used


def test_every_outcome_and_correction_is_documented() -> None:
    nodes = nodes_of_the_pipeline()
    outcomes = set().union(*(words_of(node, "frames", "labels") for node in nodes))
    corrections = set().union(*(words_of(node, "corrections", "append") for node in nodes))
    assert table(COLLECTOR, "Metrics", "`outcome`").keys() == outcomes
    assert table(COLLECTOR, "Metrics", "`reason` of a correction").keys() == corrections


# The wire, and what sources fill of it


def wire_models(*models: type[BaseModel]) -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    for model in models:
        found[model.__name__] = model
        for field in model.model_fields.values():
            found |= wire_models(*models_in(field.annotation))
    return found


def test_every_topic_is_documented() -> None:
    assert list(table(WIRE, "Topics", "topic")) == [topic_for("{agent}", kind) for kind in get_args(Kind)]


@pytest.mark.parametrize(
    "model", wire_models(Frame, Ack, Status, Renewal, Certificate).values(), ids=lambda model: model.__name__
)
def test_every_field_of_the_wire_is_documented(model: type[BaseModel]) -> None:
    heading = f"`{model.__name__}`"
    types = {field: cells[0] for field, cells in table(WIRE, heading, "field").items()}
    assert types.keys() == model.model_fields.keys()
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert {field for field, cell in types.items() if cell.endswith("required")} == required
    for field, schemas in schemas_of(model).items():
        assert [limit for limit in limits(schemas) if limit not in types[field]] == [], field
        choices = [choice for schema in schemas for choice in schema.get("enum", [])]
        assert [choice for choice in choices if f'`"{choice}"`' not in section(WIRE, heading)] == [], field


def fields_of(value: object, above: str = "") -> set[str]:
    """The dotted names of what is in a report, lists' positions left out."""
    if isinstance(value, dict):
        return {name for key, part in value.items() for name in fields_of(part, f"{above}.{key}" if above else key)}
    if isinstance(value, list):
        return {name for part in value for name in fields_of(part, above)}
    return {above}


def source_of(table_of_settings: dict[str, object], folder: Path, clock: FrozenClock) -> Source:
    room = import_module(f"agent.sources.{table_of_settings['kind']}")
    source: Source = room.open_source(check(room.Settings, table_of_settings, folder / "agent.toml"), clock)
    return source


def a_machine(folder: Path) -> dict[str, object]:
    """Settings of kind "host" for a machine of files that tells all there is to tell."""
    numbers = "1 1 1 1 0 0 0 0 1 1 1 1 0 0 0 0"
    files = {
        "proc/uptime": "86400.5 1.0",
        "proc/loadavg": "0.42 0.3 0.2 1/100 42",
        "proc/meminfo": "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\n",
        "proc/net/dev": f"eth0: {numbers}\neth1: {numbers}\n",
        "proc/net/route": "eth0 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n",
        "proc/sys/kernel/osrelease": "6.6.73",
        "sys/class/dmi/id/sys_vendor": "Example",
        "sys/class/dmi/id/product_name": "EX-6000",
        "sys/class/dmi/id/product_serial": "EX0001",
        "sys/class/thermal/thermal_zone0/temp": "48500",
    }
    for number, name in enumerate(("eth0", "eth1"), start=1):
        told = {"operstate": "up", "speed": "1000", "duplex": "full", "ifindex": number, "device/vendor": "0x8086"}
        told["address"] = f"02:11:22:33:44:0{number}"
        files |= {f"sys/class/net/{name}/{file}": str(value) for file, value in told.items()}
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return {"kind": "host", "access_point": "lab-001", "root": str(folder)}


def a_fleet(_: Path) -> dict[str, object]:
    """Settings of kind "simulated" with an access point that is well, and one whose uplink is dead."""
    places = [{"id": f"lab-00{number}", "generation": "wifi6e"} for number in (1, 2)]
    faults = [{"access_point": "lab-002", "kind": "uplink_down"}]
    return {"kind": "simulated", "site": "lab", "setting": "indoor", "access_points": places, "faults": faults}


@pytest.mark.parametrize(("kind", "settings_for"), [("host", a_machine), ("simulated", a_fleet)])
async def test_the_fields_that_a_source_fills_are_documented(
    kind: str, settings_for: Callable[[Path], dict[str, object]], tmp_path: Path, clock: FrozenClock
) -> None:
    source = source_of(settings_for(tmp_path), tmp_path, clock)
    reports: list[Report] = []
    for busy, idle in ((10, 90), (20, 180)):
        (tmp_path / "proc").mkdir(exist_ok=True)
        (tmp_path / "proc" / "stat").write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n")
        reports += await source.read()
        clock.advance(60)
    await source.close()
    filled = set().union(*(fields_of(json.loads(encode(report))) for report in reports))
    assert documented_fields(kind) == filled


def test_the_fields_that_openwrt_fills_are_documented() -> None:
    """Those of the reports that the source's own test compares whole."""
    expected = REPOSITORY / "tests" / "agent" / "openwrt" / "expected"
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in expected.glob("*.json")]
    assert documented_fields("openwrt") == set().union(*map(fields_of, reports))


def documented_fields(kind: str) -> set[str]:
    column = KINDS_WITH_A_COLUMN.index(kind)
    return {field for field, cells in table(AGENT, "Fields of a report", "field").items() if cells[column]}


KINDS_WITH_A_COLUMN = [kind for kind in agent.sources.known_kinds() if kind != "snmp"]
"""What `snmp` fills depends on the profile, and stands in docs/profiles.md."""


def test_the_fields_that_sources_fill_have_a_column_for_every_kind() -> None:
    header = section(AGENT, "Fields of a report").partition("| field |")[2].partition("\n")[0]
    assert [kind.strip() for kind in header.strip("|").split("|")] == KINDS_WITH_A_COLUMN


def test_the_documented_profiles_are_up_to_date() -> None:
    assert (REPOSITORY / "docs" / "profiles.md").read_text(encoding="utf-8") == catalogue()


# The database


def test_every_table_and_column_of_the_database_is_documented(tmp_path: Path) -> None:
    asyncio.run(open_store(tmp_path / "points.duckdb").close())
    with duckdb.connect(tmp_path / "points.duckdb") as database:
        columns = database.sql("SELECT table_name, column_name, data_type FROM information_schema.columns").fetchall()
    documented = [
        (heading.split("`")[1], column, cells[0])
        for heading in sections(DUCKDB)
        if heading.startswith("Table ")
        for column, cells in table(DUCKDB, heading, "column").items()
    ]
    assert sorted(documented) == sorted(columns)


# Links


def markdown_files() -> list[Path]:
    folders = (
        f for f in REPOSITORY.iterdir() if f.is_dir() and not f.name.startswith(".") and f.name not in {"build", "dist"}
    )
    return sorted([*REPOSITORY.glob("*.md"), *(path for folder in folders for path in folder.rglob("*.md"))])


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and anchor not in map(slug, sections(target))):
            broken.append(link)
    assert broken == []
