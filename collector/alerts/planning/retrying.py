"""When a delivery that failed is tried again. Pure; used by `collector.alerting.sending`.

The schedule is that of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks), so that receivers
can rely on what they know of other senders.
"""

from datetime import datetime, timedelta

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first attempt, the second ... After the last of them it is not tried again."""
JITTER_RATIO = 0.2
"""A pause is up to so much longer, so that what failed together does not come back together."""


def next_attempt(
    attempts: int, now: datetime, *, chance: float, asked_for: timedelta = timedelta(0)
) -> datetime | None:
    """When to try again after so many attempts (1 for the first), or None where it has been tried for long enough.

    `chance` is a number from 0 to 1, drawn anew for each; `asked_for` is the pause that the receiver asked for, which
    only ever makes it longer.
    """
    if attempts > len(PAUSES):
        return None
    pause = PAUSES[max(attempts, 1) - 1]
    return now + max(pause, asked_for) * (1 + JITTER_RATIO * chance)
