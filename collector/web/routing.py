"""A route of the pages, and what it takes to be let in."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import Request
from fastapi.responses import Response
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from collector.access.identity import Identity
from collector.access.roles import Permission

Endpoint = Callable[[Request], Awaitable[Response]]
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class _Number(Convertor[int]):
    """`{name:number}` in a path: a number that a row of the database can have. Anything else is another path, and is
    not found."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())


class Page(Route):
    """A page, a file, or where a form is sent. `needs` is the permission that it takes; None opens it to everybody."""

    def __init__(
        self, path: str, endpoint: Endpoint, *, needs: Permission | None, methods: Sequence[str] = ("GET",)
    ) -> None:
        super().__init__(path, endpoint, methods=list(methods))
        self.needs = needs

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer who may ask; 403 for the others, and 400 for what cannot be asked."""
        if self.needs is not None and not identity_of(Request(scope)).may(self.needs):
            raise HTTPException(403)
        if not is_askable(scope):
            raise HTTPException(400)
        await super().handle(scope, receive, send)


def is_askable(scope: Scope) -> bool:
    """Whether an address can be one of ours. PostgreSQL cannot be asked for a NUL; and a path that ends with the end of
    a line would be taken for the one without."""
    return scope["path"].isprintable() and b"%00" not in scope["query_string"]


def identity_of(request: Request) -> Identity:
    """Who asks. Raises HTTPException where nobody known does: the guard lets such pass to what is open to all."""
    identity = getattr(request.state, "identity", None)
    if not isinstance(identity, Identity):
        raise HTTPException(401)
    return identity


def allowed_methods(request: Request) -> str:
    """What a path takes, for the `Allow` of an answer 405: a route by itself knows of its own methods only."""
    scope = request.scope

    def is_taken(method: str) -> bool:
        return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in request.app.routes)

    return ", ".join(method for method in _METHODS if is_taken(method))
