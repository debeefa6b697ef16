"""A board with a panel of every kind, and its words: what tests of rendering draw, so that they do not change with the
boards that people see."""

from pathlib import Path

from dashboards.panels import (
    Annotation,
    Bars,
    Board,
    Column,
    Course,
    Figure,
    Link,
    Map,
    Matrix,
    Row,
    States,
    Table,
    Threshold,
)
from dashboards.query import Filter, Query
from dashboards.words import FOLDER, Words

KIND = Filter("kind", "$kind")
SITE = Filter("site", "$site")
ACCESS_POINT = Filter("access_point", "$access_point")
NAMED = ("site", "name_ko")
BY_BAND = ("access_point", "band")


def state(field: str, by: tuple[str, ...] = ()) -> Query:
    return Query(f"wifi_site_state.{field}", along="last", by=by, where=(KIND, SITE), window="now")


FIGURE = Figure(
    "clients",
    6,
    4,
    decimals=0,
    least=0,
    thresholds=(Threshold(90, "bad"), Threshold(50, "warning")),
    link=Link("site"),
    value=Query("wifi_site.clients", where=(KIND,), window="interval"),
)
COURSE = Course(
    "busy",
    18,
    6,
    most=1,
    thresholds=(Threshold(0.5, "warning"),),
    link=Link("access_point"),
    lines=(
        Query(
            "wifi_radio.busy_ratio", by=("access_point", "band"), where=(ACCESS_POINT,), legend="{access_point} {band}"
        ),
        Query("wifi_report.clients", where=(ACCESS_POINT,), legend="{all} together"),
    ),
)
KINDS = Course("kinds", 12, lines=(Query("wifi_site.clients", by=("kind",), where=(KIND,), legend="{kind}"),))
STATES = States(
    "up",
    12,
    link=Link("access_point_page"),
    lines=(Query("wifi_report.is_up", "min", "min", ("access_point",), (ACCESS_POINT,), legend="{access_point}"),),
)
TABLE = Table(
    "sites",
    link=Link("site"),
    by=NAMED,
    sorted_by="failed",
    columns=(
        Column("silent", state("silent", NAMED), (Threshold(1, "bad"),)),
        Column(
            "failed",
            Query(
                "wifi_site_check.failed_checks",
                "sum",
                by=("site",),
                where=(KIND,),
                divided_by="checks",
                window="range",
            ),
        ),
    ),
)
BARS = Bars("districts", by="district", columns=(Column("silent", state("silent", ("district",))),))
MAP = Map(
    "map",
    12,
    10,
    link=Link("site_page"),
    by=NAMED,
    columns=tuple(Column(key, state(key, NAMED)) for key in ("latitude", "longitude", "access_points", "silent")),
    size="access_points",
    colour="silent",
)
MATRIX = Matrix(
    "hours",
    24,
    12,
    down="hour",
    across="weekday",
    thresholds=(Threshold(0.1, "bad"),),
    value=Query(
        "wifi_site_hour.failed_checks",
        "sum",
        by=("hour", "weekday"),
        where=(SITE,),
        divided_by="checks",
        window="range",
    ),
)
CHANGES = Annotation(
    "changes",
    Query("wifi_device_change.changes", "last", by=("access_point",), where=(SITE,)),
    text_tag="access_point",
)
BOARD = Board(
    "site",
    ("kind", "site", "access_point", "band"),
    (Row("first", (FIGURE, COURSE, KINDS, STATES)), Row("second", (TABLE, BARS, MAP, MATRIX))),
    (CHANGES,),
)
"""It may choose several sites, unlike the real board of that key."""

_TEXT = """
title = "A board"
description = "What it is for."
[rows]
first = "First row"
second = "Second row"
[annotations]
changes = "Device changed"
"""
_COLUMNS = {
    "busy": 'all = "All"',
    "sites": 'silent = "Silent ones"\nfailed = "Failed checks"',
    "districts": 'silent = "Silent ones"',
    "map": 'access_points = "How many"\nsilent = "Silent ones"',
}


def panel_text(key: str) -> str:
    told = f'[panels.{key}]\ntitle = "Title of {key}"\ndescription = "How {key} is made."\nno_data = "No {key}."\n'
    return f"{told}[panels.{key}.columns]\n{_COLUMNS[key]}\n" if key in _COLUMNS else told


def board_text() -> str:
    return _TEXT + "".join(panel_text(panel.key) for panel in BOARD.panels())


def words_in(folder: Path, text: str | None = None) -> Words:
    """The words of this board in a folder of their own, with the shared ones of the real boards."""
    (folder / "site.en.toml").write_text(board_text() if text is None else text, encoding="utf-8")
    (folder / "shared.en.toml").write_text((FOLDER / "shared.en.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return Words("en", folder)
