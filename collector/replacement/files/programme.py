"""The programme's report as tables: one in all for CSV, and a workbook with what was measured. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.korean_time import KST
from collector.legacy.documents import AcceptanceTold, VerificationTold
from collector.legacy.programme import ProgrammeReport, ProgrammeRow
from collector.replacement.files.sheets import Cell, Sheet
from collector.replacement.files.words import Words
from collector.state.assessments import Run
from inventory.models import Inventory

_COUNTS = (
    "access_points",
    "replaced",
    "verified",
    "pending",
    "to_mend",
    "kept",
    "insufficient",
    "unjudged",
)
_MEASURED = (
    "verified_on",
    "works_from",
    "works_to",
    "days_a_side",
    "disturbed",
    "quantity",
    "verdict",
    "ratio",
    "low",
    "high",
    "replaced_places",
    "controls",
    "replaced_left_out",
    "controls_left_out",
    "reached",
    "unconfirmed",
)
_AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Programme:
    """The report and what it stands on: the newest run, if there is one, the acceptances that are kept, from when on
    replacements count, and the day of all this in Korea."""

    report: ProgrammeReport
    run: Run | None
    verifications: Sequence[VerificationTold]
    since: date | None
    on: date


def programme_sheet(programme: Programme, inventory: Inventory, words: Words) -> Sheet:
    """All counts in one table."""
    report = programme.report
    groups = (
        ("total", (report.total,)),
        ("by_park", report.by_park),
        ("by_district", report.by_district),
        ("by_kind", report.by_kind),
    )
    return Sheet(
        title=words("sheet", "programme"),
        header=[words("column", name) for name in ("group", "group_name", *_COUNTS)],
        rows=(
            [words("sheet", group), _name_of(group, row, inventory, words), *counts_of(row)]
            for group, rows in groups
            for row in rows
        ),
    )


def programme_sheets(programme: Programme, inventory: Inventory, words: Words) -> Iterator[Sheet]:
    """The workbook's."""
    report = programme.report
    yield Sheet(
        title=words("sheet", "summary"),
        header=[words("column", name) for name in ("fact", "value")],
        rows=_facts(programme, words),
    )
    for group, title, rows in (
        ("by_park", "park", report.by_park),
        ("by_district", "district", report.by_district),
        ("by_kind", "kind", report.by_kind),
    ):
        yield Sheet(
            title=words("sheet", group),
            header=[words("column", name) for name in (title, *_COUNTS)],
            rows=[[_name_of(group, row, inventory, words), *counts_of(row)] for row in rows],
        )
    yield Sheet(
        title=words("sheet", "verification"),
        header=[words("column", name) for name in _MEASURED],
        rows=(
            [row.get(name) for name in _MEASURED] for told in programme.verifications for row in _measured(told, words)
        ),
    )


def counts_of(row: ProgrammeRow) -> list[Cell]:
    """Where nothing has been judged yet, how many are on a list is not known."""
    counts: list[Cell] = [row.access_points, row.replaced, row.verified]
    if row.unjudged == row.access_points:
        return [*counts, None, None, None, None, row.unjudged]
    return [*counts, row.pending, row.to_mend, row.kept, row.insufficient, row.unjudged]


def _name_of(group: str, row: ProgrammeRow, inventory: Inventory, words: Words) -> str | None:
    names: dict[str, Callable[[], str]] = {
        "by_park": lambda: words.site(inventory.sites[row.name]),
        "by_district": lambda: words.district(row.name),
        "by_kind": lambda: words("kind", row.name),
    }
    return names[group]() if group in names else None


def _facts(programme: Programme, words: Words) -> Iterator[Sequence[Cell]]:
    run = programme.run
    yield words("column", "date"), programme.on
    yield words("column", "counted_from"), programme.since
    yield words("column", "judged_on"), None if run is None else day_of(run.assessed_at)
    yield words("column", "evidence_from"), None if run is None else day_of(run.since)
    yield words("column", "evidence_to"), None if run is None else _last_day_of(run.until)
    for name, count in zip(_COUNTS, counts_of(programme.report.total), strict=True):
        yield words("column", name), count


def _measured(told: VerificationTold, words: Words) -> Iterator[Mapping[str, Cell]]:
    """A row for each quantity, by the names of its columns. The radios' capacity, of the catalogue, has no verdict."""
    of_all: dict[str, Cell] = {
        "verified_on": day_of(told.verified_at),
        "works_from": day_of(told.works_start),
        "works_to": _last_day_of(told.works_end),
        "days_a_side": told.days,
        "disturbed": told.disturbed,
    }
    for quantity, found in (("passive", told.passive), ("active", told.active)):
        yield of_all | {"quantity": words("quantity", quantity)} | _accepted(found, words)
    yield of_all | {
        "quantity": words("quantity", "phy"),
        "ratio": _two_digits(told.phy.ratio),
        "replaced_places": told.phy.known,
        "reached": told.phy.reached,
        "unconfirmed": told.phy.unconfirmed,
    }


def _accepted(found: AcceptanceTold, words: Words) -> dict[str, Cell]:
    return {
        "verdict": words("verdict", found.verdict),
        "ratio": _two_digits(found.ratio),
        "low": _two_digits(found.low),
        "high": _two_digits(found.high),
        "replaced_places": found.replaced,
        "controls": found.controls,
        "replaced_left_out": found.replaced_left_out,
        "controls_left_out": found.controls_left_out,
    }


def day_of(instant: datetime) -> date:
    """In Korea."""
    return instant.astimezone(KST).date()


def _last_day_of(end: datetime) -> date:
    """The last day before an end that does not belong to it any more."""
    return day_of(end - _AN_INSTANT)


def _two_digits(number: float | None) -> float | None:
    return None if number is None else round(number, 2)
