"""Renews the agent's certificate while the agent runs, over the connection that it has.

A step of its own beside the uplink. At two thirds of the certificate's life it makes a new key, asks the collector for
a certificate, and has the uplink connect with both; only then do they take the place of the old ones. Whatever goes
wrong is told and tried again later, with the old ones in use and the frames on their way all the while.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from agent.broker import BrokerError, ClientCertificate
from agent.clock import Clock
from agent.enrolment.certificates import IssuedCertificate, check_issued
from agent.enrolment.errors import EnrolmentError
from agent.enrolment.files import CertificateFolder
from agent.enrolment.openssl import Openssl
from agent.threads import in_own_thread
from agent.wire import VERSION, Certificate, DecodeError, Event, Kind, Renewal, decode_certificate, encode

_logger = logging.getLogger(__name__)

RENEWED_AFTER_RATIO = 2 / 3
"""Of a certificate's life; a third is left for whatever has to be mended."""
SPREAD_RATIO = 1 / 30
"""Of its life: so much later at most, so that a city that was enrolled in a day is not renewed in an hour."""
ANSWER_SECONDS = 60.0
LOOKS_EVERY_SECONDS = 3600.0
"""So often the file is looked at: it may have been enrolled anew, or the clock have been set."""
FIRST_PAUSE_RATIO, LONGEST_PAUSE_RATIO = 1 / 2000, 1 / 30
"""Of its life: after a failure it is tried again after the one, then after twice as long, up to the other. With 90
days that is an hour, and 3 days."""
SHORTEST_PAUSE_SECONDS = 1.0
_USUAL_LIFE_SECONDS = 90 * 24 * 3600.0


class Line(Protocol):
    """The uplink, as far as a renewal needs it."""

    connected: asyncio.Event
    on_certificate: Callable[[bytes], None] | None

    async def send(self, kind: Kind, payload: bytes) -> None:
        """Publish on the agent's topic; raises BrokerError."""
        ...

    async def try_certificate(self, certificate: ClientCertificate) -> None:
        """Connect anew with this one, or raise BrokerError and go back to the other."""
        ...


class CertificateRenewal:
    """One agent's. Made when the agent starts; `run` is a step of it."""

    def __init__(
        self, *, agent: str, folder: CertificateFolder, line: Line, clock: Clock, note: Callable[[Event], None]
    ) -> None:
        self._agent = agent
        self._folder = folder
        self._line = line
        self._clock = clock
        self._note = note
        self._openssl = Openssl()
        self._random = random.Random()  # noqa: S311  # jitter, not a secret
        self._spread = self._random.uniform(0, SPREAD_RATIO)
        self._life_seconds = _USUAL_LIFE_SECONDS
        self._failures = 0
        self._answer: asyncio.Future[bytes] | None = None
        line.on_certificate = self._take

    async def run(self) -> None:
        """Renew when it is due, until cancelled."""
        while True:
            try:
                rest_seconds = await self._step()
            except (EnrolmentError, BrokerError) as error:
                rest_seconds = self._tell_failure(str(error))
            except Exception as error:  # the runner: a defect here must not stop the frames
                _logger.exception("certificate_renewal_defect")
                rest_seconds = self._tell_failure(f"a defect: {type(error).__name__}")
            await asyncio.sleep(rest_seconds)

    async def _step(self) -> float:
        """Renew if it is due; how long nothing needs to be done then, in seconds."""
        certificate = await self._certificate_in_use()
        now = self._clock.wall()
        due_seconds = (self._renews_at(certificate) - now).total_seconds()
        if due_seconds > 0:
            self._failures = 0
            return min(due_seconds, LOOKS_EVERY_SECONDS)
        if not self._line.connected.is_set():
            if now >= certificate.ends_at:
                until = f"{certificate.ends_at:%Y-%m-%d %H:%M} UTC"
                raise EnrolmentError(f"the certificate ended at {until}; enrol this agent anew: hangang-agent enroll")
            return await self._wait_for_connection()
        await self._renew()
        return SHORTEST_PAUSE_SECONDS

    async def _certificate_in_use(self) -> IssuedCertificate:
        """With its life as it is to be reckoned: authorities date a certificate back, for clocks that lag behind, so it
        begins when it was put here, where that can be believed."""
        pem, put_at_seconds = await in_own_thread(self._folder.read_certificate, name="certificate")
        certificate = await self._openssl.read_certificate(pem)
        put_at = datetime.fromtimestamp(put_at_seconds, UTC)
        if certificate.begins_at < put_at < certificate.ends_at:
            certificate = replace(certificate, begins_at=put_at)
        self._life_seconds = certificate.life_seconds
        return certificate

    def _renews_at(self, certificate: IssuedCertificate) -> datetime:
        ratio = RENEWED_AFTER_RATIO + self._spread
        return certificate.begins_at + timedelta(seconds=certificate.life_seconds * ratio)

    async def _wait_for_connection(self) -> float:
        try:
            async with asyncio.timeout(max(SHORTEST_PAUSE_SECONDS, self._life_seconds * FIRST_PAUSE_RATIO)):
                await self._line.connected.wait()
        except TimeoutError:
            pass  # what is due may be another matter by now
        return 0.0

    async def _renew(self) -> None:
        folder = self._folder
        with folder.alone():
            folder.finish()
            try:
                key = await self._openssl.make_key()
                await in_own_thread(lambda: folder.write_next_key(key), name="certificate")
                certificate = await self._issued()
                await in_own_thread(lambda: folder.write_next_certificate(certificate.pem), name="certificate")
                await self._try_next()
                folder.adopt()  # in one go, whoever is told to stop meanwhile
            finally:
                folder.discard()
        until = f"{certificate.ends_at:%Y-%m-%d %H:%M} UTC"
        _logger.info("certificate_renewed until=%r", until)
        self._tell("certificate_renewed", f"valid until {until}")

    async def _try_next(self) -> None:
        certificate = ClientCertificate(self._folder.next_certificate, self._folder.next_key)
        try:
            await self._line.try_certificate(certificate)
        except BrokerError as error:
            raise EnrolmentError(f"the broker does not take the new certificate: {error}") from error

    async def _issued(self) -> IssuedCertificate:
        """The certificate that the collector signs for the new key, checked."""
        folder = self._folder
        request_pem = await self._openssl.make_request(self._agent, folder.next_key)
        answer = await self._ask(Renewal(version=VERSION, agent=self._agent, request_pem=request_pem))
        if answer.certificate_pem is None:
            raise EnrolmentError(f"the collector refuses: {answer.refused}")
        certificate = await self._openssl.read_certificate(answer.certificate_pem)
        public_key = await self._openssl.public_key(folder.next_key)
        check_issued(certificate, agent=self._agent, public_key=public_key, now=self._clock.wall())
        if not await self._openssl.is_signed_by(folder.authority, certificate.pem):
            raise EnrolmentError("the collector's certificate is not signed by this agent's authority; it is not used")
        return certificate

    async def _ask(self, renewal: Renewal) -> Certificate:
        self._answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._line.send("renewal", encode(renewal))
                return decode_certificate(await self._answer)
        except TimeoutError as error:
            raise EnrolmentError(f"the collector gave no answer within {ANSWER_SECONDS:g} s") from error
        except DecodeError as error:
            raise EnrolmentError(f"the collector's answer cannot be read: {error}") from error
        finally:
            self._answer = None

    def _take(self, payload: bytes) -> None:
        """An answer; one that nobody waits for any more is passed over."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(payload)

    def _tell_failure(self, problem: str) -> float:
        """Say so; how long to wait before it is tried again, in seconds."""
        _logger.warning("certificate_renewal_failed problem=%r", problem)
        self._tell("certificate_renewal_failed", problem)
        pause = FIRST_PAUSE_RATIO * 2.0 ** min(self._failures, 16)
        self._failures += 1
        seconds = self._life_seconds * min(pause, LONGEST_PAUSE_RATIO)
        return max(SHORTEST_PAUSE_SECONDS, seconds) * self._random.uniform(0.75, 1.25)

    def _tell(self, kind: str, text: str) -> None:
        fit = "".join(letter if letter.isprintable() else " " for letter in text)[:500]
        self._note(Event(kind=kind, occurred_at=self._clock.wall(), text=fit))
