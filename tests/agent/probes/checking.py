"""Runs checks as the agent does: settings read from a table, the check run once by the schedule."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from harness import FrozenClock

from agent.probes import Check, ProbeSettings, Surroundings
from agent.probing.schedule import Schedule, ScheduledCheck
from agent.settings import SettingsError, check
from agent.wire import Probe, Report


def scheduled_check(table: dict[str, object], folder: Path, clock: FrozenClock) -> ScheduledCheck:
    """The check of a `[[probes]]` table, opened."""
    room = import_module(f"agent.probes.{table['kind']}")
    settings: ProbeSettings = check(room.Settings, {"access_point": "lab-001", **table}, folder / "agent.toml")
    surroundings = Surroundings(clock=clock, newest_report=lambda _: None, folder=folder)
    opened: Check = room.open_check(settings, surroundings)
    return ScheduledCheck(f"{table['kind']}-0", settings, opened)


async def run_once(table: dict[str, object], folder: Path, clock: FrozenClock) -> Report:
    """The report of one run."""
    scheduled = scheduled_check(table, folder, clock)
    schedule = Schedule([], clock, refuse)
    report = await schedule.run_once(scheduled)
    await scheduled.check.close()
    return report


async def results(table: dict[str, object], folder: Path, clock: FrozenClock) -> Sequence[Probe]:
    return (await run_once(table, folder, clock)).probes


async def refuse(report: Report) -> None:
    raise AssertionError("what is run once is not put anywhere")


def without_times(probe: Probe) -> dict[str, object]:
    """What a result says but how long it took; that it took a time is said."""
    told = probe.model_dump(exclude_none=True)
    if "latency_seconds" in told:
        assert told["latency_seconds"] >= 0
        told["latency_seconds"] = "some"
    return told


def mistakes(table: dict[str, object]) -> list[str]:
    """What the settings say of a table, by key."""
    room = import_module(f"agent.probes.{table['kind']}")
    try:
        check(room.Settings, table, Path("agent.toml"))
    except SettingsError as error:
        return [f"{mistake.key}: {mistake.problem}" for mistake in error.mistakes]
    return []
