"""The pages lead to boards by the uids that these have: the collector does not know boards, and makes them itself."""

from typing import get_args

import pytest

from collector.web import board_links
from collector.web.language import Language
from dashboards.engines import ENGINES, LANGUAGES, Engine, board_uid


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("board", get_args(board_links.Board))
def test_pages_know_the_uids_of_boards(board: board_links.Board, engine: Engine) -> None:
    assert tuple(Language) == LANGUAGES
    for language in Language:
        assert board_links.board_uid(board, engine, language) == board_uid(board, engine, language.value)
