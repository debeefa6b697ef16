"""The openssl command, as it is installed here, and stand-ins for one that is not or that hangs."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from made_certificates import DAY, MadeAuthority, names_in_request

from agent.enrolment.certificates import check_issued, fingerprint
from agent.enrolment.errors import EnrolmentError
from agent.enrolment.openssl import Openssl


async def test_a_key_of_p256_and_a_request_for_the_agents_name_alone(tmp_path: Path) -> None:
    key = tmp_path / "agent.key"
    key.write_text(await Openssl().make_key())
    request_pem = await Openssl().make_request("gw-a", key)
    request = x509.load_pem_x509_csr(request_pem.encode())
    assert names_in_request(request_pem) == [("CN", "gw-a")]
    assert request.is_signature_valid
    assert list(request.extensions) == []
    assert getattr(request.public_key(), "curve").name == "secp256r1"  # noqa: B009  # a key of any kind has none
    assert key.read_text() != await Openssl().make_key()


async def test_a_request_needs_no_configuration_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "openssl.cnf").write_text("[req]\nprompt = no\ndistinguished_name = x\n[x]\nO = elsewhere\n")
    for settings in (tmp_path / "openssl.cnf", Path("/dev/null")):
        monkeypatch.setenv("OPENSSL_CONF", str(settings))
        key = tmp_path / "agent.key"
        key.write_text(await Openssl().make_key())
        assert names_in_request(await Openssl().make_request("gw-a", key)) == [("CN", "gw-a")]


async def test_what_a_certificate_says(tmp_path: Path) -> None:
    made, key = MadeAuthority().write_pair(tmp_path, "gw-a", begins=-DAY, ends=2 * DAY)
    certificate = await Openssl().read_certificate("words before\n" + made.read_text() + "words after")
    now = datetime.now(UTC)
    assert certificate.common_names == ("gw-a",)
    assert certificate.pem == made.read_text()
    assert abs(certificate.begins_at - (now - DAY)) < timedelta(minutes=5)
    assert certificate.life_seconds == 3 * 24 * 3600
    check_issued(certificate, agent="gw-a", public_key=await Openssl().public_key(key), now=now)


def test_the_fingerprint_is_the_one_that_openssl_shows(tmp_path: Path) -> None:
    made, _ = MadeAuthority().write_pair(tmp_path, "gw-a")
    command = ["openssl", "x509", "-in", str(made), "-noout", "-fingerprint", "-sha256"]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    assert fingerprint(made.read_text()) == shown.strip().rpartition("=")[2].replace(":", "").lower()


@pytest.mark.parametrize(
    "attributes",
    [
        [(NameOID.ORGANIZATION_NAME, "x\n    CN=gw-a")],
        [(NameOID.ORGANIZATION_NAME, "CN=gw-a")],
        [(NameOID.ORGANIZATION_NAME, "x,CN=gw-a")],
        [(NameOID.COMMON_NAME, "gw-b"), (NameOID.COMMON_NAME, "gw-a")],
        [(NameOID.COMMON_NAME, "gw-a"), (NameOID.COMMON_NAME, "gw-b")],
        [(NameOID.COMMON_NAME, "gw-a ")],
        [(NameOID.COMMON_NAME, "GW-A")],
        [(NameOID.COMMON_NAME, "gw-a\nnotAfter=Jan  1 00:00:00 2099 GMT")],
    ],
)
async def test_no_other_name_passes_for_the_agents(
    tmp_path: Path, attributes: list[tuple[x509.ObjectIdentifier, str]]
) -> None:
    subject = [x509.NameAttribute(oid, value) for oid, value in attributes]
    made, key = MadeAuthority().write_pair(tmp_path, subject)
    certificate = await Openssl().read_certificate(made.read_text())
    assert certificate.ends_at < datetime.now(UTC) + 91 * DAY
    with pytest.raises(EnrolmentError, match="not for gw-a"):
        check_issued(certificate, agent="gw-a", public_key=await Openssl().public_key(key), now=datetime.now(UTC))


async def test_a_name_may_stand_beside_an_organisation(tmp_path: Path) -> None:
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "서울"), x509.NameAttribute(NameOID.COMMON_NAME, "gw-a")]
    made, _ = MadeAuthority().write_pair(tmp_path, subject)
    assert (await Openssl().read_certificate(made.read_text())).common_names == ("gw-a",)


def trust(authority: Path, folder: Path) -> None:
    """As a system has those that it trusts: each under the hash of its name."""
    command = ["openssl", "x509", "-in", str(authority), "-noout", "-hash"]
    folder.mkdir()
    (folder / f"{subprocess.check_output(command, text=True).strip()}.0").symlink_to(authority)


async def test_only_the_own_authority_has_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not another of the same name, nor one that the system trusts, nor for the other side."""
    ours, others = MadeAuthority(), MadeAuthority("another one")
    made, _ = ours.write_pair(tmp_path / "ours", "gw-a")
    namesake, _ = MadeAuthority().write_pair(tmp_path / "namesake", "gw-a")
    foreign, _ = others.write_pair(tmp_path / "others", "gw-a")
    server, _ = ours.write_pair(tmp_path / "ours", "gw-a", called="server", is_server=True)
    ahead, _ = ours.write_pair(tmp_path / "ours", "gw-a", called="ahead", begins=DAY)
    trust(tmp_path / "others" / "authority.crt", tmp_path / "trusted")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "trusted"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "others" / "authority.crt"))
    authority = tmp_path / "ours" / "authority.crt"
    signed = [
        await Openssl().is_signed_by(authority, path.read_text()) for path in (made, foreign, namesake, server, ahead)
    ]
    assert signed == [True, False, False, False, True]
    assert await Openssl().is_signed_by(tmp_path / "others" / "authority.crt", foreign.read_text())


async def test_a_command_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = tmp_path / "openssl"
    stand_in.write_text('#!/bin/sh\necho $$ > "$0.pid"\nsleep 600\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(EnrolmentError, match="openssl genpkey gave no answer within 2 s; try again"):
        await Openssl(time_limit_seconds=2).make_key()
    pid = int((tmp_path / "openssl.pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


async def test_a_command_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(EnrolmentError, match=r"openssl pkey failed: Could not open .*nowhere$"):
        await Openssl().public_key(tmp_path / "nowhere")


async def test_a_command_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnrolmentError, match="is not installed"):
        await Openssl().make_key()
