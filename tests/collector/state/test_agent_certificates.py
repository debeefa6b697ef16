"""Which certificate an agent goes by is known although it was given others that it could not keep."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from collector.certificates.known import KnownCertificate
from collector.state.agent_certificates import FAILED, RENEWED, certificates_of_agents
from collector.state.enrolment_tables import certificates
from collector.state.tables import events

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LIFE = 90 * DAY
AGENT = "lab-001"


class Town:
    """What agents were given, and what they have told."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._count = 0

    def give(self, at: datetime, agent: str = AGENT, *, is_revoked: bool = False) -> None:
        row = {"serial": self._number(), "agent": agent, "issued_at": at, "valid_until": at + LIFE}
        with self._engine.begin() as connection:
            connection.execute(insert(certificates).values(row | {"revoked_at": at if is_revoked else None}))

    def tell(self, at: datetime, kind: str, text: str = "") -> None:
        row = {"agent": AGENT, "boot_id": "b", "sequence": int(self._number()), "position": 0, "occurred_at": at}
        with self._engine.begin() as connection:
            connection.execute(insert(events).values(row | {"kind": kind, "text": text}))

    def in_use(self, now: datetime) -> list[KnownCertificate]:
        return certificates_of_agents(self._engine, now)

    def issued_at(self, now: datetime) -> datetime | None:
        (used,) = self.in_use(now)
        return used.begins_at

    def _number(self) -> str:
        self._count += 1
        return str(self._count)


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine)


def test_it_is_the_newest_one(town: Town) -> None:
    town.give(NOW - 60 * DAY)
    town.give(NOW)
    town.tell(NOW, RENEWED)
    (used,) = town.in_use(NOW + DAY)
    assert (used.name, used.begins_at, used.ends_at, used.trouble) == (AGENT, NOW, NOW + LIFE, "")


def test_one_that_cannot_keep_what_it_is_given_goes_by_the_old_one_and_says_why(town: Town) -> None:
    town.give(NOW - 60 * DAY)
    for day in range(0, 12, 3):
        town.give(NOW + day * DAY)
        town.tell(NOW + day * DAY + timedelta(seconds=1), FAILED, "no space left on device")
    (used,) = town.in_use(NOW + 12 * DAY)
    assert used.begins_at == NOW - 60 * DAY
    assert used.trouble == "no space left on device"


def test_a_clock_that_is_a_little_behind_hides_nothing(town: Town) -> None:
    town.give(NOW - 60 * DAY)
    for hour in range(2):
        town.give(NOW + timedelta(hours=hour))
        town.tell(NOW + timedelta(hours=hour, seconds=-50), FAILED)
    assert town.issued_at(NOW + DAY) == NOW - 60 * DAY


def test_what_was_tried_again_with_success_is_in_use(town: Town) -> None:
    town.give(NOW - 60 * DAY)
    town.give(NOW)
    town.tell(NOW, FAILED)
    town.give(NOW + timedelta(hours=1))
    town.tell(NOW + timedelta(hours=1), RENEWED)
    assert town.issued_at(NOW + DAY) == NOW + timedelta(hours=1)


def test_who_is_refused_goes_by_what_they_have(town: Town) -> None:
    town.give(NOW - 60 * DAY)
    town.tell(NOW, FAILED, "the collector refuses")
    (used,) = town.in_use(NOW + 4 * DAY)
    assert (used.begins_at, used.trouble) == (NOW - 60 * DAY, "the collector refuses")


def test_a_failure_a_life_ago_says_nothing_of_today(town: Town) -> None:
    town.give(NOW - 60 * DAY)
    town.tell(NOW - DAY, FAILED, "cut off")
    town.give(NOW)
    (used,) = town.in_use(NOW + 50 * DAY)
    assert (used.begins_at, used.trouble) == (NOW, "")


def test_who_was_enrolled_twice_goes_by_the_second(town: Town) -> None:
    town.give(NOW)
    town.give(NOW + timedelta(minutes=5))
    assert town.issued_at(NOW + DAY) == NOW + timedelta(minutes=5)


def test_who_tells_of_failures_with_the_only_one_goes_by_that(town: Town) -> None:
    town.give(NOW)
    town.tell(NOW + DAY, FAILED)
    assert town.issued_at(NOW + 80 * DAY) == NOW


def test_what_was_revoked_is_nobodys(town: Town) -> None:
    town.give(NOW - DAY, is_revoked=True)
    town.give(NOW - DAY, "lab-002")
    town.give(NOW, "lab-002", is_revoked=True)
    assert [(used.name, used.begins_at) for used in town.in_use(NOW)] == [("lab-002", NOW - DAY)]


def test_of_nobody_nothing_is_known(town: Town) -> None:
    assert town.in_use(NOW) == []
