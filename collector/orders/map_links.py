"""Links that open a place in the map applications that people in Korea have on their phones. Pure.

Kakao documents its links at https://apis.map.kakao.com/web/guide/; Naver's is the address that its map itself shows
when a position is searched for.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from collector.orders.distances import Position

_DIVIDES = re.compile(r"[,/\\\s]+")
"""A comma divides a name from its position there and a slash parts of the path, also once they are decoded."""
_MOST_LETTERS = 80


@dataclass(frozen=True, slots=True)
class MapLinks:
    """Kakao Map at the place, Kakao Map with the way there, and Naver Map at the place."""

    kakao: str
    kakao_way: str
    naver: str


def map_links(name: str, position: Position) -> MapLinks:
    """The links for a place, which the map calls by this name."""
    where = f"{position.latitude:.6f},{position.longitude:.6f}"
    called = quote(_DIVIDES.sub(" ", name).strip()[:_MOST_LETTERS], safe="")
    return MapLinks(
        kakao=f"https://map.kakao.com/link/map/{called},{where}",
        kakao_way=f"https://map.kakao.com/link/to/{called},{where}",
        naver=f"https://map.naver.com/p/search/{where}",
    )
