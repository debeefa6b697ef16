"""Alerts, acknowledgements, silences and maintenance as both databases keep them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from made_alerts import MINUTE, NOW, alert
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from collector.alerts.alert import Acknowledgement, Alert, End, Phase, Severity
from collector.alerts.holding.maintenance import Maintenance
from collector.alerts.holding.matching import Matcher
from collector.alerts.holding.silences import Silence
from collector.state.alerts import (
    AlertFilter,
    acknowledge,
    alerts_of,
    ended_since,
    find_alerts,
    firing_by_severity,
    firing_by_site,
    open_acknowledgements,
    open_alerts,
    release,
    write_alerts,
)
from collector.state.evaluations import last_evaluation, note_evaluation
from collector.state.housekeeping import ALERTS_KEPT_FOR, prune
from collector.state.suppressions import (
    add_maintenance,
    add_silence,
    end_silence,
    planned_maintenance,
    silence_of,
    silences_until,
    take_back_maintenance,
)


def keep(engine: Engine, *changed: Alert, dropped: tuple[str, ...] = ()) -> None:
    with engine.begin() as connection:
        write_alerts(connection, changed, dropped)


def ended(each: Alert, minutes: int = 0) -> Alert:
    return replace(each, phase=Phase.RESOLVED, ended_at=NOW + minutes * MINUTE, end=End.WELL)


def silence(id_: str, matcher: Matcher = Matcher(sites=("park",)), minutes: int = 60) -> Silence:  # noqa: B008  # frozen
    return Silence(
        id=id_, matcher=matcher, starts_at=NOW, ends_at=NOW + minutes * MINUTE, comment="works", by="kim", made_at=NOW
    )


def works(id_: str, minutes: int = 60) -> Maintenance:
    when = {"kind": "once", "starts_at": NOW, "ends_at": NOW + minutes * MINUTE}
    document = {"id": id_, "name": "n", "matcher": {"sites": ["park"]}, "when": when, "comment": "c", "by": "kim"}
    return Maintenance.model_validate(document | {"made_at": NOW})


def test_an_alert_comes_back_as_it_was_whatever_strangers_called_things(engine: Engine) -> None:
    odd = replace(
        alert("unknown_device", None),
        id="odd",
        subject=alert("unknown_device").subject._replace(key="unknown/gw/\x00half\ud800"),
        detail={"model": "nul \x00", "count": 2.5},
        members=("park-1", "park-2"),
    )
    plain = replace(alert(), value=0.8, people=12, well_since=NOW, unknown_since=NOW)
    keep(engine, odd, plain)
    found = {each.id: each for each in open_alerts(engine)}
    assert found[plain.id] == plain
    assert found["odd"].members == odd.members
    assert found["odd"].subject.key.startswith("unknown/gw/")


def test_what_changed_is_changed_and_what_was_dropped_is_gone(engine: Engine) -> None:
    one, two, three = alert(at="park-1"), alert(at="park-2"), alert(at="park-3")
    keep(engine, one, two, three)
    worse = replace(one, severity=Severity.CRITICAL)
    keep(engine, worse, ended(two), dropped=(three.id,))
    assert open_alerts(engine) == [worse]
    assert ended_since(engine, NOW) == [ended(two)]
    assert ended_since(engine, NOW + MINUTE) == []
    assert alerts_of(engine, [one.id, two.id, three.id, "never"]) == {one.id: worse, two.id: ended(two)}


def test_one_may_end_and_the_next_of_the_same_begin_in_one_step(engine: Engine) -> None:
    before, after = alert(), replace(alert(), id="after")
    keep(engine, before)
    keep(engine, after, ended(before))
    assert open_alerts(engine) == [after]
    with pytest.raises(IntegrityError):
        keep(engine, replace(after, id="third"))


def test_they_are_found_newest_first_and_page_by_page(engine: Engine) -> None:
    made = [replace(alert(at=f"park-{n}"), id=f"a{n}", fired_at=NOW + n // 2 * MINUTE) for n in range(6)]
    pending = replace(alert(at="park-9"), id="pending", phase=Phase.PENDING, fired_at=None)
    elsewhere = replace(alert("cpu_high", "hall-1"), severity=Severity.CRITICAL, fired_at=NOW - MINUTE)
    keep(engine, *made[:4], *map(ended, made[4:]), pending, elsewhere)
    everything = find_alerts(engine, AlertFilter())
    assert [each.id for each in everything] == ["a5", "a4", "a3", "a2", "a1", "a0", elsewhere.id]
    third = everything[2]
    assert third.fired_at is not None
    assert find_alerts(engine, AlertFilter(), before=(third.fired_at, third.id), limit=2) == everything[3:5]

    def ids(**wanted: object) -> list[str]:
        return [each.id for each in find_alerts(engine, AlertFilter(**wanted))]  # type: ignore[arg-type]

    assert ids(is_open=False) == ["a5", "a4"]
    assert ids(site="hall") == ids(rule="cpu_high") == ids(severity=Severity.CRITICAL) == [elsewhere.id]
    assert ids(access_point="park-3", is_open=True) == ["a3"]
    assert firing_by_severity(engine) == {Severity.WARNING: 4, Severity.CRITICAL: 1}
    assert firing_by_site(engine) == {"park": 4, "hall": 1}


def test_an_acknowledgement_is_of_a_firing_alert_and_goes_with_it(engine: Engine) -> None:
    one, pending = alert(), replace(alert(at="park-2"), phase=Phase.PENDING, fired_at=None)
    keep(engine, one, pending)
    seen = Acknowledgement("kim", NOW, "on my way")
    assert not acknowledge(engine, pending.id, seen)
    assert not acknowledge(engine, "never", seen)
    assert acknowledge(engine, one.id, Acknowledgement("lee", NOW))
    assert acknowledge(engine, one.id, seen)
    assert open_acknowledgements(engine) == {one.id: seen}
    assert alerts_of(engine, [one.id])[one.id].acknowledgement == seen
    assert release(engine, one.id)
    assert not release(engine, one.id)
    acknowledge(engine, one.id, seen)
    keep(engine, ended(one))
    assert open_acknowledgements(engine) == {}
    assert not acknowledge(engine, one.id, seen)
    assert alerts_of(engine, [one.id])[one.id].acknowledgement == seen


def test_a_silence_is_kept_under_its_number_and_ended_once(engine: Engine) -> None:
    one = add_silence(engine, silence)
    two = add_silence(engine, lambda id_: silence(id_, minutes=30))
    assert (one.id, two.id) == ("1", "2")
    assert silences_until(engine, NOW) == [two, one]
    assert silences_until(engine, NOW + 30 * MINUTE) == [one]
    over = end_silence(engine, one.id, "lee", NOW + MINUTE)
    assert over is not None
    assert (over.ended_early_by, over.until) == ("lee", NOW + MINUTE)
    assert silences_until(engine, NOW + MINUTE) == [two]
    assert silence_of(engine, "1") == over
    with pytest.raises(ValueError, match="has ended already"):
        end_silence(engine, "1", "lee", NOW + 2 * MINUTE)
    assert end_silence(engine, "7", "lee", NOW) is end_silence(engine, "no number", "lee", NOW) is None


def test_what_cannot_be_is_not_kept(engine: Engine) -> None:
    with pytest.raises(ValidationError):
        add_silence(engine, lambda id_: silence(id_, matcher=Matcher()))
    with pytest.raises(ValidationError):
        add_maintenance(engine, lambda id_: works(id_, minutes=-1))
    assert (silences_until(engine, NOW - 90 * 24 * 60 * MINUTE), planned_maintenance(engine)) == ([], [])


def test_maintenance_is_planned_taken_back_and_over(engine: Engine) -> None:
    one, two = add_maintenance(engine, works), add_maintenance(engine, lambda id_: works(id_, minutes=30))
    assert planned_maintenance(engine) == [one, two]
    assert take_back_maintenance(engine, one.id) == one
    assert take_back_maintenance(engine, one.id) is take_back_maintenance(engine, "no number") is None
    prune(engine, NOW + 29 * MINUTE)
    assert planned_maintenance(engine) == [two]
    prune(engine, NOW + 30 * MINUTE)
    assert planned_maintenance(engine) == []


def test_what_ended_long_ago_is_forgotten(engine: Engine) -> None:
    old, young, open_ = alert(at="park-1"), alert(at="park-2"), alert(at="park-3")
    keep(engine, old, open_, ended(young, minutes=1))
    acknowledge(engine, old.id, Acknowledgement("kim", NOW))
    keep(engine, ended(old))
    add_silence(engine, silence)
    prune(engine, NOW + ALERTS_KEPT_FOR + timedelta(seconds=1))
    assert set(alerts_of(engine, [old.id, young.id, open_.id])) == {young.id, open_.id}
    assert silence_of(engine, "1") is not None
    prune(engine, NOW + ALERTS_KEPT_FOR + 61 * MINUTE)
    assert silence_of(engine, "1") is None


def test_when_the_city_was_last_judged_is_known(engine: Engine) -> None:
    assert last_evaluation(engine) is None
    for minutes in (0, 3):
        with engine.begin() as connection:
            note_evaluation(connection, NOW + minutes * MINUTE)
    assert last_evaluation(engine) == NOW + 3 * MINUTE
