"""What holds of alerts whatever is seen, in whatever sequence, across restarts of the collector."""

from dataclasses import dataclass, replace
from datetime import datetime

from alert_lives import BAD, BETWEEN, GOOD, RULE, UNKNOWN, Lives, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.alerts.alert import Alert, End, Phase
from collector.alerts.judging.verdicts import State
from collector.alerts.life import flapping

KEYS = ("a", "b")
ABSENT, FAILED = "absent", "failed"
seen = st.sampled_from([BAD, BAD, GOOD, GOOD, BETWEEN, UNKNOWN, ABSENT])
waits = st.sampled_from([0, 0.5, 1, 20, 59, 60, 61, 120, 179, 180, 181, 300, 900, 4000])


@dataclass(frozen=True)
class Moment:
    """What is seen of each thing after a wait, and whether the collector was started anew before."""

    after: float
    seen: tuple[State | str, State | str]
    has_failed: bool = False
    is_restart: bool = False

    def of(self, key: str) -> State:
        """What is known of a thing."""
        found = self.seen[KEYS.index(key)]
        return UNKNOWN if self.has_failed or isinstance(found, str) else found


moments = st.builds(
    Moment,
    st.one_of(waits, waits, waits, st.just(-600)),
    st.tuples(seen, seen),
    st.integers(0, 9).map(lambda number: number == 0),
    st.integers(0, 4).map(lambda number: number == 0),
)
onward = st.builds(Moment, waits, st.tuples(seen, seen), st.integers(0, 9).map(lambda number: number == 0))
durations = st.sampled_from([0, 60, 300])


def live(lives: Lives, moment: Moment) -> list[Alert]:
    """One step; what it gave to be written."""
    if moment.is_restart:
        lives.restart()
    there = {key: found for key, found in zip(KEYS, moment.seen, strict=True) if isinstance(found, State)}
    judged = {} if moment.has_failed else {RULE: verdicts(there, known=frozenset(KEYS))}
    return list(lives.judge(judged, after=moment.after).changed)


def run_of(state: State, key: str, lived: list[tuple[datetime, Moment]]) -> float:
    """For how long, up to the last moment, a thing was always seen in a state: from the first moment of the run, or
    where the clock was put back in it, from the earliest since."""
    earliest = lived[-1][0]
    for now, moment in reversed(lived):
        if moment.of(key) is not state:
            break
        earliest = min(earliest, now)
    return (lived[-1][0] - earliest).total_seconds()


@given(st.lists(moments, max_size=40), durations, durations)
@settings(max_examples=200, deadline=None)
def test_whatever_is_seen_the_life_of_every_alert_is_whole(
    happenings: list[Moment], raise_after: float, clear_after: float
) -> None:
    lives = Lives(raise_after_seconds=raise_after, clear_after_seconds=clear_after)
    lived: list[tuple[datetime, Moment]] = []
    fired: set[str] = set()
    ended: set[str] = set()
    well = Moment(8000, (GOOD, GOOD))
    for moment in [*happenings, well, well]:
        before = dict(lives.alerts)
        changed = live(lives, moment)
        lived.append((lives.now, moment))
        assert len({alert.id for alert in changed}) == len(changed)
        for alert in changed:
            assert alert.id not in ended, "what has ended changes no more"
            if alert.phase is Phase.FIRING and alert.id not in fired:
                fired.add(alert.id)
                assert moment.of(alert.subject.key) is BAD
                assert alert.is_flapping or run_of(BAD, alert.subject.key, lived) >= raise_after
            if alert.phase is Phase.RESOLVED:
                ended.add(alert.id)
                assert alert.end is End.WELL
                assert moment.of(alert.subject.key) is GOOD, "only what is well ends it"
                assert run_of(GOOD, alert.subject.key, lived) >= clear_after
                assert alert.fired_at is not None
                assert alert.ended_at is not None
                assert alert.fired_at <= alert.ended_at
        for identity, alert in lives.alerts.items():
            assert alert.identity == identity
            state = moment.of(alert.subject.key)
            assert alert.phase is Phase.FIRING or state is BAD
            assert (alert.well_since is not None) is (alert.phase is Phase.FIRING and state is GOOD)
            assert (alert.unknown_since is not None) is (alert.phase is Phase.FIRING and state is UNKNOWN)
            assert not (alert.well_since and alert.well_since > lives.now)
            was = before.get(identity)
            assert was is None or was.phase is Phase.PENDING or was.id == alert.id, "firing goes on as what it was"
        written = {alert.identity: alert for alert in lives.written.values() if alert.is_open}
        assert {key: replace(alert, refreshed_at=None) for key, alert in written.items()} == {
            key: replace(alert, refreshed_at=None) for key, alert in lives.alerts.items()
        }, "what is written is what is open"
    assert not lives.alerts
    assert fired == ended, "what has fired ends, and ends once"
    assert fired == set(lives.written), "and nothing else is left behind"


def course(lives: Lives) -> tuple[object, ...]:
    """What has become of everything, without the instants at which it happened to be looked at."""
    ends = {alert.id: (alert.phase, alert.end, alert.since) for alert in lives.written.values()}
    still = {
        key: (alert.well_since, alert.unknown_since, alert.flaps, alert.is_flapping)
        for key, alert in lives.alerts.items()
    }
    histories = {key: flaps for key, flaps in lives.flaps.items() if not flapping.is_forgotten(flaps, lives.now)}
    return ends, still, histories


@given(st.lists(st.tuples(onward, st.integers(0, 5)), max_size=30), durations, durations)
@settings(max_examples=150, deadline=None)
def test_how_often_the_same_is_seen_makes_no_difference(
    happenings: list[tuple[Moment, int]], raise_after: float, clear_after: float
) -> None:
    seldom = Lives(raise_after_seconds=raise_after, clear_after_seconds=clear_after)
    often = Lives(raise_after_seconds=raise_after, clear_after_seconds=clear_after)
    for moment, times in happenings:
        begins = replace(moment, after=0)
        for lives, parts in ((seldom, 1), (often, times + 1)):
            live(lives, begins)
            for _ in range(parts):
                live(lives, replace(moment, after=moment.after / parts))
            lives.now = seldom.now  # parts need not add up to the very microsecond
            live(lives, begins)
        assert course(seldom) == course(often)


@given(st.lists(moments, max_size=20), durations)
@settings(max_examples=100, deadline=None)
def test_the_same_moment_twice_changes_nothing_the_second_time(happenings: list[Moment], clear_after: float) -> None:
    lives = Lives(raise_after_seconds=60, clear_after_seconds=clear_after)
    for moment in happenings:
        live(lives, moment)
        before = lives.alerts, lives.flaps
        assert live(lives, replace(moment, after=0, is_restart=False)) == []
        assert (lives.alerts, lives.flaps) == before


@given(st.lists(moments, max_size=20))
@settings(max_examples=100, deadline=None)
def test_a_restart_makes_no_difference_to_what_is_open(happenings: list[Moment]) -> None:
    lives = Lives(raise_after_seconds=60)
    for moment in happenings:
        live(lives, replace(moment, is_restart=False))
        alerts = lives.alerts
        lives.restart()
        assert lives.alerts == {
            key: replace(alert, refreshed_at=lives.alerts[key].refreshed_at) for key, alert in alerts.items()
        }
