"""Reads when certificates end: those in files, and the one that the broker shows."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.broker import BrokerSettings
from collector.certificates.known import Holder, KnownCertificate
from collector.config import CollectorSettings
from collector.enrolment.passwords import agents_in

if TYPE_CHECKING:  # a collector whose broker is reached without TLS does without
    from cryptography.x509 import Certificate

ANSWERS_WITHIN_SECONDS = 5.0


async def shown_by_broker(broker: BrokerSettings) -> bytes | None:
    """The certificate that it shows to whoever connects, in DER; None where it shows none. Also one that has ended,
    which is why it is not checked here: nothing is sent, and nothing believed. The broker sees a connection that says
    nothing, which ends nobody else's."""
    if not broker.url.startswith("mqtts:"):
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        if broker.certificate_file is not None:
            context.load_cert_chain(broker.certificate_file, broker.key_file)
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            _, writer = await asyncio.open_connection(
                broker.host, broker.port, ssl=context, server_hostname=broker.host
            )
    except (OSError, ValueError, TimeoutError):
        return None
    shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return shown


def read_certificates(settings: CollectorSettings, shown: bytes | None) -> tuple[KnownCertificate, ...]:
    """Of authority, broker and collectors, those that there are; one that cannot be read is among them without its
    instants. `shown` is what the broker shows. Blocks, as files do."""
    return (*_of_authority(settings), *_of_broker(settings, shown), *_of_collectors(settings))


def agents_with_passwords(settings: CollectorSettings) -> frozenset[str]:
    """Who connects without a certificate, as far as this machine can tell."""
    try:
        return frozenset(agents_in((settings.broker_folder / "passwords").read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return frozenset()


def _of_authority(settings: CollectorSettings) -> Iterator[KnownCertificate]:
    """Our own, or the one that `ca_file` has; where that has several, nobody knows which of them matters."""
    path = settings.enrolment_folder / "authority.crt"
    if _is_there(path):
        yield _known(Holder.AUTHORITY, _first_in(path))
    elif (path_of_others := settings.broker_settings.ca_file) is not None:
        held = _all_in(path_of_others)
        if held is None or len(held) == 1:
            yield _known(Holder.AUTHORITY, None if held is None else held[0])


def _of_broker(settings: CollectorSettings, shown: bytes | None) -> Iterator[KnownCertificate]:
    """What it shows, for one that was renewed and not read again is not in use; else what it was given."""
    path = settings.broker_folder / "server.crt"
    certificate = None if shown is None else _in_der(shown)
    is_given = _is_there(path)
    if certificate is None and is_given:
        certificate = _first_in(path)
    if is_given or settings.broker_settings.url.startswith("mqtts:"):
        yield _known(Holder.BROKER, certificate)


def _of_collectors(settings: CollectorSettings) -> Iterator[KnownCertificate]:
    """Those of the group that lie here, and what this one shows to the broker."""
    try:
        paths = {path.stem: path for path in settings.enrolment_folder.glob("*.crt") if path.stem != "authority"}
    except OSError:
        paths = {}
    own = settings.broker_settings.certificate_file
    if own is not None:
        paths[settings.collector.name] = own
    for name in sorted(paths):
        yield _known(Holder.COLLECTOR, _first_in(paths[name]), name)


def _known(holder: Holder, certificate: "Certificate | None", name: str = "") -> KnownCertificate:
    if certificate is None:
        return KnownCertificate(holder, name)
    return KnownCertificate(holder, name, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _first_in(path: Path) -> "Certificate | None":
    """A chain begins with the certificate that it is of."""
    held = _all_in(path)
    return held[0] if held else None


def _all_in(path: Path) -> "list[Certificate] | None":
    from cryptography.x509 import InvalidVersion, load_pem_x509_certificates  # noqa: PLC0415

    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (InvalidVersion, OSError, ValueError):
        return None


def _in_der(der: bytes) -> "Certificate | None":
    from cryptography.x509 import InvalidVersion, load_der_x509_certificate  # noqa: PLC0415

    try:
        return load_der_x509_certificate(der)
    except (InvalidVersion, ValueError):
        return None
