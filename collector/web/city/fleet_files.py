"""The table of all access points as files: a row a place, with what is asked for and in the order of the page."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.korean_time import KST
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.sheets import Cell, Sheet
from collector.web.city.city_records import CityRecords
from collector.web.city.fleet_table import FleetFilter, FleetRow, find_rows, sorted_rows
from collector.web.files import CSV, XLSX, download, workbook_of
from collector.web.pages.fleet import Sorting, sorting_of, wanted_of
from collector.web.reader import Reader
from collector.web.routing import Endpoint, Page
from collector.web.services import Services


def fleet_sheet(rows: Iterable[FleetRow], reader: Reader) -> Sheet:
    """These places, in the reader's words. Numbers are numbers in bits a second; what is not known is an empty cell."""
    t = reader.translate
    return Sheet(
        title=t("nav.fleet"),
        header=[t(f"fleet_file.{name}") for name in _CELLS],
        rows=([cell(row, reader) for cell in _CELLS.values()] for row in rows),
    )


class FleetFiles:
    """The table as CSV and as a workbook: made for the page and the API alike."""

    def __init__(self, services: Services, city: CityRecords) -> None:
        self._services = services
        self._city = city
        self._making = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        """`/access-points.csv` and `/access-points.xlsx`."""

        def at_page(ending: str) -> Endpoint:
            async def respond(request: Request) -> Response:
                query = request.query_params
                return await self.answer(request, wanted_of(query), sorting_of(query), ending)

            return respond

        return [Page(f"/access-points.{ending}", at_page(ending), needs=Permission.READ) for ending in ("csv", "xlsx")]

    async def answer(self, request: Request, wanted: FleetFilter, sorting: Sorting, ending: str) -> Response:
        """The places that are asked for, as `csv` or `xlsx`, in the reader's language."""
        records = await self._city.read()
        reader = Reader(request, self._services.clock())
        rows = find_rows(self._services.inventory, self._services.fleet, records, wanted, reader.now)
        found = await asyncio.to_thread(sorted_rows, rows, sorting.column, reader, is_descending=sorting.is_descending)
        sheet = fleet_sheet(found, reader)
        name = f"access-points-{reader.now.astimezone(KST):%Y-%m-%d-%H%M}.{ending}"
        if ending == "csv":
            return download(write_csv(sheet), CSV, name)
        async with self._making:  # a city's takes the processor for seconds
            return download(await asyncio.to_thread(workbook_of, [sheet]), XLSX, name)


def _last_report(row: FleetRow) -> str | None:
    """As text: a spreadsheet has no time zones, and the header says which it is."""
    return None if row.reading is None else f"{row.reading.observed_at.astimezone(KST):%Y-%m-%d %H:%M:%S}"


_CELLS: Mapping[str, Callable[[FleetRow, Reader], Cell]] = MappingProxyType(
    {
        "place": lambda row, _: row.place.id,
        "name": lambda row, _: row.place.name,
        "site": lambda row, reader: reader.name(row.site),
        "kind": lambda row, reader: reader.translate(f"kind.{row.site.kind}"),
        "district": lambda row, reader: reader.district(row.site.district),
        "floor": lambda row, _: row.place.floor,
        "state": lambda row, reader: reader.translate(f"presence.{row.presence}"),
        "last_report": lambda row, _: _last_report(row),
        "clients": lambda row, _: None if row.reading is None else row.reading.clients,
        "download": lambda row, _: None if row.reading is None else row.reading.traffic.download_bits_per_second,
        "upload": lambda row, _: None if row.reading is None else row.reading.traffic.upload_bits_per_second,
        "vendor": lambda row, _: row.device.vendor,
        "model": lambda row, _: row.device.model,
        "serial": lambda row, _: row.device.serial,
        "generation": lambda row, reader: row.generation and reader.translate(f"generation.{row.generation}"),
        "order": lambda row, _: None if row.order is None else row.order.number,
        "order_status": lambda row, reader: row.order and reader.translate(f"order_status.{row.order.status}"),
    }
)
"""A column's name among the phrases `fleet_file`, and what stands in it."""
