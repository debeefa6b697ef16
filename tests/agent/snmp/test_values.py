"""A profile's values: each way to begin, each transform and their order, and the rows of other tables."""

from collections.abc import Mapping
from typing import Any

import pytest

from agent.rates import Counters
from agent.snmp.meaning import Index, Meaning, Raw
from agent.snmp.moment import NO_ROW, Moment, Row
from agent.snmp.profile import Value
from agent.snmp.restarts import Restarts
from agent.snmp.values import compiled

OID = "1.3.6.1.4.1.99999.1.0"
KOREAN = "한강공원"
MAC = bytes.fromhex("024b696d2121")  # valid UTF-8 as well

Tables = Mapping[str, Mapping[Index, Mapping[int, Raw]]]


def moment(raw: Raw = None, tables: Tables | None = None) -> Moment:
    scalars = {} if raw is None else {OID: raw}
    return Moment(scalars, tables or {}, Counters(), Restarts(), 0.0)


def evaluated(table: dict[str, Any], raw: Raw = None) -> Meaning:
    return compiled(Value.model_validate({"oid": OID, **table}), "x")(moment(raw), NO_ROW)


@pytest.mark.parametrize(
    ("transforms", "raw", "expected"),
    [
        pytest.param({}, 7, 7, id="as it is"),
        pytest.param({}, None, None, id="not there"),
        pytest.param({"absent": [0, -1]}, 0, None, id="absent"),
        pytest.param({"absent": [0, -1]}, 1, 1, id="not absent"),
        pytest.param({"absent": ["N/A", ""]}, b"N/A\0", None, id="absent text without its NUL"),
        pytest.param({"absent": [0]}, b"0", b"0", id="absent compares numbers with numbers"),
        pytest.param({"absent": [0], "negative": True}, 0, None, id="absent before what follows"),
        pytest.param({"pattern": r"^(\d+)[A-Z]*"}, b"116E", "116", id="pattern"),
        pytest.param({"pattern": r"(\d+)"}, b"none", None, id="pattern that does not fit"),
        pytest.param({"pattern": r"(\d)$"}, 42, "2", id="pattern in a number"),
        pytest.param({"pattern": r"(.+)"}, b"\xff\xfe", None, id="pattern in what is no text"),
        pytest.param({"pattern": "v(.*)", "as": "number"}, b"v3.5", 3.5, id="pattern before as"),
        pytest.param({"item": {"const": 2}}, b"10, 20 ,30", "20", id="item, counted from 1"),
        pytest.param({"item": {"const": 4}}, b"10,20,30", None, id="no such item"),
        pytest.param({"item": {"const": 0}}, b"10,20,30", None, id="no item 0"),
        pytest.param({"item": {"const": "nan"}}, b"10,20,30", None, id="no item nan"),
        pytest.param({"item": {"const": 2}, "separator": "/"}, b"a/b", "b", id="item by separator"),
        pytest.param({"pattern": r"\[(.*)\]", "item": {"const": 1}, "as": "number"}, b"[5;6]", None, id="separator"),
        pytest.param({"as": "number"}, b" 3.7 ", 3.7, id="number in text"),
        pytest.param({"as": "number"}, b"many", None, id="no number"),
        pytest.param({"as": "number"}, b"nan", None, id="not a number is none"),
        pytest.param({"as": "number"}, float("inf"), None, id="infinity is none"),
        pytest.param({"as": "text"}, KOREAN.encode(), KOREAN, id="text"),
        pytest.param({"as": "text"}, 7, "7", id="number as text"),
        pytest.param({"as": "text"}, b"\xb0\xf8", None, id="bytes that are no UTF-8 are no text"),
        pytest.param({"as": "mac"}, MAC, "02:4b:69:6d:21:21", id="MAC that is valid UTF-8"),
        pytest.param({"as": "mac"}, b"02-4B-69-6D-21-21", "02:4b:69:6d:21:21", id="MAC in letters"),
        pytest.param({"as": "mac"}, b"02:4b:69", None, id="half a MAC"),
        pytest.param({"as": "uptime"}, b"3 days, 2:05:09", 266709.0, id="uptime"),
        pytest.param({"as": "channel_of_mhz"}, 5180, 36, id="channel of a frequency"),
        pytest.param({"as": "band_of_mhz"}, 5955, "6", id="band of a frequency"),
        pytest.param({"as": "band_of_channel"}, 11, "2.4", id="band of a channel"),
        pytest.param({"as": "band_of_channel"}, b"11", "2.4", id="band of a channel in text"),
        pytest.param({"negative": True}, 94, -94, id="magnitude"),
        pytest.param({"negative": True}, -94, -94, id="magnitude that has its sign"),
        pytest.param({"signed_bits": 8}, 161, -95, id="unsigned byte"),
        pytest.param({"signed_bits": 8}, 127, 127, id="byte that is positive"),
        pytest.param({"signed_bits": 16}, 65441, -95, id="unsigned 16 bits"),
        pytest.param({"signed_bits": 32}, 2**32 - 95, -95, id="unsigned 32 bits"),
        pytest.param({"enum": {1: True, 2: False}}, 2, False, id="enum"),
        pytest.param({"enum": {1: True, 2: False}}, 3, None, id="not in the enum"),
        pytest.param({"enum": {"online": True}}, b"online\0", True, id="enum of text"),
        pytest.param({"enum": {1: "a"}}, b"1", "a", id="enum of a number in text"),
        pytest.param({"as": "number", "enum": {1: "a"}}, b"1.0", "a", id="enum after as"),
        pytest.param({"in": [6, 62]}, 6, True, id="in"),
        pytest.param({"in": [6, 62]}, 24, False, id="not in"),
        pytest.param({"in": ["up"]}, b"up", True, id="in, of text"),
        pytest.param({"scale": 0.5}, 45, 22.5, id="half a dBm"),
        pytest.param({"scale": 0.1, "offset": -100}, 50, -95.0, id="scale before offset"),
        pytest.param({"scale": 0.01, "at_most": 1}, 101, None, id="at_most after scale"),
        pytest.param({"at_least": 1}, 0, None, id="at_least"),
        pytest.param({"at_least": 1, "at_most": 1}, 1, 1, id="both ends belong to it"),
        pytest.param({"scale": 2, "format": "radio {}"}, 3, "radio 6.0", id="format after scale"),
        pytest.param({"format": "wlan {}"}, b"main", "wlan main", id="format of text"),
        pytest.param({"format": "wlan {}"}, b"\xff\xfe", None, id="format of what is no text"),
        pytest.param({"format": "wlan {}"}, None, None, id="format of nothing"),
    ],
)
def test_transforms(transforms: dict[str, Any], raw: Raw, expected: Meaning) -> None:
    found = evaluated(transforms, raw)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "transforms",
    [
        *({"scale": 2.0}, {"offset": 1.0}, {"negative": True}, {"signed_bits": 8}, {"at_least": 0}, {"at_most": 9}),
        *({"counter": 32}, {"as": "band_of_channel"}),
    ],
)
@pytest.mark.parametrize("raw", [b"many", b"\xff\xfe", b"nan", b"1e999"])
def test_something_else_where_a_number_belongs_is_absent_and_told(transforms: dict[str, Any], raw: Raw) -> None:
    now = moment(raw)
    assert compiled(Value.model_validate({"oid": OID, **transforms}), "radios[0].noise_dbm")(now, NO_ROW) is None
    assert now.problems == ["radios[0].noise_dbm: something else where a number is expected"]


# Where a value begins


def of_row(table: dict[str, Any], row: Row, tables: Tables | None = None) -> Meaning:
    return compiled(Value.model_validate(table), "x")(moment(5, tables), row)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"oid": OID}, 5),
        ({"column": 3}, b"three"),
        ({"column": 4}, None),
        ({"const": "5"}, "5"),
        ({"index": ":1"}, 6),
        ({"index": "-1:"}, 2),
        ({"index": "1:3"}, "107.105"),
        ({"index": "1:4", "as": "text"}, "kim"),
        ({"index": "1:7", "as": "mac"}, None),
        ({"index": "9:"}, None),
        ({"first": [{"column": 4}, {"column": 3}, {"const": 1}]}, b"three"),
        ({"first": [{"column": 3, "absent": ["three"]}, {"const": 1}]}, 1),
        ({"sum": [{"oid": OID}, {"const": 2}, {"column": 4}]}, 7),
        ({"sum": [{"column": 4}]}, None),
        ({"part": {"oid": OID}, "whole": {"const": 20}}, 0.25),
        ({"part": {"oid": OID}, "whole": {"const": 4}, "complement": True}, None),
        ({"part": {"oid": OID}, "whole": {"sum": [{"const": 15}, {"oid": OID}]}}, 0.25),
        ({"part": {"oid": OID}, "whole": {"sum": [{"column": 99}, {"oid": OID}]}}, None),
        ({"part": {"oid": OID}, "whole": {"const": 20}, "complement": True}, 0.75),
        ({"part": {"const": 30}, "whole": {"const": 20}}, 1.0),
        ({"part": {"oid": OID}, "whole": {"const": 0}}, None),
        ({"part": {"column": 4}, "whole": {"const": 20}, "complement": True}, None),
        ({"part": {"const": -1}, "whole": {"const": 20}}, None),
    ],
)
def test_origins(table: dict[str, Any], expected: Meaning) -> None:
    assert of_row(table, Row((6, 107, 105, 109, 2), {3: b"three"})) == expected


def test_a_mac_in_an_index() -> None:
    assert of_row({"index": "0:6", "as": "mac"}, Row((*MAC, 1), {})) == "02:4b:69:6d:21:21"
    assert of_row({"index": "0:6", "as": "mac"}, Row((2, 75, 105, 109, 33, 256, 1), {})) is None


# Rows of another table

TABLES: Tables = {
    "radio": {
        (1, 0): {2: 36, 3: 10, 4: b"a"},
        (1, 1): {2: 1, 3: 20, 4: b"b"},
        (2, 0): {2: 44, 3: 40, 4: b"a"},
    }
}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"column": 2, "at": [":"]}, 1),
        ({"column": 2}, 1),
        ({"column": 2, "at": [":1", {"column": 9}]}, 36),
        ({"column": 2, "at": [":1", {"column": 8}]}, None),
        ({"column": 2, "at": [":1", {"const": 7}]}, None),
        ({"column": 2, "under": ":1"}, 36),
        ({"column": 3, "under": ":1", "take": "sum"}, 30),
        ({"column": 3, "under": ":1", "take": "mean"}, 15),
        ({"column": 3, "all": True, "take": "max"}, 40),
        ({"column": 3, "all": True, "take": "min"}, 10),
        ({"column": 3, "all": True, "take": "count"}, 3),
        ({"column": 9, "all": True, "take": "count"}, 3),
        ({"column": 9, "all": True, "take": "sum"}, None),
        ({"column": 3, "all": True, "take": "count", "only": {"column": 4, "in": ["a"]}}, 2),
        ({"column": 3, "all": True, "take": "sum", "only": {"column": 4, "in": ["z"]}}, None),
        ({"column": 3, "all": True, "take": "count", "only": {"column": 4, "in": ["z"]}}, 0),
        ({"column": 3, "where": {4: {"column": 7}}}, 20),
        ({"column": 3, "where": {4: {"const": "a"}, 2: {"const": 44}}}, 40),
        ({"column": 3, "where": {4: {"const": "z"}}}, None),
        ({"index": ":1", "where": {2: {"const": 44}}}, 2),
        ({"column": 3, "under": ":1", "take": "sum", "scale": 0.1}, 3.0),
    ],
)
def test_values_in_the_rows_of_another_table(table: dict[str, Any], expected: Meaning) -> None:
    asking = Row((1, 1), {7: b"b\0", 9: 0})
    found = of_row({"table": "radio", **table}, asking, TABLES)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_a_table_that_the_device_does_not_have_is_empty() -> None:
    for way in ({"at": [":"]}, {"under": ":1"}, {"where": {4: {"const": "a"}}}, {"all": True}):
        assert of_row({"table": "radio", "column": 2, **way}, Row((1, 1), {})) is None


# Counters


def test_a_rate_is_of_one_row_and_one_start_and_scaled_after() -> None:
    """Rows keep apart what they counted, and so do starts; `scale` is applied to the rate."""
    value = compiled(Value.model_validate({"column": 1, "counter": 32, "scale": 8}), "x")
    counters, restarts = Counters(), Restarts()

    def read(at_seconds: float, uptime: float, **columns: Raw) -> list[Meaning]:
        now = Moment({}, {}, counters, restarts, at_seconds)
        now.begin("ap", uptime)
        return [value(now, Row((row,), {1: raw})) for row, raw in enumerate(columns.values())]

    top = 2**32 - 100
    assert read(0.0, 1000, a=top, b=0) == [None, None]
    assert read(10.0, 1010, a=100, b=b"50") == [160.0, 40.0]
    assert read(20.0, 5, a=300, b=100) == [None, None]
    assert read(30.0, 15, a=400, b=100) == [80.0, 0.0]
    assert read(40.0, 25, a=None, b=110) == [None, 8.0]
