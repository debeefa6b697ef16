"""The traps whose meaning is known, and the only variables that may leave the agent: the data file known.toml.

Read once by `agent.snmp.traps.naming`. What is not in the file is not forwarded.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "link_down",
    "link_up",
    "access_point_down",
    "access_point_up",
    "radio_down",
    "radio_up",
    "cold_start",
    "warm_start",
    "authentication_failed",
    "client",
]
"""What a trap is about. "client" ones are about a person's device: they are counted and go no further."""
Oid = Annotated[str, Field(pattern=r"^1(\.\d+){5,}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnownTrap(_Part):
    """One notification: its identifier, the MIB that defines it, its name there, and what it means here."""

    oid: Oid
    mib: str
    name: str
    kind: Kind


class Objects(_Part):
    """The objects whose values may be told. A list is in order of preference."""

    interface_names: tuple[Oid, ...]
    interface_indexes: tuple[Oid, ...]
    access_point_names: tuple[Oid, ...]
    access_point_macs: tuple[Oid, ...]
    numbers: dict[Oid, str]


class Known(_Part):
    """The whole file."""

    objects: Objects
    traps: tuple[KnownTrap, ...]


@cache
def known() -> Known:
    """The file, checked."""
    document = tomllib.loads((files("agent.snmp.traps") / "known.toml").read_text(encoding="utf-8"))
    return Known.model_validate(document)


@cache
def traps_by_oid() -> dict[str, KnownTrap]:
    """The known traps by their identifier."""
    return {trap.oid: trap for trap in known().traps}
