"""`hangang throughput-server`: what throughput probes measure against, until it is told to stop."""

import argparse
import asyncio
import logging
import signal
import sys

from collector.cli.arguments import number_in
from collector.throughput.application import ServerLimits, ThroughputApplication
from collector.throughput.serving import ThroughputServerError, listen, serve

_logger = logging.getLogger(__name__)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("throughput-server", help="run the server that throughput probes measure against")
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=number_in(0, 65535, int), default=8090, help="TCP port; 0 for a free one")
    parser.add_argument("--tests-at-once", type=number_in(1, 1000, int), default=4, metavar="TESTS")
    parser.add_argument("--seconds-at-most", type=number_in(1, 600, float), default=30.0, metavar="SECONDS")
    parser.add_argument("--bytes-at-most", type=number_in(65_536, 10**12, int), default=1_000_000_000, metavar="BYTES")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM; 1 where the port is taken."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    limits = ServerLimits(options.tests_at_once, options.seconds_at_most, options.bytes_at_most)
    try:
        asyncio.run(_run(limits, options.address, options.port))
    except ThroughputServerError as error:
        print(f"hangang: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(limits: ServerLimits, address: str, port: int) -> None:
    with listen(address, port) as listener:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        name, bound = listener.getsockname()[:2]
        place = f"[{name}]:{bound}" if ":" in name else f"{name}:{bound}"
        await serve(
            ThroughputApplication(limits),
            listener,
            stopped=stopped,
            on_ready=lambda: _logger.info("throughput_server_started url=http://%s", place),
        )
