"""Which interface is the cable, and which are wired."""

import pytest

from agent.machine import Link, cable_under, is_wired, matches

LINKS = {
    "eth0": Link(index=2, is_hardware=True),
    "eth1": Link(index=3, is_hardware=True),
    "wlan0": Link(index=4, is_hardware=True, is_radio=True),
    "wlan1": Link(index=5, is_hardware=True, is_radio=True),
    "lan1": Link(index=6, is_hardware=True, lower=("eth1",)),  # a switch's port, on the switch's own uplink
    "eth0.20": Link(index=7, lower=("eth0",)),
    "wlan0.80": Link(index=8, lower=("wlan0",)),
    "br-lan": Link(index=9, lower=("eth0", "wlan0", "wlan1", "veth1a2b3c4")),  # the last is not looked at
    "br-vlan": Link(index=10, lower=("eth0.20", "wlan0")),
    "br-two": Link(index=11, lower=("eth0", "eth1")),
    "br-air": Link(index=12, lower=("wlan0", "wlan1")),
    "pppoe-wan": Link(index=13),
    "ring0": Link(index=14, lower=("ring1",)),
    "ring1": Link(index=15, lower=("ring0",)),
}


@pytest.mark.parametrize(
    ("name", "cable"),
    [
        ("eth0", "eth0"),
        ("lan1", "lan1"),
        ("eth0.20", "eth0"),
        ("br-lan", "eth0"),
        ("br-vlan", "eth0"),
        ("br-two", "br-two"),
        ("br-air", "br-air"),
        ("pppoe-wan", "pppoe-wan"),
        ("unheard-of", "unheard-of"),
    ],
)
def test_the_way_down_ends_at_hardware_or_where_it_parts(name: str, cable: str) -> None:
    assert cable_under(LINKS, name) == cable


def test_a_circle_ends() -> None:
    assert cable_under(LINKS, "ring0") in {"ring0", "ring1"}


def test_radios_and_what_is_made_of_radios_alone_is_not_wired() -> None:
    assert [name for name in LINKS if not is_wired(LINKS, name)] == ["wlan0", "wlan1", "wlan0.80", "br-air"]


@pytest.mark.parametrize(
    ("name", "does_match"), [("veth1a2b3c4", True), ("eth0", False), ("Veth0", False), ("br-lan", False)]
)
def test_patterns(name: str, does_match: bool) -> None:
    assert matches(name, ["veth*", "br-?"]) is does_match
