"""The replacement programme: how far it has come, and whether the new devices kept the promise."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.korean_time import KST
from collector.legacy import PROMISED_RATIO
from collector.legacy.acceptance import CONFIDENCE, TOLERANCE
from collector.legacy.documents import AcceptanceTold, PlaceChangeTold, VerificationTold
from collector.legacy.verification import Works
from collector.replacement.book import Book
from collector.web.city.city_records import CityRecords
from collector.web.drawing.times_axis import TimesAxis, axis_for
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

MOST_PLACES = 500
"""Of the places that were replaced: more are in the files."""


class Span(NamedTuple):
    """Days from the first to the last, in Korea."""

    first: date
    last: date


class DayHours(NamedTuple):
    """Hours of a day of the week, 0 being Monday: each span from the beginning of an hour to the end of one."""

    weekday: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one quantity gave, and where ratio and interval stand on the axis, None where there are none."""

    name: Literal["passive", "active"]
    told: AcceptanceTold
    ratio_percent: float | None
    low_percent: float | None
    high_percent: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """An acceptance. `places` are the first of those that were replaced, `places_more` how many there are beside."""

    told: VerificationTold
    works: Span
    before: Span
    after: Span
    peak: tuple[DayHours, ...]
    axis: TimesAxis
    measured: tuple[Measured, ...]
    phy_percent: float | None
    places: tuple[PlaceChangeTold, ...]
    places_more: int


def build_result(told: VerificationTold) -> Result:
    """The view of an acceptance."""
    axis = axis_for(_ratios(told))
    works = Works(told.works_start, told.works_end, told.days)
    return Result(
        told=told,
        works=_span(works.start, works.end),
        before=_span(*works.windows.before),
        after=_span(*works.windows.after),
        peak=day_hours(told.peak_hours),
        axis=axis,
        measured=(_measured("passive", told.passive, axis), _measured("active", told.active, axis)),
        phy_percent=axis.at_or_none(told.phy.ratio),
        places=told.places[:MOST_PLACES],
        places_more=max(0, len(told.places) - MOST_PLACES),
    )


def day_hours(hours_of_week: Iterable[int]) -> tuple[DayHours, ...]:
    """Hours of the week, 0 being Monday from midnight, by day, those that follow each other together."""
    by_day: dict[int, list[list[int]]] = {}
    for hour in sorted(hours_of_week):
        weekday, of_day = divmod(hour, 24)
        spans = by_day.setdefault(weekday, [])
        if spans and spans[-1][1] == of_day:
            spans[-1][1] = of_day + 1
        else:
            spans.append([of_day, of_day + 1])
    return tuple(
        DayHours(weekday, tuple((start, end) for start, end in spans)) for weekday, spans in sorted(by_day.items())
    )


def programme_routes(services: Services, renderer: Renderer, book: Book, city: CityRecords) -> list[BaseRoute]:
    """`/programme`."""
    settings = services.desk.settings

    async def show(request: Request) -> Response:
        report = await city.programme()
        if report is None:
            raise HTTPException(503, headers={"Retry-After": "5"})

        def values(_: Reader) -> dict[str, object]:
            kept: Sequence[VerificationTold] = book.verifications()
            return {
                "report": report,
                "since": settings.programme_since,
                "sites": services.inventory.sites,
                "places": services.inventory.access_points,
                "result": build_result(kept[0]) if kept else None,
                "earlier": tuple(build_result(told) for told in kept[1:]),
                "promised_ratio": PROMISED_RATIO,
                "tolerated_ratio": TOLERANCE * PROMISED_RATIO,
                "confidence": CONFIDENCE,
            }

        return await renderer.respond(request, "programme.html", values)

    return [Page("/programme", show, needs=Permission.READ)]


def _measured(name: Literal["passive", "active"], told: AcceptanceTold, axis: TimesAxis) -> Measured:
    ratio, low, high = (axis.at_or_none(value) for value in (told.ratio, told.low, told.high))
    return Measured(name, told, ratio, low, high)


def _ratios(told: VerificationTold) -> Iterator[float]:
    """All that is to be drawn."""
    for value in (*_numbers(told.passive), *_numbers(told.active), told.phy.ratio):
        if value is not None:
            yield value


def _numbers(told: AcceptanceTold) -> tuple[float | None, ...]:
    return told.ratio, told.low, told.high


def _span(start: datetime, end: datetime) -> Span:
    """The end is the instant after the last day."""
    return Span(start.astimezone(KST).date(), (end - timedelta(microseconds=1)).astimezone(KST).date())
