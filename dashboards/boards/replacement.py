"""The replacement programme: how much of the fleet is still due, where, and whether replaced places became as fast as
was promised."""

from dashboards.boards.filters import KIND, SITE
from dashboards.boards.of_sites import share, state
from dashboards.boards.thresholds import PROMISED_TIMES, of_column
from dashboards.panels import Bars, Board, Column, Course, Figure, Link, Panel, Row, Table
from dashboards.query import Query

_CHOSEN = (KIND, SITE)
_SITES = Link("site")
_BY_KIND = ("kind",)
_BY_SITE = ("site",)
_NAMED = ("site", "name_ko")
_STANDINGS = ("pending", "to_mend", "kept", "insufficient", "unjudged")
"""What is to become of a device: every access point has one of them."""


def _count(field: str, by: tuple[str, ...] = (), *, of_all: bool = False) -> Query:
    """How many access points, or which share of all of them, by the newest judgement."""
    whole = "access_points" if of_all else None
    return Query(f"wifi_programme.{field}", along="last", by=by, where=_CHOSEN, divided_by=whole, window="now")


def _share(field: str, by: tuple[str, ...], legend: str) -> Query:
    """Which share of all access points, in the mean of the time."""
    return share(f"wifi_programme.{field}", "access_points", _CHOSEN, by, legend=legend)


def _present() -> Row:
    legacy_share = _count("pending", of_all=True)
    return Row(
        "present",
        (
            Figure("legacy_share", 6, 4, decimals=1, lowest="neutral", link=_SITES, value=legacy_share),
            Figure("to_mend", 6, 4, decimals=0, lowest="neutral", link=_SITES, value=_count("to_mend")),
            Figure("replaced", 6, 4, decimals=0, lowest="neutral", link=_SITES, value=_count("replaced")),
            Figure("verified", 6, 4, decimals=0, lowest="neutral", link=_SITES, value=_count("verified")),
        ),
    )


def _promise() -> Row:
    """Verdicts are on the programme, never on one place; the places below only describe it."""
    by, place = ("quantity",), ("access_point", "site")

    def verdict(field: str) -> Query:
        return Query(f"wifi_verification.{field}", along="last", by=by, window="now")

    def verified(field: str) -> Query:
        return Query(f"wifi_verified_place.{field}", along="last", by=place, where=(SITE,), window="now")

    times = Bars(
        "times",
        10,
        12,
        decimals=1,
        lowest="neutral",
        link=Link("experience"),
        by="quantity",
        columns=(
            Column("low", verdict("times_low")),
            Column("times", verdict("times")),
            Column("high", verdict("times_high")),
            Column("promised", verdict("promised_times")),
        ),
    )
    places = Table(
        "verified_places",
        14,
        12,
        decimals=1,
        link=Link("access_point"),
        by=place,
        sorted_by="times",
        columns=(
            Column("before", verified("before_bits_per_second")),
            Column("after", verified("after_bits_per_second")),
            Column("times", verified("times"), of_column("neutral", PROMISED_TIMES)),
        ),
    )
    return Row("promise", (times, places))


def _sites() -> Panel:
    return Table(
        "sites",
        24,
        12,
        link=_SITES,
        by=_NAMED,
        sorted_by="pending",
        columns=(
            Column("access_points", state("access_points", _CHOSEN, _NAMED)),
            Column("pending", _count("pending", _BY_SITE)),
            Column("legacy_share", _count("pending", _BY_SITE, of_all=True)),
            Column("to_mend", _count("to_mend", _BY_SITE)),
            Column("insufficient", _count("insufficient", _BY_SITE)),
            Column("replaced", _count("replaced", _BY_SITE)),
            Column("verified", _count("verified", _BY_SITE)),
        ),
    )


def _where() -> Row:
    kinds = Bars(
        "standings",
        24,
        decimals=0,
        lowest="neutral",
        link=_SITES,
        by="kind",
        columns=tuple(Column(standing, _count(standing, _BY_KIND)) for standing in _STANDINGS),
    )
    return Row("where", (_sites(), kinds))


def _progress() -> Row:
    lines = tuple(_share(field, (), f"{{{field}}}") for field in ("pending", "replaced", "verified"))
    legacy = _share("pending", _BY_KIND, "{kind}")
    return Row(
        "progress",
        (
            Course("progress", least=0, most=1, link=_SITES, lines=lines),
            Course("legacy_course", least=0, most=1, link=_SITES, lines=(legacy,)),
        ),
    )


BOARD = Board(
    "replacement",
    ("kind", "site"),
    (_present(), _promise(), _where(), _progress()),
    span="30d",
    refresh="15m",
)
