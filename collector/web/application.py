"""Puts the pages together into one ASGI application. Called by `collector.main`, which serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from collector.replacement.book import Book
from collector.web.api import api_routes
from collector.web.errors import ErrorPage, failure_page, refusal_page
from collector.web.files import file_routes
from collector.web.guard import Guard
from collector.web.headers import SecurityHeaders
from collector.web.open_data import OpenData
from collector.web.operations import operation_routes
from collector.web.pages.access_point import access_point_routes
from collector.web.pages.findings import findings_routes
from collector.web.pages.overview import overview_routes
from collector.web.pages.plan import plan_routes
from collector.web.pages.plan_entry import plan_entry_routes
from collector.web.pages.programme import programme_routes
from collector.web.pages.site import site_routes
from collector.web.rendering import STATIC_FOLDER, Renderer
from collector.web.services import Services
from collector.web.sessions import session_routes
from collector.web.traffic import DayTraffic
from collector.web.verification_api import verification_routes


def create_application(services: Services) -> FastAPI:
    """The pages over these services. All templates and phrases are read here: a broken one shows at start."""
    renderer = Renderer(services.clock)
    traffic = DayTraffic(services)
    book = Book(services.state, services.inventory)
    open_data = OpenData(services, book)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await traffic.close()
        await open_data.close()

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
            *plan_routes(services, renderer, book),
            *plan_entry_routes(services, renderer, book),
            *programme_routes(services, renderer, book),
            *findings_routes(services, renderer),
            *api_routes(services, book),
            *verification_routes(services, book),
            *file_routes(services, book),
            *open_data.routes(),
            *session_routes(services, renderer),
            *operation_routes(services),
            Mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static"),
        ],
    )
