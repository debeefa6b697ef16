"""`hangang people`: who may log in, what they may, and a new password for who has none. Asks the running collector."""

import argparse
from collections.abc import Mapping
from typing import Any

from collector.access.roles import Role
from collector.cli.actions import add_action
from collector.cli.asking import ask, change, segment, send, writable
from collector.cli.people_words import added, changed, listed
from collector.config import CollectorSettings

API = "/api/v1/people"
_TIMEOUT_SECONDS = 60.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("people", help="who may log in, their roles, passwords and lock-outs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_action(actions, "list", "everybody who has an account", _list)
    adding = add_action(actions, "add", "let somebody in, with a password that is drawn for them", _add)
    _add_name(adding)
    _add_role(adding)
    giving = add_action(actions, "role", "give somebody another role", _give_role)
    _add_name(giving)
    _add_role(giving)
    _add_name(add_action(actions, "password", "draw a new password for who has forgotten theirs", _draw_password))
    _add_name(add_action(actions, "lock-out", "let somebody in no longer; sessions and tokens end at once", _lock_out))
    _add_name(add_action(actions, "let-in", "end a lock-out", _let_in))


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


def _add_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", choices=list(Role), required=True)


def _list(settings: CollectorSettings, _: argparse.Namespace) -> None:
    print(listed(ask(settings, API)["people"]))


def _add(settings: CollectorSettings, options: argparse.Namespace) -> None:
    wanted = {"name": writable(options.name), "role": options.role}
    print(added(send(settings, API, wanted, timeout_seconds=_TIMEOUT_SECONDS)))


def _give_role(settings: CollectorSettings, options: argparse.Namespace) -> None:
    print(changed(_change(settings, options, {"role": options.role})))


def _draw_password(settings: CollectorSettings, options: argparse.Namespace) -> None:
    print(added(_change(settings, options, {"draw_password": True})))  # nosec B105  # a wish, and no password


def _lock_out(settings: CollectorSettings, options: argparse.Namespace) -> None:
    print(changed(_change(settings, options, {"is_locked_out": True})))


def _let_in(settings: CollectorSettings, options: argparse.Namespace) -> None:
    print(changed(_change(settings, options, {"is_locked_out": False})))


def _change(settings: CollectorSettings, options: argparse.Namespace, wanted: Mapping[str, object]) -> Any:
    return change(settings, f"{API}/{segment(options.name)}", wanted, timeout_seconds=_TIMEOUT_SECONDS)
