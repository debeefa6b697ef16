"""`hangang dashboards`: the boards for Grafana, pushed into one that runs, compared with it, or written as files. Asks
Grafana, not the collector."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collector.cli.answers import terminal_language
from collector.cli.dashboards_phrases import phrase
from collector.cli.dashboards_words import error_told, finding_told, left_told, outcome_told, plan_told, summed_up
from collector.main import CollectorError
from dashboards.engines import ENGINES, LANGUAGES
from dashboards.pushing.boards import Wanted
from dashboards.pushing.planning import Plan

if TYPE_CHECKING:
    from dashboards.pushing.grafana import Grafana
    from dashboards.pushing.looking import Sight

EXIT_DIFFERENT = 3
"""Of `diff`: a push would change something. Apart from 1, which is a failure here as everywhere."""
PAGES_URL = "http://localhost:8080"
"""As when the boards that are part of the project are built."""
_TOKEN = re.compile(r"[!-~]{1,4096}")
_MISSING = "Grafana's part is not installed; install it with: pip install 'hangang-wifi[dashboards]'"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("dashboards", help="boards for Grafana: push them, compare them, write them as files")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    pushing = _add_action(actions, "push", "make a Grafana have the boards as they are here; shows first what changes")
    _add_grafana(pushing)
    pushing.add_argument("--yes", action="store_true", help="do it without asking")
    pushing.set_defaults(run=_push, usage_error=pushing.error)
    comparing = _add_action(actions, "diff", "what a push would change; exit code 3 where that is something")
    _add_grafana(comparing)
    comparing.set_defaults(run=_diff)
    building = _add_action(actions, "build", "write the boards as files, to be provisioned or imported")
    building.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    building.set_defaults(run=_build)


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what)
    parser.add_argument(
        "--pages", type=address, default=PAGES_URL, metavar="URL", help=f"of the built-in pages; {PAGES_URL}"
    )
    return parser


def _add_grafana(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", type=address, required=True, help="of Grafana, such as https://grafana.example.org")
    parser.add_argument("--token-file", type=Path, required=True, metavar="FILE", help="of a service account")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help=f"which holds the points; {ENGINES[0]}")
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="of the boards; may be repeated; all")
    parser.add_argument("--overwrite", action="store_true", help="also what people have changed in Grafana")
    parser.add_argument("--lang", choices=["ko", "en"], default=terminal_language(), help="as the terminal's")


def address(text: str) -> str:
    """A URL such as https://grafana.example.org/grafana, without a slash at its end."""
    try:
        parts = urlsplit(text)
        has_host = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or not re.fullmatch(r"[!-~]+", text):
        raise argparse.ArgumentTypeError("is not a URL such as https://grafana.example.org")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError("must not hold a user, a query or a fragment; the token is in --token-file")
    return text.rstrip("/")


def _push(options: argparse.Namespace) -> int:
    return push(options, _wanted(options))


def _diff(options: argparse.Namespace) -> int:
    return diff(options, _wanted(options))


def _build(options: argparse.Namespace) -> int:
    try:
        from dashboards.building import build  # noqa: PLC0415  # an extra, and slow to load
    except ModuleNotFoundError as error:
        raise CollectorError(_MISSING) from error
    try:
        build(options.to, options.pages)
    except OSError as error:
        raise CollectorError(f"{options.to}: {error.strerror}; name a folder that can be written") from error
    return 0


def push(options: argparse.Namespace, wanted: Sequence[Wanted]) -> int:
    """Make Grafana have these boards. Raises CollectorError."""
    grafana = _grafana(options)
    planned = _seen(grafana, options, wanted)
    if not planned.deeds:
        return 0
    if not options.yes and not _is_agreed(options):
        print(phrase(options.lang, "nothing_done"))
        return 1
    return _carry_out(planned, grafana, options)


def diff(options: argparse.Namespace, wanted: Sequence[Wanted]) -> int:
    """Only show what a push would change. Raises CollectorError."""
    return EXIT_DIFFERENT if _seen(_grafana(options), options, wanted).deeds else 0


def _seen(grafana: "Grafana", options: argparse.Namespace, wanted: Sequence[Wanted]) -> Plan:
    """What is to be done, as it was shown. Raises CollectorError where that cannot be done."""
    from dashboards.pushing.grafana import GrafanaError  # noqa: PLC0415  # an extra, and slow to load
    from dashboards.pushing.looking import look  # noqa: PLC0415  # likewise

    try:
        sight: Sight = look(grafana, options.engine, wanted, overwrites=options.overwrite)
    except GrafanaError as error:
        raise CollectorError(error_told(options.lang, error.reason, error.detail, options.url)) from error
    name = "grafana" if sight.organisation else "grafana_only"
    seen = {"version": sight.version or "?", "url": options.url, "organisation": sight.organisation or ""}
    print(phrase(options.lang, name, **seen))
    if sight.plan is not None:
        print(plan_told(options.lang, sight.plan))
    for finding in sight.findings:
        print(f"hangang: {finding_told(options.lang, finding)}", file=sys.stderr)
    if sight.plan is None or sight.stops:
        raise CollectorError(phrase(options.lang, "stopped"))
    return sight.plan


def _carry_out(planned: Plan, grafana: "Grafana", options: argparse.Namespace) -> int:
    from dashboards.pushing.doing import Outcome, carry_out  # noqa: PLC0415  # an extra, and slow to load

    outcomes: list[Outcome] = []
    for outcome in carry_out(planned, grafana):
        outcomes.append(outcome)
        where = sys.stdout if outcome.error is None else sys.stderr
        print(outcome_told(options.lang, outcome, options.url), file=where, flush=True)
    left = left_told(options.lang, planned, [outcome.about for outcome in outcomes if outcome.error is None])
    print(summed_up(options.lang, outcomes))
    if left:
        print(left, file=sys.stderr)
    return 1 if left else 0


def _is_agreed(options: argparse.Namespace) -> bool:
    if not sys.stdin.isatty():
        options.usage_error("there is no terminal to ask at; say --yes to push, or look with `dashboards diff`")
    try:
        return input(phrase(options.lang, "question")).strip().lower() in {"y", "yes"}
    except EOFError:
        print()
        return False


def _grafana(options: argparse.Namespace) -> "Grafana":
    """Raises CollectorError."""
    try:
        from dashboards.pushing.grafana import Grafana  # noqa: PLC0415  # an extra, and slow to load
    except ModuleNotFoundError as error:
        raise CollectorError(_MISSING) from error
    return Grafana(options.url, _token(options.token_file))


def _token(path: Path) -> str:
    """Raises CollectorError, which does not hold it."""
    try:
        token = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CollectorError(f"{path}: {error.strerror}; name the file that holds the token") from error
    except UnicodeDecodeError:
        token = ""  # nosec B105  # no token, which is told below
    if not _TOKEN.fullmatch(token):
        raise CollectorError(f"{path}: holds no token; put one of a service account into it, and nothing else")
    return token


def _wanted(options: argparse.Namespace) -> tuple[Wanted, ...]:
    """Raises CollectorError."""
    try:
        from dashboards.pushing.rendered import rendered  # noqa: PLC0415  # an extra, and slow to load
    except ModuleNotFoundError as error:
        raise CollectorError(_MISSING) from error
    return rendered(options.engine, dict.fromkeys(options.language or LANGUAGES), options.pages)
