"""The `hangang-agent` command, and the one place where sources, sampler, spool and uplink are joined."""

import argparse
import asyncio
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from agent import __version__
from agent.broker import Connector
from agent.clock import Clock, SystemClock
from agent.config import Configuration, MetricsSettings, NamedSource, default_source, load_configuration
from agent.health import Health
from agent.sampler import Sampler, ScheduledSource
from agent.settings import SettingsError
from agent.sources import SourceError
from agent.spool import Spool, SpoolError
from agent.uplink import Uplink
from agent.wire import Event, encode

SETTLE_SECONDS = 1.0
"""Rates need two readings; `once` takes its two this far apart."""

EXIT_FAILURE = 1
EXIT_MISCONFIGURED = 2

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        configuration = load_configuration(options.config) if options.config else None
        if options.command == "run" and configuration is not None:
            return asyncio.run(run(configuration))
        return asyncio.run(once(configuration.sources if configuration else (default_source(),)))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_MISCONFIGURED
    except (SpoolError, CannotServeError) as error:
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
    sampler = Sampler([_schedule(source, clock) for source in configuration.sources], spool, clock, health)
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
    sampler.note(Event(kind="agent_started", occurred_at=clock.wall(), text=f"hangang-agent {__version__}"))
    _logger.info(
        "agent_started id=%s sources=%d spooled_frames=%d",
        settings.agent.id,
        len(configuration.sources),
        spool.frames,
    )
    try:
        await _until_stopped(sampler, uplink)
    finally:
        await sampler.close()
        await spool.close()
    _logger.info("agent_stopped")
    return 0


class CannotServeError(Exception):
    """The agent's own metrics cannot be served; the message says why and what to do."""


def _check_is_free(metrics: MetricsSettings) -> None:
    """Before anything is opened: the metrics' address can be bound."""
    try:
        with socket.create_server((metrics.address, metrics.port)):
            return
    except OSError as error:
        place = f"{metrics.address}:{metrics.port}"
        raise CannotServeError(f"metrics at {place}: {error.strerror}; choose another in [metrics]") from error


async def _until_stopped(sampler: Sampler, uplink: Uplink) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with asyncio.TaskGroup() as group:
        steps = [
            group.create_task(sampler.run(), name="sampler"),
            group.create_task(uplink.run(), name="uplink"),
        ]
        await stopped.wait()
        for step in steps:
            step.cancel()


async def once(sources: Sequence[NamedSource]) -> int:
    """Read every source, print a Report a line as JSON, errors on stderr; 1 where a source yielded none."""
    clock = SystemClock()
    code = 0
    for named in sources:
        source = named.open(clock)
        try:
            async with asyncio.timeout(2 * named.settings.timeout_seconds + SETTLE_SECONDS):
                await source.read()
                await asyncio.sleep(SETTLE_SECONDS)
                reports = await source.read()
            problem = None if reports else "it yields no report"
        except TimeoutError:
            reports, problem = (), f"no answer within {named.settings.timeout_seconds:g} s"
        except SourceError as error:
            reports, problem = (), str(error)
        except Exception as error:  # noqa: BLE001  # the runner: the next source is read all the same
            reports, problem = (), f"a defect: {type(error).__name__}: {error}"
        for report in reports:
            print(encode(report).decode())
        if problem is not None:
            print(f"{named.name}: {problem}", file=sys.stderr)
            code = EXIT_FAILURE
        await source.close()
    return code


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
    return parser


if __name__ == "__main__":
    sys.exit(main())
