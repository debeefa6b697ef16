"""Who is asking: a person who is logged in, a token of theirs, or a command on the collector's machine."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collector.access.roles import PERMISSIONS, Permission, Role


class Means(StrEnum):
    """By what somebody has shown who they are."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  # the word, and no token
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, and what they may. `csrf_token` stands in every form of a session, and is empty for the other means.

    `has_first_password` says that the password is one that somebody else has drawn: it is to be changed first.
    `expires_at` is when a token is over.
    """

    name: str
    role: Role
    means: Means
    permissions: frozenset[Permission]
    csrf_token: str = ""
    has_first_password: bool = False
    expires_at: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """Whether they may do this."""
        return permission in self.permissions


COMMAND = Identity("command", Role.ADMIN, Means.COMMAND, PERMISSIONS[Role.ADMIN])
"""Who holds the key that the collector leaves on its machine."""
