"""Access points that are silent, and sites of which most are."""

import pytest
from alert_cities import NOON, City, city, row_of, states
from pydantic import ValidationError

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.verdicts import State, Verdicts
from collector.alerts.rules import access_point_silent, site_outage

BAD, GOOD, BETWEEN, UNKNOWN = State.BAD, State.GOOD, State.BETWEEN, State.UNKNOWN


def silence(seen: City) -> Verdicts:
    return access_point_silent.judge(seen.snapshot(), access_point_silent.Settings())


def outage(seen: City, **settings: object) -> Verdicts:
    return site_outage.judge(seen.snapshot(), site_outage.Settings.model_validate(settings))


def site_of(places: int, *, silent: int = 0, unknown: int = 0, unseen: int = 0) -> City:
    """A park of so many places: the first are silent, then those of which nothing is known, then those never seen."""
    seen = city({"park": places})
    names = iter(seen.layout.ids)
    for count, tell in ((silent, seen.silent), (unknown, seen.not_known), (unseen, seen.never_seen)):
        tell(*(next(names) for _ in range(count)))
    return seen


def test_what_is_not_heard_of_any_more_is_silent() -> None:
    seen = city({"park": 5}).silent("park-001", clients=7).silent("park-002", has_said_goodbye=True, for_seconds=5)
    seen.never_seen("park-003").not_known("park-004")
    verdicts = silence(seen)
    assert states(verdicts) == {
        "park-001": BAD,
        "park-002": BAD,
        "park-003": UNKNOWN,
        "park-004": UNKNOWN,
        "park-005": GOOD,
    }
    first, second = row_of(verdicts, "park-001"), row_of(verdicts, "park-002")
    assert verdicts.subjects.subject(first) == Subject("park-001", "park", "park-001")
    assert verdicts.values is not None
    assert verdicts.values[[first, second]].tolist() == [600.0, 5.0]
    assert [verdicts.detail(row) for row in (first, second)] == [
        {"reason": "overdue", "heard_at_seconds": NOON.timestamp() - 600},
        {"reason": "goodbye", "heard_at_seconds": NOON.timestamp() - 5},
    ]
    assert [verdicts.people(row) for row in (first, second)] == [7, None]


def test_one_that_said_goodbye_and_never_reported_has_no_time_to_tell() -> None:
    seen = city({"park": 1}).silent("park-001", has_said_goodbye=True, for_seconds=float("nan"))
    verdicts = silence(seen)
    assert (states(verdicts), verdicts.detail(0)) == ({"park-001": BAD}, {"reason": "goodbye"})


def test_what_only_checks_tell_of_is_neither_silent_nor_well() -> None:
    seen = city({"park": 2}).silent("park-001", is_checked_only=True).place("park-002", is_checked_only=True)
    assert states(silence(seen)) == {"park-001": UNKNOWN, "park-002": UNKNOWN}
    assert states(outage(seen)) == {"park": UNKNOWN}


@pytest.mark.parametrize(
    ("places", "silent", "state"),
    [
        (13, 0, GOOD),
        (13, 2, GOOD),
        (13, 5, GOOD),
        (13, 6, BETWEEN),
        (13, 7, BAD),
        (13, 13, BAD),
        (1, 1, GOOD),
        (2, 1, GOOD),
        (2, 2, BAD),
        (3, 2, BAD),
        (4, 2, BETWEEN),
        (500, 250, BETWEEN),
        (500, 251, BAD),
        (500, 200, GOOD),
        (500, 201, BETWEEN),
    ],
)
def test_an_outage_is_more_than_half_of_a_site(places: int, silent: int, state: State) -> None:
    assert states(outage(site_of(places, silent=silent))) == {"park": state}


def test_those_never_seen_count_for_nobody() -> None:
    assert states(outage(site_of(13, silent=2, unseen=10))) == {"park": BAD}
    assert states(outage(site_of(13, silent=1, unseen=12))) == {"park": GOOD}
    assert states(outage(site_of(13, unseen=13))) == {"park": UNKNOWN}


@pytest.mark.parametrize(
    ("unknown", "silent", "state"),
    [
        (10, 0, UNKNOWN),
        (6, 0, UNKNOWN),
        (6, 4, UNKNOWN),
        (5, 0, BETWEEN),
        (5, 3, BETWEEN),
        (4, 6, BAD),
        (4, 0, GOOD),
        (4, 1, BETWEEN),
        (1, 3, GOOD),
        (0, 4, GOOD),
    ],
)
def test_who_is_not_known_neither_begins_an_outage_nor_ends_it(unknown: int, silent: int, state: State) -> None:
    """Of ten places. After a restart wills come at once and reports within a minute: three wills are no outage by then,
    nor are two places that are heard its end."""
    assert states(outage(site_of(10, silent=silent, unknown=unknown))) == {"park": state}


def test_one_place_that_may_be_silent_beside_one_that_is_may_be_an_outage() -> None:
    assert states(outage(site_of(3, silent=1, unknown=1))) == {"park": BETWEEN}
    assert states(outage(site_of(2, unknown=1))) == {"park": GOOD}


def test_whoever_does_not_listen_knows_of_nobody_that_he_is_well() -> None:
    """What was heard of a moment ago may have said goodbye meanwhile, as before a restart that found no broker."""
    seen = site_of(2).listening_since(None)
    assert states(silence(seen)) == {"park-001": UNKNOWN, "park-002": UNKNOWN}
    assert states(outage(seen)) == {"park": UNKNOWN}


def test_an_outage_lists_its_silent_places_and_their_people() -> None:
    seen = (
        city({"hall": 1, "park": 4})
        .silent("park-002", clients=5)
        .silent("park-003", "park-004")
        .place("park-001", clients=99)
    )
    verdicts = outage(seen)
    row = row_of(verdicts, "park")
    assert states(verdicts) == {"hall": GOOD, "park": BAD}
    assert verdicts.subjects.subject(row) == Subject("park", "park")
    assert verdicts.members(row) == ("park-002", "park-003", "park-004")
    assert verdicts.people(row) == 5
    assert verdicts.detail(row) == {"silent": 3.0, "known": 4.0}
    assert (verdicts.values is not None and verdicts.values[row], verdicts.threshold) == (0.75, 0.5)
    assert verdicts.people(row_of(verdicts, "hall")) is None


def test_thresholds_of_an_outage_are_configuration() -> None:
    seen = site_of(10, silent=6)
    assert states(outage(seen, raise_above_ratio=0.6)) == {"park": BETWEEN}
    assert states(outage(seen, raise_above_ratio=0.6, clear_below_ratio=0.6)) == {"park": GOOD}
    assert states(outage(seen, at_least=7)) == {"park": BETWEEN}
    with pytest.raises(ValidationError):
        site_outage.Settings.model_validate({"at_least": 1})


def test_an_outage_gets_somebody_up_and_one_access_point_does_not() -> None:
    assert (site_outage.Settings().severity, access_point_silent.Settings().severity) == (
        Severity.CRITICAL,
        Severity.WARNING,
    )


def test_a_site_that_is_not_in_the_inventory_is_not_known() -> None:
    verdicts = outage(city({"park": 1}))
    assert [verdicts.subjects.is_known(key) for key in ("park", "elsewhere")] == [True, False]
    assert verdicts.subjects.row("elsewhere") is None


def test_a_site_without_places_is_not_judged() -> None:
    assert states(outage(city({"empty": 0, "park": 2}).silent("park"))) == {"empty": UNKNOWN, "park": BAD}
