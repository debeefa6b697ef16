"""The groups of the `hangang` command joined, their failures told in the words of whoever typed it."""

import argparse
import sys
from collections.abc import Sequence

from agent import __version__
from agent.settings import SettingsError
from collector.cli import (
    alerts,
    backup,
    collector,
    dashboards,
    demo,
    doctor,
    enroll,
    inventory,
    legacy,
    orders,
    people,
    quarantine,
    restore,
    throughput,
)
from collector.main import CollectorError

EXIT_FAILURE = 1
EXIT_MISCONFIGURED = 2


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit code: 0, 1 for a failure, 2 for a wrong configuration or usage."""
    parser = argparse.ArgumentParser(prog="hangang", description="Public Wi-Fi monitoring for a city.")
    parser.add_argument("--version", action="version", version=f"hangang {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in (
        demo,
        collector,
        alerts,
        backup,
        dashboards,
        doctor,
        enroll,
        inventory,
        legacy,
        orders,
        people,
        quarantine,
        restore,
        throughput,
    ):
        group.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_MISCONFIGURED
    except CollectorError as error:
        print(f"hangang: {error}", file=sys.stderr)
        return EXIT_FAILURE
    return code
