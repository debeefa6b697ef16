"""What is alerted: first that the system itself is away or does not do its work, then what a whole site suffers."""

from dataclasses import dataclass
from typing import Literal

from dashboards.query import Filter, Query

EVERY = "1m"
Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alert by the key of its words. It fires when what the query gives over `window` is `above` or `below` a
    threshold for as long as `lasting`; or, where neither is given, when the query has had nothing to give.

    `also` is a second query that has to be above its own threshold: a share says little where it is of one or two.
    """

    key: str
    query: Query
    window: str
    lasting: str
    severity: Severity
    above: float | None = None
    below: float | None = None
    also: tuple[Query, float] | None = None

    @property
    def name(self) -> str:
        """In the field's way: `collector_silent` is HangangCollectorSilent."""
        return "Hangang" + "".join(word.capitalize() for word in self.key.split("_"))


_SITE = ("site", "kind")

ALERTS = (
    AlertRule("collector_silent", Query("hangang_collector.is_connected", along="max"), "3m", "2m", "critical"),
    AlertRule(
        "collector_disconnected",
        Query("hangang_collector.is_connected", along="max", by=("collector",)),
        "2m",
        "2m",
        "critical",
        below=1,
    ),
    AlertRule(
        "store_refuses",
        Query("hangang_collector.write_failures", along="sum", by=("collector",)),
        "5m",
        "5m",
        "critical",
        above=0,
    ),
    AlertRule(
        "frames_wait",
        Query("hangang_collector.pending_frames", along="min", by=("collector",)),
        "5m",
        "5m",
        "warning",
        above=5000,
    ),
    AlertRule(
        "quarantine_grows", Query("hangang_quarantine.quarantined", along="sum"), "15m", "5m", "warning", above=100
    ),
    AlertRule(
        "nobody_judges", Query("hangang_alerts.evaluation_seconds_count", along="sum"), "3m", "2m", "critical", below=1
    ),
    AlertRule("rule_fails", Query("hangang_alerts.rule_failures", along="sum"), "5m", "5m", "warning", above=0),
    AlertRule(
        "outbox_stuck", Query("hangang_alerts.outbox_age_seconds", along="min"), "3m", "2m", "critical", above=300
    ),
    AlertRule("notices_given_up", Query("hangang_alerts.dead_letters", along="last"), "3m", "1m", "warning", above=0),
    AlertRule(
        "spool_grows",
        Query("hangang_agent.spooled_frames", along="min", by=("agent",)),
        "15m",
        "15m",
        "warning",
        above=1000,
    ),
    AlertRule(
        "site_outage",
        Query("wifi_site_state.silent", along="min", by=_SITE, divided_by="access_points"),
        "3m",
        "2m",
        "critical",
        above=0.5,
        also=(Query("wifi_site_state.silent", along="min", by=_SITE), 1),
    ),
    AlertRule(
        "site_often_silent",
        Query("wifi_site.reported_seconds", along="sum", by=_SITE, divided_by="expected_seconds"),
        "1d",
        "1h",
        "warning",
        below=0.95,
    ),
    AlertRule(
        "checks_failing",
        Query(
            "wifi_site_check.failed_checks",
            along="sum",
            by=(*_SITE, "check"),
            where=(Filter("check", "portal"),),
            divided_by="checks",
        ),
        "30m",
        "10m",
        "critical",
        above=0.5,
    ),
    AlertRule(
        "airtime_high",
        Query("wifi_site_band.busy_ratio_sum", along="sum", by=(*_SITE, "band"), divided_by="busy_ratio_count"),
        "30m",
        "15m",
        "warning",
        above=0.75,
    ),
)
"""Thresholds of a site are those of the collector's own rules where there is one for the same thing. The others are
judgements of ours: what waits for five minutes does not merely wait its turn, and a site that is heard for less than
19 hours of 20 is seen to be away."""
