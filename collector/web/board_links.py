"""Where the boards in Grafana are that show what a page is about, over any time. Pure; made by `collector.main`, asked
by pages.

The collector knows no boards. Their uids are made here as `dashboards.engines` makes them, to which a test holds them.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from collector.config import CollectorSettings
from collector.influx.settings import Engine, InfluxSettings
from collector.web.language import Language

Board = Literal["city", "site", "access_point"]
_ENGINES: dict[Engine, str] = {"victoriametrics": "vm", "influxdb": "influx"}


def board_links(settings: CollectorSettings) -> "BoardLinks | None":
    """Where the boards are; None where there is no Grafana, or where it cannot ask the store."""
    if settings.web.grafana_url is None or not isinstance(settings.store, InfluxSettings):
        return None
    return BoardLinks(settings.web.grafana_url, settings.store.engine)


def board_uid(board: Board, engine: Engine, language: Language) -> str:
    """By what Grafana knows a board."""
    return f"hangang-{_ENGINES[engine]}-{board.replace('_', '-')}-{language}"


@dataclass(frozen=True, slots=True)
class BoardLinks:
    """`grafana_url` is where people reach Grafana, without a slash at its end; `engine` is what its boards ask."""

    grafana_url: str
    engine: Engine

    def city(self, language: Language) -> str:
        """The city's board."""
        return self._board("city", language)

    def site(self, site: str, language: Language) -> str:
        """A site's board."""
        return self._board("site", language, site=site)

    def access_point(self, site: str, access_point: str, language: Language) -> str:
        """The board of an access point, which is chosen there among those of its site."""
        return self._board("access_point", language, site=site, access_point=access_point)

    def _board(self, board: Board, language: Language, **chosen: str) -> str:
        address = f"{self.grafana_url}/d/{board_uid(board, self.engine, language)}"
        variables = urlencode({f"var-{name}": value for name, value in chosen.items()})
        return f"{address}?{variables}" if variables else address
