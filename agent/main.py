"""The `hangang-agent` command, and the one place where sources, sampler, spool and uplink are joined."""

import argparse
import asyncio
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from agent import __version__, discover
from agent.broker import Connector
from agent.clock import Clock, SystemClock
from agent.config import Configuration, MetricsSettings, NamedSource, default_source, load_configuration
from agent.enrolment import options as enrolment_options
from agent.enrolment.errors import EnrolmentError
from agent.enrolment.files import CertificateFolder
from agent.framing import Framer, gather_seconds_for
from agent.health import Health, OwnHealth
from agent.newest import NewestReports
from agent.once import once
from agent.probes import Surroundings
from agent.probing.schedule import Schedule, ScheduledCheck
from agent.sampler import Sampler, ScheduledSource
from agent.settings import SettingsError
from agent.snmp.traps.listening import TrapError
from agent.spool import Spool
from agent.spool_file import SpoolError
from agent.uplink import Uplink
from agent.wire import Event, Report

EXIT_FAILURE = 1
EXIT_MISCONFIGURED = 2

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        return asyncio.run(_command(options))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_MISCONFIGURED
    except (SpoolError, CannotServeError, TrapError, EnrolmentError) as error:
        print(f"hangang-agent: {error}", file=sys.stderr)
        return EXIT_FAILURE
    except KeyboardInterrupt:
        return 0


async def run(configuration: Configuration) -> int:
    """Sample and send until SIGINT or SIGTERM."""
    settings = configuration.settings
    clock = SystemClock()
    health = Health()
    boot_id = secrets.token_hex(8)
    if settings.metrics is not None:
        _check_is_free(settings.metrics)
    spool = Spool(
        settings.spool.path,
        boot_id=boot_id,
        max_bytes=settings.spool.max_bytes,
        max_age_seconds=settings.spool.max_age_seconds,
        clock=clock,
    )
    if settings.metrics is not None:
        from agent.metrics import serve  # noqa: PLC0415  # an access point that is not scraped does not pay for it

        serve(health, spool, address=settings.metrics.address, port=settings.metrics.port)
    framer = Framer(
        spool,
        clock,
        gather_seconds=gather_seconds_for(len(configuration.sources)),
        own_health=OwnHealth(health, spool, clock).now,
    )
    newest = NewestReports(probe.settings.access_point for probe in configuration.probes)
    sampler = Sampler(
        [_schedule(source, clock) for source in configuration.sources],
        framer,
        clock,
        health,
        phase_seed=boot_id,
        on_reports=newest.note,
    )
    surroundings = Surroundings(clock, newest.get, settings.spool.path.parent)
    checks = [ScheduledCheck(probe.name, probe.settings, probe.open(surroundings)) for probe in configuration.probes]

    async def put(report: Report) -> None:
        await framer.put([report])

    schedule = Schedule(checks, clock, put)
    connector = Connector(
        settings.broker,
        f"hangang-agent-{settings.agent.id}",
        default_username=settings.agent.id,
    )
    uplink = Uplink(
        agent=settings.agent.id,
        software=f"hangang-agent {__version__}",
        settings=settings.uplink,
        connector=connector,
        spool=spool,
        clock=clock,
        health=health,
    )
    spool.on_append = uplink.wake
    framer.note(Event(kind="agent_started", occurred_at=clock.wall(), text=f"hangang-agent {__version__}"))
    _logger.info(
        "agent_started id=%s sources=%d probes=%d spooled_frames=%d",
        settings.agent.id,
        len(configuration.sources),
        len(checks),
        spool.frames,
    )
    steps = {"framer": framer.run, "sampler": sampler.run, "probes": schedule.run, "uplink": uplink.run}
    if settings.traps is not None:
        from agent.snmp.traps.receiver import TrapReceiver  # noqa: PLC0415  # most agents receive none

        receiver = TrapReceiver(settings.traps, framer.note, configuration.places_by_address().get, clock)
        health.traps = receiver.counts
        steps["traps"] = receiver.run
    if settings.enrolment is not None and settings.enrolment.renews:
        from agent.enrolment.renewal import CertificateRenewal  # noqa: PLC0415  # not every agent has a certificate

        folder = CertificateFolder(settings.enrolment.folder)
        renewal = CertificateRenewal(agent=settings.agent.id, folder=folder, line=uplink, clock=clock, note=framer.note)
        steps["renewal"] = renewal.run
    try:
        await _until_stopped(steps)
    finally:
        await framer.flush()  # before anything of a source can go wrong
        await sampler.close()
        await schedule.close()
        await spool.close()
    _logger.info("agent_stopped")
    return 0


class CannotServeError(Exception):
    """The agent's own metrics cannot be served; the message says why and what to do."""


def _check_is_free(metrics: MetricsSettings) -> None:
    """Before anything is opened: the metrics' address can be bound."""
    try:
        family = socket.AF_INET6 if ":" in metrics.address else socket.AF_INET
        with socket.create_server((metrics.address, metrics.port), family=family):
            return
    except OSError as error:
        place = f"{metrics.address}:{metrics.port}"
        raise CannotServeError(f"metrics at {place}: {error.strerror}; choose another in [metrics]") from error


async def _until_stopped(steps: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(step), name=name) for name, step in steps.items()]
            await stopped.wait()
            for task in tasks:
                task.cancel()
    except ExceptionGroup as errors:
        if errors.subgroup(TrapError) is not None:  # nothing can be done but tell it: the others went well
            raise TrapError(str(_first(errors))) from errors
        raise


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


async def _awaited(step: Callable[[], Awaitable[None]]) -> None:
    await step()


async def _command(options: argparse.Namespace) -> int:
    if options.command == "discover":
        return await _discover(options)
    if options.command == "enroll":
        from agent.enrolment import enroll  # noqa: PLC0415  # who runs does not enrol

        return await enroll.run(options)
    if options.config is None:
        return await once((default_source(),), (), folder=Path())
    configuration = load_configuration(options.config)
    if options.command == "run":
        return await run(configuration)
    return await once(configuration.sources, configuration.probes, folder=configuration.settings.spool.path.parent)


async def _discover(options: argparse.Namespace) -> int:
    if find_spec("gufo") is None:
        print("hangang-agent discover: needs gufo-snmp; install hangang-wifi[snmp]", file=sys.stderr)
        return EXIT_MISCONFIGURED
    return await discover.run(options)


def _schedule(named: NamedSource, clock: Clock) -> ScheduledSource:
    return ScheduledSource(named.name, named.settings, named.open(clock))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hangang-agent", description="Reads access points and publishes what it read."
    )
    parser.add_argument("--version", action="version", version=f"hangang-agent {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="sample and publish until stopped")
    run_parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    once_parser = commands.add_parser("once", help="read every source once and print the reports, without a broker")
    once_parser.add_argument("--config", type=Path, metavar="FILE", help="without it: this machine")
    enrolment_options.add_options(commands.add_parser("enroll", help="make a key, and get a certificate for it"))
    discover.add_options(commands.add_parser("discover", help="list what answers by SNMP in a network"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
