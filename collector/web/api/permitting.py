"""What each call of the API takes, said where it is defined, checked before it begins, and told in its description."""

from typing import Any

from fastapi import Depends, Request

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.web.problems import ProblemError
from collector.web.routing import identity_of

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description}
    for status, description in (
        (400, "Something that was sent cannot be understood"),
        (401, "Nobody known asks"),
        (403, "Who asks may not do this"),
        (503, "It cannot be answered right now"),
    )
}
"""What every call may answer beside its own. That each is a `Problem` is said for all calls at once, in `application`:
a model here would have FastAPI make a serializer of its own for each of them, which no problem goes through."""


class Needs:
    """A dependency: gives who asks, if they have one of these permissions."""

    def __init__(self, *permissions: Permission) -> None:
        self.permissions = permissions

    def __call__(self, request: Request) -> Identity:
        """Who asks. Raises ProblemError."""
        identity = identity_of(request)
        if not any(identity.may(permission) for permission in self.permissions):
            wanted = " or ".join(self.permissions)
            raise ProblemError(403, f"this takes the permission {wanted}, which is not given", kind="permission")
        return identity


def needs(*permissions: Permission) -> Any:
    """The dependency, for an argument of a call; one of several permissions is enough."""
    return Depends(Needs(*permissions))


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a call may answer, for its description."""
    words = {
        404: "There is no such thing",
        409: "It cannot be done as things are",
        412: "It was changed meanwhile: `If-Match` names an older version",
        413: "More was sent than is read",
        422: "A value is missing or cannot be",
        428: "`If-Match` is missing",
        429: "Too many attempts have failed: `Retry-After` says how many seconds to wait",
    }
    return {**REFUSALS, **{status: {"description": words[status]} for status in statuses}}
