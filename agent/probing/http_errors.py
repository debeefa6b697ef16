"""How an exchange over HTTP fails, told apart by what the failure says of the network.

    HttpError
    ├── DnsFailure        the name has no address
    ├── ConnectTimeout    no answer to the attempt to connect
    ├── Refused           the host answers, nothing listens
    ├── Unreachable       no way to the host, or no socket to be had
    ├── TlsFailure        no TLS: the certificate, or what the other side speaks
    ├── Reset             the connection was torn down
    ├── Closed            it ended before the answer did
    ├── Malformed         what came is no HTTP, or has a head beyond the limit
    ├── NoAnswer          connected, and nothing came until the time ran out
    └── SlowAnswer        something came, and not its end until the time ran out

Raised by `agent.probing.http`. The messages are words of our own, fit for a report: what the other side sent is never
quoted, for it may name people.
"""

import errno
import os
import ssl

_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}


class HttpError(Exception):
    """An exchange that failed. The message names the host and, where one is known, the likely cause."""


class DnsFailure(HttpError):  # noqa: N818  # named after what happened, as its siblings are
    """The name could not be resolved."""


class ConnectTimeout(HttpError):  # noqa: N818
    """Nobody answered the attempt to connect."""


class Refused(HttpError):  # noqa: N818
    """The host is there, and nothing listens."""


class Unreachable(HttpError):  # noqa: N818
    """There is no way to the host."""


class TlsFailure(HttpError):  # noqa: N818
    """TLS could not be agreed on, or the certificate is not to be trusted."""


class Reset(HttpError):  # noqa: N818
    """The connection was torn down in the middle."""


class Closed(HttpError):  # noqa: N818
    """The connection ended before the answer did."""


class Malformed(HttpError):  # noqa: N818
    """What was answered is no HTTP."""


class NoAnswer(HttpError):  # noqa: N818
    """The connection stood, and nothing came in time."""


class SlowAnswer(HttpError):  # noqa: N818
    """An answer began, and did not end in time."""


def connect_error(error: OSError, place: str) -> HttpError:
    """What an attempt to connect to a place failed with."""
    if error.errno == errno.ECONNREFUSED:
        return Refused(f"{place} refuses connections; nothing listens there, or a firewall says so")
    if error.errno == errno.ETIMEDOUT:
        return ConnectTimeout(f"{place} does not answer attempts to connect")
    if error.errno in {errno.ECONNRESET, errno.ECONNABORTED}:
        return Reset(f"{place} tears down the connection at once; something on the way may forbid it")
    if error.errno is not None and error.errno in _UNREACHABLE:
        return Unreachable(
            f"no way to {place}: {os.strerror(error.errno or 0).lower()}; check the uplink and its route"
        )
    reason = os.strerror(error.errno).lower() if error.errno else "every address of it fails in another way"
    return Unreachable(f"{place} cannot be connected to: {reason}")


def tls_error(error: OSError, place: str) -> HttpError:
    """What a handshake with a place failed with."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailure(f"the certificate of {place} is not to be trusted: {error.verify_message.rstrip('.')}")
    if isinstance(error, ssl.SSLEOFError):
        return Closed(f"{place} closes the connection in the TLS handshake")
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "unknown").replace("_", " ").lower()
        return TlsFailure(f"no TLS with {place}: {reason}; it may not speak TLS, or something stands in between")
    if isinstance(error, ConnectionError):
        return Reset(f"{place} tears down the connection in the TLS handshake")
    return connect_error(error, place)
