"""What was judged of each access point, once a day, and the results of acceptances. Written by the evaluator, read by
pages, reports and commands of every collector.

Documents are JSON of `collector.legacy.documents`, kept packed: those of a city take 25 MB. A run shows when it is
complete, and goes when the next but one is.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, delete, func, insert, select, update

from collector.state.tables import assessment_runs, assessments, verifications

VERIFICATIONS_KEPT = 20
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Run:
    """A time at which all places were judged, by the evidence from `since` until `until`."""

    id: int
    since: datetime
    until: datetime
    assessed_at: datetime


class Row(NamedTuple):
    """One access point in a run. `rank` counts from 1, among those that are ranked; the others have none."""

    access_point: str
    rank: int | None
    standing: str


class RunLostError(Exception):
    """The run is forgotten, for another was begun after it."""


def begin_run(engine: Engine, since: datetime, until: datetime, now: datetime) -> int:
    """Begin a run that nobody sees yet; its id. One that was begun before and never became complete is forgotten, be it
    of a collector that died or of one that leads no more: nothing can be added to it then."""
    values = {"since": since, "until": until, "assessed_at": now, "is_complete": False}
    with engine.begin() as connection:
        connection.execute(delete(assessment_runs).where(~assessment_runs.c.is_complete))
        run_id: int = connection.execute(
            insert(assessment_runs).values(values).returning(assessment_runs.c.id)
        ).scalar_one()
    return run_id


def add_assessments(engine: Engine, run_id: int, documents: Iterable[tuple[str, str, str]]) -> None:
    """Add access points with their standing and document."""
    rows = [
        {"run_id": run_id, "access_point": name, "standing": standing, "document": zlib.compress(document.encode(), 1)}
        for name, standing, document in documents
    ]
    if rows:
        with engine.begin() as connection:
            connection.execute(insert(assessments), rows)


def complete_run(engine: Engine, run_id: int, ranked: Sequence[str]) -> None:
    """Give these their ranks in this order, show the run, and forget all others but the one that showed until now:
    somebody may be reading that. Raises RunLostError where it was forgotten itself."""
    column = assessment_runs.c
    with engine.begin() as connection:
        if not connection.execute(update(assessment_runs).where(column.id == run_id).values(is_complete=True)).rowcount:
            raise RunLostError("another collector has begun to judge the city since")
        shown = connection.execute(
            select(func.max(column.id)).where(column.is_complete, column.id != run_id)
        ).scalar_one()
        kept = [run_id] if shown is None else [run_id, shown]
        of_one = assessments.c.run_id == run_id, assessments.c.access_point == bindparam("name")
        ranking = update(assessments).where(*of_one).values(rank=bindparam("place"))
        for start in range(0, len(ranked), _ROWS_AT_ONCE):
            some = enumerate(ranked[start : start + _ROWS_AT_ONCE], start + 1)
            connection.execute(ranking, [{"name": name, "place": place} for place, name in some])
        connection.execute(delete(assessments).where(assessments.c.run_id.not_in(kept)))
        connection.execute(delete(assessment_runs).where(column.id.not_in(kept)))


def newest_run(engine: Engine) -> Run | None:
    """The run that shows; None before the first is complete."""
    column = assessment_runs.c
    query = select(assessment_runs).where(column.is_complete).order_by(column.id.desc()).limit(1)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else Run(row.id, row.since, row.until, row.assessed_at)


def rows_of(engine: Engine, run: Run) -> list[Row]:
    """All access points of a run, the ranked ones first and in order."""
    column = assessments.c
    query = (
        select(column.access_point, column.rank, column.standing)
        .where(column.run_id == run.id)
        .order_by(column.rank.is_(None), column.rank, column.access_point)
    )
    with engine.connect() as connection:
        return [Row(*row) for row in connection.execute(query)]


def documents_of(engine: Engine, run: Run, access_points: Sequence[str]) -> Mapping[str, str]:
    """Documents by access point; one that was not judged is not there."""
    column = assessments.c
    found: dict[str, str] = {}
    with engine.connect() as connection:
        for start in range(0, len(access_points), _ROWS_AT_ONCE):
            names = access_points[start : start + _ROWS_AT_ONCE]
            query = select(column.access_point, column.document).where(
                column.run_id == run.id, column.access_point.in_(names)
            )
            found.update((name, zlib.decompress(packed).decode()) for name, packed in connection.execute(query))
    return found


def counts_of(engine: Engine, run: Run) -> Mapping[str, int]:
    """How many there are by standing."""
    column = assessments.c
    query = (
        select(column.standing, func.count().label("number")).where(column.run_id == run.id).group_by(column.standing)
    )
    with engine.connect() as connection:
        return {row.standing: row.number for row in connection.execute(query)}


def add_verification(engine: Engine, document: str, now: datetime) -> None:
    """Keep a result; of more than VERIFICATIONS_KEPT the oldest go."""
    column = verifications.c
    with engine.begin() as connection:
        packed = zlib.compress(document.encode(), 6)
        connection.execute(insert(verifications).values(verified_at=now, document=packed))
        kept = select(column.id).order_by(column.id.desc()).limit(VERIFICATIONS_KEPT)
        oldest = min(connection.execute(kept).scalars())
        connection.execute(delete(verifications).where(column.id < oldest))


def newest_verification(engine: Engine) -> int | None:
    """The id of the result that was kept last; None before the first."""
    with engine.connect() as connection:
        newest: int | None = connection.scalar(select(func.max(verifications.c.id)))
    return newest


def verification_documents(engine: Engine) -> Iterator[str]:
    """The results that are kept, the newest first."""
    query = select(verifications.c.document).order_by(verifications.c.id.desc())
    with engine.connect() as connection:
        packed = connection.execute(query).scalars().all()
    return (zlib.decompress(each).decode() for each in packed)
