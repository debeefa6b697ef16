"""The agent's health for Prometheus. Imported only where `[metrics]` is configured."""

from collections.abc import Iterator
from dataclasses import asdict

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.health import Health
from agent.spool import Spool


class HealthCollector(Collector):
    """Reads the health and the spool at each scrape."""

    def __init__(self, health: Health, spool: Spool) -> None:
        self._health = health
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        """The families of one scrape."""
        health = self._health
        yield _gauge("hangang_agent_connected", "1 while connected to the broker", health.is_connected)
        yield _gauge("hangang_agent_spool_frames", "Frames on disk, not acknowledged", self._spool.frames)
        yield _gauge("hangang_agent_spool_bytes", "Bytes of frames on disk", self._spool.bytes)
        yield _counter("hangang_agent_spool_dropped_frames", "Frames lost to age or space", self._spool.dropped_frames)
        yield _counter("hangang_agent_reports_sampled", "Reports read from sources", health.reports_sampled)
        yield _counter("hangang_agent_frames_sent", "Frames published, repeats included", health.frames_sent)
        yield _counter("hangang_agent_frames_resent", "Frames published again", health.frames_resent)
        yield _counter("hangang_agent_frames_stored", "Frames acknowledged as stored", health.frames_stored)
        yield _counter(
            "hangang_agent_frames_refused", "Frames the collector put into quarantine", health.frames_refused
        )
        yield _counter("hangang_agent_bundles_sent", "Bundles of backlog published", health.bundles_sent)
        yield _counter("hangang_agent_bundled_frames_sent", "Frames published in bundles", health.bundled_frames_sent)
        yield _counter("hangang_agent_connections", "Connections made to the broker", health.connections)
        samples = CounterMetricFamily("hangang_agent_source_samples", "Readings of a source", labels=["source"])
        failures = CounterMetricFamily(
            "hangang_agent_source_failures", "Failed readings of a source", labels=["source"]
        )
        duration = GaugeMetricFamily(
            "hangang_agent_source_duration_seconds", "How long the last reading took", labels=["source"]
        )
        for name, source in health.sources.items():
            samples.add_metric([name], source.samples)
            failures.add_metric([name], source.failures)
            duration.add_metric([name], source.last_duration_seconds)
        yield from (samples, failures, duration)
        if health.traps is not None:
            traps = CounterMetricFamily(
                "hangang_agent_traps", "Datagrams at the trap receiver by what became of them", labels=["outcome"]
            )
            for outcome, number in asdict(health.traps).items():
                if outcome != "received":
                    traps.add_metric([outcome], number)
            yield traps


def serve(health: Health, spool: Spool, *, address: str, port: int) -> None:
    """Answer scrapes from a thread of its own. Raises OSError where the address cannot be bound."""
    registry = CollectorRegistry()
    registry.register(HealthCollector(health, spool))
    start_http_server(port, addr=address, registry=registry)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def _counter(name: str, documentation: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, documentation, value=value)
