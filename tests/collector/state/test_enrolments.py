"""Tokens work once, in their time, for their agent; what was certified is known until nobody asks any more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, event

from collector.state.audit import Action, Entry, entries
from collector.state.enrolments import (
    ANSWERED_AGAIN_FOR,
    KeptCertificate,
    agents_denied,
    brought_by_token,
    certificates_of,
    certified_since,
    is_denied,
    is_good_token,
    keep_certificate,
    keep_token,
    let_in_again,
    longest_life,
    newest_certificates,
    note_restored,
    prune_enrolments,
    restored_at,
    revoke_agent,
    revoked_certificates,
    use_token,
)

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TOKEN = "a" * 64


def certificate(serial: str, agent: str = "lab-001", issued_at: datetime = NOW) -> KeptCertificate:
    return KeptCertificate(serial, agent, issued_at, issued_at + 90 * DAY)


def use(engine: Engine, token: str, certificate: KeptCertificate) -> bool:
    return use_token(engine, token, certificate, f"PEM of {certificate.serial}", address="192.0.2.7")


@pytest.fixture
def invited(engine: Engine) -> Engine:
    """The agent lab-001 has a token for half an hour."""
    keep_token(engine, "lab-001", TOKEN, NOW, expires_at=NOW + 30 * MINUTE)
    return engine


def test_a_token_is_used_up_by_the_certificate_that_it_brings(invited: Engine) -> None:
    assert is_good_token(invited, "lab-001", TOKEN, NOW)
    assert use(invited, TOKEN, certificate("1f"))
    assert not is_good_token(invited, "lab-001", TOKEN, NOW)
    assert not use(invited, TOKEN, certificate("2f"))
    assert certificates_of(invited, "lab-001") == [certificate("1f")]


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        pytest.param(TOKEN, certificate("1f", "lab-002"), id="another agent"),
        pytest.param("b" * 64, certificate("1f"), id="unknown"),
        pytest.param(TOKEN, certificate("1f", issued_at=NOW + 30 * MINUTE), id="expired"),
    ],
)
def test_a_token_that_is_not_good_brings_nothing(invited: Engine, token: str, wanted: KeptCertificate) -> None:
    assert not is_good_token(invited, wanted.agent, token, wanted.issued_at)
    assert not use(invited, token, wanted)
    assert newest_certificates(invited) == []
    assert is_good_token(invited, "lab-001", TOKEN, NOW + 30 * MINUTE - timedelta(seconds=1))


def test_of_several_who_use_a_token_at_once_one_does(invited: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda number: use(invited, TOKEN, certificate(f"{number:x}")), range(8)))
    assert used.count(True) == 1
    assert len(certificates_of(invited, "lab-001")) == 1
    assert brought_by_token(invited, "lab-001", TOKEN, NOW) == f"PEM of {used.index(True):x}"


def test_what_a_token_has_brought_is_told_again_for_an_hour_and_while_the_token_lives(engine: Engine) -> None:
    for token, life in ((TOKEN, 30 * MINUTE), ("b" * 64, 7 * DAY)):
        keep_token(engine, "lab-001", token, NOW, expires_at=NOW + life)
        assert brought_by_token(engine, "lab-001", token, NOW) is None
        use(engine, token, certificate(token[:2]))
        last = NOW + min(life, ANSWERED_AGAIN_FOR)
        assert brought_by_token(engine, "lab-001", token, last - timedelta(microseconds=1)) == f"PEM of {token[:2]}"
        assert brought_by_token(engine, "lab-001", token, last) is None
        assert brought_by_token(engine, "lab-002", token, NOW) is None
        assert brought_by_token(engine, "lab-001", "c" * 64, NOW) is None


def test_what_was_taken_back_is_not_told_again(invited: Engine) -> None:
    use(invited, TOKEN, certificate("1f"))
    revoke_agent(invited, "lab-001", NOW)
    assert brought_by_token(invited, "lab-001", TOKEN, NOW) is None
    keep_token(invited, "lab-001", "b" * 64, NOW, expires_at=NOW + MINUTE)
    use(invited, "b" * 64, certificate("2f"))
    keep_token(invited, "lab-001", "c" * 64, NOW, expires_at=NOW + MINUTE)
    assert brought_by_token(invited, "lab-001", "b" * 64, NOW) is None, "a newer token has taken its place"


def test_all_that_is_given_and_taken_back_is_noted_and_nothing_that_is_not(invited: Engine) -> None:
    use(invited, TOKEN, certificate("1f"))
    use(invited, TOKEN, certificate("2f"))
    keep_certificate(invited, certificate("3f", issued_at=NOW + MINUTE))
    keep_certificate(invited, certificate("4f", "lab-002"))
    revoke_agent(invited, "lab-001", NOW + DAY, passwords=1)
    keep_certificate(invited, certificate("5f", issued_at=NOW + DAY))
    noted = [kept.entry for kept in reversed(entries(invited, limit=9))]
    assert noted == [
        Entry(NOW, "command", "command", "", Action.ENROLMENT_TOKEN_DRAWN, "lab-001", "→ 2026-05-02 21:30 KST"),
        Entry(
            NOW,
            "lab-001",
            "one_time_token",
            "192.0.2.7",
            Action.CERTIFICATE_ISSUED,
            "lab-001",
            "1f → 2026-07-31 21:00 KST",
        ),
        Entry(
            NOW + MINUTE,
            "lab-001",
            "certificate",
            "",
            Action.CERTIFICATE_RENEWED,
            "lab-001",
            "3f → 2026-07-31 21:01 KST",
        ),
        Entry(NOW + DAY, "command", "command", "", Action.AGENT_REVOKED, "lab-001", "3"),
    ]


def test_a_newer_token_takes_the_place_of_an_older(invited: Engine) -> None:
    keep_token(invited, "lab-001", "b" * 64, NOW, expires_at=NOW + MINUTE)
    assert not is_good_token(invited, "lab-001", TOKEN, NOW)
    assert is_good_token(invited, "lab-001", "b" * 64, NOW)


def test_who_has_a_good_certificate_gets_another_and_nobody_else(engine: Engine) -> None:
    assert not keep_certificate(engine, certificate("1"))
    keep_token(engine, "lab-001", TOKEN, NOW, expires_at=NOW + MINUTE)
    use(engine, TOKEN, certificate("1"))
    assert keep_certificate(engine, certificate("2", issued_at=NOW + 60 * DAY))
    assert not keep_certificate(engine, certificate("3", issued_at=NOW + 150 * DAY)), "both have expired"
    assert certified_since(engine, "lab-001", NOW + DAY) == 1
    assert newest_certificates(engine) == [certificate("2", issued_at=NOW + 60 * DAY)]


def test_what_is_revoked_is_told_as_long_as_it_is_kept(invited: Engine) -> None:
    use(invited, TOKEN, certificate("1f"))
    keep_certificate(invited, certificate("2f", issued_at=NOW + MINUTE))
    keep_token(invited, "lab-001", "b" * 64, NOW, expires_at=NOW + DAY)
    assert revoke_agent(invited, "lab-001", NOW + 2 * MINUTE) == 3, "two certificates and a token"
    assert revoke_agent(invited, "lab-001", NOW + 3 * MINUTE) == 0
    assert not is_good_token(invited, "lab-001", "b" * 64, NOW)
    assert not keep_certificate(invited, certificate("3f", issued_at=NOW + 3 * MINUTE))
    revoked = revoked_certificates(invited)
    assert [(each.serial, each.revoked_at) for each in revoked] == [
        ("1f", NOW + 2 * MINUTE),
        ("2f", NOW + 2 * MINUTE),
    ]
    prune_enrolments(invited, NOW, NOW + 90 * DAY + timedelta(seconds=30))
    assert [each.serial for each in revoked_certificates(invited)] == ["2f"]


def test_a_renewal_at_the_moment_of_a_revocation_does_not_outlive_it(invited: Engine) -> None:
    """Whichever of the two comes first: here the revocation comes when the renewal has been found good."""
    use(invited, TOKEN, certificate("1f"))
    revocation = Thread(target=revoke_agent, args=(invited, "lab-001", NOW + DAY))

    def revoke(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO certificates"):
            revocation.start()
            revocation.join(0.5)  # it may have to wait until the renewal is through

    event.listen(invited, "before_cursor_execute", revoke)
    try:
        keep_certificate(invited, certificate("2f", issued_at=NOW + MINUTE))
        revocation.join()
    finally:
        event.remove(invited, "before_cursor_execute", revoke)
    assert [each.revoked_at for each in certificates_of(invited, "lab-001")] == [NOW + DAY] * 2


def test_who_was_revoked_is_denied_until_let_in_again(invited: Engine) -> None:
    """Also who is not known to have anything: a certificate may be older than what is known."""
    use(invited, TOKEN, certificate("1f"))
    assert agents_denied(invited, NOW) == set()
    revoke_agent(invited, "lab-001", NOW + MINUTE)
    revoke_agent(invited, "lab-009", NOW + MINUTE)
    assert agents_denied(invited, NOW + MINUTE) == {"lab-001", "lab-009"}
    keep_token(invited, "lab-001", "b" * 64, NOW + DAY, expires_at=NOW + 2 * DAY)
    assert agents_denied(invited, NOW + DAY) == {"lab-009"}
    assert agents_denied(invited, NOW + 2 * DAY) == {"lab-001", "lab-009"}, "the token was not used"
    assert is_denied(invited, "lab-001")
    use(invited, "b" * 64, certificate("2f", issued_at=NOW + DAY))
    assert agents_denied(invited, NOW + 2 * DAY) == {"lab-009"}
    assert not is_denied(invited, "lab-001")
    let_in_again(invited, "lab-009")
    assert agents_denied(invited, NOW + 2 * DAY) == set()


def test_a_database_that_was_put_back_knows_when_and_of_no_tokens(invited: Engine) -> None:
    """What was drawn before may have been used since."""
    assert restored_at(invited) is None
    keep_token(invited, "lab-002", "b" * 64, NOW, expires_at=NOW + DAY)
    use(invited, "b" * 64, certificate("1f", "lab-002"))
    for at in (NOW + MINUTE, NOW + DAY, NOW + DAY):
        note_restored(invited, at)
        assert restored_at(invited) == at
    assert not is_good_token(invited, "lab-001", TOKEN, NOW)
    assert brought_by_token(invited, "lab-002", "b" * 64, NOW) is None
    assert longest_life(invited) == 90 * DAY


def test_what_has_expired_long_ago_is_forgotten(invited: Engine) -> None:
    use(invited, TOKEN, certificate("1f"))
    prune_enrolments(invited, NOW + 30 * MINUTE, NOW + 90 * DAY)
    assert certificates_of(invited, "lab-001") == [certificate("1f")]
    prune_enrolments(invited, NOW + 31 * MINUTE, NOW + 91 * DAY)
    assert certificates_of(invited, "lab-001") == []
