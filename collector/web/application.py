"""Puts the pages together into one ASGI application. Called by `collector.main`, which serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from collector.web.errors import ErrorPage, failure_page, refusal_page
from collector.web.guard import Guard
from collector.web.headers import SecurityHeaders
from collector.web.operations import operation_routes
from collector.web.pages.access_point import access_point_routes
from collector.web.pages.findings import findings_routes
from collector.web.pages.overview import overview_routes
from collector.web.pages.site import site_routes
from collector.web.rendering import STATIC_FOLDER, Renderer
from collector.web.services import Services
from collector.web.sessions import session_routes
from collector.web.traffic import DayTraffic


def create_application(services: Services) -> FastAPI:
    """The pages over these services. All templates and phrases are read here: a broken one shows at start."""
    renderer = Renderer(services.clock)
    traffic = DayTraffic(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await traffic.close()

    error_pages: dict[int | type[Exception], ErrorPage] = {
        HTTPException: refusal_page(renderer),
        Exception: failure_page,
    }
    return FastAPI(
        title="Hangang Wi-Fi",
        openapi_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Guard, state=services.state, clock=services.clock, command_key=services.command_key),
        ],
        exception_handlers=error_pages,
        routes=[
            *overview_routes(services, renderer, traffic),
            *site_routes(services, renderer, traffic),
            *access_point_routes(services, renderer, traffic),
            *findings_routes(services, renderer),
            *session_routes(services, renderer),
            *operation_routes(services),
            Mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static"),
        ],
    )
