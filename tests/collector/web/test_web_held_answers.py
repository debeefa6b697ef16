import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from web_city import Watch

from collector.stores import StoreError
from collector.web.city.held_answers import HeldAnswers

FRESH, USABLE = timedelta(seconds=60), timedelta(minutes=30)
PATIENCE = 10.0


class Question:
    """Counts how often it was asked; waits for its gate in the thread."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = Event()
        self.gate.set()
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        assert self.gate.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return number


def held(watch: Watch, *, max_answers: int = 10) -> HeldAnswers[str, int]:
    return HeldAnswers(watch, fresh=FRESH, usable=USABLE, max_answers=max_answers)


async def ask(answers: HeldAnswers[str, int], question: Callable[[], int], key: str = "city") -> int:
    return await answers.get(key, question, patience_seconds=PATIENCE)


async def test_a_fresh_answer_is_not_asked_for_again() -> None:
    watch, question = Watch(), Question()
    answers = held(watch)
    assert [await ask(answers, question) for _ in range(3)] == [1, 1, 1]


async def test_many_readers_ask_once() -> None:
    question = Question()
    question.gate.clear()
    answers = held(Watch())
    readers = [asyncio.create_task(ask(answers, question)) for _ in range(5)]
    await asyncio.sleep(0)
    question.gate.set()
    assert await asyncio.gather(*readers) == [1] * 5


async def test_an_old_answer_is_served_while_the_new_one_is_fetched() -> None:
    watch, question = Watch(), Question()
    answers = held(watch)
    await ask(answers, question)
    watch.now += FRESH * 2
    question.gate.clear()
    assert [await ask(answers, question) for _ in range(3)] == [1, 1, 1]
    question.gate.set()
    await answers.close()
    assert await ask(answers, question) == 2
    assert question.asked == 2


@pytest.mark.parametrize("step", [USABLE * 2, -USABLE * 2], ids=["too old", "clock set back"])
async def test_an_answer_from_another_time_is_not_served(step: timedelta) -> None:
    watch, question = Watch(), Question()
    answers = held(watch)
    await ask(answers, question)
    watch.now += step
    assert await ask(answers, question) == 2


async def test_patience_ends_and_the_answer_is_there_for_the_next_reader() -> None:
    question = Question()
    question.gate.clear()
    answers = held(Watch())
    with pytest.raises(TimeoutError):
        await answers.get("city", question, patience_seconds=0)
    question.gate.set()
    await answers.close()
    assert await ask(answers, question) == 1


async def test_a_failure_reaches_the_reader_is_logged_and_is_not_held(caplog: pytest.LogCaptureFixture) -> None:
    question = Question()
    question.error = StoreError("no disk", is_permanent=False)
    answers = held(Watch())
    with caplog.at_level(logging.WARNING), pytest.raises(StoreError):
        await ask(answers, question)
    assert "store_did_not_answer question='city' error=no disk" in caplog.text
    question.error = None
    assert await ask(answers, question) == 2


async def test_a_failed_renewal_leaves_the_old_answer() -> None:
    watch, question = Watch(), Question()
    answers = held(watch)
    await ask(answers, question)
    question.error = StoreError("no disk", is_permanent=False)
    watch.now += FRESH * 2
    assert await ask(answers, question) == 1
    await answers.close()
    assert await ask(answers, question) == 1
    await answers.close()


async def test_only_so_many_answers_are_held_and_the_least_wanted_goes_first() -> None:
    question = Question()
    answers = held(Watch(), max_answers=2)
    assert [await ask(answers, question, key) for key in ("a", "b", "a", "c", "a", "b")] == [1, 2, 1, 3, 1, 4]
