"""Which windows are made, and in which order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.figures.agenda import MADE_AFTER, PAST, WINDOWS_AT_ONCE, Agenda
from collector.figures.windows import WINDOW

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
OVER = NOON + MADE_AFTER
PAST_WINDOWS = PAST // WINDOW


def run_of(agenda: Agenda, *, heard: bool = True) -> list[datetime]:
    """Make the next run; what was told of."""
    run = agenda.next_run()
    told = agenda.to_tell(run, run if heard else ())
    agenda.done(run, told)
    return told


def emptied(agenda: Agenda, *, heard: bool = True) -> list[list[datetime]]:
    runs = []
    while agenda.next_run():
        runs.append(run_of(agenda, heard=heard))
    return runs


def begun(term: int | None) -> Agenda:
    """In a term whose past is made."""
    agenda = Agenda()
    agenda.follow(term, OVER)
    emptied(agenda)
    return agenda


def test_who_is_not_elected_makes_only_what_it_received_late() -> None:
    agenda = begun(None)
    agenda.follow(None, OVER + WINDOW)
    assert agenda.next_run() == ()
    agenda.add_late([NOON - WINDOW, NOON - 3 * WINDOW, NOON - 2 * WINDOW, NOON - 9 * WINDOW])
    assert emptied(agenda) == [[NOON - 3 * WINDOW, NOON - 2 * WINDOW, NOON - WINDOW], [NOON - 9 * WINDOW]]


def test_the_past_is_made_at_the_election_the_newest_first_in_small_runs() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    runs = emptied(agenda)
    assert max(map(len, runs)) == WINDOWS_AT_ONCE
    assert runs[0] == [NOON - number * WINDOW for number in range(WINDOWS_AT_ONCE, 0, -1)]
    told = [at for run in runs for at in reversed(run)]
    assert told == [NOON - number * WINDOW for number in range(1, PAST_WINDOWS + 1)]


def test_a_window_is_made_when_it_is_over_for_long_enough() -> None:
    agenda = begun(1)
    agenda.follow(1, OVER + WINDOW - timedelta(seconds=1))
    assert agenda.next_run() == ()
    agenda.follow(1, OVER + WINDOW)
    assert run_of(agenda, heard=False) == [NOON]
    agenda.follow(1, OVER + WINDOW)
    assert agenda.next_run() == ()
    agenda.follow(1, OVER + 3 * WINDOW)
    assert run_of(agenda) == [NOON + WINDOW, NOON + 2 * WINDOW]


def test_what_is_new_or_late_comes_before_the_past() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    run_of(agenda)
    agenda.follow(1, OVER + WINDOW)
    agenda.add_late([NOON - 99 * WINDOW])
    assert [run_of(agenda), run_of(agenda)] == [[NOON], [NOON - 99 * WINDOW]]
    assert run_of(agenda)[-1] == NOON - (WINDOWS_AT_ONCE + 1) * WINDOW


def test_what_was_not_done_is_next_again() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    assert agenda.next_run() == agenda.next_run() != ()


def test_who_starts_makes_the_past_for_late_windows_that_were_noted_before_it_ended() -> None:
    agenda = Agenda()
    agenda.follow(None, OVER)
    assert sum(map(len, emptied(agenda))) == PAST_WINDOWS
    agenda.follow(None, OVER + WINDOW)
    assert agenda.next_run() == ()


def test_windows_that_the_engine_lost_are_told_again_also_where_nothing_was_heard() -> None:
    agenda = begun(None)
    agenda.add_lost([NOON - WINDOW])
    assert emptied(agenda, heard=False) == [[NOON - WINDOW]]


def test_a_large_city_is_made_window_by_window() -> None:
    agenda = Agenda(1)
    agenda.follow(1, OVER)
    assert emptied(agenda) == [[NOON - number * WINDOW] for number in range(1, PAST_WINDOWS + 1)]


def test_what_was_given_up_is_not_tried_again() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    first = agenda.next_run()
    agenda.give_up(first)
    assert max(agenda.next_run()) < min(first)


def test_a_term_that_ends_leaves_to_the_next_one_all_but_what_came_here_late() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    agenda.add_late([NOON - 99 * WINDOW])
    agenda.follow(None, OVER)
    assert emptied(agenda) == [[NOON - 99 * WINDOW]]
    agenda.follow(3, OVER)
    assert len(agenda.next_run()) == WINDOWS_AT_ONCE


def test_before_its_first_report_a_city_was_not_silent() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    assert emptied(agenda, heard=False) == [[]] * (PAST_WINDOWS // WINDOWS_AT_ONCE)


def test_a_silence_is_told_once_something_older_was_heard() -> None:
    agenda = Agenda()
    agenda.follow(1, OVER)
    assert run_of(agenda, heard=False) == []
    run = agenda.next_run()
    told = agenda.to_tell(run, [run[1]])
    assert told == [NOON - number * WINDOW for number in range(2 * WINDOWS_AT_ONCE - 1, 0, -1)]
    agenda.done(run, told)
    assert run_of(agenda)[-1] == run[0]


def test_a_clock_that_is_put_forward_makes_no_more_than_the_past() -> None:
    agenda = begun(1)
    agenda.follow(1, OVER + timedelta(days=365))
    assert sum(map(len, emptied(agenda))) == PAST_WINDOWS
    agenda.follow(1, OVER)
    assert agenda.next_run() == ()
    agenda.follow(1, OVER + WINDOW)
    assert run_of(agenda) == [NOON]


def test_windows_that_a_wrong_clock_put_on_the_agenda_are_made_when_they_are_over() -> None:
    agenda = begun(1)
    agenda.follow(1, OVER + 5 * WINDOW)
    agenda.follow(1, OVER + WINDOW)
    assert emptied(agenda) == [[NOON]]
    agenda.follow(1, OVER + 2 * WINDOW)
    assert emptied(agenda) == [[NOON + WINDOW]]


@settings(deadline=None, max_examples=50)
@given(steps=st.lists(st.integers(-600, 600), max_size=12))
def test_however_a_clock_is_set_each_window_is_made_once_it_is_over(steps: list[int]) -> None:
    agenda = begun(1)
    made: set[datetime] = set()
    now = latest = OVER
    for step in [*steps, None]:
        now = now + timedelta(minutes=step) if step is not None else latest + WINDOW
        latest = max(latest, now)
        made = {window for window in made if window + WINDOW + MADE_AFTER <= now}  # the others are still to come
        agenda.follow(1, now)
        for run in emptied(agenda):
            assert all(window + WINDOW + MADE_AFTER <= now for window in run)
            made.update(run)
    windows = (now - MADE_AFTER - NOON) // WINDOW
    assert {NOON + number * WINDOW for number in range(max(0, windows - PAST_WINDOWS), windows)} <= made
