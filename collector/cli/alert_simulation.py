"""`hangang alerts simulate`: what a configuration would have told of a recording. Asks nobody."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from collector.alerts.settings import AlertSettings
from collector.alerts.telling.links import Links
from collector.cli.alert_lists import add_language
from collector.cli.alert_simulation_words import document_of, notices_told, summed_up
from collector.cli.answers import as_json
from collector.cli.arguments import span
from collector.config import load_settings
from collector.main import CollectorError
from collector.simulating.hearing import Hearing
from collector.simulating.recording import Line, RecordingError, read_lines
from collector.simulating.simulation import USUAL_STEP, Simulation
from collector.simulating.stage import EVERYBODY, stage_of, stage_without_inventory
from inventory import Inventory
from inventory.catalogue import load_catalogue
from inventory.reading import load_inventory


class _Configured(NamedTuple):
    """What a recording is played with."""

    settings: AlertSettings
    inventory: Inventory
    links: Links
    endpoints: tuple[str, ...]


def add_to(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser("simulate", help="what would have been told of a recording; needs no collector")
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON lines: see docs/alerts.md")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the collector's, with its rules and routes")
    parser.add_argument(
        "--every", type=span, default=USUAL_STEP, metavar="TIME", help="how often to look, such as 10s; as it does, 2s"
    )
    parser.add_argument("--json", action="store_true", help="the notices as JSON, as Standard Webhooks carry them")
    add_language(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Play it. Raises SettingsError and CollectorError."""
    lines = _lines(options.file)
    configured = _configured(options.config, lines)
    hearing = Hearing(configured.inventory, load_catalogue())
    simulation = Simulation(
        inventory=configured.inventory,
        settings=configured.settings,
        endpoints=configured.endpoints or (EVERYBODY,),
        hearing=hearing,
    )
    notices = list(simulation.run(lines, options.every))
    for rule, error in simulation.failures.items():
        print(f"hangang: the rule {rule} has failed, a defect: {error!r}", file=sys.stderr)
    if options.json:
        print(as_json(document_of(notices, hearing, simulation, configured.links)))
        return 0
    if notices:
        print(notices_told(notices, options.lang, configured.links), end="\n\n")
    print(summed_up(lines, notices, hearing, simulation))
    return 0


def _lines(path: Path) -> list[Line]:
    """Raises CollectorError."""
    try:
        with path.open("rb") as file:
            lines = list(read_lines(file))
    except OSError as error:
        raise CollectorError(f"{path}: {error.strerror}; name a recording") from error
    except RecordingError as error:
        raise CollectorError(f"{path}, {error}") from error
    if not lines:
        raise CollectorError(f"{path}: holds nothing that an agent has sent; record frames and statuses")
    return lines


def _configured(path: Path | None, lines: Sequence[Line]) -> _Configured:
    if path is None:
        return _Configured(AlertSettings(), stage_without_inventory(lines), Links(), ())
    settings = load_settings(path)
    alerts = settings.alerts
    return _Configured(
        alerts,
        stage_of(load_inventory(settings.collector.inventory), lines),
        Links(settings.web.url, alerts.grafana_url, alerts.runbooks_url),
        tuple(endpoint.name for endpoint in alerts.receivers),
    )
