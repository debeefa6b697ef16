"""The pipeline: acknowledged only when stored, stored once, and one bad frame delays nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from harness import INVENTORY, eventually
from state_files import open_state

from agent.wire import Ack, SequenceRange, Topic, pack
from collector.batch import MAX_PENDING_REFUSALS_OF_ONE
from collector.embedded.writing import FrameRows
from collector.fleet import Fleet
from collector.intake import Intake, Taken
from collector.keeping import Keeper
from collector.ledger import Ledger
from collector.metrics import Metrics
from collector.pipeline import Pipeline
from collector.state.devices import devices_at
from collector.state.newest import load_fleet
from collector.state.quarantine import entries
from collector.stores import FrameKey, StoredFrame, StoreError, StoreLostError, Unstorable
from collector.stores.duckdb import DuckDBStore, open_store
from inventory import load_inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


class Moody(DuckDBStore):
    """The real store behind a failure of its own choosing: so many passing ones, frames it never takes, an engine that
    needs a while to settle and is restarted."""

    passing_failures = 0
    never_takes: frozenset[int] = frozenset()
    never_takes_reports: Mapping[tuple[int, int], str] = MappingProxyType({})
    is_lost = False
    run: str | None = "first"
    questions = 0

    async def write(self, frames: Sequence[FrameRows]) -> Sequence[Unstorable]:
        if self.is_lost:
            raise StoreLostError("it must be opened anew")
        if self.passing_failures:
            self.passing_failures -= 1
            raise StoreError("disk is full", is_permanent=False)
        refused = [
            Unstorable(frame.key, None, "a value it cannot hold")
            for frame in frames
            if frame.key.sequence in self.never_takes
        ]
        refused += [
            Unstorable(frame.key, position, detail)
            for frame in frames
            for (sequence, position), detail in self.never_takes_reports.items()
            if sequence == frame.key.sequence
        ]
        return [
            *refused,
            *await super().write([frame for frame in frames if frame.key.sequence not in self.never_takes]),
        ]

    async def incarnation(self) -> str | None:
        self.questions += 1
        return self.run


class Bench:
    """A pipeline with everything around it, and the acks that came out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        inventory = folder / "inventory"
        inventory.mkdir()
        (inventory / "lab.toml").write_text(INVENTORY, encoding="utf-8")
        self._intake = Intake(load_inventory(inventory))
        self.store = Moody(open_store(folder / "points.duckdb")._connection)
        self.state = open_state(folder / "state.sqlite")
        self.acks: asyncio.Queue[tuple[str, Ack]] = asyncio.Queue()
        self.restart()

    def restart(self) -> None:
        """As after a kill: what was only in memory is gone."""
        self.fleet, self.metrics = Fleet(), Metrics()
        self.keeper = Keeper(self.state, self.fleet)
        self.pipeline = Pipeline(
            intake=self._intake,
            store=self.store,
            state=self.state,
            fleet=self.fleet,
            ledger=Ledger(self.stored()),
            keeper=self.keeper,
            metrics=self.metrics,
            clock=lambda: NOW + timedelta(seconds=3),
        )

    def send(self, payload: bytes, *, agent: str = "gw-lab", kind: str = "frame", at: datetime = NOW) -> None:
        self.pipeline.receive(f"wifi/v1/{agent}/{kind}", payload, at, is_retained=False)

    def stored(self) -> dict[tuple[str, str], Sequence[tuple[int, int]]]:
        return dict(self.store.stored_frames(NOW - timedelta(days=1)))

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"hangang_collector_{name}_total", labels) or 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(step()) for step in self.pipeline.steps(self.acknowledge).values()]
        yield
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            assert ended is None or isinstance(ended, asyncio.CancelledError)

    async def acknowledge(self, acks: Sequence[tuple[str, Ack]]) -> None:
        for each in acks:
            await self.acks.put(each)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.store.close()
    made.state.dispose()


def frame(
    sequence: int, *, serial: str = "EX0001", access_point: str = "lab-001", minute: int = 0, **header: object
) -> bytes:
    observed_at = (NOW - timedelta(minutes=60 - minute)).isoformat()
    report = {"access_point": access_point, "observed_at": observed_at, "device": {"serial": serial}}
    base = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "sequence": sequence, "sent_at": NOW.isoformat()}
    return json.dumps(base | {"reports": [report]} | header).encode()


def span(first: int, last: int) -> SequenceRange:
    return SequenceRange(boot_id="00c0ffee", first=first, last=last)


async def test_a_frame_is_acknowledged_after_it_is_stored(bench: Bench) -> None:
    async with bench.running():
        for sequence in (1, 2, 5):
            bench.send(frame(sequence))
        assert bench.acks.empty()
        agent, ack = await bench.acks.get()
    assert (agent, ack) == ("gw-lab", Ack(version=1, stored=(span(1, 2), span(5, 5))))
    assert bench.stored() == {("gw-lab", "00c0ffee"): [(1, 2), (5, 5)]}
    assert bench.fleet.readings["lab-001"].report.device is not None
    assert bench.count("reports_stored") == 3
    delays = bench.metrics.registry.get_sample_value("hangang_collector_commit_delay_seconds_sum")
    assert delays == 9.0


async def test_a_frame_that_comes_again_is_acknowledged_again_and_stored_once(bench: Bench) -> None:
    async with bench.running():
        bench.send(frame(1))
        bench.send(frame(1, is_resent=True))
        await bench.acks.get()
        bench.send(frame(1, is_resent=True))
        assert await bench.acks.get() == ("gw-lab", Ack(version=1, stored=(span(1, 1),)))
    assert bench.store._connection.execute("SELECT count(*) FROM reports").fetchone() == (1,)
    assert bench.count("frames", outcome="repeated") == 2


async def test_the_ledger_of_a_new_collector_knows_what_the_old_one_stored(bench: Bench) -> None:
    async with bench.running():
        bench.send(frame(1))
        await bench.acks.get()
    bench.restart()
    async with bench.running():
        bench.send(frame(1, is_resent=True))
        bench.send(frame(2))
        await bench.acks.get()
    assert bench.store._connection.execute("SELECT count(*) FROM reports").fetchone() == (2,)


async def test_while_the_store_fails_nothing_is_acknowledged_and_nothing_lost(bench: Bench) -> None:
    bench.store.passing_failures = 1
    async with bench.running():
        bench.send(frame(1))
        await eventually(lambda: bench.pipeline.problems != [])
        assert bench.pipeline.problems == ["disk is full"]
        bench.send(frame(2))
        assert (await bench.acks.get())[1].stored == (span(1, 1),)
        assert (await bench.acks.get())[1].stored == (span(2, 2),)
    assert bench.pipeline.problems == []


async def test_a_frame_that_the_store_never_takes_is_quarantined_alone(bench: Bench) -> None:
    bench.store.never_takes = frozenset({4})
    async with bench.running():
        for sequence in range(1, 10):
            bench.send(frame(sequence))
        _, ack = await bench.acks.get()
    assert ack == Ack(version=1, stored=(span(1, 3), span(5, 9)), refused=(span(4, 4),))
    (entry,) = entries(bench.state)
    assert (entry.reason, entry.agent, entry.detail) == ("store", "gw-lab", "a value it cannot hold")
    assert b"EX0001" in entry.payload


BAD_INPUT = [
    pytest.param(b"{not json", "not_json", None, id="malformed JSON"),
    pytest.param(frame(7, version=2), "unsupported_version", 7, id="wrong version"),
    pytest.param(b"[" + b"0," * 5_000_000 + b"0]", "too_large", None, id="10 MB"),
    pytest.param(b"\xff\xfe\x00wifi", "not_utf8", None, id="non-UTF-8"),
    pytest.param(frame(7, access_point="other-001"), "not_allowed", 7, id="another's access point"),
    pytest.param(frame(7, agent="gw-other"), "wrong_agent", 7, id="another's name"),
    pytest.param(frame(7).replace(b'"EX0001"}', b'"EX0001"}, "system": {"cpu_ratio": NaN}'), "invalid", 7, id="NaN"),
    pytest.param(frame(7, reports=[{"observed_at": "2100-01-01T00:00:00Z"}]), "unplaceable", 7, id="2100"),
    pytest.param(frame(7, reports=[{"observed_at": "1970-01-01T00:00:00Z"}]), "unplaceable", 7, id="1970"),
]


@pytest.mark.parametrize(("payload", "reason", "refused"), BAD_INPUT)
async def test_bad_input_is_quarantined_with_its_reason_and_the_flow_goes_on(
    bench: Bench, payload: bytes, reason: str, refused: int | None
) -> None:
    async with bench.running():
        for minute in (0, 1):
            bench.send(payload, at=NOW + timedelta(minutes=minute))
            bench.send(frame(1 + minute))
            _, ack = await bench.acks.get()
            assert ack.stored == (span(1 + minute, 1 + minute),)
            assert ack.refused == (() if refused is None else (span(refused, refused),))
    (entry,) = entries(bench.state)
    assert (entry.reason, entry.count) == (reason, 2)
    assert (entry.first_seen, entry.last_seen) == (NOW, NOW + timedelta(minutes=1))
    assert entry.payload
    assert bench.count("quarantined", reason=reason) == 2


async def test_corrections_are_counted_by_reason(bench: Bench) -> None:
    of_1970 = {"sent_at": "1970-01-01T00:01:00Z"}
    report = {"access_point": "lab-001", "observed_at": "1970-01-01T00:00:50Z"}
    async with bench.running():
        bench.send(frame(1, colour="red"))
        bench.send(frame(2, reports=[report], **of_1970))
        await bench.acks.get()
    assert bench.count("corrected", reason="unknown_field") == 1
    assert bench.count("corrected", reason="clock") == 1
    assert entries(bench.state) == []
    assert bench.fleet.readings["lab-001"].observed_at == NOW - timedelta(seconds=10)


async def test_a_retained_frame_and_a_stray_topic_are_quarantined(bench: Bench) -> None:
    async with bench.running():
        bench.pipeline.receive("wifi/v1/gw-lab/frame", frame(1), NOW, is_retained=True)
        bench.pipeline.receive("wifi/v1/GW LAB/frame", frame(2), NOW, is_retained=False)
        bench.send(b'{"version":1}', kind="status")
        bench.send(frame(3))
        await bench.acks.get()
    assert {entry.reason for entry in entries(bench.state)} == {"retained", "bad_topic", "invalid"}


async def test_a_flood_of_rubbish_is_bounded_and_costs_nobody_else_a_frame(bench: Bench) -> None:
    for number in range(MAX_PENDING_REFUSALS_OF_ONE + 500):
        bench.send(b"rubbish %d" % number, agent="other-001")
    bench.send(frame(1))
    async with bench.running():
        assert (await bench.acks.get())[1].stored == (span(1, 1),)
    assert bench.count("frames", outcome="deferred") == 500
    assert len(entries(bench.state, limit=5000)) == MAX_PENDING_REFUSALS_OF_ONE


async def test_a_frame_with_many_bad_reports_comes_through_all_the_same(bench: Bench) -> None:
    bad = [{"observed_at": "2100-01-01T00:00:00Z", "clients": number} for number in range(300)]
    async with bench.running():
        bench.send(frame(1, reports=bad))
        assert (await bench.acks.get())[1].refused == (span(1, 1),)
    assert len(entries(bench.state, limit=5000)) == 300


async def test_a_refusal_that_cannot_be_kept_holds_its_frame_back_whole(bench: Bench) -> None:
    mixed = [{"access_point": "lab-001", "observed_at": NOW.isoformat()}, {"observed_at": "2100-01-01T00:00:00Z"}]
    with bench.state.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE quarantine RENAME TO away")
    async with bench.running():
        bench.send(b"a stray that nobody sends again")
        bench.send(frame(1, reports=mixed))
        bench.send(frame(2))
        assert (await bench.acks.get())[1] == Ack(version=1, stored=(span(2, 2),))
        assert "quarantine cannot be written" in bench.pipeline.problems[0]
        with bench.state.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO quarantine")
        bench.send(frame(1, reports=mixed))
        assert (await bench.acks.get())[1] == Ack(version=1, stored=(span(1, 1),))
    assert bench.pipeline.problems == []
    assert sorted(entry.reason for entry in entries(bench.state)) == ["not_json", "unplaceable"]


async def test_what_was_stored_just_before_a_kill_is_known_again_from_the_repeat(bench: Bench) -> None:
    async with bench.running():
        bench.send(frame(1))
        await bench.acks.get()
    bench.restart()
    assert bench.fleet.readings == {}
    async with bench.running():
        bench.send(frame(1, is_resent=True))
        await bench.acks.get()
    assert list(bench.fleet.readings) == ["lab-001"]
    await bench.keeper.save()
    assert [device.serial for device in devices_at(bench.state, "lab-001")] == ["EX0001"]


async def test_an_agent_that_comes_online_is_greeted(bench: Bench) -> None:
    status = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "is_online": True, "since": NOW.isoformat()}
    async with bench.running():
        bench.send(json.dumps(status).encode(), kind="status")
        assert await bench.acks.get() == ("gw-lab", Ack(version=1))


async def test_an_event_of_anothers_access_point_is_refused(bench: Bench) -> None:
    events = [
        {"kind": "link_down", "occurred_at": NOW.isoformat(), "access_point": place}
        for place in ("lab-001", "other-001")
    ]
    async with bench.running():
        bench.send(frame(1, reports=[], events=events))
        assert (await bench.acks.get())[1].stored == (span(1, 1),)
    assert [entry.reason for entry in entries(bench.state)] == ["not_allowed"]
    with bench.state.connect() as connection:
        assert connection.exec_driver_sql("SELECT access_point, kind FROM events").fetchall() == [
            ("lab-001", "link_down")
        ]


async def test_a_store_that_has_given_up_ends_the_pipeline(bench: Bench) -> None:
    bench.store.is_lost = True

    bench.send(frame(1))
    with pytest.raises(StoreLostError):
        await bench.pipeline.steps(bench.acknowledge)["commit"]()
    assert bench.acks.empty()


async def test_a_status_is_remembered_for_its_own_agent_only(bench: Bench) -> None:
    status = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "is_online": True, "since": NOW.isoformat()}
    bench.send(json.dumps(status).encode(), kind="status")
    bench.send(json.dumps(status).encode(), kind="status", agent="lab-001")
    assert list(bench.fleet.statuses) == ["gw-lab"]
    assert bench.count("quarantined", reason="wrong_agent") == 1


async def test_a_frame_of_health_alone_is_acknowledged_and_what_it_tells_is_known(bench: Bench) -> None:
    def told(sequence: int, spooled: int, age_seconds: float) -> bytes:
        clocks = {"sent_monotonic_seconds": 500.0, "sampled_monotonic_seconds": 500.0 - age_seconds}
        return frame(sequence, reports=[], health={"spooled_frames": spooled}, sampled_at=NOW.isoformat(), **clocks)

    async with bench.running():
        bench.send(told(2, 7, age_seconds=1))
        assert (await bench.acks.get())[1].stored == (span(2, 2),)
        bench.send(told(1, 5, age_seconds=20))  # sent after the newer one
        assert (await bench.acks.get())[1].stored == (span(1, 1),)
        bench.send(bundle(told(3, 9, age_seconds=0)), kind="backlog")
        assert (await bench.acks.get())[1].stored == (span(3, 3),)
    ((agent, heard),) = bench.fleet.newest().healths.items()
    assert (agent, heard.at, heard.health.spooled_frames) == ("gw-lab", NOW - timedelta(seconds=1), 7)
    assert bench.count("frames", outcome="stored") == 3
    assert dict(bench.fleet.readings) == {}


async def test_an_old_report_is_stored_and_does_not_replace_the_newest(bench: Bench) -> None:
    async with bench.running():
        bench.send(frame(1, minute=30))
        bench.send(frame(2, minute=10))
        await bench.acks.get()
    assert bench.fleet.readings["lab-001"].observed_at == NOW - timedelta(minutes=30)
    assert bench.store._connection.execute("SELECT count(*) FROM reports").fetchone() == (2,)


async def test_what_is_known_survives_a_restart_and_a_new_serial_is_the_replacement_seen(bench: Bench) -> None:
    async with bench.running():
        for sequence, serial in enumerate(["OLD", "OLD", "NEW"], start=1):
            bench.send(frame(sequence, serial=serial, minute=sequence))
            await bench.acks.get()
            await bench.keeper.save()
        bench.send(frame(9, access_point="lab-999"))
        await bench.acks.get()
        await bench.keeper.save()
    fleet = load_fleet(bench.state, NOW - timedelta(days=30))
    loaded, kept = (
        [(name, reading.report, reading.observed_at, reading.agent) for name, reading in each.readings.items()]
        for each in (fleet, bench.fleet)
    )
    assert loaded == kept
    assert fleet.unknown_devices == bench.fleet.unknown_devices
    assert list(fleet.unknown_devices) == ["unknown/gw-lab/lab-999"]
    seen = devices_at(bench.state, "lab-001")
    assert [(device.serial, device.first_seen, device.last_seen) for device in seen] == [
        ("NEW", NOW - timedelta(minutes=57), NOW - timedelta(minutes=57)),
        ("OLD", NOW - timedelta(minutes=59), NOW - timedelta(minutes=58)),
    ]


def bundle(*frames: bytes) -> bytes:
    return pack(list(frames))


async def test_a_bundle_is_taken_apart_and_a_bad_line_takes_nobody_along(bench: Bench) -> None:
    async with bench.running():
        bench.send(bundle(frame(1), b"{rubbish", frame(2, access_point="other-001"), frame(3)), kind="backlog")
        acks = [(await bench.acks.get())[1]]
    assert acks == [Ack(version=1, stored=(span(1, 1), span(3, 3)), refused=(span(2, 2),))]
    assert sorted(entry.reason for entry in entries(bench.state)) == ["not_allowed", "not_json"]


async def test_the_present_goes_before_the_past(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of the past has come before it."""
    monkeypatch.setattr("collector.pipeline.ENOUGH_REPORTS", 20)
    for first in range(1, 1001, 10):
        bench.send(bundle(*(frame(number) for number in range(first, first + 10))), kind="backlog")
    bench.send(frame(5000))
    async with bench.running():
        first = (await bench.acks.get())[1]
        assert span(5000, 5000) in first.stored
        assert sum(each.last - each.first + 1 for each in first.stored) <= 31
        while bench.stored() != {("gw-lab", "00c0ffee"): [(1, 1000), (5000, 5000)]}:
            await bench.acks.get()


async def test_what_the_engine_may_still_lose_is_acknowledged_when_it_cannot_any_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.pipeline.POLL_SECONDS", 0.01)
    bench.store.settle_seconds = 0.5
    bench.restart()
    async with bench.running():
        bench.send(frame(1))
        await eventually(lambda: bench.stored() != {})
        assert bench.acks.empty()
        bench.send(frame(1, is_resent=True))
        assert (await bench.acks.get())[1].stored == (span(1, 1),)
        bench.send(frame(1, is_resent=True))
        assert (await bench.acks.get())[1].stored == (span(1, 1),)
    assert bench.count("frames", outcome="repeated") == 2


async def test_what_a_restarted_engine_may_have_lost_is_asked_for_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.pipeline.POLL_SECONDS", 0.01)
    bench.store.settle_seconds = 3600.0
    bench.restart()
    async with bench.running():
        bench.send(frame(1))
        await eventually(lambda: bench.stored() != {})
        bench.store.run, bench.store.questions = None, 0
        await eventually(lambda: bench.store.questions >= 3)
        assert bench.acks.empty()
        bench.store.run = "second"
        assert await bench.acks.get() == ("gw-lab", Ack(version=1))
        assert bench.count("frames", outcome="lost_by_engine") == 1
        bench.send(frame(1, is_resent=True))
        await eventually(lambda: bench.count("frames", outcome="stored") == 2)


async def test_a_frame_of_a_wrong_clock_lands_where_it_landed_before(bench: Bench) -> None:
    """Also where nobody but the state database remembers that it came before."""
    of_1970 = {"sampled_at": "1970-01-01T00:00:50Z", "sampled_monotonic_seconds": 50.0, "sent_monotonic_seconds": 60.0}
    report = {"access_point": "lab-001", "observed_at": "1970-01-01T00:00:50Z"}
    first = frame(1, reports=[report], sent_at="1970-01-01T00:01:00Z", **of_1970)
    again = frame(1, reports=[report], sent_at=(NOW + timedelta(seconds=9)).isoformat(), is_resent=True, **of_1970)
    async with bench.running():
        bench.send(first)
        await bench.acks.get()
        bench.store._connection.execute("DELETE FROM frames")
        bench.pipeline._ledger = Ledger({})
        bench.send(again, at=NOW + timedelta(seconds=9.25))
        await bench.acks.get()
    instants = bench.store._connection.execute("SELECT DISTINCT observed_at FROM reports").fetchall()
    assert instants == [((NOW - timedelta(seconds=10)).replace(tzinfo=None),)]


async def test_what_is_submitted_is_stored_once_and_its_refusals_go_to_who_submitted_it(bench: Bench) -> None:
    def taken() -> Taken:
        return Intake(load_inventory(bench.folder / "inventory")).take(
            Topic("gw-lab", "frame"), frame(7), NOW, is_retained=False
        )

    async with bench.running():
        assert await bench.pipeline.submit(taken()) == []
        assert await bench.pipeline.submit(taken()) == []
        bench.store.never_takes = frozenset({8})
        refused = taken()
        assert refused.frame is not None
        refused.key = FrameKey("gw-lab", "00c0ffee", 8)
        refused.frame = refused.frame._replace(key=refused.key)
        assert [refusal.reason for refusal in await bench.pipeline.submit(refused)] == ["store"]
    assert bench.store._connection.execute("SELECT count(*) FROM reports").fetchone() == (1,)


async def test_of_a_frame_that_the_store_takes_in_part_the_rest_is_in_quarantine_as_it_came(bench: Bench) -> None:
    bench.store.never_takes_reports = {(3, 1): "no room for its names"}
    two = [
        {"access_point": "lab-001", "observed_at": NOW.isoformat(), "clients": clients, "colour": "red"}
        for clients in (1, 2)
    ]
    async with bench.running():
        bench.send(frame(3, reports=two))
        assert (await bench.acks.get())[1] == Ack(version=1, stored=(span(3, 3),))
    (entry,) = entries(bench.state)
    assert (entry.reason, entry.part, entry.detail) == ("store", "report", "no room for its names")
    assert json.loads(entry.payload)["reports"] == [
        {"access_point": "lab-001", "observed_at": "2026-05-02T12:00:00Z", "clients": 2}
    ]


async def test_a_frame_of_more_refusals_than_may_wait_comes_through_alone(bench: Bench) -> None:
    bad = [{"observed_at": "2100-01-01T00:00:00Z", "clients": number} for number in range(1000)]
    events = [{"kind": "link_down", "occurred_at": "2100-01-01T00:00:00Z"}]
    async with bench.running():
        bench.send(frame(1, reports=bad, events=events))
        assert (await bench.acks.get())[1].refused == (span(1, 1),)


async def test_a_defect_of_ours_puts_the_message_away_and_ends_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = bench.store.prepare

    def has_a_defect(frame: StoredFrame) -> FrameRows:
        if frame.key.sequence == 2:
            raise RuntimeError("nobody thought of this")
        return prepare(frame)

    monkeypatch.setattr(bench.store, "prepare", has_a_defect)
    async with bench.running():
        for sequence in (1, 2, 3):
            bench.send(frame(sequence))
        assert (await bench.acks.get())[1].stored == (span(1, 1), span(3, 3))
    (entry,) = entries(bench.state)
    assert (entry.reason, "nobody thought of this" in entry.detail) == ("defect", True)


async def test_strays_wait_for_their_quarantine_within_bounds(bench: Bench) -> None:
    with bench.state.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE quarantine RENAME TO away")
    async with bench.running():
        for batch in range(5):
            for number in range(MAX_PENDING_REFUSALS_OF_ONE):
                bench.send(b"rubbish %d of %d" % (number, batch))
            bench.send(frame(1 + batch))
            await bench.acks.get()
        assert len(bench.pipeline._batch.strays) == MAX_PENDING_REFUSALS_OF_ONE
        with bench.state.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO quarantine")
        await eventually(lambda: len(entries(bench.state, limit=5000)) == MAX_PENDING_REFUSALS_OF_ONE)


async def test_a_clock_at_the_end_of_the_calendar_hurts_nobody(bench: Bench) -> None:
    bench.store.never_takes = frozenset({1})
    far = {"sent_at": "9999-12-31T23:00:00Z", "sampled_at": "9999-12-31T23:00:00Z"}
    reports = [{"access_point": "lab-001", "observed_at": "9999-12-31T23:00:00Z"}]
    async with bench.running():
        bench.send(frame(1, reports=reports, sent_monotonic_seconds=7200.0, sampled_monotonic_seconds=0.0, **far))
        assert (await bench.acks.get())[1].refused == (span(1, 1),)
