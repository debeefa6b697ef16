"""From which values on something is worth a look, and from which it is bad.

Where the collector has an alert rule for the same thing, what it raises at is bad, and what it clears at is the begin
of what is worth a look; its sources are with the rule (`collector/alerts/rules/`), and a test holds these numbers to
its defaults. Where `dashboards/rules/` has one, it is held to that. All others are judgements of ours, said so here.
"""

from dashboards.panels import Threshold, Tone

Thresholds = tuple[Threshold, ...]


def _from(warning: float, bad: float) -> Thresholds:
    """More is worse."""
    return (Threshold(warning, "warning"), Threshold(bad, "bad"))


def _until(bad: float, warning: float) -> Thresholds:
    """Less is worse: below the first value it is bad, which is the panel's `lowest`."""
    return (Threshold(bad, "warning"), Threshold(warning, "good"))


def of_column(lowest: Tone, thresholds: Thresholds) -> Thresholds:
    """For a column beside others of which more is worse: from 0 on it means this, and not the panel's `lowest`."""
    return (Threshold(0, lowest), *thresholds)


AIRTIME = _from(0.65, 0.75)
RETRIES = _from(0.2, 0.3)
NOISE_DBM = _from(-75, -70)
RADIO_CLIENTS = _from(40, 50)
PROCESSOR_OR_MEMORY = _from(0.8, 0.95)
"""Where both are lines of one panel: what the processor clears at, and what memory raises at."""
TEMPERATURE_CELSIUS = _from(80, 90)
UPTIME_SECONDS = (Threshold(3600, "good"),)
"""Less than what ends the alert about restarts was started within the hour; the panel's `lowest` is `warning`."""
UPLINK_SHARE = _until(0.8, 0.95)
THROUGHPUT_BITS_PER_SECOND = _until(30e6, 50e6)
COLLECTOR_DELAY_SECONDS = _from(5, 30)
LOST_FRAMES = (Threshold(1, "bad"),)
"""The rule raises above none."""

SILENT_SHARE = _from(0.001, 0.5)
"""Bad as where the rule calls it an outage of the site. A judgement of ours: one silent access point of a thousand is
worth a look, so that a single one shows at the largest site."""
AVAILABILITY = _until(0.95, 0.99)
"""Bad as where the alert of a site that is often silent fires. A judgement of ours: up to a quarter of an hour a day is
a restart or works, and good."""
FAILED_SHARE = _from(0.05, 0.5)
"""Bad as where the alert of a failing portal fires. A judgement of ours: one check in twenty fails by chance."""
OUTBOX_AGE_SECONDS = _from(60, 300)
"""Bad as where the alert of a stuck outbox fires. A judgement of ours: a minute is a first attempt again."""
WAITING_FRAMES = _from(1000, 5000)
"""Bad as where the alert of waiting frames fires. A judgement of ours: a fifth of it is worth a look."""
SPOOLED_FRAMES = (Threshold(1000, "warning"),)
"""As the alert about an agent's spool, which is a warning."""

ANY_IS_A_WARNING = (Threshold(1, "warning"),)
"""A judgement of ours: there should be none, and one is work for the day."""
ANY_IS_BAD = (Threshold(1, "bad"),)
"""A judgement of ours: there should be none at all."""
SHARED_CHANNEL = _from(2, 4)
"""A judgement of ours: radios on one channel share its airtime, two of them by halves, four by quarters."""
DELAY_SECONDS = _from(60, 300)
"""Of what an agent sends. A judgement of ours: a reading that is later than the next one was kept back, and one that
is five minutes late is missing in the window of its site until it comes."""
LATENCY_SECONDS = _from(0.5, 2)
"""Of a check. A judgement of ours: half a second is felt, and after two people try again."""
PROMISED_TIMES = (Threshold(4, "good"),)
"""What the programme promised; below it the panel's `lowest` counts."""
AT_LEAST_ONE = (Threshold(1, "good"),)
"""None is what the panel's `lowest` says."""
EXACTLY_ONE = (Threshold(1, "good"), Threshold(2, "bad"))
"""None does the work, or two do it at once."""
