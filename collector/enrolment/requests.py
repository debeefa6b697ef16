"""Reads what agents send to be signed: a request for a certificate (PKCS #10, RFC 2986). Pure.

Of a request the key alone goes into the certificate. What else it asks for, such as names of hosts, is not looked at.
"""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from collector.enrolment.authority import PublicKey
from collector.enrolment.refusals import Refusal, RefusedError

_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_RSA_BITS = range(2048, 4097)
"""Below is weak (NIST SP 800-131A); above costs a broker's time at every connection."""
_REMEDY = "make one of the curve P-256"


def read_request(pem: str, agent: str) -> PublicKey:
    """The key of a request that `agent` has signed for itself. Raises RefusedError."""
    try:
        request = x509.load_pem_x509_csr(pem.encode("ascii", errors="replace"))
        names = [str(each.value) for each in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        key = request.public_key()
    except Exception as error:  # it raises many kinds for what strangers make up, of which each means the same
        raise RefusedError(Refusal.BAD_REQUEST, "this is no certificate request (PKCS #10) in PEM") from error
    if names != [agent]:
        raise RefusedError(
            Refusal.OTHER_NAME, f"the request's common name is not {agent}; make it with the agent's id, and no other"
        )
    strong = _strong(key)
    if not _is_signed(request):
        raise RefusedError(Refusal.BAD_REQUEST, "the request is not signed with its own key; make it again")
    return strong


def _strong(key: object) -> PublicKey:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        return key
    raise RefusedError(Refusal.WEAK_KEY, f"the request's key is too weak, or of a kind that is not taken; {_REMEDY}")


def _is_signed(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except Exception:  # noqa: BLE001  # as above
        return False
