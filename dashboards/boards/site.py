"""One site: its access points side by side, when it is busy, and which of them to look at next."""

from dashboards.boards.filters import ACCESS_POINT, SITE, UPLINK, on_band
from dashboards.boards.of_sites import failed, load, present, share
from dashboards.boards.thresholds import (
    AIRTIME,
    AT_LEAST_ONE,
    FAILED_SHARE,
    LATENCY_SECONDS,
    RETRIES,
    TEMPERATURE_CELSIUS,
    THROUGHPUT_BITS_PER_SECOND,
    UPLINK_SHARE,
    UPTIME_SECONDS,
    of_column,
)
from dashboards.panels import Annotation, Board, Column, Course, Link, Matrix, Panel, Row, States, Table
from dashboards.query import Across, Along, Filter, Query

_CHOSEN = (SITE,)
_ACCESS_POINTS = Link("access_point")
_BY_ACCESS_POINT = ("access_point",)
_BY_CHECK = ("check",)


def _each(of: str, across: Across, *where: Filter, along: Along = "mean", divided_by: str | None = None) -> Query:
    """A column of the access points: what each of them tells now."""
    return Query(
        of,
        along=along,
        across=across,
        by=_BY_ACCESS_POINT,
        where=(ACCESS_POINT, *where),
        divided_by=divided_by,
        window="now",
    )


def _line_each(of: str, across: Across, *, along: Along = "mean") -> tuple[Query, ...]:
    """A line for each access point."""
    return (Query(of, along=along, across=across, by=_BY_ACCESS_POINT, where=(ACCESS_POINT,), legend="{access_point}"),)


def _side_by_side() -> Panel:
    """The inventory's column has also those that are not heard of."""
    listed = Query(
        "wifi_place.access_points", along="last", by=_BY_ACCESS_POINT, where=(SITE, ACCESS_POINT), window="now"
    )
    speed = "wifi_interface.speed_bits_per_second"
    of_port = _each(speed, "max", UPLINK, along="last", divided_by="max_speed_bits_per_second")
    uptime = _each("wifi_report.uptime_seconds", "min", along="last")
    return Table(
        "access_points",
        24,
        14,
        link=_ACCESS_POINTS,
        by=_BY_ACCESS_POINT,
        sorted_by="clients",
        columns=(
            Column("listed", listed),
            Column("clients", _each("wifi_report.clients", "sum")),
            Column("download", _each("wifi_report.download_bits_per_second", "sum")),
            Column("busy_2_4", _each("wifi_radio.busy_ratio", "max", on_band("2.4")), AIRTIME),
            Column("busy_5", _each("wifi_radio.busy_ratio", "max", on_band("5")), AIRTIME),
            Column("busy_6", _each("wifi_radio.busy_ratio", "max", on_band("6")), AIRTIME),
            Column("retries", _each("wifi_radio.retry_ratio", "max"), RETRIES),
            Column("uplink", _each(speed, "max", UPLINK, along="last")),
            Column("uplink_of_port", of_port, of_column("bad", UPLINK_SHARE)),
            Column("temperature", _each("wifi_report.temperature_celsius", "max"), TEMPERATURE_CELSIUS),
            Column("uptime", uptime, of_column("warning", UPTIME_SECONDS)),
        ),
    )


def _since_when() -> Row:
    heard = _line_each("wifi_report.reports", "max", along="max")
    link = _ACCESS_POINTS
    busiest = _line_each("wifi_radio.busy_ratio", "max", along="max")
    clients = _line_each("wifi_report.clients", "sum")
    download = _line_each("wifi_report.download_bits_per_second", "sum")
    return Row(
        "since_when",
        (
            States("heard", 24, 12, unit="flag", lowest="bad", thresholds=AT_LEAST_ONE, link=link, lines=heard),
            Course("busiest_airtime", 24, most=1, least=0, thresholds=AIRTIME, link=link, lines=busiest),
            Course("clients_each", least=0, decimals=0, link=link, lines=clients),
            Course("download_each", least=0, link=link, lines=download),
        ),
    )


def _how_busy() -> Row:
    most = Query("wifi_site.clients", along="max", where=_CHOSEN, legend="{most}")
    busy = share("wifi_site_band.busy_ratio_sum", "busy_ratio_count", _CHOSEN, ("band",), legend="{band} GHz")
    return Row(
        "how_busy",
        (
            Course(
                "clients_course",
                8,
                least=0,
                decimals=0,
                link=Link("site_page"),
                lines=(load("clients", _CHOSEN, legend="{mean}"), most),
            ),
            Course(
                "throughput_course",
                8,
                least=0,
                link=Link("site_page"),
                lines=(
                    load("download_bits_per_second", _CHOSEN, legend="{download}"),
                    load("upload_bits_per_second", _CHOSEN, legend="{upload}"),
                ),
            ),
            Course("airtime", 8, least=0, most=1, thresholds=AIRTIME, link=Link("channels"), lines=(busy,)),
            Matrix(
                "hours",
                24,
                10,
                decimals=0,
                least=0,
                is_graded=True,
                link=Link("site_page"),
                down="weekday",
                across="hour",
                value=Query("wifi_site_hour.clients", by=("weekday", "hour"), where=_CHOSEN, window="range"),
            ),
        ),
    )


def _checks() -> Row:
    measurement = "wifi_site_check"
    checks = Query(f"{measurement}.checks", along="sum", by=_BY_CHECK, where=_CHOSEN, window="range")
    mean = share(f"{measurement}.latency_seconds_sum", "latency_seconds_count", _CHOSEN, _BY_CHECK, window="range")
    throughput = share(
        f"{measurement}.throughput_bits_per_second_sum",
        "throughput_bits_per_second_count",
        _CHOSEN,
        _BY_CHECK,
        window="range",
    )
    course = failed(_CHOSEN, _BY_CHECK, legend="{check}")
    link = Link("experience")
    return Row(
        "checks",
        (
            Table(
                "checks",
                link=link,
                by=_BY_CHECK,
                sorted_by="failed",
                columns=(
                    Column("checks", checks),
                    Column("failed", failed(_CHOSEN, _BY_CHECK, window="range"), FAILED_SHARE),
                    Column("latency", mean, LATENCY_SECONDS),
                    Column("throughput", throughput, of_column("bad", THROUGHPUT_BITS_PER_SECOND)),
                ),
            ),
            Course("failed_course", least=0, thresholds=FAILED_SHARE, link=link, lines=(course,)),
        ),
    )


BOARD = Board(
    "site",
    ("kind", "one_site", "access_point"),
    (
        present(_CHOSEN, Link("site_page")),
        Row("side_by_side", (_side_by_side(),)),
        _since_when(),
        _how_busy(),
        _checks(),
    ),
    annotations=(
        Annotation(
            "device_changed",
            Query("wifi_device_change.changes", along="max", by=_BY_ACCESS_POINT, where=(SITE, ACCESS_POINT)),
            "access_point",
        ),
    ),
)
