"""What the actions of a group have in common: each is given the settings of the collector that it asks."""

import argparse
from collections.abc import Callable
from pathlib import Path

from collector.config import CollectorSettings, load_settings

Act = Callable[[CollectorSettings, argparse.Namespace], None]
"""Does what is asked for. Raises CollectorError."""


def add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, act: Act
) -> argparse.ArgumentParser:
    """An action of this name, to which options of its own can be added."""
    parser = actions.add_parser(name, help=what)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the collector's")
    parser.set_defaults(run=_run, act=act)
    return parser


def _run(options: argparse.Namespace) -> int:
    """Raises SettingsError and CollectorError."""
    options.act(load_settings(options.config), options)
    return 0
