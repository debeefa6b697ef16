"""`hangang inventory import`: takes a list of access points into the inventory, after it has said what that changes."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from collector.cli.arguments import day
from collector.cli.terminal import printable
from collector.korean_time import KST
from collector.main import CollectorError
from inventory.importers import importer_of, known_kinds
from inventory.importing.clashes import Neighbours
from inventory.importing.dates import snapshot_date
from inventory.importing.drafting import Drafter
from inventory.importing.generating import generated_path, generated_rows, would_contradict
from inventory.importing.kept import read_kept
from inventory.importing.listing import ListingError
from inventory.importing.planning import Plan, plan_import
from inventory.importing.scatter import scattered
from inventory.importing.sites import Parks
from inventory.importing.standing import standing_sites
from inventory.importing.taxonomy import load_taxonomy
from inventory.importing.writing import digests, edited_by_hand, write_import
from inventory.models import SiteKind
from inventory.reading import load_parks, load_tables


def add_to(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the group."""
    parser = parts.add_parser("import", help="take in a list of access points, and say what that changes")
    parser.add_argument("kind", choices=known_kinds(), metavar="KIND", help=f"one of {', '.join(known_kinds())}")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the list; for netbox a TOML file that says where it is"
    )
    parser.add_argument("--inventory", type=Path, required=True, metavar="FOLDER", help="the inventory's folder")
    parser.add_argument("--snapshot", type=day, metavar="DATE", help="the day of which the list is, 2026-05-31")
    parser.add_argument("--rows", action="store_true", help="row by row, and not counts alone")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--force", action="store_true", help="also where the list or the folder looks wrong")
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Do what is asked for; 1 where nothing may be written. Raises SettingsError and CollectorError."""
    try:
        return _import(options, datetime.now(KST).date())
    except ListingError as error:
        raise CollectorError(printable(str(error))) from error


def _import(options: argparse.Namespace, today: date) -> int:
    importer = importer_of(options.kind)
    path = generated_path(options.inventory, options.kind)
    tables = load_tables(options.inventory, without=path.name)
    neighbours = Neighbours.of(tables)
    before = digests(options.inventory, options.kind)
    kept = read_kept(options.inventory, options.kind)
    by_hand = edited_by_hand(options.inventory, kept)
    listing = importer.read(options.file, today)
    as_of = snapshot_date(options.snapshot, listing.as_of, today=today)
    drafter = Drafter(importer, Parks(load_parks()), load_taxonomy())
    plan = plan_import(listing, kept, neighbours, drafter=drafter, as_of=as_of)
    _say(_told(plan, is_by_row=options.rows))
    rows = generated_rows(plan.drafts, neighbours, standing_sites(options.inventory, path, tables))
    broken = [f"the inventory could not be read then: {mistake}" for mistake in would_contradict(tables, rows, path)]
    objections = [*plan.objections, *([by_hand] if by_hand else []), *broken]
    _say((f"hangang: {objection}" for objection in objections), sys.stderr)
    if objections and not options.force:
        print("hangang: nothing is written; --force does it all the same", file=sys.stderr)
        return 1
    if options.dry_run:
        return 0
    if not options.yes and not _is_agreed(options):
        print("nothing is written")
        return 1
    write_import(options.inventory, plan, rows, before=before)
    print(f"written: {path}; a collector reads it when it starts")
    return 0


def _is_agreed(options: argparse.Namespace) -> bool:
    if not sys.stdin.isatty():
        options.usage_error("there is no terminal to ask at; say --yes to write, or --dry-run not to")
    try:
        return input("Write this? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        print()
        return False


def _told(plan: Plan, *, is_by_row: bool) -> Iterator[str]:
    """The counts, and before them what they count where that is asked for."""
    if is_by_row:
        yield from _rows(plan)
        yield ""
    said = Counter(kind for kind, _ in {(remark.kind, seen.row) for seen, remark in plan.remarks()})
    far_apart = list(scattered(plan.drafts.values()))
    counts = {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": len(plan.seen) - len(plan.new) - len(plan.changed),
        "unseen": len(plan.unseen),
        "repaired": said["repaired"],
        "noted": said["noted"],
        "to review": said["to review"],
        "refused": len(plan.refused),
        "far apart": len(far_apart),
    }
    yield f"the list is of {plan.as_of}"
    yield from (f"{name:<10} {count:>7}" for name, count in counts.items())
    yield ""
    yield f"{'KIND':<10} {'SITES':>7} {'ACCESS POINTS':>14}"
    access_points = Counter(draft.site.kind for draft in plan.drafts.values())
    sites = Counter(kind for kind, _ in {(draft.site.kind, draft.site.id) for draft in plan.drafts.values()})
    yield from (f"{kind:<10} {sites[kind]:>7} {access_points[kind]:>14}" for kind in SiteKind if sites[kind])


def _rows(plan: Plan) -> Iterator[str]:
    for id_ in plan.new:
        yield f"new: row {plan.seen[id_].row}: {id_} at {plan.seen[id_].draft.site.name}"
    for id_, differences in plan.changed.items():
        yield f"changed: row {plan.seen[id_].row}: {id_}: {'; '.join(differences)}"
    for id_ in plan.unseen:
        yield f"unseen: {id_}, last seen on {plan.kept.rows[id_].last_seen}"
    for seen, remark in plan.remarks():
        yield f"{remark.kind}: row {seen.row}: {seen.draft.access_point.id}: {remark.what}"
    for refusal in plan.refused:
        yield f"refused: {refusal.problem}" if refusal.row is None else f"refused: row {refusal.row}: {refusal.problem}"
    for site, name, width in scattered(plan.drafts.values()):
        yield f"far apart: {site}, {name}: {width:.0f} m; several places of one name?"


def _say(lines: Iterable[str], file: TextIO | None = None) -> None:
    """All that a list has a part in is printed here."""
    for line in lines:
        print(printable(line), file=file)
