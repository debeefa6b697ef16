"""The schedule: every check has its turns, its limit, and none stops another."""

import asyncio
import logging
import random
from collections.abc import Sequence

import pytest
from harness import FrozenClock

from agent.probes import ProbeSettings, known_kinds
from agent.probing.schedule import Schedule, ScheduledCheck
from agent.wire import Probe, Report

WELL = Probe(kind="scripted", target="a", is_ok=True, outcome="ok")
ILL = Probe(kind="scripted", target="a", is_ok=False, outcome="broken", failure="a is broken")


class Scripted:
    """A check that does what it is told, one run after the other; the last again and again."""

    def __init__(self, *runs: object) -> None:
        self._runs = list(runs)
        self.is_closed = False

    async def run(self) -> Sequence[Probe]:
        run = self._runs.pop(0) if len(self._runs) > 1 else self._runs[0]
        if run == "hang":
            await asyncio.Event().wait()
        if isinstance(run, BaseException):
            raise run
        assert isinstance(run, list)
        return run

    async def close(self) -> None:
        self.is_closed = True


def scheduled(check: Scripted, name: str = "scripted-0", **keys: float) -> ScheduledCheck:
    settings = ProbeSettings(kind="scripted", access_point="lab-001", **{"timeout_seconds": 20, **keys})
    return ScheduledCheck(name, settings, check)


async def nowhere(report: Report) -> None:
    raise AssertionError("nothing is to be put")


@pytest.mark.parametrize(
    ("failure", "result"),
    [
        (
            "hang",
            Probe(
                kind="scripted",
                is_ok=False,
                outcome="timeout",
                failure="not done within 0.05 s; raise timeout_seconds, or let it check less",
            ),
        ),
        *[
            (
                error,
                Probe(
                    kind="scripted",
                    outcome="defect",
                    failure=f"a defect of the check, not of the network: {told}",
                ),
            )
            for error, told in (
                (ValueError("02:5e:ed:c0:ff:ee"), "ValueError"),
                (TimeoutError("of its own"), "TimeoutError"),
                (asyncio.CancelledError(), "it let a cancellation of its own escape"),
            )
        ],
    ],
)
async def test_a_check_that_yields_nothing_is_a_result(
    failure: object, result: Probe, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    check = scheduled(Scripted(failure), timeout_seconds=0.05 if failure == "hang" else 20)
    schedule = Schedule([check], clock, nowhere)
    report = await schedule.run_once(check)
    assert report == Report(access_point="lab-001", observed_at=clock.wall(), interval_seconds=300.0, probes=(result,))
    assert "02:5e:ed" not in caplog.text
    await schedule.close()
    assert check.check.is_closed


async def test_a_check_whose_turn_has_not_come_sends_nothing_and_recovers_nothing(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    failed = Probe(kind="scripted", is_ok=False, outcome="timeout", failure="no answer")
    check = scheduled(Scripted([failed], [], [failed], [WELL]), interval_seconds=0.001)
    told: list[Report] = []
    is_done = asyncio.Event()

    async def put(report: Report) -> None:
        told.append(report)
        if report.probes == (WELL,):
            is_done.set()

    running = asyncio.create_task(Schedule([check], clock, put).run())
    await is_done.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [report.probes for report in told[:3]] == [(failed,), (failed,), (WELL,)]
    assert [record.message.split()[0] for record in caplog.records[:2]] == ["probe_failed", "probe_recovered"]


async def test_every_check_has_its_turns_whatever_the_others_do(clock: FrozenClock) -> None:
    seen: list[Report] = []
    is_enough = asyncio.Event()

    async def put(report: Report) -> None:
        seen.append(report)
        if sum(probe == WELL for report in seen for probe in report.probes) >= 3:
            is_enough.set()

    checks = [
        scheduled(Scripted("hang"), "hanging", interval_seconds=0.01),
        scheduled(Scripted(ValueError()), "defect", interval_seconds=0.01),
        scheduled(Scripted([WELL]), "well", interval_seconds=0.01),
    ]
    running = asyncio.create_task(Schedule(checks, clock, put).run())
    await is_enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert {probe.outcome for report in seen for probe in report.probes} == {"ok", "defect"}
    assert {report.observed_at for report in seen} == {clock.wall()}


@pytest.mark.parametrize(("interval_seconds", "first_within_seconds"), [(300.0, 30.0), (20.0, 20.0)])
async def test_the_turns_are_drawn_at_random_around_the_interval(
    interval_seconds: float, first_within_seconds: float, clock: FrozenClock
) -> None:
    class Drawn(random.Random):
        """Draws the least each time, and keeps what it was asked for."""

        def uniform(self, a: float, b: float) -> float:
            asked.append((a, b))
            is_drawn.set()
            return a

    asked: list[tuple[float, float]] = []
    is_drawn, is_put = asyncio.Event(), asyncio.Event()

    async def put(report: Report) -> None:
        is_drawn.clear()
        is_put.set()

    check = scheduled(Scripted([WELL]), interval_seconds=interval_seconds, jitter_ratio=0.25)
    running = asyncio.create_task(Schedule([check], clock, put, chance=Drawn()).run())
    await is_put.wait()
    await is_drawn.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert asked == [(0.0, first_within_seconds), (0.75, 1.25)]


async def test_a_cancellation_that_a_check_swallows_still_ends_the_schedule(clock: FrozenClock) -> None:
    is_running = asyncio.Event()

    class Swallowing(Scripted):
        async def run(self) -> Sequence[Probe]:
            is_running.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return [WELL]
            return []

    check = scheduled(Swallowing(), interval_seconds=0.01)
    running = asyncio.create_task(Schedule([check], clock, nowhere).run())
    await is_running.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_failure_to_put_ends_the_schedule_and_its_other_checks(clock: FrozenClock) -> None:
    async def put(report: Report) -> None:
        raise OSError("the disk is full")

    checks = [
        scheduled(Scripted([WELL]), interval_seconds=0.01),
        scheduled(Scripted("hang"), "hanging", interval_seconds=0.01),
    ]
    with pytest.raises(ExceptionGroup) as caught:
        await Schedule(checks, clock, put).run()
    assert [str(error) for error in caught.value.exceptions] == ["the disk is full"]


async def test_failing_and_recovering_are_told_once(clock: FrozenClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="agent.probing.schedule")
    skipped = Probe(kind="scripted", target="a", outcome="skipped")
    runs = ([WELL], [ILL], [ILL], ["of its own making"], [skipped], [ILL], [WELL], [WELL])
    check = scheduled(Scripted(*[ValueError() if run == ["of its own making"] else run for run in runs]))
    schedule = Schedule([check], clock, nowhere)
    for _ in runs:
        await schedule.run_once(check)
    told = [record.getMessage() for record in caplog.records if "probe_defect" not in record.getMessage()]
    subject = "probe=scripted-0 target=a server=None direction=None"
    assert told == [f"probe_failed {subject} outcome=broken problem='a is broken'", f"probe_recovered {subject}"]
    assert len(caplog.records) == 3


async def test_more_results_than_a_report_holds_are_cut(clock: FrozenClock) -> None:
    check = scheduled(Scripted([WELL] * 100))
    assert len((await Schedule([check], clock, nowhere).run_once(check)).probes) == 64


def test_the_kinds_are_the_modules_of_the_room() -> None:
    assert set(known_kinds()) >= {"dns", "gateway", "portal"}
    assert not {"http", "schedule", "echo"} & set(known_kinds())
