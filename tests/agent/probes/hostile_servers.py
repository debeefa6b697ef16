"""What probes meet: servers on loopback that answer, redirect, stall, drip, tear down, or have bad certificates."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CLIENT_MAC, CLIENT_IP = "02:5e:ed:c0:ff:ee", "10.77.66.55"

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(conversation: Conversation, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that has this conversation with everybody, until the block ends."""
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await conversation(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


def answering(answer: bytes) -> Conversation:
    """Reads a request and answers with these bytes, whatever was asked."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.write_eof() if writer.can_write_eof() else writer.close()
        await reader.read()

    return converse


def page(status: str, body: str = "", *headers: str) -> bytes:
    """An answer of HTTP/1.1."""
    lines = [
        f"HTTP/1.1 {status}",
        *headers,
        *([f"Content-Length: {len(body.encode())}"] if status[:3] != "204" else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def redirect(location: str) -> bytes:
    return page("302 Found", "", f"Location: {location}")


async def black_hole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and never says a word."""
    await asyncio.Event().wait()


async def slow_loris(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says a little every so often, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers at once, with a body that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request and tears the connection down (RST)."""
    await reader.readuntil(b"\r\n\r\n")
    reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """SO_LINGER of no time: closing sends RST and not FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextlib.contextmanager
def swallowing_port() -> Iterator[int]:
    """A port that answers no attempt to connect: its queue is full, and Linux drops what does not fit."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        while True:
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.3)
            try:
                waiting.connect(("127.0.0.1", port))
            except TimeoutError:
                break
        yield port


@dataclass(frozen=True)
class Trust:
    """A certificate authority of this test's own, in a file."""

    ca_file: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def server_tls(self, folder: Path, name: str, *, days: int = 1, is_self_signed: bool = False) -> ssl.SSLContext:
        """A server's side of TLS with a certificate for a name or address; with negative `days` it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = None if is_self_signed else self
        certificate = _certificate(name, key, signer=signer, days=days)
        path = folder / f"{abs(hash((name, days, is_self_signed)))}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + _pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def make_trust(folder: Path) -> Trust:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("Lab Authority", key, signer=None, days=1, is_authority=True)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Trust(ca_file, certificate, key)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, signer: Trust | None, days: int, is_authority: bool = False
) -> x509.Certificate:
    now = datetime.now(UTC)
    begins, ends = now - timedelta(days=10), now + timedelta(days=days)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing_key = (subject, key) if signer is None else (signer.certificate.subject, signer.key)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if is_authority:
        others = "content_commitment", "key_encipherment", "data_encipherment", "encipher_only", "decipher_only"
        usage = dict.fromkeys(("digital_signature", "key_agreement", *others), False)
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    else:
        try:
            named: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            named = x509.DNSName(name)
        builder = builder.add_extension(x509.SubjectAlternativeName([named]), critical=False)
    return builder.sign(signing_key, hashes.SHA256())
