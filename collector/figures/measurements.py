"""The measurements that are the collector's own, as the engine has them. The list that whoever writes them, whoever
reads them and the boards share; a leaf, which imports nothing of the project.

A field's unit is the end of its name, as on the wire; a field without one counts. Sums and counts of a window only
grow when reports come late, so that writing a window anew is the same point with larger values: InfluxDB keeps the last
that was written, VictoriaMetrics the largest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

WINDOW_SECONDS = 300
"""How long a window of a site's figures is; it begins at a whole multiple of that since 1970."""
MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement: its tags and its fields, each with what it means, and how often it is written."""

    name: str
    text: str
    every_seconds: int
    tags: Mapping[str, str]
    fields: Mapping[str, str]


_SITE_TAGS = {"site": "Id of the site", "kind": "Kind of the site, such as park or library"}

SITE = Measurement(
    "wifi_site",
    "A site in a window of five minutes, made from what is stored, also from what came late",
    WINDOW_SECONDS,
    _SITE_TAGS,
    {
        "access_points": "Access points in the inventory",
        "expected_seconds": "For how long they were to be heard: the window, for each seen by then; not told of none",
        "reported_seconds": "For how long they were heard: the intervals of their reports, at most the window for each",
        "clients": "Clients, each access point with its mean, weighted by the part of the window that it was heard",
        "download_bits_per_second": "What clients downloaded, weighted likewise",
        "upload_bits_per_second": "What clients uploaded, weighted likewise",
        "checks": "Checks of all kinds that came out well or badly",
        "failed_checks": "Those that came out badly",
    },
)
SITE_BAND = Measurement(
    "wifi_site_band",
    "The radios of a site on one band in a window of five minutes",
    WINDOW_SECONDS,
    _SITE_TAGS | {"band": "2.4, 5 or 6"},
    {
        "busy_ratio_sum": "Airtime in use, summed over readings of radios",
        "busy_ratio_count": "So many readings told it",
        "retry_ratio_sum": "Frames sent again, of those sent, summed over readings of radios",
        "retry_ratio_count": "So many readings told it",
    },
)
SITE_CHECK = Measurement(
    "wifi_site_check",
    "The checks of one kind at a site in a window of five minutes",
    WINDOW_SECONDS,
    _SITE_TAGS | {"check": "Kind of the check, such as portal, dns, gateway or throughput"},
    {
        "checks": "Checks that came out well or badly",
        "failed_checks": "Those that came out badly",
        "latency_seconds_sum": "How long they took, summed",
        "latency_seconds_count": "So many told it",
        "throughput_bits_per_second_sum": "What measurements of the download moved, summed",
        "throughput_bits_per_second_count": "So many measurements",
    },
)
SITE_HOUR = Measurement(
    "wifi_site_hour",
    "The clients and the checks of a site in a window of five minutes, kept apart by hour of the week in Korea",
    WINDOW_SECONDS,
    _SITE_TAGS | {"weekday": "1, Monday, to 7", "hour": "00 to 23"},
    {
        "clients": "Clients, as `wifi_site` has them",
        "checks": "Checks of all kinds that came out well or badly",
        "failed_checks": "Those that came out badly",
    },
)
SITE_STATE = Measurement(
    "wifi_site_state",
    "A site as the collector knows it at that moment",
    MINUTE_SECONDS,
    _SITE_TAGS
    | {"district": "District, in Korean", "name_ko": "Its name", "name_en": "Its name in English, where it has one"},
    {
        "access_points": "Access points in the inventory",
        "reporting": "Those that are heard of",
        "silent": "Those that were heard of and are not now",
        "never_seen": "Those that were never heard of",
        "alerts_firing": "Alerts about it that fire",
        "latitude": "Degrees north, WGS 84, where the inventory has it",
        "longitude": "Degrees east",
    },
)
SITE_CHANNEL = Measurement(
    "wifi_site_channel",
    "The radios of a site that share one channel, as their newest readings tell",
    WINDOW_SECONDS,
    _SITE_TAGS | {"band": "2.4, 5 or 6", "channel": "Number of the primary channel"},
    {
        "radios": "Radios on it",
        "clients": "Their clients",
        "busy_ratio": "Mean of the airtime in use that they hear",
        "own_ratio": "Mean of the airtime in which they themselves receive or send",
    },
)
_OF_ONE_SITE = {"site", "district", "name_ko", "name_en", "latitude", "longitude"}


def _of_kinds(of_sites: Measurement, text: str) -> Measurement:
    """The same for all sites of a kind together."""
    return Measurement(
        of_sites.name.replace("wifi_site", "wifi_kind"),
        text,
        of_sites.every_seconds,
        {tag: meaning for tag, meaning in of_sites.tags.items() if tag not in _OF_ONE_SITE},
        {field: meaning for field, meaning in of_sites.fields.items() if field not in _OF_ONE_SITE},
    )


KIND = _of_kinds(SITE, "All sites of a kind together in a window of five minutes, the sums of theirs")
KIND_BAND = _of_kinds(SITE_BAND, "The radios on one band of all sites of a kind in a window of five minutes")
KIND_CHECK = _of_kinds(SITE_CHECK, "The checks of one kind at all sites of a kind in a window of five minutes")
KIND_HOUR = _of_kinds(SITE_HOUR, "Clients and checks of all sites of a kind, kept apart by hour of the week in Korea")
KIND_STATE = _of_kinds(SITE_STATE, "All sites of a kind as the collector knows them at that moment")
PLACE = Measurement(
    "wifi_place",
    "An access point of the inventory",
    WINDOW_SECONDS,
    _SITE_TAGS | {"access_point": "Id of the access point"},
    {"access_points": "Always 1"},
)
DEVICE_CHANGE = Measurement(
    "wifi_device_change",
    "A device that was seen for the first time at a place where another had been",
    MINUTE_SECONDS,
    _SITE_TAGS | {"access_point": "Id of the access point"},
    {"changes": "1, at the instant at which the new device was first seen"},
)
PROGRAMME = Measurement(
    "wifi_programme",
    "How far the replacement programme is at a site",
    WINDOW_SECONDS,
    _SITE_TAGS,
    {
        "access_points": "Access points judged or not",
        "replaced": "Places where a device was seen to take another's place",
        "verified": "Those of them of which it has been measured how much faster they became",
        "pending": "Places whose device is on the list",
        "to_mend": "Places where something else is to be mended instead",
        "kept": "Places whose device is neither due nor of an old generation",
        "insufficient": "Places of which too little is known",
        "unjudged": "Places that nothing was judged of yet",
    },
)
VERIFICATION = Measurement(
    "wifi_verification",
    "Whether the newest works that were verified kept the promise of four times",
    WINDOW_SECONDS,
    {"quantity": "passive, what flowed, or active, what tests moved"},
    {
        "times": "How many times faster",
        "times_low": "Lower end of the interval",
        "times_high": "Upper end of the interval",
        "promised_times": "What was promised",
    },
)
VERIFIED_PLACE = Measurement(
    "wifi_verified_place",
    "A replaced place of the newest works that were verified, to describe it",
    WINDOW_SECONDS,
    {"site": "Id of the site", "access_point": "Id of the access point"},
    {
        "before_bits_per_second": "What flowed in its busy hours before",
        "after_bits_per_second": "What flowed in them after",
        "times": "After by before",
    },
)
_COLLECTOR_TAGS = {"collector": "Name of the collector"}
COLLECTOR = Measurement(
    "hangang_collector",
    "A collector in the minute before",
    MINUTE_SECONDS,
    _COLLECTOR_TAGS,
    {
        "is_connected": "1 while subscribed at the broker",
        "is_elected": "1 for the one that does what is to be done once",
        "reports_stored": "Reports stored in the minute",
        "commit_delay_seconds_sum": "From arrival to commit, summed over the frames of the minute",
        "commit_delay_seconds_count": "So many frames",
        "write_seconds_sum": "Time to write a batch, summed over the batches of the minute",
        "write_seconds_count": "So many batches",
        "write_failures": "Batches that the engine did not take",
        "pending_frames": "Frames received and not stored yet",
        "unsettled_frames": "Frames written and not acknowledged yet",
        "waiting_bundles": "Bundles of backlog that wait behind the present",
        "unknown_devices": "Devices that report without a place",
        "resident_bytes": "Memory of the process",
        "cpu_seconds": "Processor time used in the minute",
    },
)
COLLECTOR_FRAMES = Measurement(
    "hangang_collector_frames",
    "What became of the frames that came to a collector in the minute before",
    MINUTE_SECONDS,
    _COLLECTOR_TAGS | {"outcome": "stored, repeated, refused, deferred or lost_by_engine"},
    {"frames": "So many frames"},
)
QUARANTINE = Measurement(
    "hangang_quarantine",
    "What was put into quarantine in the minute before",
    MINUTE_SECONDS,
    _COLLECTOR_TAGS | {"reason": "Why"},
    {"quarantined": "Messages, or parts of them"},
)
ALERTS = Measurement(
    "hangang_alerts",
    "Alerts and what is to be told of them, by the elected collector",
    MINUTE_SECONDS,
    {},
    {
        "firing": "Alerts that fire",
        "evaluation_seconds_sum": "Time to judge the city, summed over the evaluations of the minute",
        "evaluation_seconds_count": "So many evaluations",
        "rule_failures": "Evaluations in the minute that a rule failed in",
        "outbox_notices": "Notices that wait to be delivered",
        "outbox_age_seconds": "Age of the oldest of them; 0 where none waits",
        "dead_letters": "Notices that were given up and not replayed",
    },
)
DELIVERIES = Measurement(
    "hangang_deliveries",
    "Calls to endpoints in the minute before",
    MINUTE_SECONDS,
    _COLLECTOR_TAGS | {"endpoint": "Name of the endpoint", "result": "delivered, again, refused or gone"},
    {"calls": "So many calls"},
)
AGENT = Measurement(
    "hangang_agent",
    "An agent as the collector knows it at that moment",
    MINUTE_SECONDS,
    {"agent": "Id of the agent"},
    {
        "is_online": "1 while the broker holds its connection",
        "delay_seconds": "From observation to arrival, of the newest reading that came of it",
        "spooled_frames": "Frames on its disk that were not acknowledged yet",
        "spooled_bytes": "Their size",
        "dropped_frames": "Frames that it gave up for their age, or for want of room, since its start",
        "resident_bytes": "Memory of its process",
        "cpu_seconds": "Processor time that it used since its start",
    },
)
AGENTS = Measurement(
    "hangang_agents",
    "All agents together, as a collector knows them at that moment",
    MINUTE_SECONDS,
    _COLLECTOR_TAGS,
    {
        "agents": "Agents that have ever told whether they are connected",
        "online": "Those whose connection the broker holds",
        "delay_seconds_sum": "From observation to arrival, summed over the agents that told something lately",
        "delay_seconds_count": "So many agents",
        "longest_delay_seconds": "The longest of them",
        "most_spooled_frames": "Frames on the disk of the agent that has most of them",
        "dropped_frames": "Frames that agents lost for want of room since their start",
    },
)

MEASUREMENTS = (
    SITE,
    SITE_BAND,
    SITE_CHECK,
    SITE_HOUR,
    SITE_STATE,
    KIND,
    KIND_BAND,
    KIND_CHECK,
    KIND_HOUR,
    KIND_STATE,
    SITE_CHANNEL,
    PLACE,
    DEVICE_CHANGE,
    PROGRAMME,
    VERIFICATION,
    VERIFIED_PLACE,
    COLLECTOR,
    COLLECTOR_FRAMES,
    QUARANTINE,
    ALERTS,
    DELIVERIES,
    AGENT,
    AGENTS,
)
