"""The fleet: the newest that is known of each access point, its probes included, which come at times of their own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from state_files import open_state

from agent.wire import MAX_BITS_PER_SECOND, MAX_COUNT, Probe, Radio, Report
from collector.fleet import Fleet
from collector.readings import MAX_PROBES, Presence, Reading, clients_of, traffic_of
from collector.state.newest import NewestReadings, load_fleet

NOON = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def reading(minutes: float, **parts: object) -> Reading:
    at = NOON + timedelta(minutes=minutes)
    report = Report(access_point="a-1", observed_at=at, **parts)  # type: ignore[arg-type]
    return Reading.of(report, at, at, "gw-a")


def portal(outcome: str, minutes: float | None = None) -> Probe:
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    return Probe(kind="portal", target="http://portal.example", outcome=outcome, observed_at=at)


RADIOS = (Radio(name="radio0", clients=4),)


def test_a_report_of_probes_alone_leaves_the_radios_that_are_known() -> None:
    fleet = Fleet()
    fleet.remember("a-1", reading(0, radios=RADIOS, interval_seconds=60.0))
    merged = fleet.remember("a-1", reading(0.5, probes=(portal("open"),)))
    assert merged is not None
    assert merged == fleet.readings["a-1"]
    assert merged.observed_at == NOON
    assert merged.report.radios == RADIOS
    assert merged.report.probes == (portal("open", 0.5),)


def test_probes_stay_with_the_reports_that_come_after_them_until_they_are_made_again() -> None:
    fleet = Fleet()
    dns = Probe(kind="dns", outcome="ok")
    fleet.remember("a-1", reading(0, probes=(portal("open"), dns)))
    fleet.remember("a-1", reading(1, radios=RADIOS))
    fleet.remember("a-1", reading(2, probes=(portal("captive"),)))
    fleet.remember("a-1", reading(1.5, probes=(portal("broken"),)))  # late, and overtaken
    newest = fleet.readings["a-1"]
    assert newest.observed_at == NOON + timedelta(minutes=1)
    assert newest.report.probes == (portal("captive", 2), dns.model_copy(update={"observed_at": NOON}))


def test_a_place_that_only_probes_tell_of_is_heard_of_with_each_of_them() -> None:
    fleet = Fleet()
    for minute in range(0, 60, 5):
        fleet.remember("a-1", reading(minute, interval_seconds=300.0, probes=(portal("open"),)))
    newest = fleet.readings["a-1"]
    assert newest.observed_at == NOON + timedelta(minutes=55)
    assert newest.report.probes == (portal("open", 55),)
    assert fleet.presence("a-1", NOON + timedelta(minutes=69)) is Presence.REPORTING
    assert fleet.presence("a-1", NOON + timedelta(minutes=71)) is Presence.SILENT


def test_of_several_probes_the_one_made_most_often_says_when_a_place_is_silent() -> None:
    fleet, daily = Fleet(), Probe(kind="throughput", outcome="ok")
    fleet.remember("a-1", reading(0, interval_seconds=60.0, probes=(portal("open"),)))
    fleet.remember("a-1", reading(0.5, interval_seconds=86400.0, probes=(daily,)))
    assert fleet.presence("a-1", NOON + timedelta(minutes=4)) is Presence.SILENT
    fleet.remember("a-1", reading(60 * 24, interval_seconds=86400.0, probes=(daily,)))  # the portal's has been removed
    assert fleet.presence("a-1", NOON + timedelta(days=3)) is Presence.REPORTING


def test_a_reading_that_probes_have_overtaken_is_not_lost() -> None:
    fleet = Fleet()
    fleet.remember("a-1", reading(1, probes=(portal("open"),)))
    merged = fleet.remember("a-1", reading(0.9, radios=RADIOS))
    assert merged is not None
    assert (merged.observed_at, merged.report.radios) == (NOON + timedelta(minutes=0.9), RADIOS)
    assert merged.report.probes == (portal("open", 1),)


def test_what_is_known_of_a_place_is_the_same_after_a_restart(tmp_path: Path) -> None:
    fleet, state = Fleet(), open_state(tmp_path / "state.db")
    fleet.remember("a-1", reading(0, radios=RADIOS, interval_seconds=60.0))
    fleet.remember("a-1", reading(0.5, probes=(portal("open"),)))
    fleet.remember("a-2", reading(0, interval_seconds=60.0, probes=(portal("open"),)))
    fleet.remember("a-2", reading(1, interval_seconds=60.0, probes=(portal("open"),)))
    NewestReadings(state).save(list(fleet.readings.items()))
    loaded = load_fleet(state, NOON)
    assert dict(loaded.readings) == dict(fleet.readings)
    loaded.remember("a-2", reading(2, interval_seconds=60.0, probes=(portal("open"),)))
    assert loaded.readings["a-2"].observed_at == NOON + timedelta(minutes=2)
    state.dispose()


def test_what_was_checked_days_ago_is_let_go() -> None:
    fleet = Fleet()
    fleet.remember("a-1", reading(0, probes=(portal("open"),)))
    fleet.remember("a-1", reading(60 * 24 * 3, probes=(Probe(kind="dns", outcome="ok"),)))
    assert [probe.kind for probe in fleet.readings["a-1"].report.probes] == ["dns"]


def test_a_report_holds_so_many_probes_and_no_more() -> None:
    fleet = Fleet()
    for number in range(3):
        probes = tuple(Probe(kind="dns", target=f"{number}-{n}.example") for n in range(30))
        fleet.remember("a-1", reading(number, probes=probes))
    kept = fleet.readings["a-1"].report.probes
    assert len(kept) == MAX_PROBES
    assert {str(probe.target)[0] for probe in kept[:60]} == {"1", "2"}


def test_an_older_report_changes_nothing() -> None:
    fleet = Fleet()
    fleet.remember("a-1", reading(1, radios=RADIOS))
    assert fleet.remember("a-1", reading(0, clients=9)) is None


def test_an_access_point_that_its_controller_has_lost_is_silent() -> None:
    assert reading(0, is_up=False, interval_seconds=60.0).presence(NOON) is Presence.SILENT
    assert reading(0, is_up=True, interval_seconds=60.0).presence(NOON) is Presence.REPORTING


def test_a_controllers_clients_are_counted_at_its_access_points() -> None:
    assert clients_of(Report(observed_at=NOON, access_points=40, clients=95)) is None
    assert clients_of(Report(observed_at=NOON, clients=95)) == 95


def test_a_sum_over_radios_that_no_access_point_may_tell_is_none() -> None:
    """Each of them is within the limits of the wire."""

    def radios(*clients: int) -> tuple[Radio, ...]:
        return tuple(
            Radio(name=f"radio{number}", clients=each, tx_bits_per_second=1e6 * each, rx_bits_per_second=1.0)
            for number, each in enumerate(clients)
        )

    most = Report(observed_at=NOON, radios=radios(MAX_COUNT - 1, 1))
    assert (clients_of(most), traffic_of(most)) == (MAX_COUNT, (MAX_BITS_PER_SECOND, 2.0))
    more = Report(observed_at=NOON, radios=radios(MAX_COUNT, 1))
    assert (clients_of(more), traffic_of(more)) == (None, (None, 2.0))
