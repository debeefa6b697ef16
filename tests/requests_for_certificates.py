"""Keys, and requests for certificates, as an agent makes them; none is kept."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def request_pem(*names: str, key: Key | None = None) -> str:
    """A request of these common names."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
    builder = x509.CertificateSigningRequestBuilder(subject)
    extension = x509.SubjectAlternativeName([x509.DNSName("broker.example.org")])
    asking = builder.add_extension(extension, critical=False).add_extension(
        x509.BasicConstraints(ca=True, path_length=3), critical=True
    )
    return asking.sign(key or make_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
