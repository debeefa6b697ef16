"""First contact over the API: who has nothing but a token gets a certificate for it, for one key."""

import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from cryptography import x509
from requests_for_certificates import make_key, request_pem
from web_browser import Pages, log_in
from web_certificates import BROKER_URL, certificate_desk

from collector.enrolment.tokens import digest
from collector.state.enrolments import certificates_of, keep_token
from collector.web.api.enrolment import PEM_TYPE

TOKEN = "token-of-lab-001"
AUTHORITY, CERTIFICATES = "/api/v1/enrolment/authority", "/api/v1/enrolment/certificates"


@pytest.fixture
def enrolling(pages: Pages) -> Pages:
    """The agent lab-001 has a token for half an hour."""
    enrolling = pages.changed(certificates=certificate_desk(pages.services.state, pages.watch))
    now = pages.watch()
    keep_token(pages.services.state, "lab-001", digest(TOKEN), now, expires_at=now + timedelta(minutes=30))
    return enrolling


async def ask(pages: Pages, *, address: str = "192.0.2.7", **changes: object) -> httpx.Response:
    wanted: Mapping[str, object] = {"agent": "lab-001", "token": TOKEN, "request_pem": request_pem("lab-001")}
    async with pages.browser(address=address) as client:
        return await client.post(CERTIFICATES, json={**wanted, **changes})


def kind(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def test_a_token_brings_a_certificate_for_the_key_that_was_made_elsewhere(enrolling: Pages) -> None:
    key = make_key()
    answer = await ask(enrolling, request_pem=request_pem("lab-001", key=key))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    certificate = x509.load_pem_x509_certificate(told["certificate_pem"].encode())
    authority = x509.load_pem_x509_certificate(told["authority_pem"].encode())
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=lab-001"
    assert told["broker_url"] == BROKER_URL
    until = enrolling.watch() + timedelta(days=90)
    assert certificate.not_valid_after_utc == until.replace(microsecond=0)
    assert told["valid_until"] == certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z")
    kept = certificates_of(enrolling.services.state, "lab-001")
    assert [each.serial for each in kept] == [f"{certificate.serial_number:x}"]
    async with enrolling.browser() as client:
        shown = await client.get(AUTHORITY)
    assert (shown.text, shown.headers["content-type"]) == (told["authority_pem"], PEM_TYPE)


async def test_unknown_used_and_expired_tokens_and_those_of_others_are_told_alike(enrolling: Pages) -> None:
    answers = [
        await ask(enrolling, token="another"),
        await ask(enrolling, agent="lab-002", request_pem=request_pem("lab-002")),
    ]
    assert (await ask(enrolling)).status_code == 201
    answers.append(await ask(enrolling))
    now = enrolling.watch()
    keep_token(enrolling.services.state, "lab-001", digest(TOKEN), now, expires_at=now + timedelta(minutes=30))
    enrolling.watch.now = now + timedelta(minutes=30)
    answers.append(await ask(enrolling))
    assert {kind(answer) for answer in answers} == {(403, "bad-token")}
    assert len({answer.text for answer in answers}) == 1
    assert len(certificates_of(enrolling.services.state, "lab-001")) == 1


@pytest.mark.parametrize(
    ("pem", "word"),
    [
        (request_pem("lab-002"), "other-name"),
        (request_pem("lab-001/#"), "other-name"),
        ("garbage", "bad-request"),
        ("x" * 4097, "bad-value"),
    ],
)
async def test_a_request_that_is_not_signed_leaves_the_token_good(enrolling: Pages, pem: str, word: str) -> None:
    assert kind(await ask(enrolling, request_pem=pem)) == (422, word)
    assert (await ask(enrolling)).status_code == 201


@pytest.mark.parametrize("agent", ["+", "#", "lab/001", "lab+001", "lab#", "", "LAB", "a" * 64, "lab-001\n"])
async def test_a_name_that_is_no_agents_id_is_refused(enrolling: Pages, agent: str) -> None:
    assert kind(await ask(enrolling, agent=agent, request_pem=request_pem(*([agent] if agent else [])))) == (
        422,
        "bad-value",
    )


async def test_whoever_tries_tokens_has_to_wait_and_others_have_not(enrolling: Pages) -> None:
    for _ in range(5):
        assert kind(await ask(enrolling, token="guessed")) == (403, "bad-token")
    waiting = await ask(enrolling)
    assert (kind(waiting), waiting.headers["retry-after"]) == ((429, "wait"), "30")
    assert (await ask(enrolling, address="198.51.100.9")).status_code == 201


async def test_who_asks_again_with_the_same_key_gets_the_same_and_never_waits(enrolling: Pages) -> None:
    """The answer may have been lost; whoever has read the token since has another key, and guesses."""
    key = make_key()
    first = await ask(enrolling, request_pem=request_pem("lab-001", key=key))
    assert first.status_code == 201
    for _ in range(20):
        again = await ask(enrolling, request_pem=request_pem("lab-001", key=key))
        assert (again.status_code, again.json()) == (201, first.json())
    for _ in range(5):
        assert kind(await ask(enrolling, address="198.51.100.9")) == (403, "bad-token")
    assert kind(await ask(enrolling, address="198.51.100.9")) == (429, "wait")
    assert (await ask(enrolling, request_pem=request_pem("lab-001", key=key))).status_code == 201
    assert len(certificates_of(enrolling.services.state, "lab-001")) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Enrolment token drawn", "Certificate issued", "Command", "One-time token")),
        ("ko", ("등록 토큰 생성", "인증서 발급", "명령", "일회용 토큰")),
    ],
)
async def test_the_audit_log_shows_who_was_invited_and_certified(
    enrolling: Pages, language: str, words: tuple[str, ...]
) -> None:
    answer = await ask(enrolling)
    serial = x509.load_pem_x509_certificate(answer.json()["certificate_pem"].encode()).serial_number
    async with enrolling.reader(language=language) as reader:
        page = await reader.get("/audit?by=lab-001&action=certificate_issued")
        shown = (await reader.get("/audit")).text
    (row,) = re.findall(r'<tr>\s*<th scope="row">.*?</tr>', page.text, re.DOTALL)
    assert all(word in shown for word in words)
    assert all(word in row for word in (words[1], words[3], "lab-001", "192.0.2.7", f"{serial:x}"))
    assert TOKEN not in shown


async def test_nobody_keeps_others_from_enrolling_by_a_name_at_the_log_in(enrolling: Pages) -> None:
    async with enrolling.browser(address="198.51.100.9") as client:
        for _ in range(5):
            await log_in(client, name="enrolment from 192.0.2.7", password="guessed")
    assert (await ask(enrolling)).status_code == 201


async def test_who_enrols_many_agents_from_one_address_never_waits(enrolling: Pages) -> None:
    now = enrolling.watch()
    for number in range(20):
        agent = f"gw-{number}"
        keep_token(enrolling.services.state, agent, digest(agent), now, expires_at=now + timedelta(minutes=1))
        assert (await ask(enrolling, agent=agent, token=agent, request_pem=request_pem(agent))).status_code == 201


async def test_without_an_authority_nobody_is_enrolled(pages: Pages) -> None:
    async with pages.browser() as client:
        assert kind(await client.get(AUTHORITY)) == (404, "no-authority")
    assert kind(await ask(pages)) == (404, "no-authority")
