"""Authorities and certificates for tests, made when they run, by another library than the one under test."""

import hashlib
import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


class MadeAuthority:
    """A certificate authority in memory."""

    def __init__(self, name: str = "test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 365 * DAY)
            .not_valid_after(now + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = self._certificate.public_bytes(Encoding.PEM).decode()
        self.sha256 = hashlib.sha256(self._certificate.public_bytes(Encoding.DER)).hexdigest()

    def sign(
        self,
        request_pem: str,
        *,
        name: str | None = None,
        begins: timedelta = -DAY,
        ends: timedelta = 90 * DAY,
        is_server: bool = False,
    ) -> str:
        """A certificate for a request, from and until so long from now; for another name if one is given."""
        request = x509.load_pem_x509_csr(request_pem.encode())
        assert request.is_signature_valid
        subject = request.subject if name is None else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return self._issue(subject, request.public_key(), begins=begins, ends=ends, is_server=is_server)

    def _issue(self, subject: x509.Name, key: object, *, begins: timedelta, ends: timedelta, is_server: bool) -> str:
        now = datetime.now(UTC)
        usage = ExtendedKeyUsageOID.SERVER_AUTH if is_server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if is_server:
            hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def revoke(self, *certificates_pem: str) -> str:
        """The list of these as revoked."""
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._name).last_update(now - DAY)
        builder = builder.next_update(now + DAY)
        for pem in certificates_pem:
            serial = x509.load_pem_x509_certificate(pem.encode()).serial_number
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY).build()
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def write_pair(
        self,
        folder: Path,
        subject: str | list[x509.NameAttribute],
        *,
        called: str = "agent",
        begins: timedelta = -DAY,
        ends: timedelta = 90 * DAY,
        is_server: bool = False,
    ) -> tuple[Path, Path]:
        """A key and its certificate as `{called}.crt` and `{called}.key` in a folder, authority.crt beside them."""
        folder.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, subject)] if isinstance(subject, str) else subject
        pem = self._issue(x509.Name(attributes), key.public_key(), begins=begins, ends=ends, is_server=is_server)
        certificate, secret = folder / f"{called}.crt", folder / f"{called}.key"
        certificate.write_text(pem)
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        secret.chmod(0o600)
        (folder / "authority.crt").write_text(self.pem)
        return certificate, secret


def make_request(name: str) -> str:
    """A request of somebody else, with a key that is thrown away."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def names_in_request(request_pem: str) -> list[tuple[str, str]]:
    """All that a request says of its subject."""
    subject = x509.load_pem_x509_csr(request_pem.encode()).subject
    return [(attribute.rfc4514_attribute_name, str(attribute.value)) for attribute in subject]


def public_key_of(request_pem: str) -> bytes:
    """The key that a request is for, in DER."""
    request = x509.load_pem_x509_csr(request_pem.encode())
    return request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
