"""What a documentation of cables such as NetBox's says of the way from a device to its switch, in the words of a list.

Pure; for the importer `netbox`. The words are those of NetBox's choices (dcim/choices.py of version 4): types of
interfaces, of cables, and of power over Ethernet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inventory.catalogue.entries import Poe
from inventory.wiring import Cable

Row = Mapping[str, Any]

_INTERFACE = "dcim.interface"
_SPEED = re.compile(r"(\d+(?:\.\d+)?)(g?)base-.*")
"""Of a type such as `1000base-t`, `2.5gbase-t` or `10gbase-x-sfpp`."""
_POES: Mapping[str, Poe] = {
    "type1-ieee802.3af": "802.3af",
    "type2-ieee802.3at": "802.3at",
    "type3-ieee802.3bt": "802.3bt-3",
    "type4-ieee802.3bt": "802.3bt-4",
}
_CABLES: Mapping[str, Cable] = {
    "cat5": "cat5",
    "cat5e": "cat5e",
    "cat6": "cat6",
    "cat6a": "cat6a",
    "cat7": "cat6a",  # and better; what is wired to an access point needs no more
    "cat7a": "cat6a",
    "cat8": "cat6a",
    "aoc": "fibre",
}


def wired_interfaces(interfaces: Sequence[Row]) -> dict[int, Row]:
    """Of each device, by its id, the one interface whose way ends at one port of another device. A device with several
    of these is left out: nobody says which of them counts."""
    found: dict[int, list[Row]] = {}
    for interface in interfaces:
        if port_of(interface) is not None:
            found.setdefault(interface["device"]["id"], []).append(interface)
    return {device: wired[0] for device, wired in found.items() if len(wired) == 1}


def port_of(interface: Row) -> int | None:
    """The id of the port at the far end, patch panels between them or not."""
    ends = interface.get("connected_endpoints") or []
    is_port = interface.get("connected_endpoints_type") == _INTERFACE
    return int(ends[0]["id"]) if is_port and len(ends) == 1 else None


def cable_of(interface: Row) -> int | None:
    """The id of the cable, where one leads all the way. Of a way through patch panels nobody knows the worst of."""
    is_direct = interface.get("link_peers_type") == _INTERFACE and interface.get("cable") is not None
    return int(interface["cable"]["id"]) if is_direct else None


def wiring_texts(port: Row | None, cable: Row | None) -> Iterator[tuple[str, str]]:
    """The columns for a switch's port and a cable; what is not known of them is empty."""
    yield "port_bits_per_second", _speed(port or {})
    yield "port_poe", _poe(port or {})
    yield "cable", _cable(_word((cable or {}).get("type")))


def _speed(port: Row) -> str:
    """By the type of the port, which says what it can; the speed in kilobits a second may be what was negotiated."""
    if match := _SPEED.fullmatch(_word(port.get("type"))):
        return str(int(float(match[1]) * (10**9 if match[2] else 10**6)))
    return str(int(port["speed"]) * 1000) if port.get("speed") else ""


def _poe(port: Row) -> str:
    """Nothing where the port is not said to give power: that it gives none nobody writes down."""
    word = _word(port.get("poe_type"))
    if _word(port.get("poe_mode")) != "pse":
        return ""
    return "passive" if word.startswith("passive-") else _POES.get(word, "")


def _cable(word: str) -> str:
    return "fibre" if word.startswith(("mmf", "smf")) else _CABLES.get(word, "")


def _word(choice: object) -> str:
    """The value of a choice, which is a word, or one with its label beside it."""
    value = choice.get("value") if isinstance(choice, Mapping) else choice
    return str(value or "")
