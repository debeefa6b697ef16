"""What `hangang enroll` prints, in Korean and English; the phrases are in the file beside this one. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from collector.cli.terminal import columns
from collector.korean_time import KST
from collector.state.enrolments import KeptCertificate

_FILE = Path(__file__).with_name("enroll_phrases.toml")
_HEADER = ("NAME", "STATE", "SERIAL", "UNTIL (KST)")
_UNKNOWN = "-"


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """All of them, by key and language."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def phrase(language: str, key: str, **about: object) -> str:
    """One of them, with what it is about put in. Raises KeyError for what it lacks."""
    return phrases()[key][language].format(**about)


def listed(
    language: str,
    certificates: Sequence[KeptCertificate],
    *,
    denied: Iterable[str],
    passwords: Sequence[str],
    own: Sequence[tuple[str, str, str, datetime]],
    now: datetime,
) -> str:
    """Who is enrolled, as a table: first what is the `own` (what, name, serial, until), then agents by their names,
    among them who is denied although no certificate of theirs is known."""
    rows = [(name, phrase(language, f"state_{what}"), serial, minute(until)) for what, name, serial, until in own]
    agents = [
        (each.agent, phrase(language, f"state_{_state(each, now)}"), each.serial, minute(each.valid_until))
        for each in certificates
    ]
    agents += [(agent, phrase(language, "state_password"), _UNKNOWN, _UNKNOWN) for agent in passwords]
    unknown = {*denied} - {each.agent for each in certificates}
    agents += [(agent, phrase(language, "state_revoked"), _UNKNOWN, _UNKNOWN) for agent in unknown]
    table = columns([_HEADER, *rows, *sorted(agents)])
    return table if agents else f"{table}\n{phrase(language, 'nobody')}"


def minute(instant: datetime) -> str:
    """An instant as people read it, in Korea."""
    return f"{instant.astimezone(KST):%Y-%m-%d %H:%M}"


def _state(certificate: KeptCertificate, now: datetime) -> str:
    if certificate.revoked_at is not None:
        return "revoked"
    return "good" if certificate.is_good(now) else "expired"
