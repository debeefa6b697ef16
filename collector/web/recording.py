"""Writes into the audit log what somebody has done on the pages or over the API."""

import asyncio

from fastapi import Request

from collector.state import audit
from collector.web.routing import identity_of
from collector.web.services import Services


async def record(
    services: Services, request: Request, action: audit.Action, subject: str = "", detail: str = ""
) -> None:
    """Note that who asks has done this."""
    identity = identity_of(request)
    entry = audit.Entry(
        at=services.clock(),
        by=identity.name,
        means=str(identity.means),
        address=address_of(request),
        action=action,
        subject=subject,
        detail=detail,
    )
    await asyncio.to_thread(audit.note, services.state, entry)


def address_of(request: Request) -> str:
    """Where somebody asks from."""
    return request.client.host if request.client else ""
