"""The collector's own metrics, for Prometheus, in a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """What the collector counts. Labels are few and bounded: reasons and outcomes, never names that agents choose."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.frames = Counter(
            "hangang_collector_frames",
            "Frames by what became of them: stored, repeated, refused, deferred, lost_by_engine",
            ["outcome"],
            registry=self.registry,
        )
        self.reports_stored = Counter("hangang_collector_reports_stored", "Reports stored", registry=self.registry)
        self.quarantined = Counter(
            "hangang_collector_quarantined", "Messages or parts put into quarantine", ["reason"], registry=self.registry
        )
        self.corrected = Counter(
            "hangang_collector_corrected", "Frames taken with a correction", ["reason"], registry=self.registry
        )
        self.write_seconds = Histogram(
            "hangang_collector_store_write_seconds", "Time to commit a batch", registry=self.registry
        )
        self.write_failures = Counter(
            "hangang_collector_store_write_failures", "Batches that the store did not take", registry=self.registry
        )
        self.commit_delay_seconds = Histogram(
            "hangang_collector_commit_delay_seconds",
            "From a frame's arrival to the commit that stores it",
            buckets=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 15, 60, 300, 3600),
            registry=self.registry,
        )
        self.pending_frames = Gauge(
            "hangang_collector_pending_frames", "Frames received and not stored yet", registry=self.registry
        )
        self.unsettled_frames = Gauge(
            "hangang_collector_unsettled_frames",
            "Frames written and not acknowledged yet, for the engine may still lose them",
            registry=self.registry,
        )
        self.waiting_bundles = Gauge(
            "hangang_collector_waiting_bundles",
            "Bundles of backlog that wait behind the present",
            registry=self.registry,
        )
        self.is_connected = Gauge(
            "hangang_collector_connected", "1 while subscribed at the broker", registry=self.registry
        )
        self.unknown_devices = Gauge(
            "hangang_collector_unknown_devices", "Devices that report without a place", registry=self.registry
        )
        self.certificate_expires = Gauge(
            "hangang_certificate_expires_timestamp_seconds",
            "When the first certificate of a kind ends: authority, broker, collector, agent",
            ["holder"],
            registry=self.registry,
        )
        self.alerts_firing = Gauge(
            "hangang_alerts_firing", "Alerts that fire now", ["rule", "severity"], registry=self.registry
        )
        self.evaluation_seconds = Histogram(
            "hangang_alerts_evaluation_seconds",
            "Time to judge the city by all rules, and to keep what came of it",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5),
            registry=self.registry,
        )
        self.rule_failures = Counter(
            "hangang_alerts_rule_failures", "Evaluations that a rule failed in", ["rule"], registry=self.registry
        )
        self.deliveries = Counter(
            "hangang_alerts_deliveries",
            "Calls to endpoints by what came of them: delivered, again, refused, gone",
            ["endpoint", "result"],
            registry=self.registry,
        )

    def frames_deferred(self) -> int:
        """How many frames were put off since the start."""
        return sum(
            int(sample.value)
            for metric in self.frames.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels.get("outcome") == "deferred"
        )

    def render(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self.registry)
