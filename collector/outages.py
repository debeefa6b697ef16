"""When an access point was not heard of, and when it started anew: worked out of the reports that came. Pure.

The rule is the one by which `collector.readings` calls a place silent now, over a time that is past.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.condition import HeardReport
from collector.readings import LONGEST_INTERVAL, LONGEST_PROBE_INTERVAL, OVERDUE_AT_LEAST, OVERDUE_INTERVALS

_LONGEST_UPTIME_SECONDS = 1e9
"""Three decades: what claims more would lead to before the first year."""


@dataclass(frozen=True, slots=True)
class Outage:
    """From the last report before it to the first one after it; `until` is None where it is not over. Where a
    controller said that it has lost the access point, that report is its beginning."""

    since: datetime
    until: datetime | None


def outages_in(
    reports: Sequence[HeardReport], *, since: datetime, now: datetime, was_known: bool
) -> tuple[Outage, ...]:
    """The outages from `since` to `now`, of reports in order. `was_known` says that the place was heard of before, so
    that it should have reported from the beginning; else it is expected from its first report on.

    Reports that tell nothing of the device count only where there are no others: checks are made from elsewhere too.
    """
    counted = [report for report in reports if report.tells_of_device]
    longest = LONGEST_INTERVAL if counted else LONGEST_PROBE_INTERVAL
    counted = counted or list(reports)
    first_interval = counted[0].interval_seconds if counted else None
    last = HeardReport(since, first_interval) if was_known else None
    began: datetime | None = None
    found: list[Outage] = []
    for report in counted:
        if began is None and last is not None and report.at - last.at > _patience(last, longest):
            began = last.at
        if report.is_up is False:
            began = began or report.at
        elif began is not None:
            found.append(Outage(began, report.at))
            began = None
        last = report
    if began is None and last is not None and now - last.at > _patience(last, longest):
        began = last.at
    if began is not None:
        found.append(Outage(began, None))
    return tuple(found)


def restarts_in(reports: Sequence[HeardReport], *, since: datetime) -> tuple[datetime, ...]:
    """When the device started anew from `since` on: it has been up for less long than before, or than the span."""
    found = []
    before: float | None = None
    for report in reports:
        if report.uptime_seconds is None:
            continue
        started_at = report.at - timedelta(seconds=min(report.uptime_seconds, _LONGEST_UPTIME_SECONDS))
        if started_at >= since and (before is None or report.uptime_seconds < before):
            found.append(started_at)
        before = report.uptime_seconds
    return tuple(found)


def _patience(report: HeardReport, longest: timedelta) -> timedelta:
    interval = timedelta(seconds=min(report.interval_seconds or 0.0, longest.total_seconds()))
    return max(OVERDUE_AT_LEAST, interval * OVERDUE_INTERVALS)
