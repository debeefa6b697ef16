"""What sites of a kind come to together, and agents."""

from datetime import UTC, datetime

from collector.figures.agents_together import agents_together
from collector.figures.figure import Figure
from collector.figures.kinds import followed_by_kinds
from collector.figures.measurements import AGENT, AGENTS, KIND, KIND_CHECK, KIND_STATE, SITE, SITE_CHECK, SITE_STATE

AT = datetime(2026, 5, 3, 15, 5, tzinfo=UTC)
BANPO, NANJI, MAPO = (
    {"site": "banpo", "kind": "park"},
    {"site": "nanji", "kind": "park"},
    {"site": "mapo", "kind": "library"},
)
MADE_BY = {"collector": "collector-1"}


def test_sites_of_a_kind_are_added_up_and_kinds_stay_apart() -> None:
    of_sites = [
        Figure(SITE, BANPO, AT, {"access_points": 3.0, "clients": 10.0, "reported_seconds": 900.0}),
        Figure(SITE, NANJI, AT, {"access_points": 2.0, "clients": None, "reported_seconds": 0.0}),
        Figure(SITE, MAPO, AT, {"access_points": 1.0, "clients": None}),
        Figure(SITE_CHECK, BANPO | {"check": "dns"}, AT, {"checks": 5.0, "failed_checks": 1.0}),
        Figure(SITE_CHECK, NANJI | {"check": "dns"}, AT, {"checks": 4.0, "failed_checks": 0.0}),
        Figure(SITE_CHECK, NANJI | {"check": "portal"}, AT, {"checks": 4.0, "failed_checks": 4.0}),
    ]
    assert list(followed_by_kinds(of_sites))[len(of_sites) :] == [
        Figure(KIND, {"kind": "park"}, AT, {"access_points": 5.0, "clients": 10.0, "reported_seconds": 900.0}),
        Figure(KIND, {"kind": "library"}, AT, {"access_points": 1.0}),
        Figure(KIND_CHECK, {"kind": "park", "check": "dns"}, AT, {"checks": 9.0, "failed_checks": 1.0}),
        Figure(KIND_CHECK, {"kind": "park", "check": "portal"}, AT, {"checks": 4.0, "failed_checks": 4.0}),
    ]


def test_kinds_are_told_behind_the_sites_which_are_taken_one_by_one() -> None:
    of_sites = [Figure(SITE, site, AT, {"access_points": 2.0}) for site in (BANPO, NANJI, MAPO)]
    untaken = iter(of_sites)
    told = followed_by_kinds(untaken)
    assert next(told) == of_sites[0]
    assert next(untaken) == of_sites[1]
    assert list(told) == [
        of_sites[2],
        Figure(KIND, {"kind": "park"}, AT, {"access_points": 2.0}),
        Figure(KIND, {"kind": "library"}, AT, {"access_points": 2.0}),
    ]


def test_where_sites_lie_is_not_added_up() -> None:
    lies = {"district": "서초구", "name_ko": "반포", "name_en": ""}
    known = {"access_points": 3, "silent": 1, "latitude": 37.5, "longitude": 127.0}
    assert list(followed_by_kinds([Figure(SITE_STATE, BANPO | lies, AT, known)]))[1:] == [
        Figure(KIND_STATE, {"kind": "park"}, AT, {"access_points": 3.0, "silent": 1.0})
    ]


def test_agents_are_told_of_together() -> None:
    each = [
        Figure(AGENT, {"agent": "a"}, AT, {"is_online": 1.0, "delay_seconds": 2.0, "spooled_frames": 7}),
        Figure(AGENT, {"agent": "b"}, AT, {"is_online": 0.0, "delay_seconds": None, "dropped_frames": 4}),
        Figure(AGENT, {"agent": "c"}, AT, {"is_online": None, "delay_seconds": 5.0, "dropped_frames": 1}),
    ]
    assert agents_together(each, MADE_BY, AT) == Figure(
        AGENTS,
        MADE_BY,
        AT,
        {
            "agents": 2.0,
            "online": 1.0,
            "delay_seconds_sum": 7.0,
            "delay_seconds_count": 2.0,
            "longest_delay_seconds": 5.0,
            "most_spooled_frames": 7,
            "dropped_frames": 5,
        },
    )


def test_of_agents_that_tell_nothing_only_their_number_is_known() -> None:
    values = agents_together([], MADE_BY, AT).values
    assert {field: value for field, value in values.items() if value is not None} == {"agents": 0.0, "online": 0}
