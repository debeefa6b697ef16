"""What a certificate says, and whether it is the one that was asked for. Pure."""

import hashlib
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.enrolment.errors import EnrolmentError

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\n.+?-----END \1-----\n?", re.DOTALL)
_COMMON_NAME = re.compile(r"^ *CN=(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate as far as an agent reads its own. `common_names` are those of its subject, commonly one."""

    pem: str
    common_names: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime
    public_key: str

    @property
    def life_seconds(self) -> float:
        """From its first moment to its last."""
        return (self.ends_at - self.begins_at).total_seconds()


def parse_certificate(shown: str) -> IssuedCertificate:
    """What `openssl x509` prints with -subject, -startdate, -enddate and -pubkey; raises EnrolmentError."""
    parts = {match[1]: match[0] for match in _PEM.finditer(shown)}
    try:
        return IssuedCertificate(
            pem=parts["CERTIFICATE"],
            common_names=tuple(_COMMON_NAME.findall(_PEM.sub("", shown))),
            begins_at=_instant("notBefore", shown),
            ends_at=_instant("notAfter", shown),
            public_key=parts["PUBLIC KEY"],
        )
    except (KeyError, ValueError) as error:
        raise EnrolmentError("openssl x509 prints what cannot be read; is it OpenSSL 1.1.1 or later?") from error


def _instant(name: str, shown: str) -> datetime:
    """Such as `notAfter=May  2 12:00:00 2026 GMT`."""
    found = re.search(rf"^{name}=(.+)$", shown, re.MULTILINE)
    if found is None:
        raise ValueError(name)
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(found[1].strip()), UTC)


def only_certificate(pem: str) -> str:
    """The first certificate in a PEM and nothing else of it, for whoever is told to believe a file believes all that
    stands in it; raises EnrolmentError."""
    found = _PEM.search(pem)
    try:
        return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(found[0] if found else ""))
    except ValueError as error:
        raise EnrolmentError("what came as the authority's certificate is none") from error


def fingerprint(pem: str) -> str:
    """The SHA-256 of the first certificate in a PEM, as 64 lower-case hexadecimal digits; raises EnrolmentError."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(only_certificate(pem))).hexdigest()


def check_issued(certificate: IssuedCertificate, *, agent: str, public_key: str, now: datetime) -> None:
    """That a certificate is for this agent, for its key, and not past; raises EnrolmentError that says what it is not.

    Whether its authority is the right one is not told by what it says of itself.
    """
    if certificate.common_names != (agent,):
        names = ", ".join(certificate.common_names)[:100] or "nobody"
        raise EnrolmentError(f"the collector's certificate is for {names}, not for {agent}; it is not used")
    if "".join(certificate.public_key.split()) != "".join(public_key.split()):
        raise EnrolmentError("the collector's certificate is not for the key that was made here; it is not used")
    if certificate.ends_at <= now:
        until = f"{certificate.ends_at:%Y-%m-%d %H:%M} UTC"
        raise EnrolmentError(f"the collector's certificate ends at {until}, which is past by this machine's clock")
