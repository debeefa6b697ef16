"""RADIUS servers on loopback: one of our own that checks what it is sent, and a real FreeRADIUS."""

import asyncio
import contextlib
import hashlib
import hmac
import os
import shutil
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from harness import free_port

SECRET = b"correct horse battery"
ACCEPT, REJECT = 2, 3

Answers = Callable[[Sequence[bytes]], Sequence[bytes]]
"""The datagrams with which to answer the newest of the questions so far."""


def signed(question: bytes, *, code: int = ACCEPT, secret: bytes = SECRET, attributes: bytes = b"") -> bytes:
    """An answer to a question, as RFC 2865 has it signed."""
    head = struct.pack("!BBH", code, question[1], 20 + len(attributes))
    return head + hashlib.md5(head + question[4:20] + attributes + secret).digest() + attributes


def accepting(questions: Sequence[bytes]) -> Sequence[bytes]:
    """What a server that is well answers."""
    return [signed(questions[-1])]


class RadiusServer(asyncio.DatagramProtocol):
    """Is silent to all that is no Status-Server signed with the secret, as RFC 5997 asks it to be."""

    def __init__(self, answers: Answers) -> None:
        self.questions: list[bytes] = []
        self.dropped: list[bytes] = []
        self._answers = answers

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not _is_status_server(data):
            self.dropped.append(data)
            return
        self.questions.append(data)
        for answer in self._answers(self.questions):
            self._transport.sendto(answer, addr)


def _is_status_server(packet: bytes) -> bool:
    code, _, length = struct.unpack("!BBH", packet[:4])
    expected = hmac.new(SECRET, packet[:22] + bytes(16), hashlib.md5).digest()
    is_alone = (code, length, len(packet), packet[20:22]) == (12, 38, 38, bytes([80, 18]))
    return is_alone and packet[22:] == expected


@contextlib.asynccontextmanager
async def radius(answers: Answers = accepting) -> AsyncIterator[tuple[int, RadiusServer]]:
    """A server that answers like this, and its port."""
    server = RadiusServer(answers)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1], server
    finally:
        transport.close()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def freeradius(folder: Path, *, is_telling_status: bool = True) -> AsyncIterator[tuple[int, int]]:
    """The ports of a FreeRADIUS for authentication and for accounting.

    Skipped where the Debian package is not installed; a failure where CI=true.
    """
    path = shutil.which("freeradius", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        reason = "freeradius is not installed: apt-get install freeradius"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    ports = free_port(), free_port()
    _configure(folder, ports, is_telling_status=is_telling_status)
    options = "-f", "-l", "stdout", "-d", str(folder)
    process = await asyncio.create_subprocess_exec(path, *options, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            said = b""
            while b"Ready to process requests" not in said:
                line = await process.stdout.readline()
                assert line, said.decode()
                said += line
        yield ports
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


def _configure(folder: Path, ports: tuple[int, int], *, is_telling_status: bool) -> None:
    listeners = "".join(
        f"listen {{\n type = {kind}\n ipaddr = 127.0.0.1\n port = {port}\n}}\n"
        for kind, port in zip(("auth", "acct"), ports, strict=True)
    )
    configuration = (
        f"libdir = /usr/lib/freeradius\nlogdir = {folder}\nrun_dir = {folder}\n"
        f"security {{\n status_server = {'yes' if is_telling_status else 'no'}\n}}\n"
        f'client loopback {{\n ipaddr = 127.0.0.1\n secret = "{SECRET.decode()}"\n}}\n'
        f"server probe {{\n{listeners}}}\n"
    )
    for name, text in (("radiusd.conf", configuration), ("dictionary", "")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)  # it reads none that others may write
