"""What a collector tells of itself."""

import os
import time
from datetime import UTC, datetime

from collector.config import CollectorTable
from collector.figures.collector_itself import CollectorItself, name_in_figures
from collector.figures.figure import Figure
from collector.figures.measurements import COLLECTOR, COLLECTOR_FRAMES, DELIVERIES, QUARANTINE, Measurement
from collector.metrics import Metrics

AT = datetime(2026, 5, 2, 12, tzinfo=UTC)
OUTCOMES = {"stored", "repeated", "refused", "deferred", "lost_by_engine"}


def source_of(metrics: Metrics, *, is_elected: bool = False) -> CollectorItself:
    return CollectorItself("collector-1", metrics, lambda: is_elected)


def of(measurement: Measurement, figures: list[Figure]) -> list[Figure]:
    return [figure for figure in figures if figure.measurement is measurement]


def collector(source: CollectorItself) -> dict[str, float | None]:
    [figure] = of(COLLECTOR, list(source.figures(AT)))
    return dict(figure.values)


def counts(measurement: Measurement, source: CollectorItself, *tags: str) -> dict[tuple[str, ...], float | None]:
    figures = of(measurement, list(source.figures(AT)))
    [field] = measurement.fields
    return {tuple(figure.tags[tag] for tag in tags): figure.values[field] for figure in figures}


def test_every_field_is_told_from_the_beginning_and_all_are_named_and_at_the_instant() -> None:
    figures = list(source_of(Metrics()).figures(AT))
    assert [figure.measurement for figure in figures] == [COLLECTOR, *[COLLECTOR_FRAMES] * 5]
    assert figures[0].values.keys() == COLLECTOR.fields.keys()
    assert {figure.at for figure in figures} == {AT}
    assert {figure.tags["collector"] for figure in figures} == {"collector-1"}


def test_counts_are_those_since_the_last_time() -> None:
    metrics = Metrics()
    source = source_of(metrics)
    metrics.reports_stored.inc(600)
    metrics.write_seconds.observe(0.25)
    metrics.write_seconds.observe(0.5)
    metrics.commit_delay_seconds.observe(0.125)
    first = collector(source)
    assert first["reports_stored"] == 600
    assert (first["write_seconds_sum"], first["write_seconds_count"]) == (0.75, 2)
    assert (first["commit_delay_seconds_sum"], first["commit_delay_seconds_count"]) == (0.125, 1)
    assert first["write_failures"] == 0
    metrics.reports_stored.inc(5)
    metrics.write_failures.inc()
    second = collector(source)
    assert (second["reports_stored"], second["write_seconds_count"], second["write_failures"]) == (5, 0, 1)


def test_the_mean_of_nothing_is_not_told_as_no_time_at_all() -> None:
    metrics = Metrics()
    metrics.write_seconds.observe(0.0)
    told = collector(source_of(metrics))
    assert (told["write_seconds_sum"], told["write_seconds_count"]) == (0.0, 1)
    assert (told["commit_delay_seconds_sum"], told["commit_delay_seconds_count"]) == (None, 0)


def test_what_is_a_level_is_told_as_it_is() -> None:
    metrics = Metrics()
    source = source_of(metrics, is_elected=True)
    metrics.is_connected.set(1)
    metrics.pending_frames.set(7)
    metrics.unsettled_frames.set(8)
    metrics.waiting_bundles.set(9)
    metrics.unknown_devices.set(10)
    levels = ("is_connected", "is_elected", "pending_frames", "unsettled_frames", "waiting_bundles", "unknown_devices")
    for _ in range(2):
        told = collector(source)
        assert [told[level] for level in levels] == [1, 1, 7, 8, 9, 10]


def test_memory_and_processor_time_are_those_of_this_process() -> None:
    source = source_of(Metrics())
    began = time.process_time()
    while time.process_time() - began < 0.02:
        pass
    told = collector(source)
    assert told["cpu_seconds"] is not None
    assert told["resident_bytes"] is not None
    assert told["cpu_seconds"] >= 0.02
    assert 2**20 < told["resident_bytes"] < 2**40
    used_again = collector(source)["cpu_seconds"]
    assert used_again is not None
    assert used_again < told["cpu_seconds"]


def test_frames_are_told_by_outcome_and_none_of_one_is_told_as_none() -> None:
    metrics = Metrics()
    source = source_of(metrics)
    metrics.frames.labels("stored").inc(3)
    assert counts(COLLECTOR_FRAMES, source, "outcome") == {(each,): 3 * (each == "stored") for each in OUTCOMES}
    assert counts(COLLECTOR_FRAMES, source, "outcome") == {(each,): 0 for each in OUTCOMES}


def test_quarantine_and_deliveries_are_told_from_the_first_on() -> None:
    metrics = Metrics()
    source = source_of(metrics)
    assert counts(QUARANTINE, source, "reason") == {}
    metrics.quarantined.labels("clock").inc(2)
    metrics.deliveries.labels("ops", "again").inc()
    assert counts(QUARANTINE, source, "reason") == {("clock",): 2}
    metrics.deliveries.labels("ops", "delivered").inc()
    told = counts(DELIVERIES, source, "endpoint", "result")
    assert told == {("ops", "again"): 0, ("ops", "delivered"): 1}
    assert counts(QUARANTINE, source, "reason") == {("clock",): 0}


def test_a_collector_without_a_name_is_called_as_its_host() -> None:
    assert name_in_figures(CollectorTable(name="collector-2")) == "collector-2"
    assert name_in_figures(CollectorTable(name="collector")) == "collector"
    assert name_in_figures(CollectorTable()) == os.uname().nodename
