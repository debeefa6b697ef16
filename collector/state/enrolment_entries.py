"""What the audit log says of enrolment: who has let which agent in or out, and what agents were given. Pure.

No token, key or password is ever in it, and no word of any language. A person at the command line is noted as by other
commands; an agent by its id, and by what it has shown.
"""

from datetime import datetime

from collector.access.identity import COMMAND
from collector.korean_time import KST
from collector.state.audit import Action, Entry

BY_TOKEN = "one_time_token"  # noqa: S105  # the word, and no token
BY_CERTIFICATE = "certificate"


def token_drawn(agent: str, now: datetime, expires_at: datetime) -> Entry:
    """Somebody lets an agent come for its certificate until then."""
    return _by_command(Action.ENROLMENT_TOKEN_DRAWN, agent, now, _until(expires_at))


def password_drawn(agent: str, now: datetime) -> Entry:
    """Somebody has given an agent a password."""
    return _by_command(Action.AGENT_PASSWORD_DRAWN, agent, now)


def revoked(agent: str, now: datetime, count: int) -> Entry:
    """Somebody has let an agent in no more; how many certificates, passwords and tokens that were."""
    return _by_command(Action.AGENT_REVOKED, agent, now, str(count))


def issued(agent: str, now: datetime, *, address: str, serial: str, valid_until: datetime) -> Entry:
    """An agent was certified at first contact, for its token."""
    detail = _certificate(serial, valid_until)
    return Entry(now, agent, BY_TOKEN, address, Action.CERTIFICATE_ISSUED, agent, detail)


def renewed(agent: str, now: datetime, *, serial: str, valid_until: datetime) -> Entry:
    """An agent was certified for the certificate that it had; the broker knows its address, the collector does not."""
    return Entry(now, agent, BY_CERTIFICATE, "", Action.CERTIFICATE_RENEWED, agent, _certificate(serial, valid_until))


def _by_command(action: Action, agent: str, now: datetime, detail: str = "") -> Entry:
    return Entry(now, COMMAND.name, str(COMMAND.means), "", action, agent, detail)


def _certificate(serial: str, valid_until: datetime) -> str:
    return f"{serial} {_until(valid_until)}"


def _until(instant: datetime) -> str:
    return f"→ {instant.astimezone(KST):%Y-%m-%d %H:%M} KST"
