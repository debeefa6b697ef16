"""What a person does about agents, where it goes wrong half-way, twice, or by two at once."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from harness import write_collector
from state_files import open_state

from collector.config import load_settings
from collector.enrolling import Enrolling
from collector.enrolment.refusals import AuthorityError
from collector.enrolment.tokens import digest
from collector.state.enrolments import KeptCertificate, is_denied, note_restored, revoke_agent, use_token

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HOSTS = ("broker.example.org",)


class Office:
    """An authority in a folder, and a clock that is set."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.folder = folder
        self.state = open_state(folder / "state.sqlite")
        self.enrolling = self.of("collector")
        self.broker = self.enrolling.folders.broker

    def of(self, name: str) -> Enrolling:
        """As the collector of this name sees it."""
        tables = '[broker]\nurl = "mqtts://127.0.0.1:1"\n[enrolment]\npassword_port = 8884\n'
        config = write_collector(self.folder, tables, web_port=1)
        if name != "collector":
            config.write_text(f'[collector]\nname = "{name}"\n{config.read_text()}')
        return Enrolling(load_settings(config), self.state, lambda: self.now)

    def enrol(self, agent: str, *, days: int = 90) -> None:
        token, _ = self.enrolling.invite(agent, MINUTE)
        certificate = KeptCertificate(token_hex(8), agent, self.now, self.now + days * DAY)
        assert use_token(self.state, digest(token), certificate, "PEM", address="192.0.2.7")

    def denies(self, agent: str) -> bool:
        return f"user {agent}\ntopic deny #\n" in (self.broker / "acl").read_text()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.enrolling.make(HOSTS)
    return office


def test_of_several_commands_at_once_none_undoes_what_another_has_done(office: Office) -> None:
    agents = [f"gw-{number}" for number in range(12)]
    with ThreadPoolExecutor(len(agents)) as pool:
        list(pool.map(office.enrolling.give_password, agents))
    assert office.enrolling.folders.agents_with_passwords == tuple(sorted(agents))
    with ThreadPoolExecutor(len(agents)) as pool:
        list(pool.map(office.enrolling.revoke, agents))
    assert office.enrolling.folders.agents_with_passwords == ()


def test_who_is_invited_again_after_it_went_wrong_is_let_in_by_the_broker(office: Office) -> None:
    office.enrol("lab-001")
    office.enrolling.revoke("lab-001")
    assert office.denies("lab-001")
    acl = (office.broker / "acl").read_bytes()
    assert office.enrolling.invite("lab-001", MINUTE)[1], "the broker has to be told"
    (office.broker / "acl").write_bytes(acl)  # as if the disk had been full
    assert office.enrolling.invite("lab-001", MINUTE)[1], "it may not have been"
    assert not office.denies("lab-001")


def test_a_token_that_was_not_used_is_something_to_revoke(office: Office) -> None:
    office.enrolling.invite("lab-001", MINUTE)
    assert office.enrolling.revoke("lab-001") == 1
    office.enrolling.invite("lab-002", MINUTE)
    office.now += 2 * MINUTE
    assert office.enrolling.revoke("lab-002") == 0, "it has expired"


def test_a_token_that_nobody_used_lets_nobody_in_for_good(office: Office) -> None:
    office.enrol("lab-001")
    office.enrolling.revoke("lab-001")
    assert office.enrolling.invite("lab-001", MINUTE)[1]
    assert not office.denies("lab-001")
    office.now += 2 * MINUTE
    office.enrolling.give_password("lab-002")  # whatever writes the list
    assert office.denies("lab-001")
    assert office.enrolling.invite("lab-001", MINUTE)[1]
    office.enrol("lab-001")
    office.now += 2 * MINUTE
    office.enrolling.give_password("lab-002")
    assert not office.denies("lab-001")
    assert not office.enrolling.invite("lab-001", MINUTE)[1]


def test_who_is_not_known_to_have_anything_is_denied_when_revoked(office: Office) -> None:
    """A database that was restored does not know what was certified since it was saved."""
    assert office.enrolling.revoke("lab-001") == 0
    assert office.denies("lab-001")
    office.enrolling.give_password("lab-001")
    assert not office.denies("lab-001")
    assert not is_denied(office.state, "lab-001")


@pytest.mark.parametrize("days", [90, 365])
def test_who_was_revoked_after_a_restoration_gets_in_by_that_name_once_nothing_unknown_can_be_good(
    office: Office, days: int
) -> None:
    """What was certified between the two is in no list of revoked certificates. The name alone keeps it out."""
    office.enrol("lab-001")
    office.enrol("lab-002", days=days)
    office.now += DAY
    note_restored(office.state, office.now)
    assert not office.enrolling.invite("lab-003", MINUTE)[1], "who was not revoked"
    office.enrolling.revoke("lab-001")
    office.now += (days - 1) * DAY
    for let_in in (
        lambda: office.enrolling.invite("lab-001", MINUTE),
        lambda: office.enrolling.give_password("lab-001"),
    ):
        with pytest.raises(AuthorityError, match=r"restored on 2026-05-03: .* give it another id"):
            let_in()
    assert office.denies("lab-001")
    office.now += DAY
    assert office.enrolling.invite("lab-001", MINUTE)[1]
    assert not office.denies("lab-001")


@pytest.mark.parametrize("has_certificate", [True, False])
def test_no_collector_is_called_as_an_agent_that_is_enrolled_or_invited(office: Office, has_certificate: bool) -> None:
    """The certificate of one would be good for all that the other may."""
    office.enrol("second") if has_certificate else office.enrolling.invite("second", MINUTE)
    with pytest.raises(AuthorityError, match=r"change collector\.name"):
        office.of("second").make(HOSTS)
    assert "user second" not in (office.broker / "acl").read_text()


def test_no_collector_is_called_as_an_agent_that_was_revoked(office: Office) -> None:
    """It would be denied everything."""
    office.enrolling.revoke("second")
    with pytest.raises(AuthorityError, match=r"change collector\.name"):
        office.of("second").make(HOSTS)


def test_who_has_a_password_is_not_denied_whatever_else_was_revoked(office: Office) -> None:
    office.enrolling.give_password("lab-001")
    revoke_agent(office.state, "lab-001", office.now)  # as before passwords counted for this
    note_restored(office.state, office.now)
    assert office.enrolling.denied == set()
    assert not office.enrolling.give_password("lab-001")[1]


def test_no_collector_is_called_as_the_authorities_files(office: Office) -> None:
    with pytest.raises(AuthorityError, match=r"change collector\.name"):
        office.of("authority").make(HOSTS)


def test_collectors_are_not_locked_out_where_their_certificates_are_missing(office: Office) -> None:
    """As after a restore without keys: the access list would be one without collectors, and nobody would be told."""
    acl = (office.broker / "acl").read_bytes()
    certificate = office.enrolling.folders.own / "collector.crt"
    certificate.rename(office.folder / "lost")
    for agent in ("lab-001", "collector"):
        with pytest.raises(AuthorityError, match=r"no collector has a certificate .* run `hangang enroll init`"):
            office.enrolling.revoke(agent)
        with pytest.raises(AuthorityError, match="no collector has a certificate"):
            office.enrolling.invite(agent, MINUTE)
    assert (office.broker / "acl").read_bytes() == acl


def test_an_authority_whose_certificate_is_lost_is_not_written_over(office: Office) -> None:
    """With its key all agents would be lost."""
    key = office.enrolling.folders.own / "authority.key"
    before = key.read_bytes()
    certificate = key.with_suffix(".crt").rename(office.folder / "lost")
    with pytest.raises(AuthorityError, match=r"authority.key lies there without its authority.crt"):
        office.enrolling.make(HOSTS)
    assert key.read_bytes() == before
    certificate.rename(key.with_suffix(".crt"))
    assert not office.enrolling.make(HOSTS).is_new_authority


@pytest.mark.parametrize("years", [-1, 21])
def test_a_clock_at_which_the_authority_is_not_good_is_told(office: Office, years: int) -> None:
    office.now += years * 365 * DAY
    for act in (lambda: office.enrolling.make((*HOSTS, "other")), lambda: office.enrolling.revoke("lab-001")):
        with pytest.raises(AuthorityError, match="this machine's clock says 20"):
            act()


def test_what_others_have_put_in_the_brokers_folder_is_told(office: Office) -> None:
    (office.broker / "passwords").write_bytes(b"\xff")
    with pytest.raises(AuthorityError, match=r"passwords: .*restore it from a backup"):
        office.enrolling.give_password("lab-001")
    (office.broker / "passwords").write_bytes(b"")
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "/dev/null")
    extensions = ("-config", "/dev/null", "-out", str(office.broker / "server.crt"))
    subprocess.run(["openssl", *request, *extensions], check=True, capture_output=True)
    with pytest.raises(AuthorityError, match=r"server\.crt names no host"):
        office.enrolling.make(HOSTS)
