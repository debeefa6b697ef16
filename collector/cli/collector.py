"""`hangang collector`: runs the collector until it is told to stop."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from collector.config import WithDuckDB, WithInflux, load_settings
from collector.main import serve
from collector.web.services import Services


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("collector", help="run the collector")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    asyncio.run(_run(load_settings(options.config)))
    return 0


async def _run(settings: WithDuckDB | WithInflux) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await serve(settings, stopped, _nothing)


async def _nothing(_: Services) -> None:
    return
