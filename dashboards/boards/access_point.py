"""One access point: what is wrong here, since when, and why: air, wire, checks, the device itself."""

from dashboards.boards.filters import ACCESS_POINT, BAND, CLIENT_SIGNAL, UPLINK
from dashboards.boards.thresholds import (
    AIRTIME,
    AT_LEAST_ONE,
    LATENCY_SECONDS,
    NOISE_DBM,
    PROCESSOR_OR_MEMORY,
    RADIO_CLIENTS,
    RETRIES,
    TEMPERATURE_CELSIUS,
    UPTIME_SECONDS,
)
from dashboards.panels import Annotation, Board, Course, Link, Row, States
from dashboards.query import Along, Query

_HERE = (ACCESS_POINT,)
_PAGE = Link("access_point_page")
_CHANNELS = Link("channels")
_RADIO = ("radio", "band")


def _radios(field: str, legend: str = "{radio} · {band} GHz") -> Query:
    """A line for each radio of the chosen bands."""
    return Query(f"wifi_radio.{field}", by=_RADIO, where=(*_HERE, BAND), legend=legend)


def _device(field: str, legend: str, *, along: Along = "mean") -> Query:
    return Query(f"wifi_report.{field}", along=along, by=("access_point",), where=_HERE, legend=legend)


def _uplink(field: str, legend: str, *, along: Along = "mean") -> Query:
    return Query(f"wifi_interface.{field}", along=along, by=("interface",), where=(*_HERE, UPLINK), legend=legend)


def _what_and_when() -> Row:
    """Everything that is either well or not, at its worst in each interval, and below it whom that concerns."""
    states = (
        Query("wifi_report.reports", along="max", by=("access_point",), where=_HERE, legend="{heard}"),
        Query(
            "wifi_radio.is_up",
            along="min",
            across="min",
            by=_RADIO,
            where=(*_HERE, BAND),
            legend="{radio} · {band} GHz",
        ),
        Query(
            "wifi_interface.is_up",
            along="min",
            across="min",
            by=("interface",),
            where=(*_HERE, UPLINK),
            legend="{interface} · {uplink_up}",
        ),
        Query(
            "wifi_interface.is_full_duplex",
            along="min",
            across="min",
            by=("interface",),
            where=(*_HERE, UPLINK),
            legend="{interface} · {full_duplex}",
        ),
        Query("wifi_probe.is_ok", along="min", across="min", by=("kind",), where=_HERE, legend="{check_ok} · {kind}"),
    )
    clients = _radios("clients")
    throughput = (
        _device("download_bits_per_second", "{download}"),
        _device("upload_bits_per_second", "{upload}"),
    )
    return Row(
        "what_and_when",
        (
            States("states", 24, 9, unit="flag", lowest="bad", thresholds=AT_LEAST_ONE, link=_PAGE, lines=states),
            Course("clients", least=0, decimals=0, thresholds=RADIO_CLIENTS, link=_PAGE, lines=(clients,)),
            Course("throughput", least=0, link=_PAGE, lines=throughput),
        ),
    )


def _air() -> Row:
    own = (
        _radios("rx_ratio", "{radio} · {band} GHz · {own_rx}"),
        _radios("tx_ratio", "{radio} · {band} GHz · {own_tx}"),
    )
    retries = (
        _radios("retry_ratio", "{radio} · {band} GHz · {retried}"),
        _radios("failure_ratio", "{radio} · {band} GHz · {failed}"),
    )
    noise = (_radios("noise_dbm"),)
    busy = (_radios("busy_ratio"),)
    return Row(
        "air",
        (
            Course("busy", least=0, most=1, thresholds=AIRTIME, link=_CHANNELS, lines=busy),
            Course("own", least=0, most=1, stacking="normal", link=_CHANNELS, lines=own),
            Course("retries", least=0, thresholds=RETRIES, link=_CHANNELS, lines=retries),
            Course("noise", thresholds=NOISE_DBM, link=_CHANNELS, lines=noise),
        ),
    )


def _clients() -> Row:
    """Ranges and standards without a client have no point, so that only sums can be compared, not means."""
    rates = (
        _radios("rx_phy_rate_bits_per_second", "{radio} · {band} GHz · {phy_rx}"),
        _radios("tx_phy_rate_bits_per_second", "{radio} · {band} GHz · {phy_tx}"),
    )
    signal = Query(
        "wifi_client_distribution.clients",
        along="sum",
        by=("upper_bound",),
        where=(*_HERE, CLIENT_SIGNAL),
        legend="≤ {upper_bound} dBm",
    )
    standards = Query("wifi_client_standard.clients", along="sum", by=("standard",), where=_HERE, legend="{standard}")
    return Row(
        "clients",
        (
            Course("phy_rates", 8, least=0, link=_PAGE, lines=rates),
            Course("signal", 8, stacking="percent", link=_PAGE, lines=(signal,)),
            Course("standards", 8, stacking="percent", link=Link("replacement"), lines=(standards,)),
        ),
    )


def _wire() -> Row:
    speed = (
        _uplink("speed_bits_per_second", "{interface} · {negotiated}", along="min"),
        _uplink("max_speed_bits_per_second", "{interface} · {possible}", along="max"),
    )
    trouble = (
        _uplink("rx_errors_per_second", "{interface} · {rx_errors}"),
        _uplink("tx_errors_per_second", "{interface} · {tx_errors}"),
        _uplink("rx_drops_per_second", "{interface} · {rx_drops}"),
        _uplink("tx_drops_per_second", "{interface} · {tx_drops}"),
    )
    latency = Query(
        "wifi_probe.latency_seconds",
        across="mean",
        by=("kind", "target"),
        where=_HERE,
        legend="{kind} · {target}",
    )
    experience = Link("experience")
    return Row(
        "wire",
        (
            Course("uplink_speed", 8, least=0, link=_PAGE, lines=speed),
            Course("uplink_trouble", 8, least=0, link=_PAGE, lines=trouble),
            Course("latency", 8, least=0, thresholds=LATENCY_SECONDS, link=experience, lines=(latency,)),
        ),
    )


def _device_itself() -> Row:
    shares = (_device("cpu_ratio", "{processor}"), _device("memory_used_ratio", "{memory}"))
    temperature = (_device("temperature_celsius", "{temperature}", along="max"),)
    uptime = (_device("uptime_seconds", "{uptime}", along="min"),)
    return Row(
        "device",
        (
            Course("shares", 8, least=0, most=1, thresholds=PROCESSOR_OR_MEMORY, link=_PAGE, lines=shares),
            Course("temperature", 8, thresholds=TEMPERATURE_CELSIUS, link=_PAGE, lines=temperature),
            Course("uptime", 8, least=0, lowest="warning", thresholds=UPTIME_SECONDS, link=_PAGE, lines=uptime),
        ),
    )


BOARD = Board(
    "access_point",
    ("kind", "one_site", "one_access_point", "band"),
    (_what_and_when(), _air(), _clients(), _wire(), _device_itself()),
    annotations=(
        Annotation(
            "device_changed",
            Query("wifi_device_change.changes", along="max", by=("access_point",), where=_HERE),
            "access_point",
        ),
    ),
)
