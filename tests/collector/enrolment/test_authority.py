"""What the authority signs, and what it does not: openssl is asked as well."""

import hashlib
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from harness import program
from requests_for_certificates import make_key, request_pem

from collector.enrolment.authority import Authority, Revocation, hosts_of, make_authority
from collector.enrolment.refusals import Refusal, RefusedError
from collector.enrolment.requests import read_request

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority(NOW)


def verify(folder: Path, authority: Authority, certificate_pem: str, *options: str) -> str:
    """What openssl says of a certificate."""
    (folder / "authority.crt").write_text(authority.pem)
    (folder / "it.crt").write_text(certificate_pem)
    command = [program("openssl"), "verify", "-x509_strict", "-CAfile", str(folder / "authority.crt"), *options]
    done = subprocess.run([*command, str(folder / "it.crt")], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_client_is_certified_for_its_name_and_for_nothing_that_it_asked_for(
    authority: Authority, tmp_path: Path
) -> None:
    key = make_key()
    public = read_request(request_pem("lab-001", key=key), "lab-001")
    issued = authority.certify_client("lab-001", public, NOW, 90 * DAY)
    certificate = x509.load_pem_x509_certificate(issued.certificate_pem.encode())
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=lab-001"
    assert (f"{certificate.serial_number:x}", certificate.not_valid_after_utc) == (issued.serial, NOW + 90 * DAY)
    assert {each.oid._name for each in certificate.extensions} == {
        "basicConstraints",
        "keyUsage",
        "extendedKeyUsage",
        "subjectKeyIdentifier",
        "authorityKeyIdentifier",
    }
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert ": OK" in verify(tmp_path, authority, issued.certificate_pem, "-purpose", "sslclient")
    assert ": OK" not in verify(tmp_path, authority, issued.certificate_pem, "-purpose", "sslserver")


def test_a_short_life_is_short_from_its_beginning(authority: Authority) -> None:
    """An agent reckons from the beginning when two thirds are over."""
    issued = authority.certify_client("lab-001", make_key().public_key(), NOW, timedelta(seconds=20))
    certificate = x509.load_pem_x509_certificate(issued.certificate_pem.encode())
    assert certificate.not_valid_before_utc == NOW - timedelta(seconds=2)
    assert certificate.not_valid_after_utc == NOW + timedelta(seconds=20)


def test_nothing_outlives_the_authority(authority: Authority) -> None:
    late = NOW + 7299 * DAY
    issued = authority.certify_client("lab-001", make_key().public_key(), late, 90 * DAY)
    assert issued.valid_until == NOW + 7300 * DAY


def test_a_broker_is_certified_for_its_names(authority: Authority, tmp_path: Path) -> None:
    hosts = ("broker.example.org", "192.0.2.7", "2001:db8::7")
    issued = authority.certify_server(hosts, make_key().public_key(), NOW)
    assert hosts_of(x509.load_pem_x509_certificate(issued.certificate_pem.encode())) == hosts
    for name in (("-verify_hostname", hosts[0]), ("-verify_ip", hosts[1]), ("-verify_ip", hosts[2])):
        assert ": OK" in verify(tmp_path, authority, issued.certificate_pem, "-purpose", "sslserver", *name)
    assert ": OK" not in verify(tmp_path, authority, issued.certificate_pem, "-verify_hostname", "other.example.org")


def test_a_brokers_certificate_is_good_for_no_longer_than_all_browsers_take(authority: Authority) -> None:
    """Pages are shown by it, and Apple's devices refuse one of more than 825 days."""
    issued = authority.certify_server(("wifi.example.org",), make_key().public_key(), NOW + DAY)
    certificate = x509.load_pem_x509_certificate(issued.certificate_pem.encode())
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < 825 * DAY


def test_what_is_revoked_is_on_the_list_which_never_ends_before_the_authority(
    authority: Authority, tmp_path: Path
) -> None:
    good, bad = (authority.certify_client(name, make_key().public_key(), NOW, DAY) for name in ("good", "bad"))
    (tmp_path / "list.pem").write_bytes(authority.revoke([Revocation(bad.serial, NOW)], NOW))
    crl = x509.load_pem_x509_crl((tmp_path / "list.pem").read_bytes())
    assert crl.next_update_utc == authority.certificate.not_valid_after_utc
    ahead = x509.load_pem_x509_crl(authority.revoke([], NOW + 99 * DAY))
    assert ahead.last_update_utc <= NOW, "it is good by a clock that was put back, too"
    options = ("-crl_check", "-CRLfile", str(tmp_path / "list.pem"))
    assert ": OK" in verify(tmp_path, authority, good.certificate_pem, *options)
    assert "certificate revoked" in verify(tmp_path, authority, bad.certificate_pem, *options)


def test_an_authority_is_known_by_the_sha256_of_its_certificate(authority: Authority) -> None:
    assert authority.sha256 == hashlib.sha256(ssl.PEM_cert_to_DER_cert(authority.pem)).hexdigest()


@pytest.mark.parametrize(
    ("pem", "refusal"),
    [
        pytest.param(request_pem("lab-002"), Refusal.OTHER_NAME, id="another name"),
        pytest.param(request_pem("lab-001", "lab-002"), Refusal.OTHER_NAME, id="two names"),
        pytest.param(request_pem(), Refusal.OTHER_NAME, id="no name"),
        pytest.param(request_pem("lab-001+"), Refusal.OTHER_NAME, id="plus"),
        pytest.param(request_pem("lab-001/x"), Refusal.OTHER_NAME, id="slash"),
        pytest.param(request_pem("#"), Refusal.OTHER_NAME, id="everything"),
        pytest.param(
            request_pem("lab-001", key=rsa.generate_private_key(65537, 1024)), Refusal.WEAK_KEY, id="short RSA"
        ),
        pytest.param(
            request_pem("lab-001", key=ec.generate_private_key(ec.SECP192R1())), Refusal.WEAK_KEY, id="short curve"
        ),
        pytest.param("", Refusal.BAD_REQUEST, id="nothing"),
        pytest.param("틀림", Refusal.BAD_REQUEST, id="no PEM"),
        pytest.param(request_pem("lab-001")[:200], Refusal.BAD_REQUEST, id="cut"),
        pytest.param(
            request_pem("lab-001").replace("CERTIFICATE REQUEST", "CERTIFICATE"), Refusal.BAD_REQUEST, id="other"
        ),
    ],
)
def test_what_is_not_signed(pem: str, refusal: Refusal) -> None:
    with pytest.raises(RefusedError) as refused:
        read_request(pem, "lab-001")
    assert refused.value.refusal is refusal


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"\x02\x01\x00", b"\x02\x01\x01", id="another version"),
        pytest.param(b"\x0c\x07lab-001", b"\x03\x07lab-001", id="a name of bits"),
        pytest.param(b"\x0c\x07lab-001", b"\x1e\x07lab-001", id="a name of half letters"),
        pytest.param(b"\x0c\x07lab-001", b"\x0c\x07lab-\xff01", id="a name that is no text"),
    ],
)
def test_a_request_that_no_openssl_makes_is_refused_in_words(before: bytes, after: bytes) -> None:
    """Whoever is enrolled can send it, and the collector has to live on."""
    der = x509.load_pem_x509_csr(request_pem("lab-001").encode()).public_bytes(Encoding.DER)
    assert before in der
    pem = ssl.DER_cert_to_PEM_cert(der.replace(before, after, 1)).replace("CERTIFICATE", "CERTIFICATE REQUEST")
    with pytest.raises(RefusedError, match="no certificate request"):
        read_request(pem, "lab-001")


def test_a_request_that_is_not_signed_with_its_own_key_is_refused() -> None:
    der = x509.load_pem_x509_csr(request_pem("lab-001").encode()).public_bytes(Encoding.DER)
    forged = ssl.DER_cert_to_PEM_cert(der[:-1] + bytes([der[-1] ^ 1]))  # its last byte is one of the signature
    with pytest.raises(RefusedError, match="not signed with its own key"):
        read_request(forged.replace("CERTIFICATE", "CERTIFICATE REQUEST"), "lab-001")


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())])
def test_strong_keys_of_other_kinds_are_taken(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    assert read_request(request_pem("lab-001", key=key), "lab-001") == key.public_key()
