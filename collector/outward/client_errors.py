"""What the client of HTTP fails with, as a `CallError`. For `client`."""

import os
import ssl

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientResponseError,
    InvalidURL,
    ServerDisconnectedError,
)

from collector.outward.addresses import REMEDY
from collector.outward.call_errors import CallError
from collector.outward.gate import Gate


def unconnected(error: ClientConnectorError, origin: str, gate: Gate) -> CallError:
    """What an attempt to connect failed with."""
    if gate.refusals and not gate.has_opened:
        return CallError(f"{origin} is not called: {', '.join(gate.refusals)}; {REMEDY}")
    if isinstance(error, ClientConnectorDNSError):
        reason = error.os_error.strerror or str(error.os_error)
        return CallError(f"{origin} is not found: {reason}; check the name and the name servers")
    if isinstance(error, ClientConnectorCertificateError):
        return CallError(f"the certificate of {origin} is not to be trusted: {_verdict(error.certificate_error)}")
    if isinstance(error, ClientConnectorSSLError):
        reason = (getattr(error.os_error, "reason", None) or "it ends the handshake").replace("_", " ").lower()
        return CallError(f"no TLS with {origin}: {reason}; it may not speak TLS, or something stands in between")
    number = error.os_error.errno
    reason = os.strerror(number).lower() if number else "its addresses fail, each in its own way"
    beside = f" ({', '.join(gate.refusals)}: not called)" if gate.refusals else ""
    return CallError(f"{origin} cannot be connected to: {reason}{beside}")


def unanswered(error: Exception, origin: str, *, is_connected: bool) -> CallError:
    """What came in the place of an answer."""
    if isinstance(error, InvalidURL):
        return CallError(f"{origin} cannot be called: the client takes its address for no URL", is_permanent=True)
    if isinstance(error, ClientResponseError):
        reason = "answers with what is no HTTP, or with a head of too many bytes"
    elif isinstance(error, ServerDisconnectedError):
        reason = "closes the connection without an answer"
    else:
        reason = "tears down the connection without an answer"
    return CallError(f"{origin} {reason}", is_maybe_received=is_connected)


def _verdict(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    return "it does not hold for this name"
