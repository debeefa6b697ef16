"""Ids from numbers and names: readable, stable, and of the form that the wire asks for."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from agent.wire import AccessPointId
from inventory.importing.identifiers import identifier, normal_number, with_digest
from inventory.importing.romanization import romanized

CHECKED = TypeAdapter(AccessPointId)


@pytest.mark.parametrize(
    ("hangul", "latin"),
    [
        ("서울", "seoul"),
        ("뚝섬한강공원", "ttukseomhanganggongwon"),
        ("강북", "gangbuk"),
        ("종로", "jongro"),  # each syllable by itself: Jongno is how it is spoken
        ("떡볶이", "tteokbokki"),
        ("떡복이", "tteokboki"),
        ("값 닭 힣", "gaps dalk hit"),
        ("AP-01 漢", "AP-01 漢"),
    ],
)
def test_hangul_is_romanised_syllable_by_syllable(hangul: str, latin: str) -> None:
    assert romanized(hangul) == latin


@pytest.mark.parametrize(
    ("raw", "normal", "id_"),
    [
        ("WF171016", "WF171016", "wf171016"),
        ("-WF171016", "WF171016", "wf171016"),
        ("---GR000001", "GR000001", "gr000001"),
        ("서울-6047-2", "서울-6047-2", "seoul-6047-2"),
        (" DDM_LG001 ", "DDM_LG001", "ddm-lg001"),
        ("ＷＦ１", "WF1", "wf1"),
        ("---", "", None),
        ("", "", None),
        ("漢", "漢", None),
    ],
)
def test_a_number_has_a_normal_form_and_an_id(raw: str, normal: str, id_: str | None) -> None:
    assert normal_number(raw) == normal
    assert identifier(normal) == id_


def test_what_is_too_long_ends_with_a_digest_of_the_whole() -> None:
    first, second = (identifier(f"{'서울특별시립' * 5} {end}") for end in ("1", "2"))
    assert first is not None
    assert second is not None
    assert first != second
    assert len(first) == len(second) == 63
    assert re.fullmatch(r"seoulteukbyeolsirip.*-[0-9a-f]{8}", first)


def test_a_digest_tells_apart_what_has_one_name() -> None:
    first, second = (with_digest("national Mapo 망원시장", "망원시장", provider) for provider in ("KT", "SKT"))
    assert first.startswith("national-mapo-mangwonsijang-")
    assert first != second
    assert with_digest("漢", "x") == with_digest("", "x")


@given(st.text())
@settings(deadline=None)
def test_an_id_is_always_one(text: str) -> None:
    CHECKED.validate_python(with_digest(text, text))
    found = identifier(text)
    if found is not None:
        CHECKED.validate_python(found)
