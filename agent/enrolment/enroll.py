"""`hangang-agent enroll`: makes a key here, and gets a certificate for it with a one-time token. Its options are in
`options`."""

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from agent.enrolment.certificates import IssuedCertificate, check_issued
from agent.enrolment.errors import EnrolmentError, LineError, TokenRefusedError
from agent.enrolment.files import CertificateFolder
from agent.enrolment.first_contact import ask_certificate, fetch_authority
from agent.enrolment.invitation import Invitation, parts_of
from agent.enrolment.openssl import Openssl
from agent.settings import Mistake, SettingsError, check
from agent.threads import in_own_thread

CONTACT_SECONDS = 60.0
"""A collector that answers a letter at a time is left after so long."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
"""Where the line breaks it is tried again after the one, then after twice as long, up to the other."""
_RUN_AGAIN = (
    "run the same command again: its key is kept in the folder, and the token is good for it for an hour at most"
)
T = TypeVar("T")

_COMMAND = Path("hangang-agent enroll")


async def run(options: argparse.Namespace) -> int:
    """Enrol, and print what goes into the configuration. Raises SettingsError for wrong options, EnrolmentError where
    it does not come to a certificate; then what was in the folder is still there."""
    invitation = _invitation(options)
    folder = CertificateFolder(options.to.expanduser().absolute())
    broker_url, certificate = await _enroll(
        invitation, folder, Openssl(), give_up_at=time.monotonic() + options.try_for
    )
    print(block(broker_url, folder, certificate), end="")
    told = f"{invitation.agent} is enrolled until {certificate.ends_at:%Y-%m-%d %H:%M} UTC"
    print(f"{told}; put the tables above into its agent.toml", file=sys.stderr)
    return 0


async def _enroll(
    invitation: Invitation, folder: CertificateFolder, openssl: Openssl, *, give_up_at: float
) -> tuple[str, IssuedCertificate]:
    """The broker's URL, and the certificate, whose files are in their places. The disk is tried before the token is
    shown, and the key kept: from then on the token is good for this key alone."""
    agent, word = invitation.agent, _word_for(invitation)
    authority_pem = await _patiently(lambda: fetch_authority(invitation), invitation.url, give_up_at, "run it again")
    folder.make()
    with folder.alone():
        folder.finish()
        try:
            folder.write_next_key(await _first_key(folder, word, openssl))
            public_key = await openssl.public_key(folder.next_key)
            request_pem = await openssl.make_request(agent, folder.next_key)
            folder.write_next_authority(authority_pem)
            grant = await _patiently(
                lambda: ask_certificate(invitation, authority_pem=authority_pem, request_pem=request_pem),
                invitation.url,
                give_up_at,
                _RUN_AGAIN,
            )
            certificate = await openssl.read_certificate(grant.certificate_pem)
            check_issued(certificate, agent=agent, public_key=public_key, now=datetime.now(UTC))
            if not await openssl.is_signed_by(folder.next_authority, certificate.pem):
                raise EnrolmentError("the collector's certificate is not signed by its authority; it is not used")
            folder.write_next_certificate(certificate.pem)
            folder.adopt()
            folder.forget_first_keys()
        except TokenRefusedError:
            folder.forget_first_keys()
            raise
        finally:
            folder.discard()
    return grant.broker_url, certificate


def _word_for(invitation: Invitation) -> str:
    """Tells invitations apart, and nothing of their tokens."""
    return hashlib.sha256(f"{invitation.agent} {invitation.token}".encode()).hexdigest()[:16]


async def _first_key(folder: CertificateFolder, word: str, openssl: Openssl) -> str:
    """The key of this invitation: the one that was made for it before, if there is one."""
    folder.forget_first_keys(but=word)
    if not folder.first_key(word).exists():
        folder.write_first_key(word, await openssl.make_key())
    return folder.read_first_key(word)


async def _patiently(question: Callable[[], T], url: str, give_up_at: float, remedy: str) -> T:
    """Ask the collector, again where the line breaks, until `time.monotonic()` is there."""
    pause_seconds = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await _contact(question, url)
        except LineError as error:
            wait_seconds = pause_seconds * random.uniform(0.75, 1.25)  # noqa: S311  # jitter, not a secret
            if time.monotonic() + wait_seconds > give_up_at:
                raise LineError(f"{error}; {remedy}") from error
            print(f"hangang-agent: {error}; trying again in {wait_seconds:.1f} s", file=sys.stderr)
        await asyncio.sleep(wait_seconds)
        pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)


async def _contact(question: Callable[[], T], url: str) -> T:
    """Ask the collector, in a thread that nobody waits for when the technician ends the command."""
    try:
        async with asyncio.timeout(CONTACT_SECONDS):
            return await in_own_thread(question, name="first contact")
    except TimeoutError as error:
        raise LineError(f"{url} is too slow: no answer within {CONTACT_SECONDS:g} s") from error


def block(broker_url: str, folder: CertificateFolder, certificate: IssuedCertificate) -> str:
    """The tables of agent.toml that follow from an enrolment."""
    tables: dict[str, dict[str, str | Path]] = {
        "agent": {"id": certificate.common_names[0]},
        "broker": {
            "url": broker_url,
            "ca_file": folder.authority,
            "certificate_file": folder.certificate,
            "key_file": folder.key,
        },
        "enrolment": {"folder": folder.folder},
    }
    return "\n".join(f"[{name}]\n{_lines(table)}" for name, table in tables.items())


def _lines(table: dict[str, str | Path]) -> str:
    return "".join(f"{key} = {json.dumps(str(value), ensure_ascii=False)}\n" for key, value in table.items())


def _invitation(options: argparse.Namespace) -> Invitation:
    """What the options say; raises SettingsError with every mistake in them."""
    named = {
        "--url": options.url,
        "--agent": options.agent,
        "--token-file": options.token_file,
        "--authority-sha256": options.authority_sha256,
    }
    given: dict[str, str] = {name: value for name, value in named.items() if value is not None}
    if options.invitation is None:
        if "--token-file" in given:
            given["--token-file"] = _text_of(given["--token-file"])
        return check(Invitation, given, _COMMAND)
    if given:
        raise SettingsError(Mistake(_COMMAND, name, "stands in LINE already; leave it out") for name in given)
    try:
        parts = parts_of(sys.stdin.readline() if options.invitation == "-" else options.invitation)
    except ValueError as error:
        raise SettingsError([Mistake(_COMMAND, "LINE", str(error))]) from error
    return check(Invitation, parts, _COMMAND)


def _text_of(file: str) -> str:
    try:
        return sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "holds no text"
        raise SettingsError([Mistake(_COMMAND, "--token-file", f"{file} {reason}")]) from error
