"""One-time tokens of first contact, and the line that brings one to an agent. Pure."""

import hashlib
import io
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

import segno

SCHEME = "hangang-enrolment:"
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Invitation:
    """All that an agent has to know for its first contact: where the collector is, who the agent is to be, the token,
    and by what it knows the authority."""

    url: str
    agent: str
    token: str
    authority_sha256: str

    @property
    def line(self) -> str:
        """As it is scanned or typed: one word, which every shell takes in quotes."""
        parts = {
            "url": self.url,
            "agent": self.agent,
            "token": self.token,
            "authority-sha256": self.authority_sha256,
        }
        return f"{SCHEME}?{urlencode(parts)}"

    def for_terminal(self) -> str:
        """The line as a QR code, of letters that are half as high as they are wide."""
        text = io.StringIO()
        segno.make(self.line, error="l", micro=False).terminal(text, compact=True)
        return text.getvalue()

    def svg(self) -> bytes:
        """The line as a QR code to be printed; 15 % of it may be dirt."""
        drawing = io.BytesIO()
        segno.make(self.line, error="m", micro=False).save(drawing, kind="svg", scale=4)
        return drawing.getvalue()


def draw_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(token: str) -> str:
    """As what a token is kept. It is drawn, not thought up: nobody tries them all, however fast SHA-256 is."""
    return hashlib.sha256(token.encode()).hexdigest()
