"""The certificate authority: what it signs, and which of it is no longer good. Pure: its files are in `folders`.

Keys are of the curve P-256, which the smallest access point can sign with in milliseconds, and every TLS library knows.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.enrolment.refusals import AuthorityError

AUTHORITY_LIFE = timedelta(days=7300)
"""Twenty years: an agent that has lain in a store-room for years is to know its broker again."""
SERVER_LIFE = timedelta(days=820)
"""Of the broker's certificate and the collector's own, which `hangang enroll init` renews. Apple's devices take none
that is good for more than 825 days, counted from the day on which it begins."""
BEGINS_BEFORE = timedelta(days=1)
"""Certificates are good from a day ago, for clocks that lag behind; those of a short life from less."""

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_KEY_USAGE = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Revocation:
    """A certificate that is good no longer: its serial number in hexadecimal digits, and since when."""

    serial: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was signed."""

    name: str
    serial: str
    certificate_pem: str
    issued_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate and its key, which signs others."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """Its certificate, which everybody may know."""
        return pem_of(self.certificate)

    @property
    def sha256(self) -> str:
        """By what agents know it: the SHA-256 of its certificate's DER, in 64 hexadecimal digits."""
        return hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()

    def certify_client(self, name: str, key: PublicKey, now: datetime, life: timedelta) -> Issued:
        """A certificate with which `name` may connect to the broker, until `life` from now. Raises AuthorityError."""
        return self._certify(name, key, now, life=life, usage=ExtendedKeyUsageOID.CLIENT_AUTH)

    def certify_server(self, hosts: Sequence[str], key: PublicKey, now: datetime) -> Issued:
        """A certificate for the broker that is reached under these names and addresses; the first is its subject.
        Raises AuthorityError."""
        usage = ExtendedKeyUsageOID.SERVER_AUTH
        return self._certify(hosts[0][:64], key, now, life=SERVER_LIFE, usage=usage, hosts=hosts)

    def revoke(self, revocations: Iterable[Revocation], now: datetime) -> bytes:
        """The list of these as PEM (RFC 5280). It begins and ends with the authority: a broker refuses everybody while
        its list is out of date, or not good yet by a clock that was put right. Raises AuthorityError."""
        self._check_is_good(now)
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self.certificate.subject,
            last_update=self.certificate.not_valid_before_utc,
            next_update=self.certificate.not_valid_after_utc,
        )
        for each in revocations:
            revoked = x509.RevokedCertificateBuilder(int(each.serial, 16), each.revoked_at).build()
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _check_is_good(self, now: datetime) -> None:
        begins_at, ends_at = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if not begins_at <= now < ends_at:
            raise AuthorityError(
                f"the authority is good from {begins_at:%Y-%m-%d} to {ends_at:%Y-%m-%d}, and this machine's clock says "
                f"{now:%Y-%m-%d %H:%M} UTC; set the clock, or remove the authority and make another"
            )

    def _certify(
        self,
        name: str,
        key: PublicKey,
        now: datetime,
        *,
        life: timedelta,
        usage: x509.ObjectIdentifier,
        hosts: Sequence[str] = (),
    ) -> Issued:
        self._check_is_good(now)
        until = min(now + life, self.certificate.not_valid_after_utc).replace(microsecond=0)
        serial = x509.random_serial_number()
        issuer = self.certificate.subject
        begins_at = max(now - min(BEGINS_BEFORE, life / 10), self.certificate.not_valid_before_utc)
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            x509.CertificateBuilder(issuer, _name(name), key, serial, begins_at, until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_may("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(issuer_key, critical=False)
        )
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([*map(_host, hosts)]), critical=False)
        return Issued(name, f"{serial:x}", pem_of(builder.sign(self.key, hashes.SHA256())), now, until)


def make_authority(now: datetime) -> Authority:
    """A new one, whose name no other has."""
    key = make_key()
    name = _name(f"Hangang Wi-Fi {secrets.token_hex(4)}")
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - BEGINS_BEFORE, now + AUTHORITY_LIFE
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_may("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def make_key() -> ec.EllipticCurvePrivateKey:
    """A new key, for what runs beside the authority. Those of agents are made where they are."""
    return ec.generate_private_key(ec.SECP256R1())


def pem_of(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def key_pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A key as text, which is a secret."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names and addresses that a broker's certificate is for, in their order."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in names)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _may(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in usages for usage in _KEY_USAGE})
