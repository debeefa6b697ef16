"""What people feel: whether the portal comes, names are found and the gateway answers, and how fast it is. By what
agents check themselves, since nothing is looked at that people do."""

from dashboards.boards.filters import KIND, of_check
from dashboards.boards.of_sites import failed_of_all_kinds, share, state
from dashboards.boards.thresholds import (
    ANY_IS_A_WARNING,
    FAILED_SHARE,
    LATENCY_SECONDS,
    RETRIES,
    THROUGHPUT_BITS_PER_SECOND,
    of_column,
)
from dashboards.panels import Bars, Board, Column, Course, Figure, Link, Matrix, Panel, Row, Table
from dashboards.query import Query, Window

_CHOSEN = (KIND,)
_SITES = Link("site")
_BY_CHECK = ("check",)
_BY_KIND = ("kind",)
_BY_SITE = ("site",)
_NAMED = ("site", "name_ko")


def _failed(check: str, by: tuple[str, ...] = (), *, window: Window) -> Query:
    return share(f"{_measurement(by)}.failed_checks", "checks", (*_CHOSEN, of_check(check)), by, window=window)


def _mean(field: str, check: str, by: tuple[str, ...] = ()) -> Query:
    where = (*_CHOSEN, of_check(check))
    return share(f"{_measurement(by)}.{field}_sum", f"{field}_count", where, by, window="range")


def _measurement(by: tuple[str, ...]) -> str:
    """A city has thousands of sites: only a table of them asks for each."""
    return "wifi_site_check" if "site" in by else "wifi_kind_check"


def _present() -> Row:
    """A check is made every five minutes, the active throughput about once a day."""
    now = tuple(
        Figure(
            f"{check}_failed",
            6,
            4,
            decimals=1,
            thresholds=FAILED_SHARE,
            link=_SITES,
            value=_failed(check, window="now"),
        )
        for check in ("portal", "dns", "gateway")
    )
    throughput = Figure(
        "throughput",
        6,
        4,
        decimals=1,
        lowest="bad",
        thresholds=THROUGHPUT_BITS_PER_SECOND,
        link=_SITES,
        value=_mean("throughput_bits_per_second", "throughput"),
    )
    return Row("present", (*now, throughput))


def _sites() -> Panel:
    return Table(
        "sites",
        24,
        12,
        link=_SITES,
        by=_NAMED,
        sorted_by="failed",
        columns=(
            Column("failed", failed_of_all_kinds(_CHOSEN, _BY_SITE), FAILED_SHARE),
            Column("portal", _failed("portal", _BY_SITE, window="range"), FAILED_SHARE),
            Column("dns", _failed("dns", _BY_SITE, window="range"), FAILED_SHARE),
            Column("gateway", _failed("gateway", _BY_SITE, window="range"), FAILED_SHARE),
            Column("portal_latency", _mean("latency_seconds", "portal", _BY_SITE), LATENCY_SECONDS),
            Column(
                "throughput",
                _mean("throughput_bits_per_second", "throughput", _BY_SITE),
                of_column("bad", THROUGHPUT_BITS_PER_SECOND),
            ),
            Column("silent", state("silent", _CHOSEN, _NAMED), ANY_IS_A_WARNING),
        ),
    )


def _since_when() -> Row:
    failing = share("wifi_kind_check.failed_checks", "checks", _CHOSEN, _BY_CHECK, legend="{check}")
    latency = share(
        "wifi_kind_check.latency_seconds_sum", "latency_seconds_count", _CHOSEN, _BY_CHECK, legend="{check}"
    )
    return Row(
        "since_when",
        (
            Course("failed_course", least=0, thresholds=FAILED_SHARE, link=_SITES, lines=(failing,)),
            Course("latency_course", least=0, thresholds=LATENCY_SECONDS, link=_SITES, lines=(latency,)),
        ),
    )


def _which_hours() -> Row:
    by = ("weekday", "hour")
    hours = share("wifi_kind_hour.failed_checks", "checks", _CHOSEN, by, window="range")
    return Row(
        "which_hours",
        (
            Matrix(
                "hours",
                24,
                10,
                decimals=1,
                thresholds=FAILED_SHARE,
                link=_SITES,
                down="weekday",
                across="hour",
                value=hours,
            ),
        ),
    )


def _where() -> Row:
    kinds = Bars(
        "kinds",
        thresholds=FAILED_SHARE,
        link=_SITES,
        by="kind",
        columns=tuple(
            Column(check, _failed(check, _BY_KIND, window="range")) for check in ("portal", "dns", "gateway")
        ),
    )
    throughput = Bars(
        "throughput_of_kinds",
        lowest="bad",
        thresholds=THROUGHPUT_BITS_PER_SECOND,
        link=_SITES,
        by="kind",
        columns=(Column("throughput", _mean("throughput_bits_per_second", "throughput", _BY_KIND)),),
    )
    return Row("where", (_sites(), kinds, throughput))


def _why() -> Row:
    retries = share("wifi_kind_band.retry_ratio_sum", "retry_ratio_count", _CHOSEN, ("band",), legend="{band} GHz")
    checks = Query("wifi_kind_check.checks", along="sum", by=_BY_CHECK, where=_CHOSEN, legend="{check}")
    return Row(
        "why",
        (
            Course("retries", least=0, thresholds=RETRIES, link=Link("channels"), lines=(retries,)),
            Course("made", least=0, decimals=0, link=Link("itself"), lines=(checks,)),
        ),
    )


BOARD = Board(
    "experience",
    ("kind",),
    (_present(), _since_when(), _where(), _which_hours(), _why()),
    span="7d",
    refresh="5m",
)
