"""The step that answers agents who ask for a new certificate, off the path of frames."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from agent.wire import Certificate, DecodeError, decode_renewal, parse_topic
from collector.certifying import CertificateDesk
from collector.enrolment.refusals import AuthorityError, RefusedError

MOST_WAITING = 1000
"""Agents. Whoever comes beyond is dropped, and asks again."""
_logger = logging.getLogger(__name__)

Send = Callable[[str, Certificate], Awaitable[None]]
"""Tells an agent. An answer that is lost is asked for again."""


class Renewing:
    """Signs for the agent of the topic, which the broker ties to the certificate that it was shown."""

    def __init__(self, desk: CertificateDesk, send: Send) -> None:
        self._desk = desk
        self._send = send
        self._waiting: dict[str, bytes] = {}
        self._arrived = asyncio.Event()

    def take(self, topic_name: str, payload: bytes) -> None:
        """Take a request in, in the place of an older one of the same agent: one that asks without end keeps no other
        waiting."""
        topic = parse_topic(topic_name)
        if topic is None or (len(self._waiting) >= MOST_WAITING and topic.agent not in self._waiting):
            _logger.warning("renewal_dropped topic=%r", topic_name)
            return
        self._waiting[topic.agent] = payload
        self._arrived.set()

    async def run(self) -> None:
        """Answer until cancelled, one after the other."""
        while True:
            agent, payload = await self._next()
            try:
                answer = await asyncio.to_thread(self._answer, agent, payload)
            except (AuthorityError, SQLAlchemyError) as error:  # the agent asks again
                _logger.warning("renewal_not_answered agent=%s error=%r", agent, str(error.__cause__ or error))
                continue
            except Exception:  # the runner: what one agent sends must not stop the frames of all
                _logger.exception("renewal_defect agent=%s", agent)
                continue
            await self._send(agent, answer)

    async def _next(self) -> tuple[str, bytes]:
        """Who has waited longest."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        agent = next(iter(self._waiting))
        return agent, self._waiting.pop(agent)

    def _answer(self, agent: str, payload: bytes) -> Certificate:
        try:
            renewal = decode_renewal(payload)
            if renewal.agent != agent:
                return _refused(agent, f"this was sent as {agent}, and says that it is of another agent")
            return self._desk.renew(agent, renewal.request_pem)
        except DecodeError as error:
            return _refused(agent, error.detail)
        except RefusedError as error:
            return _refused(agent, str(error))


def _refused(agent: str, why: str) -> Certificate:
    _logger.warning("renewal_refused agent=%s why=%r", agent, why)
    return Certificate(version=1, refused="".join(letter if letter.isprintable() else " " for letter in why)[:500])
