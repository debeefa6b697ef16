"""Puts the pages and the API together into one ASGI application. Called by `collector.main`, which serves it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from collector.web.api.account import account_router
from collector.web.api.alert_rules import alert_rule_router
from collector.web.api.alerts import alert_router
from collector.web.api.application import create_api
from collector.web.api.audit import audit_router
from collector.web.api.backup import backup_router
from collector.web.api.city import city_router
from collector.web.api.deliveries import delivery_router
from collector.web.api.endpoints import endpoint_router
from collector.web.api.enrolment import enrolment_router
from collector.web.api.files import file_router
from collector.web.api.fleet_files import fleet_file_router
from collector.web.api.legacy import legacy_router
from collector.web.api.maintenance import maintenance_router
from collector.web.api.order_changes import order_change_router
from collector.web.api.orders import order_router
from collector.web.api.people import people_router
from collector.web.api.places import place_router
from collector.web.api.silences import silence_router
from collector.web.api.site_notes import site_note_router
from collector.web.api.tokens import token_router
from collector.web.api.verifications import verification_router
from collector.web.api.work_lists import work_list_router
from collector.web.bodies import BoundedBodies
from collector.web.city.city_records import CityRecords
from collector.web.city.fleet_files import FleetFiles
from collector.web.city.traffic import DayTraffic
from collector.web.errors import ErrorPage, failure_page, refusal_page
from collector.web.files import file_routes, files_of_the_programme
from collector.web.guard import Guard
from collector.web.headers import SecurityHeaders
from collector.web.live import Live
from collector.web.open_data import OpenData
from collector.web.operations import operation_routes
from collector.web.pages.access_point import access_point_routes
from collector.web.pages.account import account_routes
from collector.web.pages.alert import alert_routes
from collector.web.pages.alert_deeds import alert_deed_routes
from collector.web.pages.alert_history import alert_history_routes
from collector.web.pages.alerts import alerts_routes
from collector.web.pages.audit import audit_routes
from collector.web.pages.deliveries import deliveries_routes
from collector.web.pages.delivery import delivery_routes
from collector.web.pages.endpoints import endpoint_routes
from collector.web.pages.findings import findings_routes
from collector.web.pages.fleet import fleet_routes
from collector.web.pages.maintenance import maintenance_routes
from collector.web.pages.maintenance_form import maintenance_form_routes
from collector.web.pages.order import order_routes
from collector.web.pages.order_batch import order_batch_routes
from collector.web.pages.order_change import order_change_routes
from collector.web.pages.order_finish import order_finish_routes
from collector.web.pages.order_opening import order_opening_routes
from collector.web.pages.orders import orders_routes
from collector.web.pages.overview import overview_routes
from collector.web.pages.password import password_routes
from collector.web.pages.people import people_routes
from collector.web.pages.plan import plan_routes
from collector.web.pages.plan_entry import plan_entry_routes
from collector.web.pages.programme import programme_routes
from collector.web.pages.runbooks import runbook_routes
from collector.web.pages.search import search_routes
from collector.web.pages.silence_form import silence_form_routes
from collector.web.pages.silences import silence_routes
from collector.web.pages.site import site_routes
from collector.web.pages.site_note import note_routes
from collector.web.pages.work import work_routes
from collector.web.pages.work_print import work_print_routes
from collector.web.rendering import STATIC_FOLDER, Renderer
from collector.web.services import Services
from collector.web.sessions import SessionDesk
from collector.web.unanswered import UNANSWERED, unanswered_page
from collector.web.work.work_files import work_file_routes, work_files
from collector.web.work.work_selection import work_desk_over

API_PATH = "/api/v1"


def at_once(make: Callable[[], FastAPI]) -> ASGIApp:
    """The API, made while the application is: whatever is wrong with it shows at start."""
    return make()


def create_application(services: Services, *, api: Callable[[Callable[[], FastAPI]], ASGIApp] = at_once) -> Starlette:
    """The pages over these services. All templates and phrases are read here: a broken one shows at start. `api` says
    when the API is made, which takes longer than all else.

    `state.end_streams` of the result ends what would otherwise go on for as long as somebody reads; `state.city` has
    what pages ask about the whole of it.
    """
    renderer = Renderer(services.clock)
    traffic = DayTraffic(services)
    book = services.book
    open_data = OpenData(services, book)
    city = CityRecords(services)
    live = Live(services)
    fleet_files = FleetFiles(services, city)
    sessions = SessionDesk(services, renderer)
    files = files_of_the_programme(services, book)
    work_desk = work_desk_over(services)
    lists = work_files(services, work_desk)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        keeping = asyncio.create_task(city.keep(), name="keep what pages ask about the city")
        yield
        await traffic.close()
        await open_data.close()
        await city.close()
        await keeping

    error_pages: dict[int | type[Exception], ErrorPage] = {
        HTTPException: refusal_page(renderer),
        **dict.fromkeys(UNANSWERED, unanswered_page),
        Exception: failure_page,
    }

    def make_api() -> FastAPI:
        return create_api(
            [
                legacy_router(services, book),
                file_router(files),
                verification_router(services, book),
                work_list_router(work_desk, lists),
                order_router(services),
                order_change_router(services),
                people_router(services),
                account_router(services),
                token_router(services),
                enrolment_router(services),
                audit_router(services),
                backup_router(services),
                place_router(services, traffic, city),
                fleet_file_router(fleet_files),
                site_note_router(services),
                city_router(services, traffic, city),
                alert_router(services),
                alert_rule_router(services),
                silence_router(services),
                maintenance_router(services),
                endpoint_router(services),
                delivery_router(services),
            ]
        )

    application = Starlette(
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(BoundedBodies),
            Middleware(
                Guard,
                state=services.state,
                clock=services.clock,
                command_key=services.command_key,
                carry=sessions.carry,
            ),
        ],
        exception_handlers=error_pages,
        routes=[
            *overview_routes(services, renderer, traffic, city),
            *site_routes(services, renderer, traffic),
            *note_routes(services, renderer),
            *fleet_routes(services, renderer, city),
            *fleet_files.routes(),
            *search_routes(services, renderer, city),
            *access_point_routes(services, renderer, traffic),
            *plan_routes(services, renderer, book),
            *plan_entry_routes(services, renderer, book),
            *programme_routes(services, renderer, book, city),
            *orders_routes(services, renderer),
            *order_batch_routes(services, renderer),
            *order_opening_routes(services, renderer),
            *order_routes(services, renderer),
            *order_change_routes(services, renderer),
            *order_finish_routes(services, renderer),
            *findings_routes(services, renderer),
            *endpoint_routes(services, renderer),
            *deliveries_routes(services, renderer),
            *delivery_routes(services, renderer),
            *work_routes(services, renderer, work_desk),
            *work_print_routes(services, renderer, work_desk),
            *work_file_routes(services, lists),
            *alerts_routes(services, renderer),
            *alert_history_routes(services, renderer),
            *silence_routes(services, renderer),
            *silence_form_routes(services, renderer),
            *maintenance_routes(services, renderer),
            *maintenance_form_routes(services, renderer),
            *runbook_routes(services, renderer),
            *people_routes(services, renderer),
            *account_routes(services, renderer),
            *password_routes(services, renderer),
            *audit_routes(services, renderer),
            *file_routes(files),
            *alert_routes(services, renderer),  # after all that is below /alerts
            *alert_deed_routes(services, renderer),
            *live.routes(),
            *open_data.routes(),
            *sessions.routes(),
            *operation_routes(services),
            Mount(API_PATH, api(make_api)),
            Mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static"),
        ],
    )
    application.state.end_streams = live.close
    application.state.city = city
    return application
