"""`hangang quarantine`: shows what was not taken, and asks the collector to judge it again."""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.cli.arguments import number_in
from collector.cli.terminal import printable
from collector.config import CollectorSettings, load_settings
from collector.korean_time import KST
from collector.main import CollectorError
from collector.replay import why_not
from collector.state.database import StateError, open_database
from collector.state.quarantine import MAX_ENTRIES, Entry, Selection, entries, replays, request_replay

LOOKS_EVERY_SECONDS = 0.25
_HEADER = ("ID", "REASON", "AGENT", "PART", "COUNT", "FIRST SEEN", "LAST SEEN", "DETAIL")
_DETAIL_AT_LEAST = 20
_BYTES_TO_A_LINE = 16


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser(
        "quarantine",
        help="show what was not taken, and have it judged again",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add_action(actions, "list", "what is in quarantine, newest first", _list)
    _add_selection(listing)
    listing.add_argument("--limit", type=number_in(1, MAX_ENTRIES, int), default=50, metavar="ENTRIES")
    listing.add_argument("--json", action="store_true", help="as a JSON document")
    showing = _add_action(actions, "show", "one entry with its payload", _show)
    showing.add_argument("id", type=int, metavar="ID")
    showing.add_argument("--raw", action="store_true", help="the payload alone, as it was kept")
    replaying = _add_action(actions, "replay", "have entries judged again, with the inventory of today", _replay)
    replaying.add_argument("ids", type=int, nargs="*", metavar="ID")
    _add_selection(replaying)
    replaying.add_argument("--all", action="store_true", help="all entries")
    replaying.add_argument("--wait", type=number_in(0, 3600, float), default=30.0, metavar="SECONDS")
    parser.epilog = "\n".join(action.format_usage() for action in (listing, showing, replaying))


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    action: Callable[[Engine, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=run, act=action, usage_error=parser.error)
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", help="only what was refused for this reason")
    parser.add_argument("--agent", help="only what came from this agent")


def run(options: argparse.Namespace) -> int:
    """Do what is asked for; 1 where it could not be done. Raises SettingsError and CollectorError."""
    with _opened(load_settings(options.config)) as state:
        code: int = options.act(state, options)
        return code


@contextmanager
def _opened(settings: CollectorSettings) -> Iterator[Engine]:
    """The collector's own database, which takes several processes. Raises CollectorError."""
    if settings.state.url is None and not settings.state_path.exists():
        raise CollectorError(f"{settings.state_path} is not there yet; the first start of the collector makes it")
    try:
        state = open_database(settings.state, settings.state_path)
        try:
            yield state
        finally:
            state.dispose()
    except StateError as error:
        raise CollectorError(str(error)) from error
    except SQLAlchemyError as error:
        raise CollectorError(f"the state database: {error.__cause__ or error}") from error


def _list(state: Engine, options: argparse.Namespace) -> int:
    found = entries(state, Selection(reason=options.reason, agent=options.agent), limit=options.limit)
    if options.json:
        print(json.dumps([_document(entry) for entry in found], indent=2, ensure_ascii=False))
    else:
        print(table(found, shutil.get_terminal_size((120, 24)).columns))
    return 0


def table(found: Sequence[Entry], width: int) -> str:
    """Entries as lines of at most so many letters, where the details can be cut so far."""
    rows = [_HEADER, *(_row(entry) for entry in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER) - 1)]
    left = max(_DETAIL_AT_LEAST, width - sum(widths) - 2 * len(widths))
    return "\n".join(
        "  ".join([*(cell.ljust(size) for cell, size in zip(row, widths, strict=False)), _cut(row[-1], left)]).rstrip()
        for row in rows
    )


def _row(entry: Entry) -> tuple[str, ...]:
    seen = (_kst(entry.first_seen), _kst(entry.last_seen))
    agent, detail = printable(entry.agent or "-"), printable(entry.detail)
    return (str(entry.id), entry.reason, agent, entry.part, str(entry.count), *seen, detail)


def _show(state: Engine, options: argparse.Namespace) -> int:
    found = entries(state, Selection(ids=[options.id]))
    if not found:
        raise CollectorError(f"there is no entry {options.id} in quarantine")
    (entry,) = found
    if options.raw:
        sys.stdout.buffer.write(entry.payload)
        sys.stdout.buffer.flush()
        return 0
    for name, text in _told(entry).items():
        print(f"{name:<13} {printable(text)}")
    print()
    print(payload_text(entry.payload))
    return 0


def _told(entry: Entry) -> dict[str, str]:
    """An entry's fields in words, those that are not there left out."""
    cut = f", of which {len(entry.payload)} are kept" if entry.is_cut else ""
    told = {
        "id": str(entry.id),
        "reason": entry.reason,
        "detail": entry.detail,
        "part": entry.part,
        "agent": entry.agent or "-",
        "topic": entry.topic,
        "count": str(entry.count),
        "first seen": _kst(entry.first_seen),
        "last seen": _kst(entry.last_seen),
        "bytes": f"{entry.payload_bytes}{cut}",
    }
    if entry.replay_requested_at is not None:
        told["replay asked"] = _kst(entry.replay_requested_at)
    if entry.replayed_at is not None:
        told["replayed"] = _kst(entry.replayed_at)
    if entry.replay_outcome is not None:
        told["refused again"] = entry.replay_outcome
    return told


def payload_text(payload: bytes) -> str:
    """A payload for a terminal: JSON with indents, or else hexadecimal with the letters beside it."""
    try:
        return "\n".join(map(printable, json.dumps(json.loads(payload), indent=2, ensure_ascii=False).splitlines()))
    except ValueError:
        return "\n".join(_dump(payload))


def _dump(payload: bytes) -> Iterator[str]:
    for first in range(0, len(payload), _BYTES_TO_A_LINE):
        line = payload[first : first + _BYTES_TO_A_LINE]
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)
        yield f"{first:08x}  {line.hex(' '):<{3 * _BYTES_TO_A_LINE - 1}}  {letters}"


def _replay(state: Engine, options: argparse.Namespace) -> int:
    chosen = _chosen(state, options)
    hopeless = {entry.id: why_not(entry) for entry in chosen if not entry.is_replayable}
    hopeless |= dict.fromkeys(set(options.ids) - {entry.id for entry in chosen}, "is not in quarantine")
    for number, reason in sorted(hopeless.items()):
        print(f"{number}: not done: {printable(reason)}")
    asked = sorted(entry.id for entry in chosen if entry.is_replayable)
    if not asked:
        if not hopeless:
            print("nothing to replay")
        return 1 if hopeless else 0
    asked_at = datetime.now(UTC)
    request_replay(state, asked, asked_at)
    is_all_stored = _told_outcomes(state, asked, asked_at, wait_seconds=options.wait)
    return 0 if is_all_stored and not hopeless else 1


def _chosen(state: Engine, options: argparse.Namespace) -> list[Entry]:
    """The entries that the command line means."""
    is_filtered = options.reason is not None or options.agent is not None
    if bool(options.ids) + is_filtered + options.all != 1:
        options.usage_error("say which: either ids, or --reason and --agent, or --all")
    if options.ids:
        return entries(state, Selection(ids=options.ids), limit=MAX_ENTRIES)
    return entries(state, Selection(reason=options.reason, agent=options.agent), limit=MAX_ENTRIES)


def _told_outcomes(state: Engine, asked: Sequence[int], asked_at: datetime, *, wait_seconds: float) -> bool:
    """Print what becomes of each entry, as soon as it is known; whether all are stored whole."""
    open_ones = set(asked)
    is_all_stored = True
    ends = time.monotonic() + wait_seconds
    while True:
        known = replays(state, sorted(open_ones))
        for number in sorted(open_ones):
            replay = known.get(number)
            if replay is not None and replay.outcome is None:
                continue
            open_ones.remove(number)
            is_all_stored = is_all_stored and replay is None
            told = "stored" if replay is None else f"refused again: {printable(replay.outcome or '')}"
            print(f"{number}: {told}", flush=True)
        if not open_ones or time.monotonic() >= ends:
            break
        time.sleep(LOOKS_EVERY_SECONDS)
    for number in sorted(open_ones):
        is_begun = known[number].is_begun
        print(f"{number}: {'under way' if is_begun else 'no collector has answered yet; it is done when one runs'}")
    parts = [
        entry
        for entry in entries(state, Selection(refused_again_since=asked_at), limit=MAX_ENTRIES)
        if entry.id not in asked
    ]
    for entry in parts:
        print(f"{entry.id}: a part of what is stored, refused again: {printable(entry.replay_outcome or '')}")
    return is_all_stored and not open_ones and not parts


def _document(entry: Entry) -> dict[str, object]:
    """All of an entry but its payload, for programs."""
    instants = ("first_seen", "last_seen", "replay_requested_at", "replayed_at")
    document: dict[str, object] = {
        name: getattr(entry, name)
        for name in ("id", "reason", "detail", "topic", "agent", "part", "payload_bytes", "is_cut", "count")
    }
    for name in instants:
        instant: datetime | None = getattr(entry, name)
        document[name] = None if instant is None else instant.astimezone(UTC).isoformat()
    return {**document, "replay_outcome": entry.replay_outcome}


def _kst(instant: datetime) -> str:
    return f"{instant.astimezone(KST):%Y-%m-%d %H:%M:%S}"


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
