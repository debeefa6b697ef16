"""One question to one RADIUS server over UDP: whether it is alive.

For the probe `radius`. It is asked by Status-Server (RFC 5997), which is what that is for: nobody logs in, and no
user's name or password is needed or sent. The question has a Message-Authenticator (RFC 3579, section 3.2), so a server
that has another secret stays silent.
"""

import asyncio
import hashlib
import hmac
import os
import secrets
import socket
import struct
from dataclasses import dataclass
from typing import Literal

from agent.probing.echo import socket_address

_HEADER = struct.Struct("!BBH16s")  # code, identifier, length, authenticator: RFC 2865, section 3
_STATUS_SERVER = 12
_MESSAGE_AUTHENTICATOR = 80
_DIGEST_BYTES = 16
_MAX_UDP_BYTES = 65535

Doubt = Literal["bad_authenticator", "malformed"]
"""What is wrong with an answer that is not believed."""


class QueryError(Exception):
    """A server gave no answer that can be believed. `outcome` is a word, the message tells it in words."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Answered:
    """The code of an answer that the server has signed, the seconds since the attempt that it answers, and how many
    attempts had been made."""

    code: int
    latency_seconds: float
    attempts: int


async def ask(server: str, secret: bytes, *, port: int, attempts: int, patience_seconds: float) -> Answered:
    """The server's answer to one of the attempts, each of which is given `patience_seconds`; raises QueryError.

    The outcomes of an error: timeout, unreachable, bad_authenticator, malformed.
    """
    try:
        family, place = socket_address(server, port)
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.settimeout(0)
            asked.connect(place)  # nobody else is heard, and a closed port is told apart from silence
            conversation = _Conversation(asked, secret)
            for _ in range(attempts):
                try:
                    async with asyncio.timeout(patience_seconds) as limit:
                        return await conversation.ask()
                except TimeoutError:
                    if not limit.expired():
                        raise  # the socket's own
    except OSError as error:
        raise _unreachable(error, server) from error
    raise _unanswered(conversation.doubt, server, f"within {patience_seconds:g} s, asked {attempts} times")


class _Conversation:
    """The attempts of one run over a connected socket. An answer to an earlier one is late, and proves as much.

    `doubt` is of what was received and not believed, None where nothing was.
    """

    def __init__(self, asked: socket.socket, secret: bytes) -> None:
        self.doubt: Doubt | None = None
        self._asked, self._secret = asked, secret
        self._first_identifier = secrets.randbelow(256)
        self._sent: dict[int, tuple[bytes, float]] = {}

    async def ask(self) -> Answered:
        """Ask once more, and wait for an answer without a limit of time. Raises OSError."""
        loop = asyncio.get_running_loop()
        identifier, authenticator = (self._first_identifier + len(self._sent)) % 256, secrets.token_bytes(_DIGEST_BYTES)
        self._sent[identifier] = authenticator, loop.time()
        await loop.sock_sendall(self._asked, status_server(identifier, authenticator, self._secret))
        while True:
            answer = await loop.sock_recv(self._asked, _MAX_UDP_BYTES)
            answered = self._judge(answer, loop.time())
            if answered is not None:
                return answered
            await asyncio.sleep(0)  # in a flood of answers, the time limit goes on

    def _judge(self, answer: bytes, received_at_seconds: float) -> Answered | None:
        """None where it is no answer to us: RFC 2865 has it passed over, for anybody can forge one."""
        packet = without_padding(answer)
        if packet is None:
            self.doubt = self.doubt or "malformed"
            return None
        code, identifier, _, _ = _HEADER.unpack_from(packet)
        if identifier not in self._sent:
            return None
        authenticator, sent_at_seconds = self._sent[identifier]
        if not is_signed(packet, authenticator, self._secret):
            self.doubt = "bad_authenticator"
            return None
        return Answered(code, received_at_seconds - sent_at_seconds, len(self._sent))


def status_server(identifier: int, authenticator: bytes, secret: bytes) -> bytes:
    """The 38 bytes of a question. `authenticator` is 16 bytes that nobody can foresee. Pure."""
    attribute = bytes([_MESSAGE_AUTHENTICATOR, 2 + _DIGEST_BYTES])
    length = _HEADER.size + len(attribute) + _DIGEST_BYTES
    unsigned = _HEADER.pack(_STATUS_SERVER, identifier, length, authenticator) + attribute
    return unsigned + hmac.digest(secret, unsigned + bytes(_DIGEST_BYTES), "md5")


def without_padding(packet: bytes) -> bytes | None:
    """A packet as long as it says that it is; None where it is shorter, or no RADIUS. Pure."""
    if len(packet) < _HEADER.size:
        return None
    length = _HEADER.unpack_from(packet)[2]
    return packet[:length] if _HEADER.size <= length <= len(packet) else None


def is_signed(answer: bytes, authenticator: bytes, secret: bytes) -> bool:
    """Whether the answer has the Response Authenticator that the secret gives for the question's. Pure."""
    signed = answer[:4] + authenticator + answer[_HEADER.size :] + secret
    expected = hashlib.md5(signed).digest()  # noqa: S324  # RFC 2865, section 3, knows no other
    return hmac.compare_digest(answer[4 : _HEADER.size], expected)


def _unanswered(doubt: Doubt | None, server: str, waited: str) -> QueryError:
    match doubt:
        case None:
            cause = "it may be down, have no secret for this agent or another one, or answer no such questions"
            return QueryError("timeout", f"{server} does not answer Status-Server {waited}; {cause}")
        case "bad_authenticator":
            cause = "it may have another one, or something else answers in its place"
            return QueryError(doubt, f"what {server} answers {waited}, is not signed with the secret; {cause}")
        case "malformed":
            return QueryError(doubt, f"{server} answers with what is no RADIUS; something else may listen there")


def _unreachable(error: OSError, server: str) -> QueryError:
    reason = os.strerror(error.errno).lower() if error.errno else "it cannot be addressed"
    return QueryError("unreachable", f"{server} cannot be reached: {reason}; nothing may listen there, or no route")
