"""Reports of one device, of a controller with its access points, and of a cluster, one of whose members answers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.rates import Counters
from agent.snmp.meaning import Index, Raw
from agent.snmp.moment import Moment
from agent.snmp.profile import Profile
from agent.snmp.report import MAX_INTERFACES, MAX_RADIOS, MAX_SSIDS, Reporter, reporter_of
from agent.snmp.restarts import Restarts
from agent.wire import Device, Interface, Radio, Report, Ssid, System

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
TABLES = {name: f"1.3.6.1.4.1.99999.{n}" for n, name in enumerate(("ap", "radio", "network", "if"), start=1)}
NAME: dict[str, Any] = {"name": {"column": 1}}
Tables = Mapping[str, Mapping[Index, Mapping[int, Raw]]]


def reports(profile: dict[str, Any], tables: Tables, scalars: Mapping[str, Raw] | None = None) -> list[Report]:
    whole = Profile.model_validate({"name": "own", "title": "Own", "tables": TABLES, **profile})
    moment = Moment(scalars or {}, tables, Counters(), Restarts(), 0.0)
    return Reporter(whole).reports(moment, observed_at=NOW, interval_seconds=None, access_point="lab-001")


def report(**fields: Any) -> Report:
    return Report(**{"observed_at": NOW, **fields})


def test_one_device_is_one_report_at_its_place() -> None:
    profile = {
        "vendor": "Fictitious",
        "report": {"clients": {"table": "radio", "all": True, "take": "sum", "column": 2}},
        "radios": [
            {"rows": "radio", "only": {"column": 2, "at_least": 0}, "fields": {**NAME, "clients": {"column": 2}}}
        ],
        "ssids": [{"rows": "network", "fields": {"ssid": {"column": 1}, "radio": {"index": ":1", "format": "r{}"}}}],
    }
    tables: Tables = {
        "radio": {(1,): {1: b"r1", 2: 3}, (2,): {1: b"r2", 2: 4}, (3,): {2: 5}, (4,): {1: b"r4"}},
        "network": {(1, 1): {1: b"SEOUL"}, (1, 2): {1: b""}, (2, 1): {}, (2, 2): {1: b"SEOUL"}},
    }
    ssids = (Ssid(ssid="SEOUL", radio="r1"), Ssid(ssid="", radio="r1"), Ssid(ssid="SEOUL", radio="r2"))
    expected = report(
        access_point="lab-001",
        device=Device(vendor="Fictitious"),
        clients=12,
        radios=(Radio(name="r1", clients=3), Radio(name="r2", clients=4)),
        ssids=ssids,
    )
    assert reports(profile, tables) == [expected]


def test_a_part_without_a_table_is_one() -> None:
    profile = {"radios": [{"fields": {"name": {"const": "wlan0"}, "channel": {"oid": "1.3.6.1.4.1.99999.9.0"}}}]}
    (told,) = reports(profile, {}, {"1.3.6.1.4.1.99999.9.0": 36})
    assert told.radios == (Radio(name="wlan0", channel=36),)


CONTROLLER: dict[str, Any] = {
    "describes": "controller",
    "device": {"name": {"const": "wlc"}},
    "access_points": {
        "rows": "ap",
        "key": {"column": 9},
        "only": {"column": 2, "in": [1, 2]},
        "report": {"is_up": {"column": 2, "enum": {1: True, 2: False}}},
        "device": {"mac": {"index": "0:6", "as": "mac"}, **NAME},
        "system": {"uptime_seconds": {"column": 3}},
        "uplink": {"name": {"const": "eth0"}, "is_up": {"column": 4}},
    },
    "radios": [{"rows": "radio", "access_point": {"index": ":1"}, "fields": NAME}],
    "ssids": [{"rows": "network", "access_point": {"column": 2}, "fields": {"ssid": {"column": 1}}}],
}
MACS = [(2, 75, 105, 109, 33, n) for n in range(1, 5)]
BEHIND: Tables = {
    "ap": {
        MACS[0]: {1: b"ap-1", 2: 1, 3: 60, 4: 1, 9: 1},
        MACS[1]: {1: b"ap-2", 2: 2, 9: 2},
        MACS[2]: {1: b"ap-3", 2: 7, 9: 3},
    },
    "radio": {(1, 0): {1: b"r0"}, (1, 1): {1: b"r1"}, (3, 0): {1: b"r0"}, (9, 0): {1: b"r0"}},
    "network": {(0,): {1: b"SEOUL", 2: 1}, (1,): {1: b"SEOUL", 2: 8}},
}


def test_a_controller_is_a_report_and_so_is_each_access_point_behind_it() -> None:
    first = report(
        is_up=True,
        device=Device(mac="02:4b:69:6d:21:01", name="ap-1"),
        system=System(uptime_seconds=60.0),
        uplink=Interface(name="eth0", is_up=True),
        radios=(Radio(name="r0"), Radio(name="r1")),
        ssids=(Ssid(ssid="SEOUL"),),
    )
    second = report(is_up=False, device=Device(mac="02:4b:69:6d:21:02", name="ap-2"), uplink=Interface(name="eth0"))
    own = report(access_point="lab-001", device=Device(name="wlc"))
    assert reports(CONTROLLER, BEHIND) == [own, first, second]


def test_of_a_cluster_each_member_is_a_report_and_the_one_that_answers_has_the_devices_own_as_well() -> None:
    profile = {
        **CONTROLLER,
        "describes": "cluster",
        "access_points": {**CONTROLLER["access_points"], "is_self": {"column": 5, "in": [1]}},
        "system": {"load_1m": {"const": 0.5}},
        "interfaces": {"rows": "if", "fields": NAME, "uplink": ["^bond"]},
    }
    tables = {**BEHIND, "ap": {**BEHIND["ap"], MACS[3]: {1: b"ap-4", 2: 1, 5: 1}}}
    tables["if"] = {(1,): {1: b"eth0"}, (2,): {1: b"bond0"}}
    told = reports(profile, tables)
    assert [each.access_point for each in told] == [None, None, "lab-001"]
    assert told[2].device == Device(name="ap-4", mac="02:4b:69:6d:21:04")
    assert told[2].system == System(load_1m=0.5)
    assert told[2].interfaces == (Interface(name="eth0"),)
    assert told[0].interfaces == ()


def test_the_uplink_is_the_first_that_fits_the_first_pattern() -> None:
    profile = {
        "interfaces": {"rows": "if", "fields": NAME, "uplink": ["^wan", "^eth"], "ignore": ["^lo$", r"\.\d+$"]},
    }

    def told(*names: str) -> tuple[str | None, list[str]]:
        (found,) = reports(profile, {"if": {(n,): {1: name.encode()} for n, name in enumerate(names)}})
        return found.uplink and found.uplink.name, [each.name for each in found.interfaces]

    assert told("lo", "eth1", "eth0", "wan0.5", "wan0") == ("wan0", ["eth1", "eth0"])
    assert told("lo", "eth1", "eth0") == ("eth1", ["eth0"])
    assert told("lo", "", "ge0") == (None, ["ge0"])


def test_the_uplink_is_a_port_that_is_connected_where_one_of_them_is() -> None:
    fields = {**NAME, "is_up": {"column": 2}}
    profile = {"interfaces": {"rows": "if", "fields": fields, "uplink": ["^wan", "^eth"]}}

    def told(**ports: int) -> str | None:
        rows = {(n,): {1: name.encode(), 2: is_up} for n, (name, is_up) in enumerate(ports.items())}
        (found,) = reports(profile, {"if": rows})
        return found.uplink and found.uplink.name

    assert told(wan=1, eth0=1) == "wan"
    assert told(wan=0, eth0=0, eth1=1) == "eth1"
    assert told(eth0=0, wan=0) == "wan"


def test_a_member_of_a_cluster_that_knows_none_is_told_as_it_is() -> None:
    profile = {
        "describes": "cluster",
        "access_points": {"rows": "ap", "device": {"name": {"column": 1}}},
        "device": {"model": {"const": "EX-1"}},
    }
    (told,) = reports(profile, {"ap": {}})
    assert told.device == Device(model="EX-1")


def test_a_link_that_is_down_has_no_speed() -> None:
    fields = {**NAME, "is_up": {"column": 2}, "speed_bits_per_second": {"column": 3}, "is_full_duplex": {"column": 2}}
    (told,) = reports({"interfaces": {"rows": "if", "fields": fields}}, {"if": {(1,): {1: b"eth0", 2: 0, 3: 10**9}}})
    assert told.interfaces == (Interface(name="eth0", is_up=False),)


def test_a_report_holds_no_more_than_the_wire_takes() -> None:
    profile = {
        "radios": [{"rows": "radio", "fields": NAME}],
        "ssids": [{"rows": "network", "fields": {"ssid": {"column": 1}}}],
        "interfaces": {"rows": "if", "fields": NAME},
    }
    many = {(n,): {1: f"x{n}".encode()} for n in range(200)}
    (told,) = reports(profile, {"radio": many, "network": many, "if": many})
    assert (len(told.radios), len(told.ssids), len(told.interfaces)) == (MAX_RADIOS, MAX_SSIDS, MAX_INTERFACES)
    assert Report.model_validate(told.model_dump()) == told


def test_a_restart_is_told_by_sysuptime_where_the_profile_knows_no_other() -> None:
    fields = {**NAME, "rx_bits_per_second": {"column": 2, "counter": 32, "scale": 8}}
    whole = Profile.model_validate(
        {"name": "own", "title": "Own", "tables": TABLES, "interfaces": {"rows": "if", "fields": fields}}
    )
    counters, restarts, rates = Counters(), Restarts(), []
    for at_seconds, ticks, counted in ((0.0, 9000, 2**32 - 100), (60.0, 15000, 1400), (120.0, 500, 1450)):
        tables = {"if": {(1,): {1: b"eth0", 2: counted}}}
        moment = Moment({"1.3.6.1.2.1.1.3.0": ticks}, tables, counters, restarts, at_seconds)
        (told,) = reporter_of(whole).reports(moment, observed_at=NOW, interval_seconds=None, access_point=None)
        rates.append(told.interfaces[0].rx_bits_per_second)
    assert rates == [None, 200.0, None]
