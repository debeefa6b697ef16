"""Says what a notification means: the kind of event, what it happened to, and a few numbers. Pure.

Called by the receiver. Everything that is told is on a list. A variable may hold a person's MAC, address, host name or
user name, so only these leave the agent: the numbers, and the names and MACs of access points, that known.toml names;
and names of interfaces that are made of nothing but the words by which makers call their ports. Of an unknown trap its
identifier is told and no variable.
"""

import re
from dataclasses import dataclass

from agent.snmp.traps.known import KnownTrap, known, traps_by_oid
from agent.snmp.traps.notification import Notification, Value, is_instance
from agent.wire import Device

UNKNOWN_KIND = "snmp_trap"
_MAX_NAME_LETTERS = 128  # agent.wire.identifiers.Name
_MAX_OID_LETTERS = 200
_MAX_NUMBERS = 8

_MAC = re.compile(r"(?:[0-9a-f]{2}[:.-]?){5}[0-9a-f]{2}", re.IGNORECASE)
_PORT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 /._-]{0,63}")
_MAX_PORT_NUMBERS = 4
_MAX_PORT_DIGITS = 8
# fmt: off
_PORT_WORDS = frozenset({
    "ap", "ath", "bond", "br", "bridge", "bundle", "cpu", "d", "dot", "en", "eno", "enp", "ens", "eth", "ether",
    "ethernet", "f", "fa", "fastethernet", "fe", "fivegigabitethernet", "ge", "gi", "gig", "gigabit",
    "gigabitethernet", "gigaethernet", "he", "hundredgige", "if", "interface", "lag", "lan", "lo", "loopback",
    "management", "mesh", "meth", "mgmt", "multige", "np", "p", "phy", "po", "port", "ra", "radio", "rai", "s",
    "sfp", "sfpplus", "slot", "switch", "swp", "te", "ten", "tengigabitethernet", "trunk", "tw", "twentyfivegige",
    "twogigabitethernet", "uplink", "usb", "vap", "virtual", "vlan", "vlanif", "wan", "wifi", "wireless", "wl",
    "wlan", "wmaster", "xe", "xge", "xgigabitethernet",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an Event will say. `kind` is "client" where it is about a person's device: nothing more is known then.

    `device` is the access point that a controller tells of.
    """

    kind: str
    device: Device | None = None
    subject: str | None = None
    text: str | None = None


def meaning_of(notification: Notification) -> Meaning:
    """The meaning of a notification, by known.toml."""
    trap = traps_by_oid().get(notification.oid)
    if trap is None:
        oid = notification.oid
        return Meaning(UNKNOWN_KIND, text=oid if len(oid) <= _MAX_OID_LETTERS else None)
    if trap.kind == "client":
        return Meaning("client")
    text = _text(trap, notification)
    if trap.kind in {"link_down", "link_up"}:
        return Meaning(trap.kind, subject=_interface(notification), text=text)
    if trap.kind in {"access_point_down", "access_point_up", "radio_down", "radio_up"}:
        device = _access_point(notification)
        subject = None if device is None else device.name or device.mac
        return Meaning(trap.kind, device=device, subject=subject, text=text)
    return Meaning(trap.kind, text=text)


def _interface(notification: Notification) -> str | None:
    """The interface by its name where that is a port's, and by its number otherwise."""
    objects = known().objects
    for wanted in objects.interface_names:
        name = _text_in(notification.first((wanted,)))
        if name is not None and is_port_name(name):
            return name
    index = notification.first(objects.interface_indexes)
    return f"interface {index}" if isinstance(index, int) else None


def is_port_name(name: str) -> bool:
    """Whether a name consists of words for ports, and of numbers too short for an address.

    Interfaces are made for people as well, and named after them: PPP sessions after the user, tunnels after the peer.
    """
    words, numbers = re.findall(r"[A-Za-z]+", name), re.findall(r"\d+", name)
    is_short = len(numbers) <= _MAX_PORT_NUMBERS and sum(map(len, numbers)) <= _MAX_PORT_DIGITS
    is_made_of_port_words = _PORT_WORDS.issuperset(word.lower() for word in words)
    return _PORT_NAME.fullmatch(name) is not None and is_made_of_port_words and is_short and name.count(".") < 3


def _access_point(notification: Notification) -> Device | None:
    """The access point by its name and its own MAC."""
    objects = known().objects
    name = _text_in(notification.first(objects.access_point_names))
    mac = _mac_in(notification.first(objects.access_point_macs))
    return None if name is None and mac is None else Device(name=name, mac=mac)


def _text_in(value: Value | None) -> str | None:
    if not isinstance(value, bytes):
        return None
    try:
        text = value.decode().strip(" \0")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and 0 < len(text) <= _MAX_NAME_LETTERS else None


def _mac_in(value: Value | None) -> str | None:
    """A MAC as the wire writes it. Some devices send its six octets, others text."""
    if not isinstance(value, bytes):
        return None
    if len(value) == 6:
        return value.hex(":")
    text = value.decode(errors="replace").strip(" \0")
    return bytes.fromhex(re.sub(r"[:.-]", "", text)).hex(":") if _MAC.fullmatch(text) else None


def _text(trap: KnownTrap, notification: Notification) -> str:
    """The trap's name and identifier, and those of its numbers that may be told."""
    told = [f"{trap.name} {trap.oid}"]
    for oid, value in notification.varbinds:
        label = next((label for wanted, label in known().objects.numbers.items() if is_instance(oid, wanted)), None)
        if label is not None and isinstance(value, int) and len(told) <= _MAX_NUMBERS:
            told.append(f"{label} {value}")
    return ", ".join(told)
