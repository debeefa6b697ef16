"""The probe of the portal: against everything that may stand between a user and the internet."""

import asyncio
import logging
from pathlib import Path

import pytest
from checking import mistakes, results, run_once, without_times
from harness import FrozenClock, free_port
from hostile_servers import (
    CLIENT_IP,
    CLIENT_MAC,
    Conversation,
    Trust,
    answering,
    black_hole,
    make_trust,
    page,
    redirect,
    resetting,
    serving,
    slow_body,
    slow_loris,
    swallowing_port,
)

from agent.probes.portal import Page, Settings, judge_page, outcome_of
from agent.probing.http_errors import DnsFailure, Unreachable
from agent.probing.web_address import parse_web_address
from agent.wire import encode

LOGIN_PAGE = "<html><form action=/login>Welcome to the park</form></html>"


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return make_trust(tmp_path)


def table(port: int, **keys: object) -> dict[str, object]:
    return {"kind": "portal", "url": f"http://127.0.0.1:{port}/generate_204?client=1", "timeout_seconds": 30, **keys}


async def told(conversation: Conversation, folder: Path, clock: FrozenClock, **keys: object) -> dict[str, object]:
    """What the only result says of a server, its port left out."""
    async with serving(conversation) as port:
        (probe,) = await results(table(port, **keys), folder, clock)
    assert probe.target == f"http://127.0.0.1:{port}/generate_204"
    said = without_times(probe)
    if "failure" in said:
        said["failure"] = str(said["failure"]).replace(f"127.0.0.1:{port}", "SITE")
    return {key: said.get(key) for key in ("is_ok", "outcome", "failure", "latency_seconds")}


def result(is_ok: bool, outcome: str, failure: str | None, latency: str | None = None) -> dict[str, object]:
    return {"is_ok": is_ok, "outcome": outcome, "failure": failure, "latency_seconds": latency}


async def test_five_kinds_of_trouble_give_five_right_results_in_bounded_time(
    tmp_path: Path, clock: FrozenClock, trust: Trust
) -> None:
    silent, torn, dripping, redirected = await asyncio.gather(
        told(black_hole, tmp_path, clock, timeout_seconds=4),
        told(resetting, tmp_path, clock),
        told(slow_loris, tmp_path, clock, timeout_seconds=4),
        told(answering(redirect("http://portal.example/login?a=b")), tmp_path, clock),
    )
    assert silent == result(False, "timeout", "SITE accepts the connection and answers nothing within 3.6 s")
    assert torn == result(
        False, "broken", "SITE tears down the connection without an answer; something on the way may forbid it"
    )
    assert dripping["outcome"] == "slow"
    assert str(dripping["failure"]).startswith("SITE ends no answer within 3.6 s; ")
    assert redirected == result(
        False, "captive", "a portal answers in place of SITE: it redirects to portal.example", "some"
    )
    async with serving(answering(page("204 No Content")), trust.server_tls(tmp_path, "127.0.0.1")) as port:
        (probe,) = await results(table(port, url=f"https://127.0.0.1:{port}/"), tmp_path, clock)
        assert probe.outcome == "tls_error"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (page("204 No Content"), result(True, "open", None, "some")),
        (
            page("200 OK", LOGIN_PAGE),
            result(
                False, "captive", "a page stands in place of SITE, with status 200: a portal's, most likely", "some"
            ),
        ),
        (
            page("200 OK", ""),
            result(
                False,
                "broken",
                "SITE answers 200 with nothing in it; a proxy on the way may change answers",
                "some",
            ),
        ),
        (
            page("511 Network Authentication Required", LOGIN_PAGE),
            result(False, "captive", "a portal answers in place of SITE: it asks to log in", "some"),
        ),
        (
            page("503 Service Unavailable", "busy"),
            result(False, "broken", "SITE answers 503 in place of 204; it, or a proxy, is out of order", "some"),
        ),
        (
            page("302 Found", ""),
            result(False, "broken", "SITE answers 302 and does not say where it leads", "some"),
        ),
        (
            redirect("/login?mac=1"),
            result(False, "captive", "a portal answers in place of SITE: it redirects to 127.0.0.1", "some"),
        ),
        (
            redirect("http://[/"),
            result(False, "captive", "a portal answers in place of SITE: it redirects to what is no address", "some"),
        ),
        (b"", result(False, "broken", "SITE closes the connection without an answer")),
        (
            b"\x16\x03\x01\r\n\r\n",
            result(False, "broken", "SITE answers with what is no HTTP, or with a head of too many bytes"),
        ),
    ],
)
async def test_what_a_site_answers_is_judged(
    answer: bytes, expected: dict[str, object], tmp_path: Path, clock: FrozenClock
) -> None:
    assert await told(answering(answer), tmp_path, clock) == expected


def test_a_site_that_wants_tls_is_no_portal() -> None:
    address, settings = parse_web_address("http://park.example/204"), Settings(kind="portal")
    outcome, words = judge_page(Page(301, "https://park.example/204", b""), address, settings)
    assert (outcome, words.partition(";")[0]) == ("broken", "park.example redirects to itself over https")


async def test_where_nobody_listens_it_is_broken_and_where_nobody_answers_it_times_out(
    tmp_path: Path, clock: FrozenClock
) -> None:
    port = free_port()
    (probe,) = await results(table(port), tmp_path, clock)
    assert (probe.is_ok, probe.outcome, probe.latency_seconds) == (False, "broken", None)
    assert probe.failure is not None
    assert probe.failure.startswith(f"127.0.0.1:{port} refuses connections")
    with swallowing_port() as port:
        (probe,), endless = await asyncio.gather(
            results(table(port, timeout_seconds=4), tmp_path, clock),
            told(slow_body, tmp_path, clock, timeout_seconds=4),
        )
    assert (probe.is_ok, probe.outcome) == (False, "timeout")
    assert endless["outcome"] == "slow"
    assert outcome_of(DnsFailure()) == "dns_failure"
    assert outcome_of(Unreachable()) == "broken"


async def test_a_bad_certificate_is_told_by_what_is_bad(tmp_path: Path, clock: FrozenClock, trust: Trust) -> None:
    for tls, failure in (
        (trust.server_tls(tmp_path, "127.0.0.1", is_self_signed=True), "self-signed certificate"),
        (trust.server_tls(tmp_path, "127.0.0.1", days=-1), "certificate has expired"),
        (
            trust.server_tls(tmp_path, "other.example"),
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
        ),
    ):
        async with serving(answering(page("204 No Content")), tls) as port:
            url = f"https://127.0.0.1:{port}/"
            (probe,) = await results(table(port, url=url, ca_file=str(trust.ca_file)), tmp_path, clock)
        assert without_times(probe) == {
            "kind": "portal",
            "target": url,
            "is_ok": False,
            "outcome": "tls_error",
            "failure": f"the certificate of 127.0.0.1:{port} is not to be trusted: {failure}",
        }


async def test_a_text_may_be_expected(tmp_path: Path, clock: FrozenClock) -> None:
    expects = {"expected_status": 200, "expected_text": "the internet is here"}
    there = await told(answering(page("200 OK", "<p>the internet is here</p>")), tmp_path, clock, **expects)
    assert there == result(True, "open", None, "some")
    assert (await told(answering(page("200 OK", LOGIN_PAGE)), tmp_path, clock, **expects))["outcome"] == "captive"


async def test_where_a_portal_is_meant_to_stand_its_absence_is_the_failure(tmp_path: Path, clock: FrozenClock) -> None:
    captive = await told(answering(redirect("http://portal.example/")), tmp_path, clock, expects="captive")
    assert captive == result(True, "captive", None, "some")
    opened = await told(answering(page("204 No Content")), tmp_path, clock, expects="captive")
    problem = "SITE is open to everybody; the portal that should stand before it does not"
    assert opened == result(False, "open", problem, "some")


async def test_the_portal_itself_is_looked_at(tmp_path: Path, clock: FrozenClock, trust: Trust) -> None:
    tls = trust.server_tls(tmp_path, "127.0.0.1")
    keys = {"expects": "captive", "ca_file": str(trust.ca_file)}
    async with serving(answering(redirect("http://portal.example/"))) as site:
        outcomes = []
        for answer in (page("200 OK", LOGIN_PAGE), page("500 Oops", "no database"), redirect("/welcome?mac=1")):
            async with serving(answering(answer), tls) as port:
                portal_url = f"https://127.0.0.1:{port}/login"
                probes = await results(table(site, portal_url=portal_url, **keys), tmp_path, clock)
                assert [probe.target for probe in probes] == [f"http://127.0.0.1:{site}/generate_204", portal_url]
                outcomes += [(probe.is_ok, probe.outcome, probe.failure) for probe in probes[1:]]
        broken = f"the portal 127.0.0.1:{port} answers 302 in place of its page; name the address that it leads to"
        assert [outcomes[0], outcomes[2]] == [(True, "portal", None), (False, "broken", broken)]
        assert outcomes[1][:2] == (False, "broken")


@pytest.mark.parametrize(
    "answer",
    [
        redirect(f"http://{CLIENT_MAC.replace(':', '-')}.portal.example/login?mac={CLIENT_MAC}#ip={CLIENT_IP}"),
        redirect(f"http://portal.example/{CLIENT_MAC}/{CLIENT_IP}"),
        redirect(f"http://{CLIENT_MAC}@portal.example:8000/?ip={CLIENT_IP}"),
        redirect(f"http://[{CLIENT_MAC}"),
        page("200 OK", f"<p>Your device {CLIENT_MAC} at {CLIENT_IP}</p>"),
        page(f"503 {CLIENT_MAC}", CLIENT_IP, f"X-Client: {CLIENT_MAC}"),
        f"HTTP/1.1 {CLIENT_MAC} {CLIENT_IP}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\n{CLIENT_MAC} {CLIENT_IP}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{CLIENT_MAC}\r\n".encode(),
    ],
)  # fmt: skip
async def test_nothing_that_names_a_client_is_told(
    answer: bytes, tmp_path: Path, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(answering(answer)) as port:
        report = await run_once(table(port), tmp_path, clock)
    told = encode(report).decode() + caplog.text
    assert "probe_failed probe=portal-0" in told
    assert report.probes[0].outcome in {"captive", "broken"}
    names = (CLIENT_MAC, CLIENT_MAC.replace(":", "-"), CLIENT_MAC.replace(":", ""), CLIENT_IP)
    assert [name for name in names if name in told.lower()] == []


def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    assert mistakes({"kind": "portal"}) == []
    assert mistakes({"kind": "portal", "expected_status": 200}) == [
        "expected_status: goes together with expected_text; add it, or a login page would pass"
    ]
    assert mistakes({"kind": "portal", "expected_text": "hello"}) == [
        "expected_text: goes together with another expected_status; an answer of 204 holds no text"
    ]
    assert mistakes({"kind": "portal", "url": "park.example", "portal_url": "http://portal.example"}) == [
        "url: must begin with http:// or https://",
        "portal_url: must begin with https://: what a portal asks for has to be safe",
    ]
