"""The city: how it is now, where something is wrong, and since when. The board that is opened first.

It asks only for the collector's own figures: a question to every access point of a city would be without bound. What
it shows over time are those of all sites of a kind, for there are thousands of sites.
"""

from dashboards.boards.filters import KIND
from dashboards.boards.of_sites import availability, failed_of_all_kinds, load, present, share, state
from dashboards.boards.thresholds import (
    AIRTIME,
    ANY_IS_A_WARNING,
    AVAILABILITY,
    FAILED_SHARE,
    SILENT_SHARE,
    of_column,
)
from dashboards.panels import Bars, Board, Column, Course, Link, Map, Panel, Row, Table
from dashboards.query import Query

_CHOSEN = (KIND,)
_SITES = Link("site")
_NAMED = ("site", "name_ko")
_BY_SITE = ("site",)
_BY_KIND = ("kind",)


def _map() -> Panel:
    """A dot for each site, the larger the more access points it has, in the colour of how many of them are silent."""
    return Map(
        "map",
        9,
        14,
        link=_SITES,
        by=_NAMED,
        size="access_points",
        colour="silent_share",
        columns=(
            Column("latitude", state("latitude", _CHOSEN, _NAMED)),
            Column("longitude", state("longitude", _CHOSEN, _NAMED)),
            Column("access_points", state("access_points", _CHOSEN, _NAMED)),
            Column("silent_share", state("silent", _CHOSEN, _NAMED, divided_by="access_points"), SILENT_SHARE),
        ),
    )


def _sites() -> Panel:
    return Table(
        "sites",
        15,
        14,
        link=_SITES,
        by=_NAMED,
        sorted_by="silent",
        columns=(
            Column("access_points", state("access_points", _CHOSEN, _NAMED)),
            Column("silent", state("silent", _CHOSEN, _NAMED), ANY_IS_A_WARNING),
            Column("alerts", state("alerts_firing", _CHOSEN, _NAMED), ANY_IS_A_WARNING),
            Column("clients", load("clients", _CHOSEN, _BY_SITE, window="now")),
            Column("download", load("download_bits_per_second", _CHOSEN, _BY_SITE, window="now")),
            Column("availability", availability(_CHOSEN, _BY_SITE, window="range"), of_column("bad", AVAILABILITY)),
            Column("failed_checks", failed_of_all_kinds(_CHOSEN, _BY_SITE), FAILED_SHARE),
        ),
    )


def _since_when() -> Row:
    silent = Query("wifi_kind_state.silent", by=_BY_KIND, where=_CHOSEN, legend="{kind}")
    heard = share("wifi_kind.reported_seconds", "expected_seconds", _CHOSEN, _BY_KIND, legend="{kind}")
    return Row(
        "since_when",
        (
            Course("silent_course", least=0, decimals=0, stacking="normal", link=_SITES, lines=(silent,)),
            Course("availability_course", most=1, lowest="bad", thresholds=AVAILABILITY, link=_SITES, lines=(heard,)),
            Bars(
                "districts",
                24,
                decimals=0,
                lowest="neutral",
                link=_SITES,
                by="district",
                columns=(
                    Column("silent", state("silent", _CHOSEN, ("district",))),
                    Column("never_seen", state("never_seen", _CHOSEN, ("district",))),
                ),
            ),
        ),
    )


def _how_busy() -> Row:
    clients = Query("wifi_kind.clients", by=_BY_KIND, where=_CHOSEN, legend="{kind}")
    download = Query("wifi_kind.download_bits_per_second", by=_BY_KIND, where=_CHOSEN, legend="{kind}")
    return Row(
        "how_busy",
        (
            Course("clients_course", least=0, decimals=0, stacking="normal", link=_SITES, lines=(clients,)),
            Course("download_course", least=0, stacking="normal", link=_SITES, lines=(download,)),
        ),
    )


def _why() -> Row:
    busy = share("wifi_kind_band.busy_ratio_sum", "busy_ratio_count", _CHOSEN, ("band",), legend="{band} GHz")
    checks = share("wifi_kind_check.failed_checks", "checks", _CHOSEN, ("check",), legend="{check}")
    return Row(
        "why",
        (
            Course("airtime", least=0, most=1, thresholds=AIRTIME, link=Link("channels"), lines=(busy,)),
            Course("checks", least=0, thresholds=FAILED_SHARE, link=Link("experience"), lines=(checks,)),
        ),
    )


BOARD = Board(
    "city",
    ("kind",),
    (present(_CHOSEN, _SITES), Row("where", (_map(), _sites())), _since_when(), _how_busy(), _why()),
)
