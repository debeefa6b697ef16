"""Values become the wire's fields: what it takes, what it does not, and what is empty or no text."""

import pytest

from agent.rates import Counters
from agent.snmp.fields import FieldReader
from agent.snmp.meaning import Raw
from agent.snmp.moment import Moment, Row
from agent.snmp.profile import Value
from agent.snmp.restarts import Restarts
from agent.wire import Device, Radio, Ssid

ABSENT = object()
Part = type[Device | Radio | Ssid]


@pytest.mark.parametrize(
    ("model", "field", "raw", "expected"),
    [
        pytest.param(Radio, "clients", 7, 7, id="whole number"),
        pytest.param(Radio, "clients", b"7", 7, id="whole number in text"),
        pytest.param(Radio, "clients", 7.0, 7, id="whole number with a point"),
        pytest.param(Radio, "noise_dbm", b"-94.5\0", -94.5, id="number in text"),
        pytest.param(Radio, "is_up", 1, True, id="claim"),
        pytest.param(Radio, "name", 0, "0", id="number where text belongs"),
        pytest.param(Radio, "name", "한강-5G".encode(), "한강-5G", id="text"),
        pytest.param(Radio, "name", b"wifi\x070\x1b", "wifi0", id="control characters are taken out"),
        pytest.param(Radio, "name", b"x" * 300, "x" * 128, id="long text is cut"),
        pytest.param(Radio, "name", b"", ABSENT, id="empty text is absent"),
        pytest.param(Radio, "name", b"\0\0 ", ABSENT, id="text of NULs is absent"),
        pytest.param(Device, "firmware", b"1.0.2\0", "1.0.2", id="NUL behind a text"),
        pytest.param(Ssid, "ssid", b"SEOUL", "SEOUL", id="network"),
        pytest.param(Ssid, "ssid", b"", "", id="hidden network"),
        pytest.param(Ssid, "ssid", b"\0" * 32, "", id="hidden network of NULs"),
        pytest.param(Ssid, "ssid", None, ABSENT, id="network that is not told is absent"),
        pytest.param(Device, "mac", "02:4b:69:6d:21:21", "02:4b:69:6d:21:21", id="MAC"),
    ],
)
def test_what_the_wire_takes(model: Part, field: str, raw: Raw, expected: object) -> None:
    found, problems = read(model, field, raw)
    assert found == ({} if expected is ABSENT else {field: expected})
    assert problems == []
    if expected is not ABSENT:
        assert type(found[field]) is type(expected)


@pytest.mark.parametrize(
    ("model", "field", "raw"),
    [
        pytest.param(Radio, "clients", -1, id="below its range"),
        pytest.param(Radio, "clients", 7.5, id="half a client"),
        pytest.param(Radio, "clients", b"many", id="text where a number belongs"),
        pytest.param(Radio, "clients", b"\xff\xfe", id="bytes where a number belongs"),
        pytest.param(Radio, "channel", 0, id="no channel"),
        pytest.param(Radio, "busy_ratio", 1.01, id="above its range"),
        pytest.param(Radio, "busy_ratio", float("nan"), id="not a number"),
        pytest.param(Radio, "noise_dbm", b"nan", id="not a number, in text"),
        pytest.param(Radio, "band", "24", id="no band"),
        pytest.param(Radio, "standard", b"802.11zz", id="no standard"),
        pytest.param(Radio, "is_up", 3, id="neither true nor false"),
        pytest.param(Radio, "name", True, id="a claim where text belongs"),
        pytest.param(Device, "mac", b"\x02\x4b\x69\x6d\x21\x21", id="MAC read as text"),
        pytest.param(Ssid, "ssid", "한강".encode("cp949"), id="name that is no UTF-8"),
        pytest.param(Ssid, "ssid", b"x" * 33, id="name that is too long"),
    ],
)
def test_what_it_does_not_take_is_absent_and_told_without_quoting_it(model: Part, field: str, raw: Raw) -> None:
    found, problems = read(model, field, raw)
    assert found == {}
    assert problems == [f"part.{field}: what the device says is not possible"]


def test_a_value_that_is_not_possible_costs_its_field_alone() -> None:
    fields = {name: Value(column=column) for column, name in enumerate(("name", "channel", "clients"))}
    moment = nothing()
    found = FieldReader(Radio, fields, "radios[0]").read(moment, Row((1,), {0: b"wifi0", 1: 999, 2: 3}))
    assert found == {"name": "wifi0", "clients": 3}
    assert moment.problems == ["radios[0].channel: what the device says is not possible"]


def nothing() -> Moment:
    return Moment({}, {}, Counters(), Restarts(), 0.0)


def read(model: Part, field: str, raw: Raw) -> tuple[dict[str, object], list[str]]:
    moment = nothing()
    found = FieldReader(model, {field: Value(column=1)}, "part").read(moment, Row((1,), {1: raw}))
    return found, moment.problems
