"""Puts an authority to work: makes its files, lets agents in and out, and keeps what the broker reads in step with the
state. Called by `hangang enroll`, and by `collector.main` where there is an authority. Blocks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Engine

from collector.certifying import CertificateDesk
from collector.config import CollectorSettings
from collector.enrolment.authority import Authority, Revocation
from collector.enrolment.broker_configuration import mosquitto_configuration
from collector.enrolment.folders import Folders
from collector.enrolment.passwords import draw_password, with_password, without
from collector.enrolment.refusals import AuthorityError
from collector.enrolment.settings import DEFAULT_PORT
from collector.enrolment.tokens import digest, draw_token
from collector.state.audit import note
from collector.state.enrolment_entries import password_drawn
from collector.state.enrolments import (
    agents_denied,
    invited_agents,
    is_denied,
    keep_token,
    let_in_again,
    longest_life,
    newest_certificates,
    restored_at,
    revoke_agent,
    revoked_certificates,
)


@dataclass(frozen=True, slots=True)
class Made:
    """What `make` has done: whether each of the three is new."""

    is_new_authority: bool
    is_new_broker: bool
    is_new_collector: bool


def folders_of(settings: CollectorSettings) -> Folders:
    """Where the authority of this configuration lies, as absolute paths, which the broker needs."""
    return Folders(settings.enrolment_folder.absolute(), settings.broker_folder.absolute())


def broker_url_of(settings: CollectorSettings, folders: Folders) -> str:
    """How agents reach the broker. Raises AuthorityError."""
    if settings.enrolment.broker_url is not None:
        return settings.enrolment.broker_url
    host = folders.hosts[0]
    return f"mqtts://{f'[{host}]' if ':' in host else host}:{DEFAULT_PORT}"


def open_certificates(settings: CollectorSettings, state: Engine, clock: Callable[[], datetime]) -> CertificateDesk:
    """Where the running collector certifies agents. Raises AuthorityError."""
    folders = folders_of(settings)
    return CertificateDesk(
        authority=folders.load_authority(),
        settings=settings.enrolment,
        broker_url=broker_url_of(settings, folders),
        state=state,
        clock=clock,
    )


class Enrolling:
    """What a person does about agents. Each raises AuthorityError, and OSError where a file cannot be written; what the
    broker reads it has to be told to read again."""

    def __init__(self, settings: CollectorSettings, state: Engine, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self.state = state
        self._clock = clock
        self.folders = folders_of(settings)

    def make(self, hosts: Sequence[str]) -> Made:
        """Make an authority and all that belongs to it. What is there already and good stays as it is; what runs out
        within nine months is renewed."""
        with self.folders.changing():
            return self._make(hosts)

    def _make(self, hosts: Sequence[str]) -> Made:
        now, name = self._clock(), self._settings.collector.name
        enrolled = {each.agent for each in newest_certificates(self.state)} | invited_agents(self.state, now)
        if name in enrolled | self.denied | {*self.folders.agents_with_passwords}:
            raise AuthorityError(f"an agent is or was called {name}, as the collector is; change collector.name")
        if name == "authority":
            raise AuthorityError("the authority's own files are called authority; change collector.name")
        is_new = not self.folders.has_authority
        authority = self.folders.make_authority(now) if is_new else self.folders.load_authority()
        is_new_broker = self.folders.certify_broker(authority, hosts, now)
        is_new_collector = self.folders.certify_collector(authority, name, now)
        enrolment = self._settings.enrolment
        self.folders.write_configuration(
            mosquitto_configuration(
                self.folders.broker,
                port=enrolment.broker_port,
                password_port=enrolment.password_port,
                max_connections=enrolment.max_connections,
            )
        )
        self.folders.write_passwords(self.folders.passwords)
        self._write_access(authority)
        return Made(is_new, is_new_broker, is_new_collector)

    def invite(self, agent: str, life: timedelta) -> tuple[str, bool]:
        """A token for the agent, which lasts that long, and whether the broker has to be started again, for the agent
        was revoked and is let in by this: who is still connected as it could write otherwise. It has to be also where
        it was for an earlier token: that may have gone wrong."""
        with self._changing_for(agent) as authority:
            now, token = self._clock(), draw_token()
            was_revoked = self._was_revoked(agent, now)
            keep_token(self.state, agent, digest(token), now, expires_at=now + life)
            if was_revoked:
                self._write_access(authority)
            return token, was_revoked

    def give_password(self, agent: str) -> tuple[str, bool]:
        """A new password for the agent, in the place of any other of theirs, and whether the broker has to be started
        again, as for a token."""
        with self._changing_for(agent) as authority:
            if self._settings.enrolment.password_port is None:
                raise AuthorityError(
                    "the broker takes certificates only; set enrolment.password_port and run `hangang enroll init`"
                )
            was_revoked, password = self._was_revoked(agent, self._clock()), draw_password()
            self.folders.write_passwords(with_password(self.folders.passwords, agent, password))
            let_in_again(self.state, agent)
            self._write_access(authority)
            note(self.state, password_drawn(agent, self._clock()))  # before anybody sees it
            return password, was_revoked

    @property
    def password_url(self) -> str:
        """Where the broker takes passwords."""
        host = urlsplit(broker_url_of(self._settings, self.folders)).hostname or ""
        return f"mqtts://{f'[{host}]' if ':' in host else host}:{self._settings.enrolment.password_port}"

    def revoke(self, agent: str) -> int:
        """Let the agent in no more; how many certificates, passwords and tokens that were."""
        with self._changing_for(agent) as authority:
            has_password = agent in self.folders.agents_with_passwords
            count = revoke_agent(self.state, agent, self._clock(), passwords=int(has_password))
            if has_password:
                self.folders.write_passwords(without(self.folders.passwords, agent))
            self._write_access(authority)
            return count

    @property
    def denied(self) -> set[str]:
        """Who is let in by no certificate, whether it is known or not, until somebody lets them in again."""
        return agents_denied(self.state, self._clock()) - {*self.folders.agents_with_passwords}

    def authority(self) -> Authority:
        """The authority that was made."""
        if not self.folders.has_authority:
            raise AuthorityError("there is no authority yet; run `hangang enroll init` first")
        return self.folders.load_authority()

    @contextmanager
    def _changing_for(self, agent: str) -> Iterator[Authority]:
        authority = self.authority()
        with self.folders.changing():
            if not self.folders.collectors:  # nothing would come to them any more
                raise AuthorityError(f"no collector has a certificate in {self.folders.own}; run `hangang enroll init`")
            if agent in self.folders.collectors:
                raise AuthorityError(f"{agent} is what a collector is called; give the agent another id")
            yield authority

    def _was_revoked(self, agent: str, now: datetime) -> bool:
        """Whether an agent that is to be let in was revoked. What was certified between a backup and its restoration is
        in no list: the access list alone keeps it out, by the agent's name. Raises AuthorityError while it may be
        good."""
        was_revoked = is_denied(self.state, agent) and agent not in self.folders.agents_with_passwords
        since = restored_at(self.state) if was_revoked else None
        if since is None:
            return was_revoked
        until = since + max(self._settings.enrolment.life, longest_life(self.state))
        if now < until:
            raise AuthorityError(
                f"{agent} was revoked, and the database was restored on {since:%Y-%m-%d}: it may have a certificate "
                f"that is not known here, which would be let in, too, until {until:%Y-%m-%d}; give it another id"
            )
        return True

    def _write_access(self, authority: Authority) -> None:
        now = self._clock()
        revoked = revoked_certificates(self.state)
        revocations = [Revocation(each.serial, each.revoked_at) for each in revoked if each.revoked_at is not None]
        self.folders.write_access(authority, revocations, self.denied, now)
