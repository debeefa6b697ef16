"""What a trap or an inform says, whatever version of SNMP it came in. Made by the engine, read by the naming. Pure."""

from dataclasses import dataclass
from enum import Enum

Value = int | bytes | str
"""Whole numbers of any kind; octets as they came, addresses too; object identifiers as dotted text."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Its object identifier in the form of version 2 (RFC 3584, 3.1), and its variables in the device's order.

    Left out are the time, the identifier itself, and the community that a proxied trap carries along.
    """

    oid: str
    varbinds: tuple[tuple[str, Value], ...] = ()

    def first(self, objects: tuple[str, ...]) -> Value | None:
        """The value of the first of these objects that is there, whichever instance of it."""
        for wanted in objects:
            for oid, value in self.varbinds:
                if is_instance(oid, wanted):
                    return value
        return None


class Refusal(Enum):
    """Why a datagram is no notification."""

    UNAUTHORISED = "unauthorised"
    """Its community is not ours, or its user, or that user's keys."""
    MALFORMED = "malformed"
    """It is no SNMP, or SNMP that is no notification."""


def is_instance(oid: str, of_object: str) -> bool:
    """Whether an identifier is that of the object or lies below it."""
    return oid == of_object or oid.startswith(f"{of_object}.")
