"""Whether the internet is open, or a portal stands before it, and what is broken where neither is so.

A page is asked for of which it is known what it answers: by custom nothing, with status 204. A portal answers with
something else. Redirects are never followed, and of where they lead only the host is told: the rest names clients.
Opened by `agent.config`, run by the schedule.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.probes import Check, ProbeSettings, Surroundings
from agent.probing.http import Answer, exchange
from agent.probing.http_errors import ConnectTimeout, DnsFailure, HttpError, NoAnswer, SlowAnswer, TlsFailure
from agent.probing.together import together
from agent.probing.web_address import WebAddress, WebUrl, is_upgrade, parse_web_address, redirect_host
from agent.probing.words import failure_text
from agent.settings import Contradiction, ReadableFile
from agent.wire import Probe

_MAX_BODY_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NETWORK_AUTHENTICATION_REQUIRED = 511  # RFC 6585, section 6: said by portals that say what they are


def _must_be_https(url: str) -> str:
    if not parse_web_address(url).is_https:
        raise ValueError("must begin with https://: what a portal asks for has to be safe")
    return url


class Settings(ProbeSettings):
    """The keys of a `[[probes]]` table of kind "portal"."""

    kind: Literal["portal"]
    url: WebUrl = "http://connectivitycheck.gstatic.com/generate_204"
    expected_status: Annotated[int, Field(ge=200, le=299)] = 204
    expected_text: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    expects: Literal["open", "captive"] = "open"
    portal_url: Annotated[WebUrl, AfterValidator(_must_be_https)] | None = None
    ca_file: ReadableFile | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A login page is a page as well: one that is expected has to be known by its text."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        status = document.get("expected_status", 204)
        if status != 204 and "expected_text" not in document:
            yield ("expected_status",), "goes together with expected_text; add it, or a login page would pass"
        if status == 204 and "expected_text" in document:
            yield ("expected_text",), "goes together with another expected_status; an answer of 204 holds no text"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as far as it is judged. `body` is its beginning."""

    status: int
    location: str | None
    body: bytes


def open_check(settings: Settings, _: Surroundings) -> Check:
    """The check for one `[[probes]]` table; asks nothing yet."""
    return PortalCheck(settings)


class PortalCheck:
    """Asks for the page, and for the portal's own where one is named."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = parse_web_address(settings.url)
        self._portal = None if settings.portal_url is None else parse_web_address(settings.portal_url)

    async def run(self) -> Sequence[Probe]:
        """A result for the page and, where told, one for the portal's own."""
        checks = [self._check(self._address, is_portal=False)]
        if self._portal is not None:
            checks.append(self._check(self._portal, is_portal=True))
        return await together(*checks)

    async def close(self) -> None:
        """Nothing stays open between runs."""

    async def _check(self, address: WebAddress, *, is_portal: bool) -> Probe:
        loop = asyncio.get_running_loop()
        began, latency_seconds = loop.time(), None
        try:
            page = await self._get(address)
        except HttpError as error:
            outcome, failure = outcome_of(error), str(error)
        else:
            latency_seconds = loop.time() - began
            outcome, failure = judge_portal(page, address) if is_portal else judge_page(page, address, self._settings)
        expected = "portal" if is_portal else self._settings.expects
        if outcome == "open" and expected == "captive":
            failure = f"{address.authority} is open to everybody; the portal that should stand before it does not"
        return Probe(
            kind="portal",
            target=address.shown,
            is_ok=outcome == expected,
            outcome=outcome,
            failure=failure_text(failure) if outcome != expected else None,
            latency_seconds=latency_seconds,
        )

    async def _get(self, address: WebAddress) -> Page:
        limit_seconds, ca_file = self._settings.checking_seconds, self._settings.ca_file
        async with exchange(address, timeout_seconds=limit_seconds, ca_file=ca_file) as answer:
            return await _read(answer)


async def _read(answer: Answer) -> Page:
    """A redirect's body matters to nobody; portals are known to leave it unfinished."""
    location = answer.header("location")
    has_body = answer.status not in _REDIRECTS
    return Page(answer.status, location, await answer.body(_MAX_BODY_BYTES) if has_body else b"")


def outcome_of(error: HttpError) -> str:
    """The word for an exchange that failed."""
    match error:
        case DnsFailure():
            return "dns_failure"
        case TlsFailure():
            return "tls_error"
        case ConnectTimeout() | NoAnswer():
            return "timeout"
        case SlowAnswer():
            return "slow"
        case _:
            return "broken"


def judge_page(page: Page, address: WebAddress, settings: Settings) -> tuple[str, str]:
    """The outcome of asking for the page, and what it means unless it is "open". Pure."""
    place, expected = address.authority, settings.expected_status
    if page.status in _REDIRECTS:
        return _judge_redirect(page, address)
    if page.status == _NETWORK_AUTHENTICATION_REQUIRED:
        return "captive", f"a portal answers in place of {place}: it asks to log in"
    if page.status == expected and (settings.expected_text or "").encode() in page.body:
        return "open", ""
    if not 200 <= page.status <= 299:
        return "broken", f"{place} answers {page.status} in place of {expected}; it, or a proxy, is out of order"
    if page.body.strip():
        return "captive", f"a page stands in place of {place}, with status {page.status}: a portal's, most likely"
    return "broken", f"{place} answers {page.status} with nothing in it; a proxy on the way may change answers"


def judge_portal(page: Page, address: WebAddress) -> tuple[str, str]:
    """The outcome of asking for the portal's own page, and what it means unless it is "portal". Pure."""
    if page.status == 200:
        return "portal", ""
    problem = "name the address that it leads to" if page.status in _REDIRECTS else "users cannot log in"
    return "broken", f"the portal {address.authority} answers {page.status} in place of its page; {problem}"


def _judge_redirect(page: Page, address: WebAddress) -> tuple[str, str]:
    place = address.authority
    if not page.location:
        return "broken", f"{place} answers {page.status} and does not say where it leads"
    if is_upgrade(address, page.location):
        return "broken", f"{place} redirects to itself over https; begin url with https://, or use another"
    host = redirect_host(address, page.location)
    return "captive", f"a portal answers in place of {place}: it redirects to {host or 'what is no address'}"
