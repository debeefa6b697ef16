"""Pictures of boards. In the suite one small board is drawn, with a panel of every kind, over a VictoriaMetrics that
holds an hour made by hand; `make pictures` draws every board in docs/ anew, over a simulated day."""

import math
import os
import re
import struct
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from board_pictures import WIDTH, board_picture, panel_pictures
from drawn_board import BOARD, words_in
from engines import VictoriaMetrics
from filled_engines import filled_engines
from grafana_boards import OpenBoard
from grafana_intervals import Span
from grafana_sources import PrometheusSource
from simulated_day import REPLACED
from small_png import size_of_png, small_png

from dashboards.boards import BOARDS
from dashboards.panels import BoardKey
from dashboards.words import Words

REPOSITORY = Path(__file__).parents[2]
PICTURES = REPOSITORY / "docs" / "pictures"
IS_RENEWING = os.environ.get("PICTURES") == "renew"
IN_THE_README: tuple[BoardKey, ...] = ("city", "access_point")
SMALL_BYTES = 350_000
CHOSEN = {
    "site": {"site": "banpo"},
    "access_point": {"site": "banpo", "access_point": REPLACED},
    "channels": {"site": "banpo"},
}
"""What is looked at where a board shows one."""
FLEET = {
    "gwangnaru": 2, "jamsil": 2, "ttukseom": 3, "jamwon": 2, "banpo": 8, "ichon": 2, "yeouido": 4, "yanghwa": 2,
    "mangwon": 2, "nanji": 3, "gangseo": 2, "seongdong-library": 2, "jung-senior": 2, "yongsan-children": 1,
    "gwangjin-welfare": 2, "dongdaemun-library": 2,
}  # fmt: skip
"""All parks and some facilities, each with some of its access points."""

UNTIL = datetime(2025, 5, 30, 12, 0, tzinfo=UTC)
HOUR = Span.before(UNTIL, timedelta(hours=1))
ONE, OTHER = "kind=park,site=a,name_ko=가", "kind=library,site=b,name_ko=나"
LINES = (
    f"wifi_site_state,{ONE},district=중구 latitude=37.53,longitude=126.93,access_points=4,silent=3",
    f"wifi_site_state,{OTHER},district=마포구 latitude=37.55,longitude=127,access_points=2,silent=0",
    "wifi_site,kind=park,site=a clients=71",
    "wifi_site_check,kind=park,site=a,check=dns checks=8,failed_checks=1",
    "wifi_site_hour,kind=park,site=a,weekday=5,hour=20 checks=4,failed_checks=1",
    "wifi_site_hour,kind=park,site=a,weekday=5,hour=21 checks=50,failed_checks=1",
    "wifi_place,kind=park,site=a,access_point=a-1 access_points=1",
    "wifi_radio,access_point=a-1,radio=r0,band=5 busy_ratio=0.25",
    "wifi_report,access_point=a-1 clients=12,is_up=1",
)
"""What is told every minute. VictoriaMetrics takes letters of any language."""
CHANGED = "wifi_device_change,kind=park,site=a,access_point=a-1 changes=1"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    started = VictoriaMetrics(tmp_path_factory.mktemp("engine"))
    started.start()
    try:
        minutes = [UNTIL - timedelta(minutes=minute) for minute in range(60)]
        lines = [f"{line} {at.timestamp() * 1000:.0f}" for at in minutes for line in LINES]
        lines.append(f"{CHANGED} {minutes[30].timestamp() * 1000:.0f}")
        request = urllib.request.Request(f"{started.url}/write?precision=ms", "\n".join(lines).encode())
        urllib.request.urlopen(request, timeout=30).close()
        started.flush()
        yield PrometheusSource(started.url)
    finally:
        started.kill()


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Words:
    return words_in(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def opened(engine: PrometheusSource, words: Words) -> OpenBoard:
    return OpenBoard(BOARD, "victoriametrics", engine, HOUR, words=words)


@pytest.fixture(scope="module")
def drawn(opened: OpenBoard) -> dict[str, dict[str, Any]]:
    """What is drawn of each panel, by its title."""
    pictures = [picture.specification for picture in panel_pictures(opened, HOUR)]
    return {told["title"].removeprefix("Title of "): told for told in pictures}


def test_each_panel_is_drawn_under_its_title(drawn: dict[str, dict[str, Any]]) -> None:
    assert list(drawn) == [panel.key for panel in BOARD.panels()]


def test_lines_are_the_engines_answers_with_what_is_marked_on_them(drawn: dict[str, dict[str, Any]]) -> None:
    rows = [row for row in rows_in(drawn["busy"]) if "series" in row]
    assert {(row["series"], row["value"]) for row in rows} == {("a-1 5", 0.25), ("All together", 12)}
    assert {row["limit"] for row in rows_in(drawn["busy"]) if "limit" in row} == {50.0}
    assert len([row for row in rows_in(drawn["busy"]) if row.keys() == {"time"}]) == 1
    assert {(row["series"], row["value"]) for row in rows_in(drawn["kinds"]) if "series" in row} == {("Park", 71)}


def test_a_state_that_lasts_is_one_piece(drawn: dict[str, dict[str, Any]]) -> None:
    (piece,) = (row for row in rows_in(drawn["up"]) if "series" in row)
    assert (piece["series"], piece["value"], piece["text"], piece["colour"]) == ("a-1", 1, "Yes", "#228738")


def test_values_have_their_colours_and_units(drawn: dict[str, dict[str, Any]]) -> None:
    assert rows_in(drawn["clients"]) == [{"value": 71, "text": "71"}]
    assert drawn["clients"]["mark"]["color"] == "#c78500"
    rows = {(row["down"], row["across"]): (row["text"], row["colour"]) for row in rows_in(drawn["hours"])}
    assert rows == {("20", "Fri"): ("25", "#de3412"), ("21", "Fri"): ("2", "#228738")}


def test_rows_are_in_their_order(drawn: dict[str, dict[str, Any]]) -> None:
    cells = [row["text"] for row in rows_in(drawn["sites"]) if "heading" in row]
    assert cells == ["a", "b", "가", "나", "3", "0", "12.5", "–"]
    bars = [(row["name"], row["value"]) for row in rows_in(drawn["districts"])]
    assert bars == [("마포구", 0), ("중구", 3)]


def test_sites_lie_where_they_are(drawn: dict[str, dict[str, Any]]) -> None:
    one, other = (row for row in rows_in(drawn["map"]) if "radius" in row)
    assert (one["name"], one["radius"], one["colour"]) == ("가", 18, "#228738")
    assert one["x"] < other["x"]
    assert one["y"] > other["y"]
    east, north = (other["x"] - one["x"]) / (127 - 126.93), (one["y"] - other["y"]) / (37.55 - 37.53)
    assert east / north == pytest.approx(math.cos(math.radians(37.54)))


def test_a_board_is_a_small_png_with_all_its_panels(opened: OpenBoard) -> None:
    png = board_picture(opened, HOUR)
    lowest = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in opened.document["panels"])
    width, height = size_of_png(png)
    assert width == WIDTH
    assert height > 30 * lowest
    assert 20_000 < len(png) < SMALL_BYTES


def test_a_panel_without_data_says_what_that_means(engine: PrometheusSource, words: Words) -> None:
    before = Span.before(UNTIL - timedelta(days=7), timedelta(hours=1))
    board = OpenBoard(BOARD, "victoriametrics", engine, before, words=words)
    said = {picture.specification["mark"]["text"][0] for picture in panel_pictures(board, before)}
    assert said == {f"No {panel.key}." for panel in BOARD.panels()}


@pytest.mark.parametrize("width", [3, 300])
def test_a_small_png_has_the_same_pixels(width: int) -> None:
    shapes = f'<rect width="{width}" height="2" fill="#123456"/><rect x="1" width="1" height="1" fill="#fedcba"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="2">{shapes}</svg>'
    png = small_png(vl_convert.svg_to_png(svg))
    assert size_of_png(png) == (width, 2)
    begin = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[begin - 4 : begin])
    lines = zlib.decompress(png[begin + 4 : begin + 4 + length])
    rest, line = "123456" * (width - 2), "123456" * width
    assert lines.hex() == f"00123456fedcba{rest}00{line}"


@pytest.mark.parametrize("key", [board.key for board in BOARDS])
def test_the_document_shows_each_board_and_says_where_to_look_first(key: BoardKey) -> None:
    document, words = (REPOSITORY / "docs" / "grafana.md").read_text(encoding="utf-8"), Words("en").board(key)
    (section,) = re.findall(rf"^### {words.title}\n(.*?)^##", document, re.DOTALL | re.MULTILINE)
    assert f"(pictures/{file_of(key)})" in section
    named = [name.replace("\n", " ") for name in re.findall(r"\*([^*]+)\*", section)]
    assert named
    assert set(named) <= {panel.title for panel in words.panels.values()}
    png = (PICTURES / file_of(key)).read_bytes()
    assert size_of_png(png)[0] == WIDTH
    assert len(png) < SMALL_BYTES


def test_the_readme_shows_the_most_telling_boards() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert all(f"(docs/pictures/{file_of(key)})" in readme for key in IN_THE_README)


@pytest.mark.skipif(not IS_RENEWING, reason="`make pictures` draws the boards in docs/ anew, which takes minutes")
def test_the_pictures_are_renewed(tmp_path: Path) -> None:
    with filled_engines(tmp_path, FLEET) as filled:
        for board in BOARDS:
            source = filled.sources["victoriametrics"]
            opened = OpenBoard(board, "victoriametrics", source, filled.day, CHOSEN.get(board.key))
            (PICTURES / file_of(board.key)).write_bytes(board_picture(opened, filled.day))


def rows_in(specification: dict[str, Any]) -> list[dict[str, Any]]:
    """All that is drawn; layers of the same rows have them once here."""
    found: list[list[dict[str, Any]]] = []
    for layer in (specification, *specification.get("layer", ())):
        rows = layer["data"]["values"] if "data" in layer else []
        found += [] if rows in found else [rows]
    return [row for rows in found for row in rows]


def file_of(key: BoardKey) -> str:
    return f"board-{key.replace('_', '-')}.png"
