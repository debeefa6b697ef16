"""Links as map applications take them, whatever a place is called."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.orders.distances import Position
from collector.orders.map_links import MapLinks, map_links

STAGE = Position(37.5285581, 126.93271)


def test_a_place_is_found_in_both_maps_and_the_way_there_in_one() -> None:
    assert map_links("여의도 물빛무대", STAGE) == MapLinks(
        kakao="https://map.kakao.com/link/map/%EC%97%AC%EC%9D%98%EB%8F%84%20%EB%AC%BC%EB%B9%9B%EB%AC%B4%EB%8C%80,37.528558,126.932710",
        kakao_way="https://map.kakao.com/link/to/%EC%97%AC%EC%9D%98%EB%8F%84%20%EB%AC%BC%EB%B9%9B%EB%AC%B4%EB%8C%80,37.528558,126.932710",
        naver="https://map.naver.com/p/search/37.528558,126.932710",
    )


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("1층, 로비/안내", "1층 로비 안내"),
        ("a?b#c&d=e%2Cf", "a?b#c&d=e%2Cf"),
        ('"><script>', '"><script>'),
        ("../../evil", ".. .. evil"),
    ],
)
def test_a_name_stays_a_name(name: str, called: str) -> None:
    part = map_links(name, STAGE).kakao.removeprefix("https://map.kakao.com/link/map/")
    assert unquote(part.partition(",")[0]) == called
    assert part.count(",") == 2


@given(st.text(), st.floats(-90, 90), st.floats(-180, 180))
def test_a_link_is_always_one_of_three_parts_that_an_address_can_have(
    name: str, latitude: float, longitude: float
) -> None:
    links = map_links(name, Position(latitude, longitude))
    for link, before in ((links.kakao, "/link/map/"), (links.kakao_way, "/link/to/"), (links.naver, "/p/search/")):
        _, _, part = link.partition(before)
        numbers = part.split(",")[-2:]
        assert [float(number) for number in numbers] == pytest.approx([latitude, longitude], abs=1e-6)
        assert link.isascii()
        assert not set(part) & set(' "<>#?&/\\')
