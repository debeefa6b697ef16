"""`hangang enroll`: makes the certificate authority, and lets agents in and out. Works on the collector's files and its
database, whether a collector runs or not."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from collector.cli.actions import Act, add_action
from collector.cli.answers import terminal_language
from collector.cli.arguments import number_in
from collector.cli.broker_reload import reload_broker, restart_broker
from collector.cli.enroll_arguments import agent_id, collector_url, host, is_private
from collector.cli.enroll_words import listed, minute, phrase
from collector.config import CollectorSettings, load_settings
from collector.enrolment.refusals import AuthorityError
from collector.enrolment.tokens import Invitation
from collector.main import CollectorError
from collector.state.database import StateError, open_database
from collector.state.enrolments import newest_certificates, note_restored
from collector.subscriber import utc_now

if TYPE_CHECKING:  # which loads cryptography, and the other commands have no use for it
    from collector.enrolling import Enrolling


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("enroll", help="certificates, tokens and passwords of agents")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    making = _add(actions, "init", "make an authority, and what the broker reads", _init)
    making.set_defaults(run=_run_init)
    making.add_argument(
        "--broker-host",
        action="append",
        type=host,
        metavar="NAME",
        help="name or address by which the broker is reached; may be repeated",
    )
    inviting = _add(actions, "token", "a one-time token for an agent's first contact", _token)
    _add_agent(inviting)
    inviting.add_argument("--url", type=collector_url, help="where agents reach the collector; web.url")
    inviting.add_argument("--minutes", type=number_in(1, 10_080, int), default=30, help="how long it is good")
    inviting.add_argument("--svg", type=Path, metavar="FILE", help="write the code to be printed, too")
    _add_reload(inviting)
    _add(actions, "list", "who is enrolled, and until when", _list)
    revoking = _add(actions, "revoke", "let an agent in no more", _revoke)
    _add_agent(revoking)
    _add_reload(revoking)
    _add(actions, "restored", "the database was put back by other means than `hangang restore`", _restored)
    giving = _add(actions, "password", "draw a password for an agent that has no certificate", _password)
    _add_agent(giving)
    _add_reload(giving)


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, act: Act
) -> argparse.ArgumentParser:
    parser = add_action(actions, name, what, act)
    parser.add_argument("--lang", choices=["ko", "en"], default=terminal_language(), help="as the terminal's")
    return parser


def _add_agent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("agent", type=agent_id, metavar="AGENT")


def _add_reload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--broker-pid", type=Path, metavar="FILE", help="holds the broker's process number; by itself, through systemd"
    )


def _run_init(options: argparse.Namespace) -> int:
    """Raises SettingsError and CollectorError."""
    _init(load_settings(options.config, has_certificates=False), options)
    return 0


def _init(settings: CollectorSettings, options: argparse.Namespace) -> None:
    with _opened(settings) as enrolling:
        hosts = list(dict.fromkeys(options.broker_host or _known_hosts(settings, enrolling)))
        made = enrolling.make(hosts)
        tell, folders = _telling(options), enrolling.folders
        tell("made_authority" if made.is_new_authority else "kept_authority", folder=folders.own)
        tell("made_broker" if made.is_new_broker else "kept_broker", hosts=" ".join(hosts))
        tell("made_collector" if made.is_new_collector else "kept_collector", name=settings.collector.name)
        tell("authority_sha256", sha256=enrolling.authority().sha256)
        tell("what_next", folder=folders.broker)
        print(f"\n{_broker_table(settings, enrolling)}")


def _known_hosts(settings: CollectorSettings, enrolling: "Enrolling") -> tuple[str, ...]:
    """Those that the broker's certificate has already, or the one of the configured address."""
    if (enrolling.folders.broker / "server.crt").exists():
        return enrolling.folders.hosts
    if settings.enrolment.broker_host is None:
        raise CollectorError("name the broker: --broker-host, or enrolment.broker_url in the configuration")
    return (settings.enrolment.broker_host,)


def _broker_table(settings: CollectorSettings, enrolling: "Enrolling") -> str:
    from collector.enrolling import broker_url_of  # noqa: PLC0415  # loads cryptography

    own = enrolling.folders.own
    return "\n".join(
        (
            "[broker]",
            f'url = "{broker_url_of(settings, enrolling.folders)}"',
            f'ca_file = "{own / "authority.crt"}"',
            f'certificate_file = "{own / settings.collector.name}.crt"',
            f'key_file = "{own / settings.collector.name}.key"',
        )
    )


def _token(settings: CollectorSettings, options: argparse.Namespace) -> None:
    url = options.url or settings.web.url
    if url is None:
        raise CollectorError("where do agents reach the collector? Name --url, or web.url in the configuration")
    if not is_private(url):
        raise CollectorError(f"{url}: a token goes over https:// only, or to this machine; name --url, or mend web.url")
    with _opened(settings) as enrolling:
        life = timedelta(minutes=options.minutes)
        until = utc_now() + life
        token, is_to_be_told = enrolling.invite(options.agent, life)
        invitation = Invitation(url, options.agent, token, enrolling.authority().sha256)
        if options.svg is not None:
            from collector.enrolment.folders import write  # noqa: PLC0415  # loads cryptography

            write(options.svg, invitation.svg(), 0o600)
    if sys.stdout.isatty():
        print(invitation.for_terminal())
    print(invitation.line)
    print(phrase(options.lang, "token", agent=options.agent, until=minute(until)), file=sys.stderr)
    if is_to_be_told:
        _restart(options)


def _list(settings: CollectorSettings, options: argparse.Namespace) -> None:
    with _opened(settings) as enrolling:
        folders = enrolling.folders
        paths = [("broker", folders.broker / "server.crt")]
        paths += [("collector", folders.own / f"{name}.crt") for name in folders.collectors]
        own = [
            (what, path.stem, f"{certificate.serial_number:x}", certificate.not_valid_after_utc)
            for what, path in paths
            for certificate in [folders.certificate(path)]
        ]
        kept = newest_certificates(enrolling.state)
        passwords = folders.agents_with_passwords
        print(listed(options.lang, kept, denied=enrolling.denied, passwords=passwords, own=own, now=utc_now()))


def _revoke(settings: CollectorSettings, options: argparse.Namespace) -> None:
    with _opened(settings) as enrolling:
        count = enrolling.revoke(options.agent)
        tell = _telling(options)
        tell("revoked" if count else "nothing_to_revoke", agent=options.agent, count=count)
        reload_broker(options.broker_pid)
        tell("reloaded")
        tell("connected_stays")


def _restored(settings: CollectorSettings, options: argparse.Namespace) -> None:
    with _opened(settings) as enrolling:
        note_restored(enrolling.state, utc_now())
    _telling(options)("restored")


def _password(settings: CollectorSettings, options: argparse.Namespace) -> None:
    with _opened(settings) as enrolling:
        password, was_revoked = enrolling.give_password(options.agent)
        url = enrolling.password_url
    _telling(options)("password", agent=options.agent, password=password, url=url)
    if was_revoked:
        _restart(options)
    else:
        reload_broker(options.broker_pid)


def _restart(options: argparse.Namespace) -> None:
    key = "restarted" if restart_broker(options.broker_pid) else "not_restarted"
    print(phrase(options.lang, key, agent=options.agent), file=sys.stderr)


def _telling(options: argparse.Namespace) -> Callable[..., None]:
    def tell(key: str, **about: object) -> None:
        print(phrase(options.lang, key, **about))

    return tell


@contextmanager
def _opened(settings: CollectorSettings) -> Iterator["Enrolling"]:
    """The collector's own database, which takes several processes, and its files. Raises CollectorError."""
    from collector.enrolling import Enrolling  # noqa: PLC0415  # loads cryptography

    try:
        settings.collector.data.mkdir(parents=True, exist_ok=True)
        state = open_database(settings.state, settings.state_path)
        try:
            yield Enrolling(settings, state, utc_now)
        finally:
            state.dispose()
    except (AuthorityError, StateError) as error:
        raise CollectorError(str(error)) from error
    except OSError as error:
        raise CollectorError(f"{error.filename}: {error.strerror}; it must be writable, with room for it") from error
    except SQLAlchemyError as error:
        raise CollectorError(f"{settings.state.url or settings.state_path}: {error.__cause__ or error}") from error
