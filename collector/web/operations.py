"""What machines ask: metrics, whether the process lives, whether it is ready. Open to all, and about nobody."""

import asyncio

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from collector.web.routing import Page
from collector.web.services import Services

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
"""The content type of Prometheus' text format."""


def operation_routes(services: Services) -> list[BaseRoute]:
    """`/metrics`, `/healthz` and `/readyz`."""

    async def metrics(_: Request) -> Response:
        return Response(await asyncio.to_thread(services.render_metrics), headers={"Content-Type": _EXPOSITION})

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        reasons = list(await asyncio.to_thread(services.readiness))
        return JSONResponse({"is_ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200)

    return [
        Page("/metrics", metrics, needs=None),
        Page("/healthz", healthz, needs=None),
        Page("/readyz", readyz, needs=None),
    ]
