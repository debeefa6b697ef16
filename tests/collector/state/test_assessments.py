"""What was judged is shown whole or not at all, and the newest of it only."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from collector.state.assessments import (
    VERIFICATIONS_KEPT,
    Row,
    RunLostError,
    add_assessments,
    add_verification,
    begin_run,
    complete_run,
    counts_of,
    documents_of,
    newest_run,
    newest_verification,
    rows_of,
    verification_documents,
)
from collector.state.tables import assessment_runs, assessments

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
MONTH = timedelta(days=28)


def judge(engine: Engine, names: list[str], ranked: list[str], now: datetime = NOW) -> None:
    run_id = begin_run(engine, now - MONTH, now, now)
    add_assessments(engine, run_id, [(name, "replace" if name in ranked else "keep", f"of {name}") for name in names])
    complete_run(engine, run_id, ranked)


def test_before_the_first_run_there_is_none(engine: Engine) -> None:
    assert newest_run(engine) is None


def test_a_run_shows_when_it_is_complete(engine: Engine) -> None:
    judge(engine, ["a", "b", "c"], ["c", "a"])
    run_id = begin_run(engine, NOW, NOW + MONTH, NOW + MONTH)
    add_assessments(engine, run_id, [("a", "replace", "anew")])
    run = newest_run(engine)
    assert run is not None
    assert (run.since, run.until, run.assessed_at) == (NOW - MONTH, NOW, NOW)
    assert rows_of(engine, run) == [Row("c", 1, "replace"), Row("a", 2, "replace"), Row("b", None, "keep")]
    assert documents_of(engine, run, ["a", "c", "zz"]) == {"a": "of a", "c": "of c"}
    assert counts_of(engine, run) == {"replace": 2, "keep": 1}


def test_ranks_of_a_city_are_counted_through(engine: Engine) -> None:
    names = [f"ap-{number:04}" for number in range(1_100)]
    judge(engine, names, names[::-1])
    run = newest_run(engine)
    assert run is not None
    assert rows_of(engine, run) == [Row(name, rank, "replace") for rank, name in enumerate(names[::-1], 1)]


def test_a_complete_run_takes_the_place_of_all_before(engine: Engine) -> None:
    judge(engine, ["a", "b"], ["a"])
    first = newest_run(engine)
    begin_run(engine, NOW, NOW, NOW)  # of a collector that died
    judge(engine, ["b"], ["b"], NOW + MONTH)
    second = newest_run(engine)
    assert first is not None
    assert second is not None
    assert rows_of(engine, second) == [Row("b", 1, "replace")]
    assert documents_of(engine, first, ["a"]) == {"a": "of a"}  # for who was reading it
    judge(engine, ["c"], ["c"], NOW + 2 * MONTH)
    assert rows_of(engine, first) == []
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(assessment_runs)).scalar_one() == 2


def test_a_run_that_was_never_complete_goes_when_another_begins(engine: Engine) -> None:
    judge(engine, ["a"], [])
    of_one_that_died = begin_run(engine, NOW, NOW, NOW)
    add_assessments(engine, of_one_that_died, [("a", "keep", "of a")])
    begin_run(engine, NOW, NOW, NOW)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(assessment_runs)).scalar_one() == 2
        assert connection.execute(select(func.count()).select_from(assessments)).scalar_one() == 1


def test_who_leads_no_more_does_not_overwrite_what_the_next_one_judges(shared: Engine) -> None:
    judge(shared, ["a"], ["a"])
    before = newest_run(shared)
    stale = begin_run(shared, NOW, NOW, NOW)
    add_assessments(shared, stale, [("a", "keep", "stale")])
    fresh = begin_run(shared, NOW, NOW, NOW + MONTH)
    add_assessments(shared, fresh, [("a", "keep", "fresh")])
    with pytest.raises(IntegrityError):
        add_assessments(shared, stale, [("b", "keep", "stale")])
    with pytest.raises(RunLostError):
        complete_run(shared, stale, [])
    assert newest_run(shared) == before
    complete_run(shared, fresh, [])
    run = newest_run(shared)
    assert run is not None
    assert before is not None
    assert documents_of(shared, run, ["a"]) == {"a": "fresh"}
    assert documents_of(shared, before, ["a"]) == {"a": "of a"}


def test_many_documents_are_found_at_once(engine: Engine) -> None:
    names = [f"ap-{number:04}" for number in range(1_201)]
    judge(engine, names, [])
    run = newest_run(engine)
    assert run is not None
    assert len(documents_of(engine, run, names)) == 1_201


def test_the_newest_results_are_kept(engine: Engine) -> None:
    for number in range(VERIFICATIONS_KEPT + 3):
        add_verification(engine, f"result {number}", NOW)
    kept = list(verification_documents(engine))
    assert (len(kept), kept[0], kept[-1]) == (VERIFICATIONS_KEPT, f"result {VERIFICATIONS_KEPT + 2}", "result 3")


def test_another_result_is_known_by_its_number(engine: Engine) -> None:
    assert newest_verification(engine) is None
    numbers = []
    for _ in range(VERIFICATIONS_KEPT + 1):
        add_verification(engine, "the same", NOW)
        numbers.append(newest_verification(engine))
    assert len(set(numbers)) == VERIFICATIONS_KEPT + 1
