"""Mosquitto's password file: a line for each agent that comes with a password instead of a certificate. Pure."""

import base64
import hashlib
import secrets

_ITERATIONS = 101
"""As `mosquitto_passwd` has it. More would buy nothing: these passwords are drawn, and too long to be tried."""
_SALT_BYTES = 12
_PASSWORD_BYTES = 24


def draw_password() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def with_password(file: str, agent: str, password: str) -> str:
    """The file with this password for this agent, in the place of any other of theirs."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    parts = ("", "7", str(_ITERATIONS), base64.b64encode(salt).decode(), base64.b64encode(key).decode())
    return f"{without(file, agent)}{agent}:{'$'.join(parts)}\n"


def without(file: str, agent: str) -> str:
    """The file without this agent's password."""
    return "".join(line for line in file.splitlines(keepends=True) if line.partition(":")[0] != agent)


def agents_in(file: str) -> tuple[str, ...]:
    """Who has a password, in order."""
    return tuple(sorted(line.partition(":")[0] for line in file.splitlines() if ":" in line))
