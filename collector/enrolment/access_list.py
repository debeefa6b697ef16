"""What the broker lets whom write and read, as Mosquitto's access list. Pure."""

from collections.abc import Iterable

from agent.wire import Kind, topic_for

WRITTEN_BY_AGENTS: tuple[Kind, ...] = ("frame", "backlog", "status", "renewal")
READ_BY_AGENTS: tuple[Kind, ...] = ("ack", "certificate")
_HEADING = "# Made by `hangang enroll`, which writes it anew: what is changed here is lost.\n"


def access_list(collectors: Iterable[str], denied: Iterable[str]) -> str:
    """The whole list: collectors see the topics of all agents, each agent its own, those that are `denied` none.

    Patterns are for everybody who connects, so who is denied needs a line of their own; Mosquitto looks at it first.
    """
    blocks = [_HEADING]
    for name in sorted(set(collectors)):
        lines = [f"user {name}"]
        lines += [f"topic read {topic_for('+', kind)}" for kind in WRITTEN_BY_AGENTS]
        lines += [f"topic write {topic_for('+', kind)}" for kind in READ_BY_AGENTS]
        blocks.append("\n".join(lines) + "\n")
    blocks += [f"user {name}\ntopic deny #\n" for name in sorted(set(denied))]
    patterns = [f"pattern write {topic_for('%u', kind)}" for kind in WRITTEN_BY_AGENTS]
    patterns += [f"pattern read {topic_for('%u', kind)}" for kind in READ_BY_AGENTS]
    blocks.append("\n".join(patterns) + "\n")
    return "\n".join(blocks)
