"""Of which days the evidence of a judgement is. For the pages of the replacement programme."""

from datetime import date, timedelta

from collector.korean_time import KST
from collector.state.assessments import Run


def evidence_days(run: Run) -> tuple[date, date]:
    """The first and the last day, in Korea; a run's end is the midnight after it."""
    last = run.until.astimezone(KST) - timedelta(microseconds=1)
    return run.since.astimezone(KST).date(), last.date()
