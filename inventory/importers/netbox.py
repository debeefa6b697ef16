"""Imports access points from NetBox: its devices, as the filters of a TOML file choose them.

A place is not a device: an id is made of the site's slug and the device's name, which both stay when the box is
replaced. A site's region is its district, and a tag that is a kind of site says what it is.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pynetbox
import requests
from pydantic import Field
from requests.adapters import HTTPAdapter

from agent.settings import ReadableFile, SettingsFile, load
from inventory.importing.identifiers import identifier
from inventory.importing.listing import Entry, Listing, ListingError, RawRow
from inventory.models import SiteKind

AREA = None
_ROWS_A_PAGE = 200
_OWN = ("id", "name", "serial", "latitude", "longitude")


class Settings(SettingsFile):
    """Where NetBox is, the file with a token that may read, and which devices are access points."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    token_file: ReadableFile
    filters: dict[str, str | int | bool | list[str | int]] = Field(default_factory=dict)
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0


def read(path: Path) -> Listing:
    """The devices that NetBox has now. Raises SettingsError for the file, ListingError where NetBox does not answer."""
    settings = load(Settings, path)
    api = pynetbox.api(settings.url, token=settings.token_file.read_text(encoding="utf-8").strip())
    with requests.Session() as connections:
        # For this address and no other: a link to a next page, or a redirect, takes the token nowhere else.
        connections.adapters.clear()
        connections.mount(settings.url.rstrip("/") + "/", _TimeLimited(settings.timeout_seconds))
        api.http_session = connections
        try:
            sites = {site["id"]: site for site in map(dict, api.dcim.sites.filter(limit=_ROWS_A_PAGE))}
            devices = map(dict, api.dcim.devices.filter(**settings.filters, limit=_ROWS_A_PAGE))
            rows = [RawRow(row, dict(_values(device, sites))) for row, device in enumerate(devices, start=1)]
        except pynetbox.RequestError as error:
            raise ListingError(f"{settings.url}: {error}; is the token one that may read sites and devices?") from error
        except (pynetbox.ContentError, requests.RequestException) as error:
            raise ListingError(f"{settings.url}: {error}") from error
    return Listing(tuple(rows), as_of=datetime.now().astimezone().date())


def entry(values: Mapping[str, str]) -> Entry:
    """What a device says of its place."""
    name, site = values.get("name", ""), values.get("site_slug", "")
    return Entry(
        id=identifier(f"{site} {name}") if name and site else None,
        number=values.get("id", ""),
        place=values.get("site_name", ""),
        district=values.get("site_region", ""),
        detail=name,
        latitude=values.get("latitude", ""),
        longitude=values.get("longitude", ""),
        site_kind=values.get("site_kind", ""),
    )


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
