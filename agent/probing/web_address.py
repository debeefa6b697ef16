"""An address of the web, as a probe's settings hold it and as a result may show it.

For the probes that speak HTTP. A query is sent and never shown: in what portals redirect to, it names clients.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import SplitResult, urljoin, urlsplit

from pydantic import AfterValidator

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?")
_CLIENT_IN_A_HOST = re.compile(
    r"[0-9a-f]{2}(?:[-.:]?[0-9a-f]{2}){5,}[0-9a-f]?"  # a MAC, or a token as long
    r"|(?<![0-9])[0-9]{1,3}(?:-[0-9]{1,3}){3}(?![0-9])"  # an address of IPv4 within a name
)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where to connect (`host`, `port`, TLS where `is_https`), and the path and query to ask for there."""

    is_https: bool
    host: str
    port: int
    path_and_query: str

    @property
    def authority(self) -> str:
        """Host and port as in a URL: the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self._scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self._scheme}://{self.authority}{self.path_and_query}"

    @property
    def shown(self) -> str:
        """The address without its query, cut to what the wire takes for a target."""
        return self.url.partition("?")[0][:128]

    @property
    def _scheme(self) -> str:
        return "https" if self.is_https else "http"


def parse_web_address(url: str) -> WebAddress:
    """The address in a URL with http or https; raises ValueError that says what is wrong, without quoting it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("is no URL") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("must begin with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user and no password")
    if port == 0:
        raise ValueError("must name a port from 1 to 65535")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not re.fullmatch(r"[!-~]+", path):
        raise ValueError("must be ASCII without blanks after the host; write other signs as %XX")
    return WebAddress(parts.scheme == "https", _host(parts), port or _DEFAULT_PORTS[parts.scheme], path)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        host = host.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError("must name a host") from error
    if not _HOST.fullmatch(host):
        raise ValueError("must name a host")
    return host


def _must_be_a_web_address(url: str) -> str:
    parse_web_address(url)
    return url


WebUrl = Annotated[str, AfterValidator(_must_be_a_web_address)]
"""A URL in a probe's settings."""


def is_upgrade(address: WebAddress, location: str) -> bool:
    """Whether a redirect leads from http to the same page over https, as a site does that wants TLS."""
    return location == f"https://{address.host}{address.path_and_query}" and not address.is_https


def redirect_host(address: WebAddress, location: str) -> str | None:
    """The host that a redirect leads to, fit to be shown: what may be a client's MAC or address in it is taken
    out.

    None where there is none to be read.
    """
    try:
        host = _host(urlsplit(urljoin(address.url, location)))
    except ValueError:
        return None
    return _CLIENT_IN_A_HOST.sub("…", host)
