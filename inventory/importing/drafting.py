"""What the inventory would say of a row: its access point, its site, and what there is to say of both. Pure."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

from pydantic import ValidationError

from inventory.districts import DISTRICTS
from inventory.importing.floors import read_floor
from inventory.importing.importer import Importer
from inventory.importing.installed import read_installed
from inventory.importing.listing import Entry
from inventory.importing.positions import SEOUL, Area, Position, read_position
from inventory.importing.remarks import Remark, noted, repaired
from inventory.importing.sites import Parks, SiteRef, facility, normal_name, plain_name
from inventory.importing.taxonomy import Judgement, Taxonomy
from inventory.importing.wires import read_cable, read_poe, read_port_speed
from inventory.models import AccessPoint, SiteKind

_DISTRICTS = frozenset(district.name_ko for district in DISTRICTS)
_PLACEMENTS: Mapping[str, Literal["indoor", "outdoor"]] = {
    "실내": "indoor",
    "indoor": "indoor",
    "실외": "outdoor",
    "옥외": "outdoor",
    "outdoor": "outdoor",
}
_LONGEST_TEXT = 200
_MEANINGS = frozenset(field.name for field in fields(Entry))


class NotTakenError(Exception):
    """The row cannot be taken. The message has the remedy."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An access point as it would stand in the inventory, its site, and what there is to say of the row."""

    access_point: AccessPoint
    site: SiteRef
    position: Position | None
    remarks: tuple[Remark, ...]
    has_earlier_position: bool = False

    def differences(self, earlier: "Draft") -> list[str]:
        """What is said otherwise than in an earlier draft of the same access point, each as `name: was -> is`.

        How the number is written is left out: some years have dashes before it.
        """
        if self.access_point == earlier.access_point:
            return []
        is_, was = (draft.access_point.model_dump(mode="json") for draft in (self, earlier))
        return [f"{name}: {was[name]} -> {is_[name]}" for name in is_ if name != "number" and is_[name] != was[name]]


class Drafter:
    """Makes drafts of one importer's rows, by the parks and the taxonomy of today."""

    def __init__(self, importer: Importer, parks: Parks, taxonomy: Taxonomy) -> None:
        self._importer = importer
        self._parks = parks
        self._taxonomy = taxonomy

    def meanings(self, headers: Iterable[str]) -> frozenset[str]:
        """Which of what an `Entry` says has a column among these."""
        return _MEANINGS.intersection(self._importer.COLUMNS.of(headers))

    def draft(self, values: Mapping[str, str], as_of: date, known: Position | None = None) -> Draft:
        """Of a row in a list of that day. `known` is its position in an earlier one. Raises NotTakenError."""
        entry = self._importer.entry(values)
        id_ = _id_of(entry)
        area = self._importer.AREA
        said, remarks = read_position(entry.latitude, entry.longitude, area)
        has_earlier_position = said is None and known is not None
        position = known if has_earlier_position else said
        if has_earlier_position:
            remarks.append(noted("the position of an earlier list stays"))
        remarks += _about_place(entry, area)
        site, to_review = self._site(entry, position)
        floor, about_floor = read_floor(entry.floor)
        installed, about_date = read_installed(entry.installed, newest_year=as_of.year)
        placement, about_placement = _placement(entry.placement)
        speed, about_speed = read_port_speed(entry.port_bits_per_second)
        poe, about_poe = read_poe(entry.port_poe)
        cable, about_cable = read_cable(entry.cable)
        remarks += [*about_floor, *about_date, *about_placement, *about_speed, *about_poe, *about_cable, *to_review]
        try:
            access_point = AccessPoint(
                id=id_,
                site=site.id,
                name=_name(entry, site),
                **(position._asdict() if position else {}),
                placement=placement,
                installed=installed,
                floor=floor,
                number=entry.number or None,
                port_bits_per_second=speed,
                port_poe=poe,
                cable=cable,
            )
        except ValidationError as error:
            raise NotTakenError(_problem(error)) from error
        return Draft(access_point, site, position, tuple(remarks), has_earlier_position)

    def _site(self, entry: Entry, position: Position | None) -> tuple[SiteRef, list[Remark]]:
        park = self._parks.at(position) if position else None
        if park is not None:
            return park, []
        judgement = self._judge(entry)
        to_review = [Remark("to review", judgement.to_review)] if judgement.to_review else []
        return facility(plain_name(entry.place), entry.district, judgement), to_review

    def _judge(self, entry: Entry) -> Judgement:
        if not entry.site_kind:
            return self._taxonomy.judge(entry.install_type, entry.place)
        try:
            kind = SiteKind(entry.site_kind)
        except ValueError as error:
            known = ", ".join(SiteKind)
            raise NotTakenError(f"{entry.site_kind!r} is no kind of site; write one of {known}") from error
        return Judgement(kind, str(kind))


def _id_of(entry: Entry) -> str:
    """The row's id, where the row has all that it must have."""
    if entry.id is None:
        raise NotTakenError("has no number that could be its id; give it one")
    if not normal_name(entry.place):
        raise NotTakenError("has no name of a place; give it one")
    if not 1 <= len(entry.district) <= _LONGEST_TEXT:
        raise NotTakenError("names no district; add it")
    return entry.id


def _about_place(entry: Entry, area: Area | None) -> list[Remark]:
    remarks = []
    if area == SEOUL and entry.district not in _DISTRICTS:
        remarks.append(noted(f"{entry.district} is no district of Seoul"))
    names = (entry.place, entry.detail)
    if any(html.unescape(text) != text for text in names):
        remarks.append(repaired("the name had signs as HTML writes them"))
    if any(plain_name(text) != " ".join(html.unescape(text).split()) for text in names):
        remarks.append(repaired("the name had characters that cannot be seen"))
    if entry.number.startswith("-"):
        remarks.append(repaired(f"the number {entry.number} has dashes before it"))
    return remarks


def _name(entry: Entry, site: SiteRef) -> str | None:
    """What people call it: where at its site, and in a park at what."""
    place, detail = plain_name(entry.place), plain_name(entry.detail)
    parts = [place, detail] if site.is_built_in else [detail]
    name = " ".join(dict.fromkeys(part for part in parts if normal_name(part)))
    return name[:_LONGEST_TEXT] or None


def _placement(text: str) -> tuple[Literal["indoor", "outdoor"] | None, list[Remark]]:
    found = _PLACEMENTS.get(text.strip().lower())
    said = [] if found or not text.strip(" -") else [noted(f"{text!r} is neither indoors nor outdoors")]
    return found, said


def _problem(error: ValidationError) -> str:
    """What the inventory's own rules say against it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}; correct it in the list"
