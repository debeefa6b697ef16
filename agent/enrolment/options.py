"""The options of `hangang-agent enroll`, apart from it: every agent reads them, and few enrol."""

import argparse
import math
from pathlib import Path

_LONGEST_SECONDS = 86_400


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("invitation", nargs="?", metavar="LINE", help="the line of the QR code, or - to read it")
    parser.add_argument("--url", metavar="URL", help="the collector's address, such as https://collector.example")
    parser.add_argument("--agent", metavar="ID", help="the id of this agent")
    parser.add_argument("--token-file", metavar="FILE", help="file that holds the one-time token, or - to read it")
    parser.add_argument("--authority-sha256", metavar="HEX", help="SHA-256 of the authority's certificate")
    parser.add_argument(
        "--try-for",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="for how long it is tried again where the line breaks; 0 tries once",
    )
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where key and certificate go")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to {_LONGEST_SECONDS} seconds")
    return seconds
