"""Files of profiles: those of the package, what `extends` makes of two, and the format as docs/snmp.md tells it."""

import json
import re
from pathlib import Path

import pytest
from harness import FrozenClock
from pydantic import BaseModel
from pysnmp.proto.api import v2c
from scripted import Plain, playing

from agent.settings import check
from agent.snmp.profile import AccessPoints, Interfaces, Match, Profile, Rows, Value
from agent.snmp.profiles import GENERIC, ProfileError, known_profiles, load_profile, read_profile
from agent.snmp.report import Reporter
from agent.sources.snmp import Settings, SnmpSource
from agent.wire import encode

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "snmp.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


# The package's own


@pytest.mark.parametrize("name", known_profiles())
def test_a_profile_of_the_package_compiles(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert Reporter(profile) is not None
    assert bool(profile.match) != (name == GENERIC)


@pytest.mark.parametrize("name", known_profiles())
def test_a_profile_of_the_package_reads_only_what_a_get_of_a_row_can_answer(name: str) -> None:
    """An object without a row ends in .0 or a row's number, and no column is the table itself."""
    profile = load_profile(name)
    assert [oid for oid in profile.scalars() if oid in profile.tables.values()] == []
    assert [table for table, column in profile.columns() if column < 1] == []


def test_a_profile_that_there_is_not_is_told() -> None:
    with pytest.raises(ProfileError, match="there is no profile 'hanbit'"):
        load_profile("hanbit")


# extends


def profile_of(folder: Path, text: str) -> Profile:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return read_profile(path)


def test_a_profile_is_laid_over_the_one_that_it_extends(tmp_path: Path) -> None:
    generic = load_profile(GENERIC)
    own = profile_of(
        tmp_path,
        """
        title = "Own"
        extends = "generic"
        [tables]
        own = "1.3.6.1.4.1.99999.1"
        [device]
        model = { oid = "1.3.6.1.4.1.99999.2.0" }
        name = false
        [interfaces]
        ignore = ["^wan9$"]
        [interfaces.fields]
        rx_bits_per_second = { column = 10, counter = 32 }
        """,
    )
    assert own.tables == {**generic.tables, "own": "1.3.6.1.4.1.99999.1"}
    assert own.device == {"serial": generic.device["serial"], "model": Value(oid="1.3.6.1.4.1.99999.2.0")}
    assert own.system == generic.system
    assert own.interfaces is not None
    assert generic.interfaces is not None
    assert own.interfaces.ignore == ("^wan9$",)
    assert own.interfaces.uplink == generic.interfaces.uplink
    replaced = {"rx_bits_per_second": Value(column=10, counter=32)}
    assert own.interfaces.fields == {**generic.interfaces.fields, **replaced}
    assert (own.name, own.title, own.match) == ("own", "Own", ())


def test_extending_changes_nothing_of_what_is_extended(tmp_path: Path) -> None:
    before = load_profile(GENERIC).model_dump()
    profile_of(tmp_path, 'title = "Own"\nextends = "generic"\nsystem = false\n[device]\nname = false\n')
    assert load_profile(GENERIC).model_dump() == before


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('title = "One"', encoding="utf-8")
    first = read_profile(path)
    assert read_profile(path) is first
    path.unlink()
    path.write_text('title = "Another"', encoding="utf-8")
    assert read_profile(path).title == "Another"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('describes = "controller"', "profile: a controller or a cluster has [access_points], an access point has not"),
        ('describes = "cloud"', "describes: Input should be 'access_point', 'controller' or 'cluster'"),
        ('[[match]]\ndescription = "("', "match[0].description: is no regular expression: "),
        ('[[match]]\nobject_id = "enterprises.9"', "match[0].object_id: String should match pattern"),
        ('[[radios]]\nrows = "radio"\nfields = {}', None),
        ('[interfaces]\nfields = {}\nignore = ["["]', "interfaces.ignore[0]: is no regular expression: "),
        ('[device]\nname = { index = "-:" }', "device.name.index: String should match pattern"),
        ('[device]\nname = { oid = "1.2", part = { oid = "1.2" } }', "device.name: needs one of oid, column, index"),
        ('[device]\nname = { part = { oid = "1.2" } }', "device.name: part and whole belong together"),
        ('[device]\nname = { oid = "1.2", all = true }', "device.name: of at, under, where and all one may stand"),
        (
            '[tables]\na = "1.2"\n[device]\nname = { table = "a", column = 1, where = { x = { const = 1 } } }',
            "String should match pattern",
        ),
        ('[system]\nuptime = { oid = "1.2" }', "profile: fields that no report has: system.uptime"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path: Path, text: str, problem: str | None) -> None:
    if problem is None:
        profile_of(tmp_path, f'title = "x"\n{text}')
        return
    with pytest.raises(ProfileError) as caught:
        profile_of(tmp_path, f'title = "x"\n{text}')
    assert str(caught.value).startswith(f"{tmp_path / 'own.toml'}: ")
    assert problem in str(caught.value)


# The document


def documented(heading: str, first_column: str = "key") -> list[str]:
    """The first cells of all tables of a section whose first column is called so."""
    tables = re.findall(rf"^\| {first_column} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section(heading), re.MULTILINE)
    return [line.split("|")[1].strip(" `") for table in tables for line in table.splitlines()]


def keys_of(model: type[BaseModel]) -> list[str]:
    return sorted(field.alias or name for name, field in model.model_fields.items())


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("`[[match]]`", Match),
        ("`[[radios]]` and `[[ssids]]`", Rows),
        ("`[access_points]`", AccessPoints),
        ("`[interfaces]`", Interfaces),
        ("Values", Value),
    ],
)
def test_every_key_of_a_profiles_parts_is_documented(heading: str, model: type[BaseModel]) -> None:
    assert sorted(documented(heading)) == keys_of(model)


def test_every_key_of_a_profile_is_documented() -> None:
    """Its name is the file's; `extends` is gone once it is laid over another."""
    assert sorted(documented("A profile's keys")) == sorted({*keys_of(Profile), "extends"} - {"name"})


def test_the_transforms_are_documented_in_their_order() -> None:
    keys = documented("Values")
    assert Value.__doc__ is not None
    told = re.sub(r"\s+", " ", Value.__doc__).partition("in this order: ")[2].rstrip(".")
    order = [key for key in re.split(r", | / ", told) if key]
    assert [key for key in keys[keys.index("absent") :] if key != "separator"] == order


def test_every_choice_of_a_value_is_documented() -> None:
    choices = set(re.findall(r"'enum': \[([^]]*)\]", str(Value.model_json_schema())))
    words = {word for choice in choices for word in re.findall(r"'?([\w]+)'?", choice)}
    assert {"mac", "count", "16"} <= words
    text = section("Values").replace('"', "")
    assert [word for word in words if f"`{word}`" not in text] == []


HANBIT = "1.3.6.1.4.1.99999"


def hanbit(seconds: float, sent: int, again: int, frames: int) -> dict[str, Plain]:
    """The device of the document's example."""
    return {
        "1.3.6.1.2.1.1.1.0": "HB-3",
        "1.3.6.1.2.1.1.2.0": v2c.ObjectIdentifier(f"{HANBIT}.7"),
        "1.3.6.1.2.1.1.3.0": v2c.TimeTicks(int(seconds * 100)),
        "1.3.6.1.2.1.1.5.0": "pier-3",
        f"{HANBIT}.2.1.0": "HB-3W",
        f"{HANBIT}.2.2.0": "N/A",
        f"{HANBIT}.2.4.0": 12,
        f"{HANBIT}.2.3.0": bytes.fromhex("024b696d2121"),
        **{f"{HANBIT}.1.1.{column}.1": value for column, value in {2: 1, 3: 50, 4: "36E", 5: 94}.items()},
        f"{HANBIT}.1.1.6.1": v2c.Counter32(again),
        f"{HANBIT}.1.1.7.1": v2c.Counter32(frames),
        f"{HANBIT}.1.1.8.1": v2c.Counter64(sent),
        **{f"{HANBIT}.1.1.{column}.2": value for column, value in {2: 0, 3: 24, 4: "0", 5: 0}.items()},
        f"{HANBIT}.1.2.2.1.1": "SEOUL",
        f"{HANBIT}.1.2.3.1.1": 5,
        f"{HANBIT}.1.2.2.1.2": "",
        f"{HANBIT}.1.2.3.1.2": 2,
    }


async def test_the_documents_example_reads_its_device(tmp_path: Path, clock: FrozenClock) -> None:
    (text,) = re.findall(r"^```toml\n(# profile\.toml\n.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    (tmp_path / "hanbit.toml").write_text(text, encoding="utf-8")
    async with playing(hanbit(1000, 0, 0, 0)) as device:
        table = {"kind": "snmp", "host": "127.0.0.1", "port": device.port, "community": "public"}
        settings = check(Settings, {**table, "profile_file": "hanbit.toml"}, tmp_path / "agent.toml")
        source = SnmpSource(settings, clock)
        await source.read()
        clock.advance(60)
        device.set(hanbit(1060, 7_500_000, 60, 240))
        (report,) = await source.read()
    assert json.loads(encode(report)) == {
        "observed_at": "2026-05-02T12:01:00Z",
        "interval_seconds": 60.0,
        "device": {"vendor": "Hanbit", "model": "HB-3W", "mac": "02:4b:69:6d:21:21", "name": "pier-3"},
        "system": {"uptime_seconds": 1060.0, "cpu_ratio": 0.12},
        "radios": [
            {
                "name": "radio1",
                "band": "5",
                "channel": 36,
                "noise_dbm": -94.0,
                "clients": 7,
                "retry_ratio": 0.25,
                "tx_bits_per_second": 1e6,
            }
        ],
        "ssids": [{"ssid": "SEOUL", "radio": "radio1", "clients": 5}, {"ssid": "", "radio": "radio1", "clients": 2}],
    }
