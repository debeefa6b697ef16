"""The channels of a site: who shares which, how full they are, and with whose traffic. For planning channels."""

from dashboards.boards.filters import ACCESS_POINT, BAND, SITE, on_band
from dashboards.boards.of_sites import share
from dashboards.boards.thresholds import AIRTIME, NOISE_DBM, RADIO_CLIENTS, RETRIES, SHARED_CHANNEL
from dashboards.panels import Bars, Board, Column, Course, Figure, Link, Panel, Row, States, Table
from dashboards.query import Across, Query

_PAGE = Link("site_page")
_ACCESS_POINTS = Link("access_point")
_BANDS = {"2.4": "2_4", "5": "5", "6": "6"}
"""Each band with how it is written in keys."""


def _now(field: str, band: str, by: tuple[str, ...] = (), *, across: Across = "sum") -> Query:
    """What the newest readings of the radios on a band tell."""
    return Query(
        f"wifi_site_channel.{field}",
        along="last",
        across=across,
        by=by,
        where=(SITE, on_band(band)),
        window="now",
    )


def _most_on_one() -> tuple[Panel, ...]:
    """The worst of the plan, in a number for each band."""
    return tuple(
        Figure(
            f"most_on_one_{key}",
            8,
            4,
            decimals=0,
            thresholds=SHARED_CHANNEL,
            link=_PAGE,
            value=_now("radios", band, across="max"),
        )
        for band, key in _BANDS.items()
    )


def _plan() -> tuple[Panel, ...]:
    return tuple(
        Bars(
            f"radios_{key}",
            8,
            decimals=0,
            thresholds=SHARED_CHANNEL,
            link=_PAGE,
            by="channel",
            columns=(Column("radios", _now("radios", band, ("channel",))),),
        )
        for band, key in _BANDS.items()
    )


def _sharing() -> Panel:
    by = ("band", "channel")

    def column(field: str, across: Across = "sum") -> Query:
        return Query(f"wifi_site_channel.{field}", along="last", across=across, by=by, where=(SITE, BAND), window="now")

    return Table(
        "shared",
        12,
        10,
        link=_PAGE,
        by=by,
        sorted_by="busy",
        columns=(
            Column("busy", column("busy_ratio", "mean"), AIRTIME),
            Column("own", column("own_ratio", "mean")),
            Column("clients", column("clients")),
        ),
    )


def _radios() -> Panel:
    by = ("access_point", "radio", "band")

    def column(field: str) -> Query:
        return Query(f"wifi_radio.{field}", along="last", by=by, where=(ACCESS_POINT, BAND), window="now")

    return Table(
        "radios",
        12,
        10,
        link=_ACCESS_POINTS,
        by=by,
        sorted_by="clients",
        columns=(
            Column("clients", column("clients"), RADIO_CLIENTS),
            Column("width", column("width_mhz")),
            Column("power", column("tx_power_dbm")),
            Column("standard", column("standard_generation")),
        ),
    )


def _course_of_channels(field: str) -> tuple[Query, ...]:
    return (
        Query(
            f"wifi_site_channel.{field}",
            across="mean",
            by=("channel", "band"),
            where=(SITE, BAND),
            legend="{band} GHz · {channel}",
        ),
    )


def _since_when() -> Row:
    retries = share("wifi_site_band.retry_ratio_sum", "retry_ratio_count", (SITE, BAND), ("band",), legend="{band} GHz")
    return Row(
        "since_when",
        (
            Course("busy", 8, least=0, most=1, thresholds=AIRTIME, link=_PAGE, lines=_course_of_channels("busy_ratio")),
            Course("own", 8, least=0, most=1, link=_PAGE, lines=_course_of_channels("own_ratio")),
            Course("retries", 8, least=0, thresholds=RETRIES, link=Link("site"), lines=(retries,)),
        ),
    )


def _each_radio() -> Row:
    by, where = ("access_point", "radio", "band"), (ACCESS_POINT, BAND)
    legend = "{access_point} · {radio} · {band} GHz"
    channel = Query("wifi_radio.channel", along="last", by=by, where=where, legend=legend)
    noise = Query("wifi_radio.noise_dbm", by=by, where=where, legend=legend)
    return Row(
        "each_radio",
        (
            States("channel_of_each", 24, 14, lowest="neutral", link=_ACCESS_POINTS, lines=(channel,)),
            Course("noise", 24, 9, thresholds=NOISE_DBM, link=_ACCESS_POINTS, lines=(noise,)),
        ),
    )


BOARD = Board(
    "channels",
    ("kind", "one_site", "access_point", "band"),
    (
        Row("worst", _most_on_one()),
        Row("plan", _plan()),
        Row("sharing", (_sharing(), _radios())),
        _since_when(),
        _each_radio(),
    ),
)
