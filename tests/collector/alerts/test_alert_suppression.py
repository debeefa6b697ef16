"""What is held back and why, where several things do."""

from datetime import datetime, timedelta
from typing import Any

from made_alerts import MINUTE, NOW, alert, places, silent

from collector.alerts.alert import Acknowledgement, Alert
from collector.alerts.holding.held_back import HeldBack, Hold
from collector.alerts.holding.maintenance import Maintenance
from collector.alerts.holding.matching import Matcher
from collector.alerts.holding.silences import Silence
from collector.alerts.holding.suppression import Suppression

INVENTORY = places({"park-1": None, "park-2": "park-1", "hall-1": None})
EVERYTHING = Matcher(is_everything=True)
SITE = Matcher(sites=("park",))


def silence(id_: str = "s-1", matcher: Matcher = SITE, ends_at: datetime = NOW + 60 * MINUTE) -> Silence:
    starts_at = NOW - 60 * MINUTE
    return Silence(
        id=id_, matcher=matcher, starts_at=starts_at, ends_at=ends_at, comment="c", by="kim", made_at=starts_at
    )


def works(id_: str = "m-1", matcher: Matcher = SITE, ends_at: datetime = NOW + 30 * MINUTE) -> Maintenance:
    when = {"kind": "once", "starts_at": NOW - MINUTE, "ends_at": ends_at}
    return Maintenance.model_validate(
        {"id": id_, "name": "n", "matcher": matcher, "when": when, "comment": "c", "by": "kim", "made_at": NOW}
    )


def held_back(each: Alert, *, now: datetime = NOW, others: tuple[Alert, ...] = (), **by: Any) -> HeldBack | None:
    made: dict[str, Any] = {"silences": (), "maintenance": ()}
    return Suppression(now, alerts=(each, *others), inventory=INVENTORY, **made | by).held_back(each)


def test_nothing_holds_back_what_is_bad_now() -> None:
    assert held_back(alert()) is None


def test_a_silence_holds_back_what_it_means_until_it_ends() -> None:
    by = (silence(),)

    assert held_back(alert(), silences=by) == HeldBack(Hold.SILENCE, "s-1", NOW + 60 * MINUTE)
    assert held_back(alert(at="hall-1"), silences=by) is None
    assert held_back(alert(), silences=by, now=NOW + 60 * MINUTE) is None
    assert held_back(alert(), silences=(silence().ended_early(by="lee", at=NOW),)) is None


def test_maintenance_holds_back_while_a_window_is_under_way() -> None:
    by = (works(),)

    assert held_back(alert(), maintenance=by) == HeldBack(Hold.MAINTENANCE, "m-1", NOW + 30 * MINUTE)
    assert held_back(alert(at="hall-1"), maintenance=by) is None
    assert held_back(alert(), maintenance=by, now=NOW + 30 * MINUTE) is None
    assert held_back(alert(), maintenance=by, now=NOW - 2 * MINUTE) is None


def test_of_several_the_one_that_lasts_longest_is_named() -> None:
    later = NOW + timedelta(days=2)

    assert held_back(alert(), silences=(silence(), silence("s-2", EVERYTHING, later), silence("s-3"))) == HeldBack(
        Hold.SILENCE, "s-2", later
    )
    assert held_back(alert(), maintenance=(works(), works("m-2", SITE, later))) == HeldBack(
        Hold.MAINTENANCE, "m-2", later
    )


def test_reasons_that_people_made_come_first_and_each_stands_where_those_before_fall_away() -> None:
    child = alert(
        "access_point_silent",
        "park-2",
        acknowledgement=Acknowledgement("lee", NOW),
        well_since=NOW - MINUTE,
    )
    parent = silent("park-1")[0]
    outage = alert("site_outage", "park", members=("park-1", "park-2"))
    others, by = [outage, parent], {"silences": [silence()], "maintenance": [works()]}

    def reason() -> HeldBack | None:
        return held_back(child, others=tuple(others), **by)

    assert reason() == HeldBack(Hold.SILENCE, "s-1", NOW + 60 * MINUTE)
    by["silences"].clear()
    assert reason() == HeldBack(Hold.MAINTENANCE, "m-1", NOW + 30 * MINUTE)
    by["maintenance"].clear()
    assert reason() == HeldBack(Hold.OUTAGE, "site_outage park")
    others.remove(outage)
    assert reason() == HeldBack(Hold.PARENT, "park-1")
    others.remove(parent)
    assert reason() == HeldBack(Hold.ACKNOWLEDGED, "lee")


def test_what_is_well_for_the_moment_begins_nothing_unless_it_flaps() -> None:
    assert held_back(alert(well_since=NOW)) == HeldBack(Hold.RECOVERING)
    assert held_back(alert(well_since=NOW, is_flapping=True)) is None


def test_a_site_that_comes_back_at_once_tells_of_nobody_though_its_outage_ends_before_they_do() -> None:
    back = silent("park-1", "park-2", well_since=NOW - MINUTE)

    assert [held_back(each, others=tuple(back)) for each in back] == [
        HeldBack(Hold.RECOVERING),
        HeldBack(Hold.PARENT, "park-1"),
    ]


def test_the_sign_of_life_is_not_held_back_with_everything() -> None:
    watchdog = alert("watchdog", None)
    named = silence("s-2", Matcher(rules=("watchdog",)))

    assert held_back(watchdog, silences=(silence("s-1", EVERYTHING),), maintenance=(works("m-1", EVERYTHING),)) is None
    assert held_back(watchdog, silences=(named,)) == HeldBack(Hold.SILENCE, "s-2", named.until)


def test_those_behind_a_silenced_parent_are_held_back_with_it() -> None:
    parent, child = silent("park-1", "park-2")
    by = (silence("s-1", Matcher(access_points=("park-1",))),)

    assert held_back(parent, others=(child,), silences=by) == HeldBack(Hold.SILENCE, "s-1", by[0].until)
    assert held_back(child, others=(parent,), silences=by) == HeldBack(Hold.PARENT, "park-1")
