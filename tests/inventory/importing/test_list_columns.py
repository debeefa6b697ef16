"""Headers by name, whatever their order and spelling."""

import unicodedata

import pytest

from inventory.importing import ListingError
from inventory.importing.columns import Columns

COLUMNS = Columns({"number": ["관리번호", "X_SWIFI_MGR_NO"], "latitude": ["Y좌표", "LAT"]})


def test_a_header_is_known_by_any_of_its_names_in_any_order() -> None:
    assert COLUMNS.read({"Y좌표": " 37.5 ", "비고": "x", "관리 번호": "WF1"}) == {"number": "WF1", "latitude": "37.5"}
    assert COLUMNS.read({"x_swifi_mgr_no": "WF1"}) == {"number": "WF1"}


def test_two_headers_of_one_meaning_are_told() -> None:
    with pytest.raises(ListingError, match="'LAT' and 'Y좌표' mean the same; remove one"):
        COLUMNS.of(["LAT", "Y좌표"])


def test_a_list_of_another_kind_is_told() -> None:
    with pytest.raises(ListingError, match="no column is known for number; it has 이름, LAT; is it a list of another"):
        COLUMNS.require(["이름", "LAT", ""], ["number"])


def test_a_value_has_one_form_whichever_way_its_letters_are_written() -> None:
    written = unicodedata.normalize("NFD", "마포구") + " ㈜ㄱ서민ㆍ복지\u3000"
    assert COLUMNS.read({"관리번호": written}) == {"number": "마포구 (주)ㄱ서민·복지"}
