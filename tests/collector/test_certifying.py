"""Who is certified anew, and who is not; what agents send keeps the collector from nobody else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import eventually
from requests_for_certificates import request_pem
from sqlalchemy import Engine
from state_files import open_state

from agent.wire import Certificate, Renewal, encode, topic_for
from collector.certifying import CertificateDesk
from collector.enrolment.authority import make_authority
from collector.enrolment.refusals import RefusedError
from collector.enrolment.settings import EnrolmentSettings
from collector.enrolment.tokens import digest
from collector.renewing import MOST_WAITING, Renewing
from collector.state.enrolments import certificates_of, keep_token, revoke_agent

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Town:
    """A desk, the clock that it goes by, and what agents were answered."""

    def __init__(self, state: Engine) -> None:
        self.now = NOW
        self.state = state
        self.answers: list[tuple[str, Certificate]] = []
        self.desk = CertificateDesk(
            authority=make_authority(NOW),
            settings=EnrolmentSettings(),
            broker_url="mqtts://broker.example.org",
            state=state,
            clock=lambda: self.now,
        )
        self.renewing = Renewing(self.desk, self._send)

    async def _send(self, agent: str, certificate: Certificate) -> None:
        self.answers.append((agent, certificate))

    def enrol(self, agent: str) -> None:
        keep_token(self.state, agent, digest(agent), self.now, expires_at=self.now + DAY)
        self.desk.enrol(agent, agent, request_pem(agent))

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


def test_who_was_never_revoked_may_renew_at_once(town: Town) -> None:
    town.enrol("lab-001")
    town.desk.renew("lab-001", request_pem("lab-001"))
