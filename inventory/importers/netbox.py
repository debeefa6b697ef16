"""Imports access points from NetBox: its devices, as the filters of a TOML file choose them.

A place is not a device: an id is made of the site's slug and the device's name, which both stay when the box is
replaced. A site's region is its district, and a tag that is a kind of site says what it is. Where the file asks for it,
cables and the switches' ports say what a place is wired with.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pynetbox
import requests
from pydantic import AfterValidator, Field
from requests.adapters import HTTPAdapter

from agent.settings import ReadableFile, SettingsFile, load
from inventory.importing.cabling import cable_of, port_of, wired_interfaces, wiring_texts
from inventory.importing.columns import Columns
from inventory.importing.identifiers import identifier
from inventory.importing.listing import Entry, Listing, ListingError, RawRow, Refusal
from inventory.importing.texts import is_text
from inventory.models import SiteKind

AREA = None
COLUMNS = Columns(
    {
        "number": ["id"],
        "detail": ["name"],
        "latitude": ["latitude"],
        "longitude": ["longitude"],
        "site": ["site_slug"],
        "place": ["site_name"],
        "district": ["site_region"],
        "site_kind": ["site_kind"],
        "port_bits_per_second": ["port_bits_per_second"],
        "port_poe": ["port_poe"],
        "cable": ["cable"],
    }
)
_ROWS_A_PAGE = 200
_IDS_A_QUESTION = 100
"""So many fit into an address."""
_OWN = ("id", "name", "serial", "latitude", "longitude")
_OF_PAGES = frozenset({"limit", "offset", "strict_filters"})


def _names_nobody(url: str) -> str:
    if "@" in url:
        raise ValueError("has an @, as before it stand a user and a password; put a token into token_file")
    return url


def _holds_a_token(path: Path) -> Path:
    """A header takes nothing else, and an error would print what it does not take."""
    token = _token_in(path)
    if not token.isascii() or not token.isprintable() or len(token.split()) != 1:
        raise ValueError(f"{path} does not hold one word of ASCII; write the token into it, and nothing else")
    return path


def _leave_the_pages(filters: "dict[str, Filter]") -> "dict[str, Filter]":
    if taken := sorted(_OF_PAGES & filters.keys()):
        raise ValueError(f"{', '.join(taken)} is no filter: the pages are counted by the import; remove it")
    return filters


Filter = str | int | bool | list[str | int]


class Settings(SettingsFile):
    """Where NetBox is, the file with a token that may read, which devices are access points, and whether their wiring
    is asked for."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$"), AfterValidator(_names_nobody)]
    token_file: Annotated[ReadableFile, AfterValidator(_holds_a_token)]
    filters: Annotated[dict[str, Filter], AfterValidator(_leave_the_pages)] = Field(default_factory=dict)
    wiring: bool = False
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0


def read(path: Path, today: date) -> Listing:
    """The devices that NetBox has now. Raises SettingsError for the file, ListingError where NetBox does not answer."""
    settings = load(Settings, path)
    api = pynetbox.api(settings.url, token=_token_in(settings.token_file))
    with requests.Session() as connections:
        connections.trust_env = False  # a ~/.netrc would send another word in place of the token
        # For this address and no other: a redirect takes the token nowhere else.
        connections.adapters.clear()
        connections.mount(settings.url.rstrip("/") + "/", _TimeLimited(settings.timeout_seconds))
        api.http_session = connections
        try:
            sites = {site["id"]: site for site in _all(api.dcim.sites, {})}
            devices = list(_all(api.dcim.devices, settings.filters))
            wiring = _wiring(api, [device["id"] for device in devices]) if settings.wiring else {}
            rows = [
                RawRow(row, {**dict(_values(device, sites)), **wiring.get(device["id"], {})})
                for row, device in enumerate(devices, start=1)
            ]
        except pynetbox.RequestError as error:
            readable = "sites, devices, interfaces and cables" if settings.wiring else "sites and devices"
            raise ListingError(f"{settings.url}: {error}; is the token one that may read {readable}?") from error
        except (pynetbox.ContentError, requests.RequestException) as error:
            raise ListingError(f"{settings.url}: {error}") from error
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise ListingError(f"{settings.url}: the answer is not in NetBox's form: {error!r}") from error
    return _listing(rows, today)


def _listing(rows: list[RawRow], today: date) -> Listing:
    problem = "is no text that could be written; correct it in NetBox"
    refused = [Refusal(row.row, problem) for row in rows if not is_text([*row.values.values()])]
    told = {refusal.row for refusal in refused}
    return Listing(tuple(row for row in rows if row.row not in told), tuple(refused), as_of=today)


def entry(values: Mapping[str, str]) -> Entry:
    """What a device says of its place."""
    said = {"place": "", "district": ""} | COLUMNS.read(values)
    name, site = said.get("detail", ""), said.pop("site", "")
    return Entry(id=identifier(f"{site} {name}") if name and site else None, **said)


def _token_in(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _all(table: Any, filters: Mapping[str, Filter]) -> Iterator[Mapping[str, Any]]:
    """All rows of a table, page by page, as many as it counts; its links to next pages are not followed.

    Raises ListingError where it gives others.
    """
    total, first = None, 0
    while total is None or first < total:
        page = table.filter(**filters, limit=_ROWS_A_PAGE, offset=first)
        rows = [dict(row) for row in page]
        count = int(page.request.count)
        if total not in {None, count} or first + len(rows) > count or (not rows and count):
            raise ListingError(f"{table.url}: the pages do not come to the {count} rows that it counts; import again")
        yield from rows
        total, first = count, first + len(rows)


def _wiring(api: pynetbox.api, devices: Sequence[int]) -> dict[int, dict[str, str]]:
    """The columns of what each device is wired with, by its id. All have them, so that none is taken for a lost one."""
    found: dict[int, dict[str, str]] = {}
    for first in range(0, len(devices), _IDS_A_QUESTION):
        some = devices[first : first + _IDS_A_QUESTION]
        wired = wired_interfaces(list(_all(api.dcim.interfaces, {"device_id": [*some], "cabled": True})))
        ports = _by_id(api.dcim.interfaces, [port_of(interface) for interface in wired.values()])
        cables = _by_id(api.dcim.cables, [cable_of(interface) for interface in wired.values()])
        for device in some:
            interface = wired.get(device, {})
            found[device] = dict(wiring_texts(ports.get(port_of(interface)), cables.get(cable_of(interface))))
    return found


def _by_id(table: Any, ids: Sequence[int | None]) -> dict[int | None, Mapping[str, Any]]:
    """The rows of these ids; without any id nothing is asked, for that would ask for all."""
    known = sorted({id_ for id_ in ids if id_ is not None})
    return {row["id"]: row for row in _all(table, {"id": [*known]})} if known else {}


class _TimeLimited(HTTPAdapter):
    """Gives every request the time limit that pynetbox has none of."""

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__()
        self._timeout_seconds = timeout_seconds

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        return super().send(request, **(options | {"timeout": self._timeout_seconds}))


def _values(device: Mapping[str, Any], sites: Mapping[int, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What is kept of a device, as texts; what NetBox has not is empty."""
    for name in _OWN:
        yield name, _text(device.get(name))
    site = sites.get((device.get("site") or {}).get("id", 0), {})
    yield "site_slug", _text(site.get("slug"))
    yield "site_name", _text(site.get("name"))
    yield "site_region", _text((site.get("region") or {}).get("name"))
    slugs = {tag["slug"] for tag in site.get("tags") or []}
    kinds = [str(kind) for kind in SiteKind if kind in slugs]
    yield "site_kind", kinds[0] if len(kinds) == 1 else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)
