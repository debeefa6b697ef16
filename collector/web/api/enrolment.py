"""First contact of an agent, under `/enrolment`: open to all, for it has nothing to show yet but its one-time token."""

import asyncio
import math
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from agent.wire import AgentId
from agent.wire.renewal import MAX_REQUEST_CHARACTERS
from collector.enrolment.refusals import Refusal, RefusedError
from collector.state import guesses
from collector.web.api.permitting import told
from collector.web.problems import ProblemError
from collector.web.recording import address_of
from collector.web.services import Services

PEM_TYPE = "application/pem-certificate-chain"
_STATUSES = {Refusal.BAD_TOKEN: 403}
_AUTHORITY: dict[int | str, dict[str, Any]] = {200: {"content": {PEM_TYPE: {"schema": {"type": "string"}}}}}
_TO_ALL: dict[str, Any] = {"security": []}


class CertificateWanted(BaseModel):
    """Who is to be certified, the token that allows it, and the request that is to be signed."""

    model_config = ConfigDict(extra="forbid")
    agent: AgentId
    token: Annotated[str, Field(min_length=1, max_length=200)]
    request_pem: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_REQUEST_CHARACTERS,
            description="A certificate request (PKCS #10) in PEM, whose only common name is the agent",
        ),
    ]


class CertificateMade(BaseModel):
    """The certificate, who has signed it, and where the broker is that knows both."""

    certificate_pem: str
    authority_pem: str
    broker_url: str
    valid_until: datetime


def enrolment_router(services: Services) -> APIRouter:
    """`/enrolment`."""
    router = APIRouter(prefix="/enrolment", tags=["enrolment"])
    desk = services.certificates

    @router.get("/authority", responses=_AUTHORITY | told(404), response_class=Response, openapi_extra=_TO_ALL)
    def authority() -> Response:
        """The certificate of the authority, in PEM. Whoever asks believes it for its SHA-256 alone."""
        if desk is None:
            raise _nobody()
        return Response(desk.authority_pem, media_type=PEM_TYPE)

    @router.post("/certificates", status_code=201, responses=told(404, 422, 429), openapi_extra=_TO_ALL)
    async def certify(request: Request, wanted: CertificateWanted) -> CertificateMade:
        """Certify an agent for its one-time token, which is used up by that. Who asks again with the same key, for the
        answer was lost, is given the same certificate for up to an hour."""
        if desk is None:
            raise _nobody()
        address, now = address_of(request), services.clock()
        name = f" enrolment from {address}"  # begins as nobody's name at the log-in can, who would count against it
        wait = await asyncio.to_thread(guesses.attempt, services.state, name, address, now)
        if wait is not None:
            seconds = str(math.ceil(wait.total_seconds()))
            detail = "there were too many wrong tokens; try again later"
            raise ProblemError(429, detail, kind="wait", headers={"Retry-After": seconds})
        try:
            enrolled = await asyncio.to_thread(
                desk.enrol, wanted.agent, wanted.token, wanted.request_pem, address=address
            )
        except RefusedError as error:
            if error.refusal is not Refusal.BAD_TOKEN:
                await asyncio.to_thread(guesses.succeed, services.state, name, address)
            status = _STATUSES.get(error.refusal, 422)
            raise ProblemError(status, str(error), kind=str(error.refusal)) from error
        await asyncio.to_thread(guesses.succeed, services.state, name, address)
        return CertificateMade(
            certificate_pem=enrolled.certificate_pem,
            authority_pem=enrolled.authority_pem,
            broker_url=enrolled.broker_url,
            valid_until=enrolled.valid_until,
        )

    return router


def _nobody() -> ProblemError:
    return ProblemError(
        404, "nobody is enrolled here: run `hangang enroll init`, then start the collector again", kind="no-authority"
    )
