"""First contact: asks a collector for its authority and, with a one-time token, for a certificate. Blocks.

The authority's certificate is believed for its SHA-256 alone, which the invitation holds; so it may be fetched from
whoever answers. The token is only shown to a collector whose own certificate that authority has signed, or one that the
system trusts, and goes nowhere else: redirects are not followed, proxies not used.
"""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from agent.broker import BrokerSettings
from agent.enrolment.certificates import fingerprint, only_certificate
from agent.enrolment.errors import EnrolmentError, LineError, TokenRefusedError
from agent.enrolment.invitation import Invitation
from agent.wire.identifiers import Instant

ANSWER_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024
_AUTHORITY = "/api/v1/enrolment/authority"
_CERTIFICATES = "/api/v1/enrolment/certificates"
_BAD_TOKEN = "urn:hangang-wifi:problem:bad-token"  # noqa: S105  # nosec B105  # the word, and no token
_NEW_TOKEN = "ask for a new one: hangang enroll token"  # noqa: S105  # nosec B105  # words, and no token
_OF_PROXIES = frozenset({502, 503, 504})
"""The collector may have signed all the same, behind a proxy that lost its answer."""
_BROKEN_OFF = (
    http.client.RemoteDisconnected,
    http.client.IncompleteRead,
    ConnectionResetError,
    BrokenPipeError,
    ssl.SSLEOFError,
)

Pem = Annotated[str, Field(min_length=1, max_length=16 * 1024)]


class Grant(BaseModel):
    """What a collector answers to a good token: the certificate, its authority, and where the broker is."""

    certificate_pem: Pem
    authority_pem: Pem
    broker_url: str
    valid_until: Instant


def fetch_authority(invitation: Invitation) -> str:
    """The PEM of the certificate of the invitation's authority, without whatever else comes along with it; raises
    EnrolmentError, also for any other's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # what comes is public, and believed for its fingerprint only
    answer = _ask(urllib.request.Request(invitation.url + _AUTHORITY), context)  # noqa: S310  # its scheme is checked in Invitation
    pem = only_certificate(answer.decode("ascii", errors="replace"))
    if fingerprint(pem) != invitation.authority_sha256:
        raise EnrolmentError(
            f"{invitation.url} shows another authority than the invitation names: its SHA-256 is {fingerprint(pem)}; "
            "the token was not sent. Check the address, or ask for a new invitation"
        )
    return pem


def ask_certificate(invitation: Invitation, *, authority_pem: str, request_pem: str) -> Grant:
    """Spend the token; raises EnrolmentError with what the collector says where it refuses."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False  # an enrolled agent is not to pass for a host of its name
    context.load_verify_locations(cadata=authority_pem)
    document = {"agent": invitation.agent, "token": invitation.token, "request_pem": request_pem}
    request = urllib.request.Request(  # noqa: S310  # its scheme is checked in Invitation
        invitation.url + _CERTIFICATES,
        data=json.dumps(document).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json, application/problem+json"},
        method="POST",
    )
    grant = _grant(_ask(request, context), invitation.url)
    if fingerprint(grant.authority_pem) != invitation.authority_sha256:
        raise EnrolmentError(f"{invitation.url} signs with another authority than the invitation names; it is not used")
    return grant


def _grant(answer: bytes, url: str) -> Grant:
    try:
        grant = Grant.model_validate_json(answer)
        BrokerSettings(url=grant.broker_url)
    except ValidationError as error:
        raise EnrolmentError(f"{url} answers what is no certificate; is it the collector's address?") from error
    return grant


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the error that it then is."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


def _ask(request: urllib.request.Request, context: ssl.SSLContext) -> bytes:
    handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _NoRedirects)
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            body: bytes = answer.read(MAX_ANSWER_BYTES + 1)
            if answer.length and len(body) <= MAX_ANSWER_BYTES:  # which reading with a limit takes for the end
                raise http.client.IncompleteRead(body, answer.length)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error, request.host) from error
    except (OSError, http.client.HTTPException) as error:
        raise _unanswered(error, request.host) from error
    if len(body) > MAX_ANSWER_BYTES:
        raise EnrolmentError(f"{request.host} answers more than {MAX_ANSWER_BYTES} bytes; is it the collector?")
    return body


def _unanswered(error: OSError | http.client.HTTPException, host: str) -> EnrolmentError:
    """Why nothing came that can be used."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        told = f"its certificate is not believed: {cause.verify_message}"
        return EnrolmentError(f"{host}: {told}; the token was not sent. Check the address, and this machine's clock")
    if isinstance(cause, TimeoutError):
        return LineError(f"{host}: no answer within {ANSWER_SECONDS:g} s")
    if isinstance(cause, _BROKEN_OFF):
        return LineError(f"{host}: the connection broke off")
    if isinstance(cause, http.client.HTTPException):
        return EnrolmentError(f"{host}: does not speak HTTP; check the address")
    told = f"{host}: cannot be reached: {getattr(cause, 'strerror', None) or cause}"
    return EnrolmentError(f"{told}; check the address") if isinstance(cause, ssl.SSLError) else LineError(told)


def _refused(error: urllib.error.HTTPError, host: str) -> EnrolmentError:
    """In words that say what to do, with what the collector itself says."""
    if 300 <= error.code < 400:
        return EnrolmentError(
            f"{host} redirects, which is not followed; name the address that it leads to, with https://"
        )
    kind, said = _said(error)
    told = f"{host} refuses with {error.code}{f' ({said})' if said else ''}"
    if error.code in _OF_PROXIES:
        return LineError(told)
    if kind == _BAD_TOKEN:
        return TokenRefusedError(f"{told}; {_NEW_TOKEN}")
    remedies = {
        404: "is it the collector's address, and has hangang enroll init been run there?",
        429: "wait a minute, and try again",
    }
    remedy = remedies.get(error.code, "try again later" if error.code >= 500 else "see what it says")
    return EnrolmentError(f"{told}; {remedy}")


def _said(error: urllib.error.HTTPError) -> tuple[str, str]:
    """The type of a problem+json, and its detail, fit to be printed."""
    try:
        document = json.loads(error.read(MAX_ANSWER_BYTES))
    except (OSError, ValueError, http.client.HTTPException, RecursionError):
        return "", ""
    if not isinstance(document, dict):
        return "", ""
    told = str(document.get("detail") or document.get("title") or "")
    printable = "".join(letter if letter.isprintable() else " " for letter in told)
    return str(document.get("type")), printable[:300].strip()
