"""How tests write frames into a store: as the pipeline does, prepared one by one."""

from collections.abc import Iterable, Sequence

from collector.stores import Store, StoredFrame, Unstorable


async def write(store: Store, frames: Iterable[StoredFrame]) -> Sequence[Unstorable]:
    """Prepare and write; what the store refuses for good."""
    return await store.write([store.prepare(frame) for frame in frames])
