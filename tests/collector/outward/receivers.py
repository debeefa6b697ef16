"""What calls meet: receivers that answer, stall, drip and tear down, the certificates they show, and a name server that
changes its mind."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.asyncresolver
import dns.message
import dns.rdatatype
import dns.rrset
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.outward.calling import Call

AMPLE_SECONDS = 600.0  # beyond what a test may take: what ends by it alone has not passed
SHORT_SECONDS = 0.4
SECRET = "s3cret-t0ken"  # as it stands in the addresses of webhooks

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def call_to(port: int, *, scheme: str = "http", host: str = "127.0.0.1", seconds: float = AMPLE_SECONDS) -> Call:
    """A call whose path, query, headers and body are all secret."""
    return Call(
        f"{scheme}://{host}:{port}/{SECRET}/hook?key={SECRET}",
        {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"},
        f'{{"{SECRET}": 1}}'.encode(),
        seconds,
    )


@dataclass
class Receiver:
    """`requests` are the heads and bodies of all that were read."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def visitors(self, host: str = "127.0.0.1") -> int:
        """How many have connected. Whoever did so before this asks has been counted: it visits as well."""
        before_us = self.connections
        _, writer = await asyncio.open_connection(host, self.port)
        while self.connections == before_us:
            await asyncio.sleep(0)
        writer.transport.abort()
        self.connections -= 1
        return self.connections


@contextlib.asynccontextmanager
async def receiving(
    conversation: Conversation | None = None,
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    takes_little: bool = False,
) -> AsyncIterator[Receiver]:
    """A receiver that has this conversation with everybody; without one it reads a request, and answers 200.

    One that `takes_little` has small buffers, and small packets, for which senders have small buffers.
    """
    receiver = Receiver()
    tasks: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await (conversation or answering(page("200 OK", b"ok"), receiver.requests))(reader, writer)
        writer.transport.abort()

    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    if takes_little:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    server = await asyncio.start_server(converse, sock=listener, ssl=tls)
    receiver.port = listener.getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0].partition(b":")[2]))


def answering(answer: bytes, requests: list[bytes] | None = None) -> Conversation:
    """Reads a request, answers with these bytes and ends the connection."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if requests is not None:
            requests.append(request)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return converse


def page(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An answer of HTTP/1.1."""
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def dripping(beginning: bytes, drop: bytes) -> Conversation:
    """Says a little every so often, for ever."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(beginning)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return converse


async def black_hole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and never says a word."""
    await asyncio.Event().wait()


async def resetting_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def resetting_when_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """SO_LINGER of no time: closing sends RST and not FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def server_tls(folder: Path, name: str, *, days: int = 1, is_self_signed: bool = False) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS with a certificate for a name or address, and the authority's file; with negative `days`
    it has expired. A self-signed one is not by that authority."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", authority_key, "authority", authority_key, days=1)
    signer, signing_key = (name, key) if is_self_signed else ("authority", authority_key)
    certificate = _certificate(name, key, signer, signing_key, days=days)
    ca_file, own_file = folder / "authority.pem", folder / "server.pem"
    ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    own_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own_file)
    return context, ca_file


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: str, signing_key: ec.EllipticCurvePrivateKey, *, days: int
) -> x509.Certificate:
    now = datetime.now(UTC)
    is_authority = signing_key is key
    alternative: x509.GeneralName = x509.DNSName(name)
    with contextlib.suppress(ValueError):
        alternative = x509.IPAddress(ipaddress.ip_address(name))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(signing_key, hashes.SHA256())
    )


class NameServer(asyncio.DatagramProtocol):
    """Answers every question for addresses with the next of `answers`, and with the last one ever after; with a time
    to live of none, so that nobody may remember them."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.questions = 0
        self._answers = list(answers)
        self._transport: asyncio.DatagramTransport | None = None

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["AskingOneServer"]:
        """Who asks it, for as long as the block lasts."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._transport = transport
        try:
            yield AskingOneServer(transport.get_extra_info("sockname")[1])
        finally:
            transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        reply = dns.message.make_response(question)
        asked = question.question[0]
        current = self._answers[min(self.questions // 2, len(self._answers) - 1)]  # for A, and for AAAA
        self.questions += 1
        wanted = [each for each in current if (":" in each) is (asked.rdtype == dns.rdatatype.AAAA)]
        if wanted:
            reply.answer.append(dns.rrset.from_text(asked.name, 0, "IN", dns.rdatatype.to_text(asked.rdtype), *wanted))
        assert self._transport is not None
        self._transport.sendto(reply.to_wire(), addr)


class AskingOneServer(AbstractResolver):
    """Asks one name server, each time anew, for A and then for AAAA."""

    def __init__(self, port: int) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers, self._resolver.port = ["127.0.0.1"], port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = []
        assert family == socket.AF_UNSPEC
        for kind, record in ((socket.AF_INET, "A"), (socket.AF_INET6, "AAAA")):
            answer = await self._resolver.resolve(host, record, raise_on_no_answer=False)
            found += [
                ResolveResult(hostname=host, host=each.to_text(), port=port, family=kind, proto=0, flags=0)
                for each in answer.rrset or ()
            ]
        return found

    async def close(self) -> None:
        """Nothing is held open."""
