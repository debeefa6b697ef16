"""What a notification means: every known trap, names that may be told, and names that may not."""

import re

import pytest
from trap_messages import AP_DISASSOCIATED, LINK_DOWN

from agent.snmp.traps.known import known, traps_by_oid
from agent.snmp.traps.naming import Meaning, is_port_name, meaning_of
from agent.snmp.traps.notification import Notification, Value

IF_INDEX, IF_NAME, IF_DESCR = "1.3.6.1.2.1.2.2.1.1.3", "1.3.6.1.2.1.31.1.1.1.1.3", "1.3.6.1.2.1.2.2.1.2.3"
BSN_AP_NAME, BSN_AP_MAC = "1.3.6.1.4.1.14179.2.2.1.1.3.1", "1.3.6.1.4.1.14179.2.6.2.20.0"
AIRESPACE, LWAPP, RUCKUS = "1.3.6.1.4.1.14179.2.6.3", "1.3.6.1.4.1.9.9.513.0", "1.3.6.1.4.1.25053.2"
MAC = b"\x02\x11\x22\x33\x44\x55"


def subject_of(oid: str, *varbinds: tuple[str, Value]) -> str | None:
    return meaning_of(Notification(oid, varbinds)).subject


KINDS = {
    "1.3.6.1.6.3.1.1.5.1": "cold_start",
    "1.3.6.1.6.3.1.1.5.2": "warm_start",
    "1.3.6.1.6.3.1.1.5.3": "link_down",
    "1.3.6.1.6.3.1.1.5.4": "link_up",
    "1.3.6.1.6.3.1.1.5.5": "authentication_failed",
    f"{AIRESPACE}.7": "access_point_up",
    f"{AIRESPACE}.8": "access_point_down",
    f"{AIRESPACE}.9": "radio_up",
    f"{AIRESPACE}.10": "radio_down",
    f"{LWAPP}.4": "access_point_up",
    f"{LWAPP}.10": "radio_up",
    f"{LWAPP}.11": "radio_down",
    "1.3.6.1.4.1.14823.2.3.1.11.1.2.1040": "access_point_up",
    "1.3.6.1.4.1.14823.2.3.1.11.1.2.1041": "access_point_down",
    "1.3.6.1.4.1.14823.2.3.3.1.200.2.1040": "access_point_up",
    "1.3.6.1.4.1.14823.2.3.3.1.200.2.1041": "access_point_down",
    f"{RUCKUS}.2.1.1": "access_point_up",
    f"{RUCKUS}.2.1.5": "access_point_down",
    f"{RUCKUS}.2.1.6": "access_point_down",
    f"{RUCKUS}.11.1.21": "access_point_up",
    f"{RUCKUS}.11.1.23": "access_point_down",
    f"{RUCKUS}.11.1.24": "access_point_down",
    f"{RUCKUS}.11.1.26": "access_point_up",
    f"{RUCKUS}.11.1.27": "access_point_down",
    "1.3.6.1.4.1.2011.6.139.13.1.1.1": "access_point_down",
    "1.3.6.1.4.1.2011.6.139.13.1.1.2": "access_point_up",
}


def test_every_trap_of_a_device_has_its_kind() -> None:
    assert {trap.oid: trap.kind for trap in known().traps if trap.kind != "client"} == KINDS
    assert {oid: meaning_of(Notification(oid)).kind for oid in KINDS} == KINDS


def test_no_identifier_stands_twice() -> None:
    assert len(traps_by_oid()) == len(known().traps)


def test_of_what_is_about_clients_nothing_is_known() -> None:
    clients = [trap.oid for trap in known().traps if trap.kind == "client"]
    assert clients
    varbinds = ((BSN_AP_NAME, b"lab-001"), (BSN_AP_MAC, MAC), ("1.3.6.1.2.1.2.2.1.8.1", 1))
    assert {meaning_of(Notification(oid, varbinds)) for oid in clients} == {Meaning("client")}


def test_an_identifier_that_only_begins_like_a_known_one_is_unknown() -> None:
    assert meaning_of(Notification(f"{AP_DISASSOCIATED}0")).kind == "snmp_trap"
    assert meaning_of(Notification(f"{AP_DISASSOCIATED}.1")).kind == "snmp_trap"


def test_an_identifier_longer_than_any_is_not_kept() -> None:
    assert meaning_of(Notification("1.3" + ".4294967295" * 100)) == Meaning("snmp_trap")


def test_numbers_are_told_if_they_are_on_the_list_and_are_numbers() -> None:
    varbinds = (
        ("1.3.6.1.2.1.2.2.1.7.3", 1),
        ("1.3.6.1.2.1.2.2.1.8.3", b"up"),
        ("1.3.6.1.2.1.2.2.1.10.3", 77),
        ("1.3.6.1.4.1.14179.2.2.2.1.1.1.2", 0),
    )
    assert meaning_of(Notification(LINK_DOWN, varbinds)).text == (
        "linkDown 1.3.6.1.6.3.1.1.5.3, ifAdminStatus 1, bsnAPIfSlotId 0"
    )


@pytest.mark.parametrize(
    ("varbinds", "subject"),
    [
        ([(IF_INDEX, 3), (IF_DESCR, b"GigabitEthernet0/0/1"), (IF_NAME, b"Gi0/0/1")], "Gi0/0/1"),
        ([(IF_INDEX, 3), (IF_DESCR, b"GigabitEthernet0/0/1")], "GigabitEthernet0/0/1"),
        ([(IF_INDEX, 3), (IF_DESCR, b"eth0"), (IF_NAME, b"<pppoe-kim>")], "eth0"),
        ([(IF_INDEX, 3), (IF_NAME, b"<pppoe-kim>")], "interface 3"),
        ([(IF_INDEX, 3), (IF_NAME, MAC)], "interface 3"),
        ([(IF_INDEX, 3), (IF_NAME, b"")], "interface 3"),
        ([(IF_INDEX, b"3")], None),
        ([], None),
    ],
)
def test_an_interface_is_known_by_its_name_or_else_by_its_number(
    varbinds: list[tuple[str, Value]], subject: str | None
) -> None:
    assert subject_of(LINK_DOWN, *varbinds) == subject


@pytest.mark.parametrize(
    "name",
    [
        "eth0",
        "enp3s0f1",
        "wlan0",
        "phy0-ap0",
        "br-lan",
        "Gi1/0/24",
        "Dot11Radio0",
        "Ethernet 1",
        "ether2",
        "XGE0/0/1.200",
    ],
)
def test_names_of_ports_may_be_told(name: str) -> None:
    assert is_port_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "ppp-kim",
        "<l2tp-kim>",
        "kim",
        "wlan0 kim",
        "eth kim0",
        "vpn-192.168.1.77",
        "eth192.168.1.77",
        "enx02112233aabb",
        "wlan 02-11-22-33-44-55",
        "eth 021122334455",
        "lan 0211.2233.4455",
        "fe80::1",
        "김-lan0",
        "eth0\n",
        " eth0",
        "",
    ],
)
def test_names_that_could_be_of_people_may_not_be_told(name: str) -> None:
    assert not is_port_name(name)


@pytest.mark.parametrize(
    ("varbinds", "subject"),
    [
        ([(BSN_AP_MAC, MAC), (BSN_AP_NAME, b"lab-001\0")], "lab-001"),
        ([(BSN_AP_NAME, "여의도-17".encode())], "여의도-17"),
        ([(BSN_AP_MAC, MAC)], "02:11:22:33:44:55"),
        ([(BSN_AP_MAC, b"abcdef")], "61:62:63:64:65:66"),  # octets, though they could be read as text
        ([(f"{RUCKUS}.2.2.18.0", b"02:11:22:AA:BB:CC")], "02:11:22:aa:bb:cc"),
        ([(f"{RUCKUS}.11.2.23.0", b"0211-22aa-bbcc")], "02:11:22:aa:bb:cc"),
        ([(BSN_AP_NAME, b"\xff\xfe"), (BSN_AP_MAC, MAC)], "02:11:22:33:44:55"),
        ([(BSN_AP_NAME, b"a\nb"), (BSN_AP_MAC, b"unknown")], None),
        ([(BSN_AP_NAME, b"x" * 129)], None),
        ([("1.3.6.1.4.1.14179.2.6.2.34.0", MAC)], None),
    ],
)
def test_an_access_point_is_known_by_its_name_or_else_by_its_own_mac(
    varbinds: list[tuple[str, Value]], subject: str | None
) -> None:
    assert subject_of(AP_DISASSOCIATED, *varbinds) == subject


def test_names_of_access_points_are_not_looked_for_in_other_traps() -> None:
    assert subject_of("1.3.6.1.6.3.1.1.5.1", (BSN_AP_NAME, b"lab-001")) is None


def test_a_numbers_name_is_that_of_its_object() -> None:
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]+", label) for label in known().objects.numbers.values())
