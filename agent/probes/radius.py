"""Whether a RADIUS server is alive and shares this agent's secret, and how fast it answers.

Without a server that answers, nobody gets into a network with 802.1X or a portal that asks one. No user's name or
password is ever used. Opened by `agent.config`, run by the schedule.
"""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.probes import Check, ProbeSettings, Surroundings
from agent.probing.radius_query import Answered, QueryError, ask
from agent.probing.words import failure_text
from agent.settings import ReadableFile
from agent.threads import in_own_thread
from agent.wire import Probe

_ALIVE = {2, 5}
"""RFC 5997, section 3: Access-Accept from a port for authentication, Accounting-Response from one for accounting."""
_UNHEARD = {"timeout", "bad_authenticator", "malformed"}


def _must_be_an_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError("must be an address of IPv4 or IPv6") from error


def _must_hold_a_secret(path: Path) -> Path:
    if not _secret_in(path):
        raise ValueError(f"{path} is empty; write the secret into it, and nothing else")
    return path


def _secret_in(path: Path) -> bytes:
    """Without the line's end. Raises OSError."""
    return path.read_bytes().rstrip(b"\r\n")


class Settings(ProbeSettings):
    """The keys of a `[[probes]]` table of kind "radius"."""

    kind: Literal["radius"]
    target: Annotated[str, AfterValidator(_must_be_an_address), Field(description="The server's address")]
    port: Annotated[int, Field(ge=1, le=65535)] = 1812
    secret_file: Annotated[
        ReadableFile,
        AfterValidator(_must_hold_a_secret),
        Field(description="Holds the secret that the server shares with this agent"),
    ]
    attempts: Annotated[int, Field(ge=1, le=10)] = 3


def open_check(settings: Settings, _: Surroundings) -> Check:
    """The check for one `[[probes]]` table; asks nothing yet."""
    return RadiusCheck(settings)


class RadiusCheck:
    """Asks one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> Sequence[Probe]:
        """One result."""
        target, attempts = self._settings.target, self._settings.attempts
        secret = await in_own_thread(self._secret, name="probe radius")
        if not secret:
            failure = "secret_file is gone or empty; write the secret into it, and let this agent read it"
            return [Probe(kind="radius", target=target, outcome="no_secret", failure=failure)]
        patience_seconds = self._settings.checking_seconds / attempts
        try:
            answered = await ask(
                target, secret, port=self._settings.port, attempts=attempts, patience_seconds=patience_seconds
            )
        except QueryError as error:
            return [self._result(error.outcome, str(error))]
        if answered.code in _ALIVE:
            return [self._result("ok", None, answered)]
        failure = f"{target} answers Status-Server with code {answered.code}, and accepts nothing; see its log"
        return [self._result("refused", failure, answered)]

    async def close(self) -> None:
        """Nothing stays open between runs."""

    def _secret(self) -> bytes:
        """Read anew for each run, as it may be changed on both sides; empty where it is gone."""
        try:
            return _secret_in(self._settings.secret_file)
        except OSError:
            return b""

    def _result(self, outcome: str, failure: str | None, answered: Answered | None = None) -> Probe:
        loss_ratio = 1.0 if outcome in _UNHEARD else None
        return Probe(
            kind="radius",
            target=self._settings.target,
            is_ok=outcome == "ok",
            outcome=outcome,
            failure=None if failure is None else failure_text(failure),
            latency_seconds=None if answered is None else answered.latency_seconds,
            loss_ratio=loss_ratio if answered is None else 1 - 1 / answered.attempts,
        )
