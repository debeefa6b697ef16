"""What an agent tells the collector of itself: its spool and its process, and nothing while nobody hears it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from harness import FrozenClock

from agent.dispatch import Dispatch, UplinkSettings
from agent.framing import Framer
from agent.health import Health, OwnHealth
from agent.spool import Spool
from agent.wire import AgentHealth, Report, decode_frame

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
BODY = b'{"reports":[]}'


def open_spool(folder: Path, clock: FrozenClock, *, max_bytes: int = 10**6) -> Spool:
    return Spool(folder / "s", boot_id="00c0ffee", max_bytes=max_bytes, max_age_seconds=3600, clock=clock)


def told(own: OwnHealth) -> AgentHealth:
    health = own.now()
    assert health is not None
    return health


async def test_it_tells_of_its_spool_and_its_process(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock)
    own = OwnHealth(Health(is_connected=True), spool, clock)
    await spool.append(BODY)
    await spool.append(BODY)
    clock.advance(12.5)
    health = told(own)
    assert (health.spooled_frames, health.spooled_bytes, health.dropped_frames) == (2, 2 * len(BODY), 0)
    assert health.uptime_seconds == 12.5
    assert health.cpu_seconds is not None
    assert health.cpu_seconds > 0
    assert health.resident_bytes is not None
    assert 10 * 2**20 < health.resident_bytes < 2**40, "in bytes, neither pages nor kB"
    await spool.close()


async def test_what_it_dropped_is_counted_from_the_start_of_its_process(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock, max_bytes=len(BODY))
    for _ in range(3):
        await spool.append(BODY)
    await spool.close()
    again = open_spool(tmp_path, clock, max_bytes=len(BODY))
    own = OwnHealth(Health(is_connected=True), again, clock)
    assert (again.dropped_frames, told(own).dropped_frames) == (2, 0)
    await again.append(BODY)
    assert told(own).dropped_frames == 1
    await again.close()


async def test_on_a_system_without_proc_its_memory_is_not_known(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock)
    own = OwnHealth(Health(is_connected=True), spool, clock, statm=tmp_path / "none")
    health = told(own)
    assert (health.resident_bytes, health.spooled_frames) == (None, 0)
    await spool.close()


async def test_without_a_connection_there_is_nothing_to_tell_and_with_it_all_of_it_arrives(
    tmp_path: Path, clock: FrozenClock
) -> None:
    spool, health = open_spool(tmp_path, clock), Health()
    framer = Framer(spool, clock, own_health=OwnHealth(health, spool, clock).now)
    dispatch = Dispatch(agent="gw-a", settings=UplinkSettings(), spool=spool, clock=clock, health=health)
    heard = []
    for is_connected in (False, True):
        health.is_connected = is_connected
        await framer.put([Report(access_point="a-1", observed_at=NOW)])
        await framer.flush()
        message = await dispatch.next(clock.monotonic())
        assert message is not None
        decoded = decode_frame(message.payload)
        assert (decoded.refused, decoded.unknown_fields, len(decoded.frame.reports)) == ((), (), 1)
        heard.append(decoded.frame.health)
    without, with_it = heard
    assert without is None
    assert with_it is not None
    assert with_it.spooled_frames == 1
    oldest = await spool.oldest(leaving_out=[])
    assert oldest is not None
    assert list(json.loads(oldest.body)) == ["reports"]
    await spool.close()
