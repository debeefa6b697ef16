"""The life of alerts: pending, firing, resolved."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from alert_lives import BAD, BETWEEN, GOOD, NOW, RULE, UNKNOWN, Lives, verdicts

from collector.alerts import documents
from collector.alerts.alert import Acknowledgement, Alert, End, Flaps, Identity, Phase, Severity, Subject
from collector.alerts.judging.verdicts import Listed, State, Verdicts
from collector.alerts.life import steps as life
from collector.alerts.life.flapping import slot_at
from collector.alerts.rules import RuleSettings

PENDING, FIRING, RESOLVED = Phase


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_rule_that_does_not_wait_fires_at_once() -> None:
    step = Lives(severity="critical").see(
        BAD,
        values=0.9,
        threshold=0.75,
        detail=lambda _: {"port": "eth0"},
        people=lambda _: 12,
        members=lambda _: ("a",),
    )
    alert = Alert(
        id="alert-1",
        rule=RULE,
        subject=Subject("ap", "park", "ap"),
        severity=Severity.CRITICAL,
        phase=FIRING,
        since=NOW,
        changed_at=NOW,
        fired_at=NOW,
        value=0.9,
        threshold=0.75,
        people=12,
        members=("a",),
        detail={"port": "eth0"},
        flaps=Flaps(changes=1, slot=slot_at(NOW), was_bad=True),
        refreshed_at=NOW,
    )
    assert step == life.Step(open={Identity(RULE, "ap"): alert}, changed=(alert,), dropped=(), flaps={})


def test_it_fires_once_it_has_been_bad_for_long_enough() -> None:
    lives = Lives(raise_after_seconds=60)
    lives.see(BAD)
    lives.see(BAD, after=59)
    assert lives.phases == [PENDING]
    lives.see(BAD, after=1)
    assert lives.phases == [PENDING, FIRING]
    assert (lives.alert.since, lives.alert.fired_at, lives.alert.changed_at) == (NOW, at(60), at(60))


@pytest.mark.parametrize("other", [GOOD, BETWEEN, UNKNOWN])
def test_anything_but_bad_drops_a_pending_one(other: State) -> None:
    lives = Lives(raise_after_seconds=60)
    lives.see(BAD)
    step = lives.see(other, after=30)
    assert (step.open, step.changed, step.dropped) == ({}, (), ("alert-1",))
    lives.see(BAD, after=29)
    lives.see(BAD, after=59)
    assert (lives.alert.phase, lives.alert.id, lives.alert.since) == (PENDING, "alert-2", at(59))


def test_it_ends_once_it_has_been_well_for_long_enough() -> None:
    lives = Lives(clear_after_seconds=120)
    lives.see(BAD)
    lives.see(GOOD, after=10)
    lives.see(GOOD, after=119)
    assert lives.alert.well_since == at(10)
    (ended,) = lives.see(GOOD, after=1).changed
    assert (ended.phase, ended.end, ended.ended_at, ended.well_since) == (RESOLVED, End.WELL, at(130), at(10))
    assert not lives.alerts
    assert not lives.see(GOOD, after=1).changed


def test_a_rule_that_clears_at_once_ends_at_once() -> None:
    lives = Lives(clear_after_seconds=0)
    lives.see(BAD)
    lives.see(GOOD, after=1)
    assert lives.phases == [FIRING, RESOLVED]


@pytest.mark.parametrize("other", [BAD, BETWEEN, UNKNOWN])
def test_anything_but_good_is_a_break_in_being_well(other: State) -> None:
    lives = Lives(clear_after_seconds=120)
    lives.see(BAD)
    lives.see(GOOD, after=1)
    lives.see(other, after=119)
    assert lives.alert.well_since is None
    lives.see(GOOD, after=1)
    lives.see(GOOD, after=119)
    assert lives.alert.well_since == at(121)


def test_not_to_know_never_ends_it() -> None:
    lives = Lives(clear_after_seconds=0)
    lives.see(BAD)
    lives.see(UNKNOWN, after=10)
    lives.see(UNKNOWN, after=100_000)
    assert (lives.alert.phase, lives.alert.unknown_since) == (FIRING, at(10))
    lives.see(BAD, after=1)
    assert lives.alert.unknown_since is None


def test_what_is_not_in_the_rows_but_to_be_had_is_unknown() -> None:
    lives = Lives(clear_after_seconds=0)
    lives.see({"ap": BAD, "other": GOOD})
    lives.see({"other": GOOD}, after=10, known=frozenset({"ap"}))
    assert (lives.alert.phase, lives.alert.unknown_since) == (FIRING, at(10))


def test_what_is_not_to_be_had_is_gone() -> None:
    lives = Lives()
    lives.see({"ap": BAD, "other": GOOD})
    (ended,) = lives.see({"other": GOOD}, after=10).changed
    assert (ended.phase, ended.end, ended.ended_at) == (RESOLVED, End.GONE, at(10))
    assert not lives.alerts


@pytest.mark.parametrize("known", [frozenset(), frozenset({"ap"})])
def test_a_pending_one_without_a_row_is_dropped(known: frozenset[str]) -> None:
    lives = Lives(raise_after_seconds=60)
    lives.see(BAD)
    step = lives.see({"other": GOOD}, after=10, known=known)
    assert (step.open, step.changed, step.dropped) == ({}, (), ("alert-1",))


def test_a_rule_that_failed_knows_nothing() -> None:
    lives = Lives(clear_after_seconds=0)
    lives.see(BAD)
    lives.judge({}, after=10)
    assert (lives.alert.phase, lives.alert.unknown_since) == (FIRING, at(10))


@pytest.mark.parametrize("is_judged", [True, False])
def test_a_rule_that_is_switched_off_ends_its_alerts(*, is_judged: bool) -> None:
    lives = Lives()
    lives.see(BAD)
    lives.settings = RuleSettings(is_enabled=False)
    judged = {RULE: verdicts({"ap": BAD})} if is_judged else {}
    (ended,) = lives.judge(judged, after=10).changed
    assert (ended.phase, ended.end) == (RESOLVED, End.GONE)
    assert not lives.judge(judged, after=1).open


def test_a_rule_that_is_there_no_longer_ends_its_alerts() -> None:
    lives = Lives()
    lives.see(BAD)
    step = life.step(lives.alerts, {}, {}, flaps={}, now=at(1), new_id=str)
    assert [alert.end for alert in step.changed] == [End.GONE]


def test_nothing_is_written_while_nothing_changes() -> None:
    lives = Lives(raise_after_seconds=60)
    lives.see(BAD, values=0.80)
    for second in range(299):
        step = lives.see(BAD, after=1, values=0.80 + second / 10_000)
        assert bool(step.changed) is (second == 59)


def test_a_value_that_moves_is_written_every_five_minutes() -> None:
    lives = Lives()
    lives.see(BAD, values=0.80)
    assert not lives.see(BAD, after=299, values=0.90).changed
    (alert,) = lives.see(BAD, after=1, values=0.95).changed
    assert (alert.value, alert.changed_at, alert.refreshed_at) == (0.95, NOW, at(300))
    assert not lives.see(BAD, after=1, values=0.80).changed


def test_a_value_that_stays_is_never_written_again() -> None:
    lives = Lives()
    lives.see(BAD, values=0.80)
    assert not any(lives.see(BAD, after=60, values=0.80).changed for _ in range(100))


def test_thousands_are_not_written_together_again() -> None:
    lives, all_bad = Lives(), {f"ap-{number}": BAD for number in range(1000)}
    assert len(lives.see(all_bad, values=0.8).changed) == 1000
    counts = [len(lives.see(all_bad, after=after, values=0.9).changed) for after in (300, 1, 1, 1, 1, 1)]
    assert counts == [200, 200, 200, 200, 200, 0]


def test_a_value_that_is_not_known_is_none() -> None:
    lives = Lives()
    lives.see(BAD, values=float("nan"))
    assert lives.alert.value is None


def test_a_row_may_be_worse_than_its_rule_says() -> None:
    lives = Lives(severity="info")
    lives.see(BAD, severity=lambda _: Severity.WARNING)
    assert lives.alert.severity is Severity.WARNING
    lives.see(BAD, after=10, severity=lambda _: Severity.CRITICAL)
    assert (lives.alert.severity, lives.alert.changed_at) == (Severity.CRITICAL, at(10))
    step = lives.see(BAD, after=10)
    assert [alert.severity for alert in step.changed] == [Severity.INFO]
    assert lives.alert.changed_at == at(10)  # that it is less bad is no news


def test_who_joins_or_leaves_is_news_and_the_order_is_not() -> None:
    lives = Lives()
    lives.see(BAD, members=lambda _: ("a", "b"))
    assert not lives.see(BAD, after=1, members=lambda _: ("b", "a")).changed
    (alert,) = lives.see(BAD, after=1, members=lambda _: ("a", "b", "c"), people=lambda _: 7).changed
    assert (alert.members, alert.changed_at, alert.people) == (("a", "b", "c"), at(2), 7)
    lives.see(BAD, after=1, members=lambda _: ("a",))
    assert (lives.alert.members, lives.alert.changed_at) == (("a",), at(3))


def test_members_of_a_pending_one_are_those_of_the_moment_at_which_it_fires() -> None:
    lives = Lives(raise_after_seconds=60)
    lives.see(BAD, members=lambda _: ("a",))
    lives.see(BAD, after=60, members=lambda _: ("a", "b"))
    assert (lives.alert.phase, lives.alert.members, lives.alert.changed_at) == (FIRING, ("a", "b"), at(60))


def test_what_has_ended_begins_anew_with_another_id() -> None:
    lives = Lives(clear_after_seconds=0)
    lives.see(BAD)
    lives.see(GOOD, after=1)
    lives.see(BAD, after=1)
    assert (lives.alert.id, lives.alert.since) == ("alert-2", at(2))


def test_an_acknowledgement_stays_to_the_end() -> None:
    lives = Lives(clear_after_seconds=0)
    lives.see(BAD)
    seen = Acknowledgement("kim", at(1), "on my way")
    lives.alerts = {lives.alert.identity: replace(lives.alert, acknowledgement=seen)}
    lives.see(UNKNOWN, after=2)
    (ended,) = lives.see(GOOD, after=1).changed
    assert ended.acknowledgement == seen


def test_a_clock_put_back_neither_fires_nor_ends_anything_early() -> None:
    lives = Lives(raise_after_seconds=60, clear_after_seconds=120)
    lives.see(BAD, after=3600)
    lives.see(BAD, after=-3600)
    assert (lives.alert.phase, lives.alert.since) == (PENDING, NOW)
    lives.see(BAD, after=59)
    assert lives.alert.phase is PENDING
    lives.see(BAD, after=1)
    assert lives.alert.phase is FIRING
    lives.see(GOOD, after=1)
    lives.see(GOOD, after=-3600)
    lives.see(GOOD, after=119)
    assert lives.alert.phase is FIRING
    (ended,) = lives.see(GOOD, after=1).changed
    assert ended.ended_at is not None
    assert ended.fired_at is not None
    assert ended.ended_at >= ended.fired_at


def test_two_rows_for_one_thing_are_one_alert() -> None:
    thing = Subject("ap", "park", "ap")
    lives = Lives()
    doubled = Verdicts(Listed([thing, thing]), np.array([BAD, BAD], dtype=np.int8))
    assert len(lives.judge({RULE: doubled}).changed) == 1
    assert not lives.judge({RULE: doubled}, after=1).changed


def test_rows_without_trouble_are_not_looked_at() -> None:
    class Untouchable:
        def subject(self, row: int) -> Subject:
            raise AssertionError(row)

        row = is_known = subject

    states = np.array([GOOD, BETWEEN, UNKNOWN] * 1000, dtype=np.int8)
    assert not Lives().judge({RULE: Verdicts(Untouchable(), states)}).open


def test_the_same_thing_may_have_an_alert_of_each_rule() -> None:
    settings = {"cpu_high": RuleSettings(raise_after_seconds=0), "memory_high": RuleSettings(raise_after_seconds=0)}
    judged = dict.fromkeys(settings, verdicts({"ap": BAD}))
    ids = iter("ab")
    step = life.step({}, judged, settings, flaps={}, now=NOW, new_id=lambda: next(ids))
    assert {identity: alert.id for identity, alert in step.open.items()} == {
        Identity("cpu_high", "ap"): "a",
        Identity("memory_high", "ap"): "b",
    }


def test_an_alert_is_whole_after_it_was_kept() -> None:
    lives = Lives(raise_after_seconds=60)
    lives.see(
        BAD, values=0.8, threshold=0.75, detail=lambda _: {"channel": 36.0, "port": "1"}, members=lambda _: ("a",)
    )
    lives.see(BAD, after=60, values=0.8, people=lambda _: 3)
    lives.see(UNKNOWN, after=1)
    kept = replace(lives.alert, acknowledgement=Acknowledgement("kim", NOW))
    ended = replace(kept, phase=RESOLVED, end=End.GONE, ended_at=at(90), well_since=at(80))
    for alert in (kept, ended):
        assert documents.from_document(documents.to_document(alert)) == alert


def test_a_document_of_another_version_can_be_read() -> None:
    lives = Lives()
    lives.see(BAD)
    document = documents.to_document(lives.alert)
    newer = document | {
        "colour": "red",
        "subject": document["subject"] | {"floor": 2},
        "flaps": document["flaps"] | {"colour": "red"},
    }
    assert documents.from_document(newer) == lives.alert
    del document["refreshed_at"], document["flaps"]["bad_seconds"], document["subject"]["part"]
    assert documents.from_document(document) == replace(lives.alert, refreshed_at=None)
    with pytest.raises(ValueError, match="phase"):
        documents.from_document(newer | {"phase": "asleep"})
