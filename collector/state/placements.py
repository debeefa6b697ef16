"""Where frames of wrong clocks were placed in time, so that one that is sent twice lands at the same instants again,
whichever collector receives it. For the pipeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, tuple_

from collector.state.tables import placements
from collector.state.upserting import upsert
from collector.stores import FrameKey

_MICROSECOND = timedelta(microseconds=1)
_FRAMES_AT_ONCE = 250


def settle_offsets(engine: Engine, proposals: Mapping[FrameKey, timedelta], now: datetime) -> dict[FrameKey, timedelta]:
    """By how much the times of each frame are moved: as proposed, unless something else was settled before."""
    if not proposals:
        return {}
    keys = sorted(proposals, key=_identity)  # two processes that settle the same wait for each other, not in a circle
    rows = [
        {
            "agent": key.agent,
            "boot_id": key.boot_id,
            "sequence": key.sequence,
            "offset_microseconds": proposals[key] // _MICROSECOND,
            "noted_at": now,
        }
        for key in keys
    ]
    settled: dict[FrameKey, timedelta] = {}
    with engine.begin() as connection:
        statement = upsert(connection, placements)
        connection.execute(
            statement.on_conflict_do_nothing(index_elements=["agent", "boot_id", "sequence"]), rows
        )  # waits for others that settle the same frames just now, whose rows the next statement then sees
        for start in range(0, len(keys), _FRAMES_AT_ONCE):
            settled.update(_offsets_of(connection, keys[start : start + _FRAMES_AT_ONCE]))
    return settled


def prune_placements(engine: Engine, before: datetime) -> None:
    """Forget frames that were settled before then: they do not come any more."""
    with engine.begin() as connection:
        connection.execute(delete(placements).where(placements.c.noted_at < before))


def _offsets_of(connection: Connection, keys: Sequence[FrameKey]) -> dict[FrameKey, timedelta]:
    column = placements.c
    query = select(column.agent, column.boot_id, column.sequence, column.offset_microseconds).where(
        tuple_(column.agent, column.boot_id, column.sequence).in_([_identity(key) for key in keys])
    )
    return {
        FrameKey(agent, boot_id, sequence): offset_microseconds * _MICROSECOND
        for agent, boot_id, sequence, offset_microseconds in connection.execute(query)
    }


def _identity(key: FrameKey) -> tuple[str, str, int]:
    return key.agent, key.boot_id, key.sequence
