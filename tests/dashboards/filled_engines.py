"""A real VictoriaMetrics and a real InfluxDB that hold the same simulated day, as a collector would have written it."""

import asyncio
import http.client
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engines import BUCKET, ORG, TOKEN, InfluxDB, VictoriaMetrics
from figures_of_the_day import FiguresOfTheDay
from grafana_intervals import Span
from grafana_sources import InfluxQLSource, PrometheusSource
from simulated_day import SINCE, SIZES, UNTIL, inventory_of_the_day, minutes_of_the_day, sites_of_the_day

from collector.figures.site_tally import SiteTally
from collector.figures.sites import site_figures
from collector.figures.windows import WINDOW, window_begin, window_number
from collector.influx.figure_lines import figure_line
from collector.influx.lines import LineFormatter
from collector.influx.settings import InfluxSettings
from collector.stores.influx import open_store
from dashboards.engines import Engine

_LINES_AT_ONCE = 20_000
_MADE_AFTER = timedelta(seconds=90)
"""For so long after its end the collector waits with a window."""
_WINDOWS_AT_ONCE = 72


@dataclass(frozen=True, slots=True)
class FilledEngines:
    """Both engines as Grafana asks them; `day` is the time that a board shows."""

    sources: dict[Engine, PrometheusSource | InfluxQLSource]
    day: Span


@contextmanager
def filled_engines(folder: Path, sizes: Mapping[str, int] = SIZES) -> Iterator[FilledEngines]:
    """Started, filled, and killed in the end. `sizes` says how many access points of which site there are."""
    victoriametrics, influxdb = VictoriaMetrics(folder), InfluxDB(folder)
    try:
        victoriametrics.start()
        influxdb.start()
        with closing(_Writer(victoriametrics.port, influxdb.engine_port)) as writer:
            _write_day(writer, sizes)
        victoriametrics.flush()
        asyncio.run(_roll_up(_settings("victoriametrics", victoriametrics.url, folder), sizes))
        asyncio.run(_roll_up(_settings("influxdb", influxdb.url, folder), sizes))
        victoriametrics.flush()
        yield FilledEngines(
            {
                "victoriametrics": PrometheusSource(victoriametrics.url),
                "influxdb": InfluxQLSource(f"http://127.0.0.1:{influxdb.engine_port}", BUCKET),
            },
            Span.before(UNTIL, timedelta(hours=24)),
        )
    finally:
        victoriametrics.kill()
        influxdb.kill()


class _Writer:
    """Writes the same lines into both."""

    def __init__(self, *ports: int) -> None:
        self._connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in ports]
        self._waiting: list[str] = []

    def add(self, lines: Iterable[str]) -> None:
        self._waiting += lines
        if len(self._waiting) >= _LINES_AT_ONCE:
            self.flush()

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def flush(self) -> None:
        body = "\n".join(self._waiting).encode()
        self._waiting.clear()
        for connection in self._connections:
            connection.request("POST", f"/write?db={BUCKET}&precision=ms", body)
        for connection in self._connections:
            answer = connection.getresponse()
            assert answer.status == 204, answer.read()
            answer.read()


def _write_day(writer: _Writer, sizes: Mapping[str, int]) -> None:
    formatter, figures = LineFormatter(), FiguresOfTheDay(sizes)
    for minute, reports in minutes_of_the_day(sizes):
        for stored in reports:
            writer.add(formatter.format(stored).lines)
        if minute <= UNTIL:
            writer.add(filter(None, map(figure_line, figures.after(minute, reports))))
    writer.flush()


def _settings(engine: Engine, url: str, folder: Path) -> InfluxSettings:
    token = folder / "token"
    token.write_text(TOKEN)
    return InfluxSettings(engine=engine, url=url, org=ORG, bucket=BUCKET, token_file=token, settle_seconds=0)


async def _roll_up(settings: InfluxSettings, sizes: Mapping[str, int]) -> None:
    """The sites' figures, out of what the engine itself holds."""
    store = open_store(settings)
    ever_seen = {point.place.id for site in sites_of_the_day(sizes) for point in site.access_points}
    first, end = window_number(SINCE), window_number(UNTIL - _MADE_AFTER)
    try:
        for number in range(first, end, _WINDOWS_AT_ONCE):
            begins = [window_begin(each) for each in range(number, min(number + _WINDOWS_AT_ONCE, end))]
            tally = SiteTally(inventory_of_the_day(sizes))
            store.site_windows(begins[0], begins[-1] + WINDOW, tally)
            await store.write_figures(site_figures(tally, begins, ever_seen=ever_seen))
    finally:
        await store.close()
