"""A Status: whether an agent is connected. Retained by the broker; its offline form is the agent's last will."""

from typing import Literal

from agent.wire.identifiers import AgentId, BootId, Instant, Name, WireModel


class Status(WireModel):
    """`since` is when the agent connected, by its own clock."""

    version: Literal[1]
    agent: AgentId
    boot_id: BootId
    is_online: bool
    since: Instant
    software: Name | None = None
