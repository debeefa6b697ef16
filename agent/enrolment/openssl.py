"""Runs the `openssl` command: an access point has it, and no cryptography for Python.

For first contact and renewal. Works with OpenSSL 1.1.1 and later. No key is ever an argument.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir

from agent.enrolment.certificates import IssuedCertificate, parse_certificate
from agent.enrolment.errors import EnrolmentError

TIME_LIMIT_SECONDS = 30.0
_KILL_SECONDS = 1.0
_NO_SETTINGS = "[req]\ndistinguished_name = subject\n[subject]\n"
"""OpenSSL 1.1.1 makes no request without a file of this kind, and an access point may have none."""
_NO_OTHER_AUTHORITIES = {"SSL_CERT_DIR": "/dev/null", "SSL_CERT_FILE": "/dev/null"}
"""Beside those it is told of, `openssl verify` believes the system's."""


class Openssl:
    """The command. Every method raises EnrolmentError where it is missing, hangs, or fails."""

    def __init__(self, *, time_limit_seconds: float = TIME_LIMIT_SECONDS) -> None:
        self._time_limit_seconds = time_limit_seconds

    async def make_key(self) -> str:
        """The PEM of a new private key, on the curve P-256."""
        return await self._run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")

    async def public_key(self, key: Path) -> str:
        """The PEM of the public half of a private key."""
        return await self._run("pkey", "-in", str(key), "-pubout")

    async def make_request(self, agent: str, key: Path) -> str:
        """The PEM of a request for a certificate whose common name is the agent's id, and which has no other name."""
        arguments = ("-sha256", "-key", str(key), "-subj", f"/CN={agent}")
        try:
            with NamedTemporaryFile("w", suffix=".cnf") as settings:
                settings.write(_NO_SETTINGS)
                settings.flush()
                return await self._run("req", "-new", "-config", settings.name, *arguments)
        except OSError as error:
            raise EnrolmentError(f"{gettempdir()} cannot be written: {error.strerror}; make room there") from error

    async def read_certificate(self, pem: str) -> IssuedCertificate:
        """What a certificate says: the first one, where there are several."""
        names = "sep_multiline,sname,utf8,esc_ctrl,esc_2253"
        shown = await self._run("x509", "-subject", "-startdate", "-enddate", "-pubkey", "-nameopt", names, text=pem)
        return parse_certificate(shown)

    async def is_signed_by(self, authority: Path, pem: str) -> bool:
        """Whether a certificate is for clients and the authority has signed it. Dates are not looked at: a collector's
        clock may be ahead of ours."""
        arguments = ("-CAfile", str(authority), "-no-CApath", "-no_check_time", "-purpose", "sslclient")
        code, _, _ = await self._ask("verify", *arguments, text=pem, environment=_NO_OTHER_AUTHORITIES)
        return code == 0

    async def _run(self, *arguments: str, text: str = "") -> str:
        code, output, complaint = await self._ask(*arguments, text=text)
        if code != 0:
            told = complaint.strip().partition("\n")[0][:200] or f"exit code {code}"
            raise EnrolmentError(f"openssl {arguments[0]} failed: {told}")
        return output

    async def _ask(
        self, *arguments: str, text: str = "", environment: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Exit code, output, and what it complains of."""
        process = await _start(arguments, os.environ | (environment or {}))
        try:
            async with asyncio.timeout(self._time_limit_seconds):
                output, complaint = await process.communicate(text.encode())
        except TimeoutError as error:
            limit = f"{self._time_limit_seconds:g} s"
            raise EnrolmentError(f"openssl {arguments[0]} gave no answer within {limit}; try again") from error
        finally:
            if process.returncode is None:
                await _kill(process)
        return process.returncode or 0, output.decode(errors="replace"), complaint.decode(errors="replace")


async def _start(arguments: tuple[str, ...], environment: dict[str, str]) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            "openssl", *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
        )
    except FileNotFoundError as error:
        remedy = "install the package openssl (on OpenWrt openssl-util)"
        raise EnrolmentError(f"the openssl command is not installed; {remedy}") from error
    except OSError as error:
        raise EnrolmentError(f"openssl cannot be started: {error.strerror}") from error


async def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_KILL_SECONDS):
            await process.wait()
