"""Receivers of notices that fail in all ways, without a network: they stand where the caller does, and check whatever
they are sent."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from collector.outward.call_errors import CallError
from collector.outward.calling import Answer, Call

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Mood(StrEnum):
    """How a receiver is. `TAKES_AND_FAILS` and `LOSES_ANSWERS` have done what they were asked to, and nobody knows."""

    WELL = "well"
    SLOW = "slow"
    FAILS = "fails"
    TAKES_AND_FAILS = "takes and fails"
    ASKS_TO_WAIT = "asks to wait"
    LOSES_ANSWERS = "loses answers"
    HANGS = "hangs"
    IS_DOWN = "is down"
    REFUSES = "refuses"
    IS_GONE = "is gone"


_TAKES = {Mood.WELL, Mood.SLOW, Mood.TAKES_AND_FAILS, Mood.LOSES_ANSWERS}
_STATUS = {
    Mood.WELL: 204,
    Mood.SLOW: 202,
    Mood.FAILS: 500,
    Mood.TAKES_AND_FAILS: 502,
    Mood.ASKS_TO_WAIT: 503,
    Mood.REFUSES: 400,
    Mood.IS_GONE: 410,
}


@dataclass(slots=True)
class Record:
    """What one receiver was sent. `taken` are the ids of what it has taken, in the order of their first arrival;
    `bodies` are of all that was ever sent, and `answered` the ids to which it said 2xx."""

    mood: Mood = Mood.WELL
    taken: list[str] = field(default_factory=list)
    bodies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)

    def take(self, notice_id: str, body: Mapping[str, Any]) -> None:
        """Something has arrived: the first time, or once more."""
        assert self.bodies.setdefault(notice_id, body) == body, "what is tried again is the same"
        if notice_id not in self.taken:
            self.taken.append(notice_id)

    def told(self) -> list[tuple[tuple[str, str], bool]]:
        """Thread and alert by their ids, and whether it was told to fire, in the order of arrival."""
        notices = [self.bodies[notice_id]["data"] for notice_id in self.taken]
        return [((each["thread"], alert["id"]), alert["is_firing"]) for each in notices for alert in each["alerts"]]

    def believed(self) -> set[str]:
        """The alerts that it believes to fire now, by what any thread told last."""
        return {alert for (_, alert), is_firing in dict(self.told()).items() if is_firing}


def verified(call: Call, now: datetime) -> tuple[str, Mapping[str, Any]]:
    """The id and the body of what was sent, after the rules of Standard Webhooks."""
    notice_id, timestamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
    assert 0 <= now.timestamp() - int(timestamp) <= 2, f"signed for {timestamp}, sent at {now.timestamp()}"
    signed = f"{notice_id}.{timestamp}.".encode() + call.body
    expected = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert expected in call.headers["webhook-signature"].split()
    body = json.loads(call.body)
    assert body["data"]["id"] == notice_id
    return notice_id, body


class Receivers:
    """All of them, by the name of their endpoint, which is the host of their address. `is_to_be_sent` is asked at each
    call whether it should be made at all."""

    def __init__(
        self,
        names: list[str],
        clock: Callable[[], datetime],
        chance: random.Random,
        is_to_be_sent: Callable[[str], bool],
    ) -> None:
        self.records = {name: Record() for name in names}
        self.problems: list[str] = []
        self.under_way = 0
        self._clock = clock
        self._chance = chance
        self._is_to_be_sent = is_to_be_sent

    def be(self, name: str, mood: Mood) -> None:
        """From now on one is so."""
        self.records[name].mood = mood

    async def prepare(self) -> None:
        """They are here already."""

    async def call(self, call: Call) -> Answer:
        """As `Caller.call`. What is wrong with what was sent is also among the problems: who calls goes on."""
        self.under_way += 1
        try:
            return await self._answer(call)
        except AssertionError as error:
            self.problems.append(str(error) or repr(error))
            raise
        finally:
            self.under_way -= 1

    async def _answer(self, call: Call) -> Answer:
        record = self.records[call.url.removeprefix("https://").partition(".")[0]]
        notice_id, body = verified(call, self._clock())
        assert self._is_to_be_sent(notice_id), f"{notice_id} is sent although it is not under way"
        mood = record.mood
        if mood is Mood.IS_DOWN:
            raise CallError("https://receiver.test cannot be connected to: connection refused")
        await asyncio.sleep(self._chance.choice([0.01, 0.3, 2.0] if mood is not Mood.SLOW else [6.0, 14.0]))
        if mood in _TAKES:
            record.take(notice_id, body)
        if mood in {Mood.HANGS, Mood.LOSES_ANSWERS}:
            await asyncio.sleep(call.timeout_seconds)
            raise CallError("https://receiver.test does not answer within 15 s", is_maybe_received=True)
        await asyncio.sleep(0.05)
        status = _STATUS[mood]
        if 200 <= status < 300:
            record.answered.add(notice_id)
        return Answer(status, {"retry-after": "77"} if mood is Mood.ASKS_TO_WAIT else {}, b"")
