"""How long each board waits for its engine, in a city of 2,000 access points: over 24 hours and over 30 days.

All queries of a board are asked as Grafana does where somebody opens it: six panels at once, as a browser has that many
connections, and a panel's targets one after the other. It is the first time that they are asked, so that no engine has
an answer ready. Boards of one site show the largest over 24 hours, and the one that they open with over 30 days.
"""

import http.client
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice

import pytest
from board_city import BoardCity, board_city
from engines import BUCKET, InfluxDB, VictoriaMetrics
from grafana_boards import Asked, OpenBoard, Source
from grafana_intervals import Span
from grafana_queries import PrometheusRequest
from grafana_sources import InfluxQLSource, PrometheusSource
from processes import processor_seconds
from rig import IS_QUICK

from dashboards.boards import BOARDS
from dashboards.engines import ENGINES, Engine

DAYS = 2 if IS_QUICK else 30
PLACES = board_city(access_points=2_000, sites=180)
CITY = BoardCity(
    PLACES[-30:] if IS_QUICK else PLACES,  # the last ones are small
    until=datetime(2025, 5, 30, 11, 30, 17, tzinfo=UTC),
    days=DAYS,
)
AT_ONCE = 6
_LINES_AT_ONCE = 20_000
_SPANS = {"24h": (timedelta(days=1), 2.0), f"{DAYS}d": (timedelta(days=DAYS), 5.0)}
"""Each with the seconds that a board may take."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Engine, tuple[Source, int]]]:
    """Both engines, full and at rest, with their ports."""
    folder = tmp_path_factory.mktemp("engines")
    victoriametrics, influxdb = VictoriaMetrics(folder, "-memory.allowedBytes=1GiB"), InfluxDB(folder)
    try:
        victoriametrics.start()
        influxdb.start()
        ports: dict[Engine, int] = {"victoriametrics": victoriametrics.port, "influxdb": influxdb.engine_port}
        _fill(ports.values())
        victoriametrics.flush()
        for engine in (victoriametrics, influxdb):
            assert engine._process is not None
            _await_rest(engine._process.pid)
        urls = {engine: f"http://127.0.0.1:{port}" for engine, port in ports.items()}
        yield {
            "victoriametrics": (PrometheusSource(urls["victoriametrics"]), ports["victoriametrics"]),
            "influxdb": (InfluxQLSource(urls["influxdb"], BUCKET), ports["influxdb"]),
        }
    finally:
        victoriametrics.kill()
        influxdb.kill()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("engine", ENGINES)
def test_boards_are_there_in_time(
    engine: Engine, sources: dict[Engine, tuple[Source, int]], note: Callable[[str, float], None]
) -> None:
    source, port = sources[engine]
    late = []
    for name, (length, at_most_seconds) in _SPANS.items():
        site = CITY.large_site.site if name == "24h" else CITY.long_site.site
        for board in BOARDS:
            chosen = {"site": site} if "one_site" in board.variables else {}
            opened = OpenBoard(board, engine, source, Span.before(CITY.until, length), chosen)
            seconds = _seconds_of(opened, port)
            note(f"board_{board.key}_{name}_seconds_{engine}", seconds)
            if seconds >= at_most_seconds:
                late.append(f"{board.key} over {name}: {seconds:.2f} s")
    assert late == []


def _seconds_of(board: OpenBoard, port: int) -> float:
    panels = [list(targets) for _, targets in groupby(board.targets(), key=lambda asked: asked.panel["id"])]
    panels += [[asked] for asked in board.annotations()]
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as browser:
        for _ in browser.map(lambda targets: _ask(targets, port), panels):
            pass
    return time.perf_counter() - began


def _ask(targets: Iterable[Asked], port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=300)) as connection:
        for asked in targets:
            path, form = _sent(asked)
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urllib.parse.urlencode(form), headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, f"{asked.name}: {body[:500]!r}"
            assert b'"error"' not in body[:200], f"{asked.name}: {body[:500]!r}"


def _sent(asked: Asked) -> tuple[str, dict[str, str]]:
    request = asked.request
    if not isinstance(request, PrometheusRequest):
        return "/query", {"db": BUCKET, "q": request.statement, "epoch": "ms"}
    if request.step_seconds is None:
        return "/api/v1/query", {"query": request.expression, "time": repr(request.end_seconds)}
    ends = {"start": repr(request.start_seconds), "end": repr(request.end_seconds)}
    return "/api/v1/query_range", {"query": request.expression, "step": repr(request.step_seconds), **ends}


def _fill(ports: Iterable[int]) -> None:
    lines = CITY.lines()
    with ThreadPoolExecutor() as writers:
        while batch := list(islice(lines, _LINES_AT_ONCE)):
            body = "\n".join(batch).encode()
            for _ in writers.map(lambda port, body=body: _write(port, body), ports):
                pass


def _write(port: int, body: bytes) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=300)) as connection:
        connection.request("POST", f"/write?db={BUCKET}&precision=ms", body)
        answer = connection.getresponse()
        assert answer.status == 204, answer.read()


def _await_rest(pid: int) -> None:
    """Engines put their files together for a while after they were filled."""
    used = -1.0
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and processor_seconds(pid) - used > 0.2:
        used = processor_seconds(pid)
        time.sleep(2)
