"""Silences: when they hold, what they must say, and that they come back from JSON as they were."""

from datetime import timedelta
from typing import Any

import pytest
from made_alerts import MINUTE, NOW
from pydantic import ValidationError

from collector.alerts.holding.matching import Matcher
from collector.alerts.holding.silences import LONGEST_SILENCE, Silence

MICROSECOND = timedelta(microseconds=1)


def silence(**fields: Any) -> Silence:
    made: dict[str, Any] = {
        "id": "s-1",
        "matcher": Matcher(sites=("park",)),
        "starts_at": NOW,
        "ends_at": NOW + 60 * MINUTE,
        "comment": "the pole is being painted",
        "by": "kim",
        "made_at": NOW,
    }
    return Silence.model_validate(made | fields)


def test_its_start_is_in_it_and_its_end_is_not() -> None:
    each = silence()
    instants = (each.starts_at - MICROSECOND, each.starts_at, each.ends_at - MICROSECOND, each.ends_at)

    assert [each.is_active(now) for now in instants] == [False, True, True, False]
    assert [each.is_over(now) for now in instants] == [False, False, False, True]


def test_one_that_is_ended_early_holds_until_then() -> None:
    each = silence().ended_early(by="lee", at=NOW + 10 * MINUTE)

    assert (each.until, each.ended_early_by) == (NOW + 10 * MINUTE, "lee")
    assert [each.is_active(NOW + minutes * MINUTE) for minutes in (9, 10, 59)] == [True, False, False]
    with pytest.raises(ValueError, match="has ended already"):
        each.ended_early(by="kim", at=NOW + 11 * MINUTE)


def test_one_that_is_ended_before_it_begins_never_does() -> None:
    each = silence().ended_early(by="lee", at=NOW - MINUTE)

    assert not any(each.is_active(NOW + minutes * MINUTE) for minutes in (-2, -1, 0, 30))


@pytest.mark.parametrize(
    ("fields", "place", "problem"),
    [
        ({"ends_at": NOW}, "ends_at", "is not after starts_at; choose a later end"),
        ({"ends_at": NOW + LONGEST_SILENCE + MICROSECOND}, "ends_at", "is more than 90 days after starts_at"),
        ({"ends_at": None}, "ends_at", "valid datetime"),
        ({"ends_at": "2026-07-15T13:00:00"}, "ends_at", "timezone"),
        ({"comment": " \n"}, "comment", "says nothing; say why"),
        ({"comment": "a\x1b[31m"}, "comment", "signs in it that cannot be printed"),
        ({"comment": "x" * 1001}, "comment", "at most 1000"),
        ({"matcher": {}}, "matcher", "names nothing"),
        ({"by": ""}, "by", "at least 1"),
    ],
)
def test_a_mistake_is_told_at_its_key(fields: dict[str, Any], place: str, problem: str) -> None:
    with pytest.raises(ValidationError) as raised:
        silence(**fields)

    (mistake,) = raised.value.errors()
    assert mistake["loc"] == (place,)
    assert problem in mistake["msg"]


def test_the_longest_is_ninety_days_and_comments_are_kept_without_what_is_around_them() -> None:
    each = silence(ends_at=NOW + LONGEST_SILENCE, comment="  두 줄\r\n이다 ")

    assert each.is_active(NOW + LONGEST_SILENCE - MICROSECOND)
    assert each.comment == "두 줄\n이다"


def test_it_comes_back_from_json_as_it_was() -> None:
    for each in (silence(), silence().ended_early(by="lee", at=NOW + MINUTE), silence(matcher={"is_everything": True})):
        assert Silence.model_validate_json(each.model_dump_json()) == each
