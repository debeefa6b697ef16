"""The MQTT topics. An agent's id is a whole topic level, so that one pattern line of an ACL pins it."""

import re
import sys
from typing import Literal, NamedTuple, get_args

from pydantic import TypeAdapter, ValidationError

from agent.wire.identifiers import AgentId

Kind = Literal["frame", "backlog", "status", "ack", "renewal", "certificate"]

_TOPIC = re.compile(rf"wifi/v1/([^/]+)/({'|'.join(get_args(Kind))})")
_AGENT_ID: TypeAdapter[str] = TypeAdapter(AgentId)


class Topic(NamedTuple):
    """A topic taken apart."""

    agent: str
    kind: Kind


def topic_for(agent: str, kind: Kind) -> str:
    """The topic on which `agent` publishes this kind of message, or hears it; `+` as agent names all."""
    return f"wifi/v1/{agent}/{kind}"


def parse_topic(topic: str) -> Topic | None:
    """The agent and kind that a topic names, or None where it is not one of ours."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        return None
    try:
        agent = _AGENT_ID.validate_python(match[1])
    except ValidationError:
        return None
    kind: Kind = match[2]  # type: ignore[assignment]  # the pattern is made of Kind's own words
    return Topic(sys.intern(agent), kind)  # one text for all that is held of an agent
