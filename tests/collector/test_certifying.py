"""Who is certified anew, and who is not; what agents send keeps the collector from nobody else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import eventually
from requests_for_certificates import Key, make_key, request_pem
from sqlalchemy import Engine
from state_files import open_state

from agent.wire import Certificate, Renewal, encode, topic_for
from collector.certifying import CertificateDesk
from collector.enrolment.authority import make_authority
from collector.enrolment.refusals import Refusal, RefusedError
from collector.enrolment.settings import EnrolmentSettings
from collector.enrolment.tokens import digest
from collector.renewing import MOST_WAITING, Renewing
from collector.state.enrolments import certificates_of, keep_token, revoke_agent

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Town:
    """A desk, the clock that it goes by, and what agents were answered."""

    def __init__(self, state: Engine, *, days: float = 90.0) -> None:
        self.now = NOW
        self.state = state
        self.answers: list[tuple[str, Certificate]] = []
        self.desk = CertificateDesk(
            authority=make_authority(NOW),
            settings=EnrolmentSettings(days=days),
            broker_url="mqtts://broker.example.org",
            state=state,
            clock=lambda: self.now,
        )
        self.renewing = Renewing(self.desk, self._send)

    async def _send(self, agent: str, certificate: Certificate) -> None:
        self.answers.append((agent, certificate))

    def enrol(self, agent: str) -> None:
        keep_token(self.state, agent, digest(agent), self.now, expires_at=self.now + DAY)
        self.first_contact(agent)

    def first_contact(self, agent: str, key: Key | None = None) -> str:
        """The certificate that comes of it."""
        return self.desk.enrol(agent, agent, request_pem(agent, key=key), address="192.0.2.7").certificate_pem

    def ask(self, agent: str, pem: str | None = None) -> None:
        renewal = Renewal(version=1, agent=agent, request_pem=pem or request_pem(agent))
        self.renewing.take(topic_for(agent, "renewal"), encode(renewal))

    @contextlib.asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        step = asyncio.create_task(self.renewing.run())
        try:
            yield
            assert not step.done(), "the collector would end with it"
        finally:
            step.cancel()
            await asyncio.gather(step, return_exceptions=True)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(open_state(tmp_path / "state.sqlite"))


async def test_one_agent_that_asks_without_end_keeps_no_other_waiting(town: Town) -> None:
    town.enrol("honest")
    for _ in range(MOST_WAITING + 1):
        town.ask("endless", "garbage")
    town.ask("honest")
    async with town.answering():
        await eventually(lambda: any(agent == "honest" for agent, _ in town.answers))
    assert [agent for agent, _ in town.answers] == ["endless", "honest"]
    assert town.answers[1][1].refused is None


async def test_what_goes_wrong_with_one_request_ends_nothing(town: Town) -> None:
    """A clock of 1970, for one, in which the authority has yet to begin."""
    town.enrol("lab-001")
    town.now = datetime(1970, 1, 1, tzinfo=UTC)
    town.ask("lab-001")
    town.ask("lab-002", "garbage")
    async with town.answering():
        await eventually(lambda: [agent for agent, _ in town.answers] == ["lab-002"])
        town.now = NOW + 60 * DAY
        town.ask("lab-001")
        await eventually(lambda: len(town.answers) == 2)
    assert town.answers[-1][1].refused is None


def test_who_was_revoked_and_is_connected_still_gets_nothing_by_the_certificate_of_who_follows(town: Town) -> None:
    """To the broker they look alike until the new one connects."""
    town.enrol("lab-001")
    town.now += 10 * DAY
    revoke_agent(town.state, "lab-001", town.now)
    town.enrol("lab-001")
    with pytest.raises(RefusedError, match="was revoked"):
        town.desk.renew("lab-001", request_pem("lab-001"))
    assert len(certificates_of(town.state, "lab-001")) == 2
    town.now += 60 * DAY
    town.desk.renew("lab-001", request_pem("lab-001"))
    town.now += 60 * DAY
    town.desk.renew("lab-001", request_pem("lab-001"))


def test_that_the_revoked_certificate_has_ended_ends_no_connection(town: Town) -> None:
    """Mosquitto lets it stand, so who asks may be the one who was revoked all the same."""
    town.enrol("lab-001")
    town.now += 80 * DAY
    revoke_agent(town.state, "lab-001", town.now)
    town.enrol("lab-001")
    town.now += 20 * DAY
    with pytest.raises(RefusedError, match="was revoked"):
        town.desk.renew("lab-001", request_pem("lab-001"))


def test_who_was_never_revoked_may_renew_at_once(town: Town) -> None:
    town.enrol("lab-001")
    town.desk.renew("lab-001", request_pem("lab-001"))


def invite(town: Town, agent: str, life: timedelta = DAY) -> None:
    keep_token(town.state, agent, digest(agent), town.now, expires_at=town.now + life)


def is_refused(town: Town, agent: str, key: Key) -> bool:
    try:
        town.first_contact(agent, key)
    except RefusedError as error:
        return error.refusal is Refusal.BAD_TOKEN
    return False


def test_who_shows_the_token_again_with_its_key_is_given_the_same_certificate(town: Town) -> None:
    """And nobody else, within the hour or after it."""
    invite(town, "lab-001")
    key = make_key()
    first = town.first_contact("lab-001", key)
    assert is_refused(town, "lab-001", make_key())
    town.now += timedelta(minutes=59)
    assert town.first_contact("lab-001", key) == first
    assert is_refused(town, "lab-001", make_key())
    town.now += timedelta(minutes=1)
    assert is_refused(town, "lab-001", key)
    assert len(certificates_of(town.state, "lab-001")) == 1


def test_an_answer_is_not_given_again_to_who_was_revoked_since(town: Town) -> None:
    invite(town, "lab-001")
    key = make_key()
    town.first_contact("lab-001", key)
    revoke_agent(town.state, "lab-001", town.now)
    assert is_refused(town, "lab-001", key)


def test_a_certificate_that_has_ended_is_not_given_again(tmp_path: Path) -> None:
    town = Town(open_state(tmp_path / "state.sqlite"), days=1 / 1440)
    invite(town, "lab-001")
    key = make_key()
    town.first_contact("lab-001", key)
    town.now += timedelta(minutes=1)
    assert is_refused(town, "lab-001", key)


def test_of_several_keys_at_once_one_wins_however_often_each_asks(town: Town) -> None:
    invite(town, "lab-001")
    keys = [make_key() for _ in range(4)]
    with ThreadPoolExecutor(12) as pool:
        refused = list(pool.map(lambda key: (key, is_refused(town, "lab-001", key)), keys * 3))
    assert len({id(key) for key, is_out in refused if not is_out}) == 1
    assert [is_out for _, is_out in refused].count(False) == 3
    assert len(certificates_of(town.state, "lab-001")) == 1


def test_a_key_that_asks_several_times_at_once_is_given_one_certificate(town: Town) -> None:
    invite(town, "lab-001")
    key = make_key()
    with ThreadPoolExecutor(8) as pool:
        given = set(pool.map(lambda _: town.first_contact("lab-001", key), range(8)))
    assert len(given) == 1
    assert len(certificates_of(town.state, "lab-001")) == 1
