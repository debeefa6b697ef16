"""Evidence from the embedded store: of rollups and of raw points the same, and of more places than fit into memory."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from writing import write

from agent.wire import Band, Direction, Interface, Probe, Radio, Report, System
from collector.evidence import Evidence, RadioKey
from collector.stores import ActiveThroughput, FrameKey, StoredFrame, StoredReport, StoreError
from collector.stores.duckdb import DuckDBStore, open_store

MIDNIGHT = datetime(2026, 5, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCARCE_MEGABYTES = 24
"""DuckDB needs more for the places of the test at once, and less for the parts of them."""
HOURS = 30
RADIOS: tuple[tuple[str, Band | None], ...] = (("r0", "2.4"), ("r0", "5"), ("r1", None))
PLACES = [f"a-{number}" for number in range(7)]
Answers = tuple[dict[str, Evidence], dict[str, list[ActiveThroughput]]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBStore]:
    opened = open_store(tmp_path / "points.duckdb")
    yield opened
    await opened.close()


def report(at: datetime, chance: random.Random) -> Report:
    """One in which much is missing. What is told are multiples of powers of two, so that sums are exact."""

    def maybe(most: float) -> float | None:
        return None if chance.random() < 0.3 else chance.randrange(64) * most / 64

    def probe(kind: str, server: str, direction: Direction | None = None) -> Probe:
        return Probe(
            kind=kind,
            server=server,
            direction=direction,
            is_ok=chance.choice((None, True, False)),
            latency_seconds=maybe(4),
            loss_ratio=maybe(1),
            throughput_bits_per_second=None if direction is None else maybe(2**30),
        )

    return Report(
        observed_at=at,
        clients=None if chance.random() < 0.3 else chance.randrange(90),
        system=System(uptime_seconds=maybe(20_000), cpu_ratio=maybe(1), temperature_celsius=maybe(80)),
        uplink=Interface(
            name=chance.choice(("eth0", "eth1")),
            is_up=chance.random() < 0.9,
            speed_bits_per_second=chance.choice((None, 1e8, 1e9)),
            max_speed_bits_per_second=chance.choice((None, 1e9)),
            rx_bits_per_second=maybe(2**30),
            tx_bits_per_second=maybe(2**28),
            rx_errors_per_second=maybe(8),
            tx_drops_per_second=maybe(8),
        ),
        radios=tuple(
            Radio(name=name, band=band, busy_ratio=maybe(1), rx_ratio=maybe(0.25), tx_ratio=maybe(0.25), clients=3)
            for name, band in RADIOS
        ),
        probes=(probe("dns", "x"), probe("dns", "y"), probe("throughput", "z", "download")),
    )


async def write_hours(store: DuckDBStore, places: list[str], hours: int) -> None:
    """Two reports of an hour from each place, but for some."""
    chance = random.Random(7)
    for number in range(hours * 2):
        at = MIDNIGHT + number * timedelta(minutes=30)
        told = [StoredReport(place, at, False, report(at, chance)) for place in places if chance.random() < 0.8]
        await write(store, [StoredFrame(FrameKey("gw-a", "00c0ffee", number + 1), at, tuple(told), ())])


def answers(store: DuckDBStore, places: list[str] = PLACES) -> Answers:
    until = MIDNIGHT + HOURS * HOUR
    return store.evidence(places, MIDNIGHT, until), store.hourly_throughput(places, MIDNIGHT, until)


async def test_the_answer_is_the_same_before_while_and_after_hours_are_rolled_up(store: DuckDBStore) -> None:
    await write_hours(store, PLACES, HOURS)
    raw = answers(store)
    assert len(raw[0]) == len(raw[1]) == len(PLACES)
    await store.maintain(MIDNIGHT + (HOURS - 6) * HOUR)
    assert answers(store) == raw
    await store.maintain(MIDNIGHT + (HOURS + 6) * HOUR)
    assert store._connection.execute("SELECT count(*) FROM dirty_hours").fetchall() == [(0,)]
    assert answers(store) == raw
    store._connection.execute("DELETE FROM reports; DELETE FROM radios; DELETE FROM interfaces; DELETE FROM probes")
    assert answers(store) == raw


async def test_quantiles_are_those_of_duckdb_itself(store: DuckDBStore) -> None:
    await write_hours(store, PLACES, HOURS)
    await store.maintain(MIDNIGHT + (HOURS + 6) * HOUR)
    found, _ = answers(store)
    for place, clients, cpu in store._connection.execute(
        "SELECT access_point, quantile_cont(clients, 0.95), quantile_cont(cpu_ratio, 0.95) FROM hourly_reports"
        " GROUP BY access_point"
    ).fetchall():
        usage = found[place].usage
        assert usage is not None
        assert (usage.clients, usage.cpu_ratio) == (pytest.approx(clients), pytest.approx(cpu))
    for place, name, band, foreign in store._connection.execute(
        "SELECT access_point, name, band, quantile_cont(busy_ratio - rx_ratio - tx_ratio, 0.95) FROM hourly_radios"
        " GROUP BY ALL"
    ).fetchall():
        assert found[place].radios[RadioKey(name, band or "")].foreign_ratio == pytest.approx(foreign)
    uplinks: dict[str, list[tuple[int, str, float | None]]] = {}
    for place, *uplink in store._connection.execute(
        "SELECT access_point, -count(*), name, median(least_speed_bits_per_second) FROM hourly_interfaces GROUP BY 1, 3"
    ).fetchall():
        uplinks.setdefault(place, []).append(tuple(uplink))
    for place, of_place in uplinks.items():
        told = found[place].uplink
        assert told is not None
        hours, _, speed = min(of_place)
        assert (told.hours, told.speed_bits_per_second) == (-hours, speed)


async def test_what_is_asked_for_in_parts_is_the_same_and_each_place_is_there_once(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_hours(store, PLACES, HOURS)
    whole = answers(store)
    monkeypatch.setattr("collector.embedded.evidence._VALUES_AT_ONCE", 30)
    assert answers(store, [*PLACES, *PLACES]) == whole


async def test_where_memory_runs_out_it_is_asked_for_in_smaller_parts(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [f"a-{number:05}" for number in range(20_000)]
    store._connection.execute(
        "INSERT INTO hourly_reports BY NAME SELECT unnest($places) AS access_point, $hour::TIMESTAMP AS hour,"
        " 1 AS reports, random() AS clients, random() AS cpu_ratio",
        {"places": places, "hour": MIDNIGHT.replace(tzinfo=None)},
    )
    store._connection.execute("CHECKPOINT")
    store._connection.execute(f"SET memory_limit = '{SCARCE_MEGABYTES}MB'")
    span = MIDNIGHT, MIDNIGHT + timedelta(days=28)
    monkeypatch.setattr("collector.embedded.evidence._VALUES_AT_ONCE", 180 * len(places))
    with monkeypatch.context() as whole:
        whole.setattr("collector.embedded.evidence._VALUES_AT_LEAST", 180 * len(places))
        with pytest.raises(StoreError, match="Out of Memory"):
            store.evidence(places, *span)
    found = store.evidence(places, *span)
    assert list(found) == places
    assert None not in [each.usage and each.usage.clients for each in found.values()]


async def test_a_backlog_that_is_not_rolled_up_yet_is_asked_for_in_parts_small_enough(store: DuckDBStore) -> None:
    places, hours = [f"a-{number:03}" for number in range(500)], 8 * 24
    store._connection.execute(
        "INSERT INTO dirty_hours SELECT $since::TIMESTAMP + INTERVAL 1 HOUR * number, $since"
        " FROM range($hours) numbers(number)",
        {"since": MIDNIGHT.replace(tzinfo=None), "hours": hours},
    )
    store._connection.execute(
        "INSERT INTO radios BY NAME SELECT access_point, hour AS observed_at, band AS name, band,"
        " random() AS busy_ratio, 0.1 AS rx_ratio, 0.1 AS tx_ratio"
        " FROM dirty_hours, (SELECT unnest($places) AS access_point), (SELECT unnest(['2.4', '5']) AS band)",
        {"places": places},
    )
    store._connection.execute("CHECKPOINT")
    store._connection.execute(f"SET memory_limit = '{SCARCE_MEGABYTES}MB'")
    found = store.evidence(places, MIDNIGHT, MIDNIGHT + timedelta(days=28))
    assert list(found) == places
    assert {radio.hours for each in found.values() for radio in each.radios.values()} == {hours}
