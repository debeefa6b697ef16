"""The `[traps]` table: where notifications are received, and from whom. Checked without importing pysnmp."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from agent.settings import Contradiction, ReadableFile, SettingsModel
from agent.snmp.credentials import Secret, UserKeys

_ENGINE_ID = re.compile(r"(?:0x)?((?:[0-9a-f]{2}){5,32})", re.IGNORECASE)


def _must_be_an_address(address: str) -> str:
    try:
        ip_address(address)
    except ValueError as error:
        raise ValueError("must be an IP address of this machine, or 0.0.0.0 or :: for all of them") from error
    return address


def _must_be_an_engine_id(engine_id: str) -> str:
    found = _ENGINE_ID.fullmatch(engine_id)
    if found is None or set(found[1].lower()) in ({"0"}, {"f"}):
        raise ValueError("must be 5 to 32 octets in hexadecimal, not all of them 00 or ff")  # RFC 3411, SnmpEngineID
    return found[1].lower()


class TrapUser(UserKeys):
    """One `[[traps.users]]` table: a user of SNMPv3 whose notifications are taken."""

    user: Annotated[str, Field(min_length=1, max_length=32)]
    engine_id: Annotated[str, AfterValidator(_must_be_an_engine_id)] | None = Field(
        default=None,
        description="The engine id of the device that sends traps as this user. Left out, any device that has the "
        "user's keys may; informs come to the agent's own engine id and need none",
    )


class TrapSettings(SettingsModel):
    """The `[traps]` table. `events_per_minute` is what one sender may say; what comes beyond it is counted."""

    address: Annotated[str, AfterValidator(_must_be_an_address)] = "0.0.0.0"  # noqa: S104  # devices send from anywhere
    port: Annotated[int, Field(ge=1, le=65535)] = 162
    communities: tuple[Secret, ...] = ()
    communities_file: ReadableFile | None = None
    users: tuple[TrapUser, ...] = ()
    events_per_minute: Annotated[int, Field(ge=1, le=600)] = 60

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Nobody to receive from, communities in two places, or two users that could not be told apart."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        sources = [name for name in ("communities", "communities_file") if document.get(name)]
        users = document.get("users")
        if not sources and not users:
            yield ("communities_file",), "required; add it, or `communities`, or `users` for SNMPv3"
        if len(sources) == 2:
            yield ("communities",), "stands beside `communities_file`; keep one of them"
        if isinstance(users, list):
            yield from _confused_users(users)

    @model_validator(mode="after")
    def _file_holds_a_community(self) -> Self:
        if self.communities_file is not None and not self.community_names():
            raise ValueError(f"{self.communities_file} holds no community; write one to a line")
        return self

    def community_names(self) -> tuple[bytes, ...]:
        """The communities of versions 1 and 2c, read anew from their file; raises OSError where that has gone."""
        written = [community.get_secret_value().encode() for community in self.communities]
        if self.communities_file is not None:
            written += [line.strip() for line in self.communities_file.read_bytes().splitlines()]
        return tuple(dict.fromkeys(name for name in written if name))


def _confused_users(users: list[object]) -> Iterator[Contradiction]:
    """A message says its user and its sender's engine: by these two alone its table is found."""
    seen: dict[object, list[dict[object, object]]] = {}
    for position, table in enumerate(users):
        name = table.get("user") if isinstance(table, dict) else None
        if not isinstance(table, dict) or not isinstance(name, str):
            continue
        for other in seen.get(name, ()):
            if table.get("engine_id") is None or other.get("engine_id") is None:
                yield ("users", position, "user"), "stands in another table too; give both an `engine_id`"
            elif str(table["engine_id"]).lower() == str(other["engine_id"]).lower():
                yield ("users", position, "engine_id"), "stands in another table of this user"
            elif (table.get("auth"), table.get("priv")) != (other.get("auth"), other.get("priv")):
                yield ("users", position, "user"), "has another `auth` or `priv` in another table; make them the same"
            else:
                continue
            break
        seen.setdefault(name, []).append(table)
