"""kill -9 at every commit of whoever evaluates and sends, right before it and right after it, and between an answer and
the word of it: all is told, with the same id where it is told again, and what was noted as delivered is not sent again.

`CHAOS_ROUNDS` of more than five kills the one that goes on as well.
"""

import dataclasses
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from chaos.alert_child import SILENT, Order
from chaos.alert_children import Children, Receiver
from postgres import Postgres
from sqlalchemy import Engine, select, text

from collector.state.alert_tables import deliveries
from collector.state.columns import metadata
from collector.state.database import open_database
from collector.state.settings import StateSettings

IS_LONG = int(os.environ.get("CHAOS_ROUNDS", "5")) > 5
COMMITS_AT_LEAST = 12
"""The beginning's three, what fires, what ends, and of two notices and two ends each the claim and the word."""


class Death(NamedTuple):
    """`before` or `after` a commit, or at an `answer`. The city is well once the beginnings `is_noted` as delivered, so
    that they are told again by who goes on; or else once they have arrived, so that they may be over by then."""

    moment: str
    is_noted: bool

    def __str__(self) -> str:
        return f"{self.moment}, {'noted' if self.is_noted else 'arrived'}"


DEATHS = [Death(moment, is_noted) for moment in ("before", "after", "answer") for is_noted in (True, False)]
NOTED = [death for death in DEATHS if death.is_noted]


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    begotten = Children()
    yield begotten
    begotten.close()


def live(children: Children, desk: Engine, state: str, folder: Path, *, death: Death, at: int) -> bool:
    """A life with one death, after which another goes on; whether there was anything to die at."""
    is_well = folder / "is_well"
    is_well.unlink(missing_ok=True)
    each = deliveries.c

    def before_answer(notice_id: str) -> int:
        with desk.connect() as connection:
            words.append(connection.scalar(select(each.state).where(each.id == notice_id)) or "")
        return 204

    words: list[str] = []
    receiver = Receiver(None if death.is_noted else is_well, before_answer)
    try:
        order = Order(state, str(folder), receiver.url, str(is_well), death.moment, at, makes_well=death.is_noted)
        children.begin(order)
        code = children.end()
        if code != 0:
            assert code == -signal.SIGKILL
            if IS_LONG:
                children.begin(dataclasses.replace(order, dies_at=max(at // 2, 1)))
                children.end()
            children.begin(dataclasses.replace(order, dies=""))
            assert children.end() == 0
    finally:
        receiver.close()
    assert receiver.problems == []
    told = receiver.record.told()
    assert len({alert for (_, alert), is_firing in told if is_firing}) == len(SILENT), "all that fires is told"
    assert receiver.record.believed() == set(), "and all that has ended"
    assert set(words) == {"waiting"}, "what was noted as delivered is not sent again"
    with desk.connect() as connection:
        states = dict(connection.execute(select(each.id, each.state)).all())
    assert {notice for notice, word in states.items() if word == "delivered"} <= set(receiver.record.taken)
    assert set(states.values()) <= {"delivered", "folded"}
    repeated = len(receiver.sent) - len(set(receiver.sent))
    assert repeated <= (4 if IS_LONG else 2)
    return code != 0


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("death", DEATHS if IS_LONG else NOTED, ids=str)
def test_killed_on_a_file(children: Children, tmp_path: Path, death: Death) -> None:
    empty = tmp_path / "empty.sqlite"
    open_database(StateSettings(), empty).dispose()
    number = 1
    while True:
        folder = tmp_path / str(number)
        folder.mkdir()
        state = str(shutil.copy(empty, folder / "state.sqlite"))
        desk = open_database(StateSettings(), Path(state))
        try:
            if not live(children, desk, state, folder, death=death, at=number):
                break
        finally:
            desk.dispose()
        number += 1
    assert number > (len(SILENT) if death.moment == "answer" else COMMITS_AT_LEAST)


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[str, Engine]]:
    server = Postgres()
    try:
        server.start()
        url = server.url(server.new_database())
        desk = open_database(StateSettings(url=url), Path("unused"))
        yield url, desk
        desk.dispose()
    finally:
        server.remove()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("death", DEATHS if IS_LONG else NOTED[:1], ids=str)
def test_killed_on_a_server(children: Children, shared: tuple[str, Engine], tmp_path: Path, death: Death) -> None:
    url, desk = shared
    number = 1
    while True:
        with desk.begin() as connection:
            names = ", ".join(table.name for table in metadata.sorted_tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        if not live(children, desk, url, tmp_path, death=death, at=number):
            break
        number += 1
    assert number > (len(SILENT) if death.moment == "answer" else COMMITS_AT_LEAST)
