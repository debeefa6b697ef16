"""What a vendor profile is: a TOML file that says which objects of a device become which fields of a Report.

Read by `agent.snmp.profiles`; compiled by `agent.snmp.values` and `agent.snmp.report`. The format is documented in
docs/snmp.md.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agent.wire import Device, Interface, Radio, Report, Ssid, System

Scalar = bool | int | float | str
Take = Literal["first", "sum", "mean", "max", "min", "count"]


def _must_have_a_group(pattern: str) -> str:
    if re.compile(_must_be_a_pattern(pattern)).groups != 1:
        raise ValueError("needs one group in parentheses: what it matches is the value")
    return pattern


def _must_be_a_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return pattern


def _text_keys(table: object) -> object:
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else table


Oid = Annotated[str, Field(pattern=r"^\d+(\.\d+)+$")]
Column = Annotated[str, Field(pattern=r"^\d+$")]
Slice = Annotated[
    str, Field(pattern=r"^(-?\d+)?:(-?\d+)?$", description="A part of an index as in Python, such as 0:6")
]
Pattern = Annotated[str, AfterValidator(_must_be_a_pattern)]
ValuePattern = Annotated[str, AfterValidator(_must_have_a_group)]
Parse = Literal["number", "text", "mac", "uptime", "band_of_channel", "channel_of_mhz", "band_of_mhz"]


class ProfileModel(BaseModel):
    """What all parts of a profile share: an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Value(ProfileModel):
    """Where a value comes from, and what is done to it, in this order: absent, pattern, item, as, negative,
    signed_bits, enum, in, scale, offset, at_least / at_most, counter, format."""

    oid: Oid | None = None
    column: Annotated[int, Field(ge=0)] | None = None
    index: Slice | None = None
    const: Scalar | None = None
    first: tuple["Value", ...] = ()
    sum: tuple["Value", ...] = ()
    part: "Value | None" = None
    whole: "Value | None" = None
    complement: bool = False

    table: str | None = None
    at: tuple["Slice | Value", ...] | None = None
    under: Slice | None = None
    where: Annotated[Mapping[Column, "Value"], BeforeValidator(_text_keys)] | None = None
    all: bool = False
    take: Take = "first"
    only: "Value | None" = None

    absent: tuple[Scalar, ...] = ()
    pattern: ValuePattern | None = None
    item: "Value | None" = None
    separator: str = ","
    parse: Parse | None = Field(default=None, alias="as")
    negative: bool = False
    signed_bits: Literal[8, 16, 32] | None = None
    enum: Annotated[Mapping[str, Scalar], BeforeValidator(_text_keys)] | None = None
    among: tuple[Scalar, ...] | None = Field(default=None, alias="in")
    scale: float | None = None
    offset: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    counter: Literal[32, 64] | None = None
    format: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [self.oid, self.column, self.index, self.const, self.first or None, self.sum or None, self.part]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("needs one of oid, column, index, const, first, sum, part")
        if (self.part is None) != (self.whole is None):
            raise ValueError("part and whole belong together")
        elsewhere = [self.at, self.under, self.where, self.all or None]
        if sum(way is not None for way in elsewhere) > (self.table is not None):
            raise ValueError("of at, under, where and all one may stand beside a table")
        return self

    def inner(self) -> Iterator["Value"]:
        """The values that this one is made of."""
        yield from (*self.first, *self.sum)
        for value in (self.part, self.whole, self.item, self.only, *(self.where or {}).values()):
            if value is not None:
                yield value
        yield from (value for value in self.at or () if isinstance(value, Value))


Fields = Mapping[str, Value]


class Match(ProfileModel):
    """When a profile is for a device. What is named must all be true; of several profiles the one with the longest
    object id, then with more conditions, is taken."""

    object_id: Oid | None = Field(default=None, description="sysObjectID begins so")
    description: Pattern | None = Field(default=None, description="sysDescr has a part that matches")
    has: tuple[Oid, ...] = Field(default=(), description="The device has one of these objects")


class Rows(ProfileModel):
    """A list of a report's parts: one for each row of a table, or one where there is no table."""

    rows: str | None = None
    access_point: "Slice | Value | None" = None
    only: Value | None = None
    fields: Fields


class AccessPoints(ProfileModel):
    """The rows that each become a report, on a controller or in a cluster. `key` is what other rows name it by."""

    rows: str
    key: "Slice | Value" = ":"
    only: Value | None = None
    is_self: Value | None = Field(default=None, description="The row that is the answering device itself")
    report: Fields = Field(default_factory=dict)
    device: Fields = Field(default_factory=dict)
    system: Fields = Field(default_factory=dict)
    uplink: Fields = Field(default_factory=dict)


class Interfaces(Rows):
    """Rows of interfaces. Of their names `uplink` picks the one towards the network, the first pattern first; those
    that match one of `ignore` are left out."""

    uplink: tuple[Pattern, ...] = ()
    ignore: tuple[Pattern, ...] = ()


class Profile(ProfileModel):
    """One vendor's way to tell of access points."""

    name: str
    title: str
    vendor: str | None = None
    describes: Literal["access_point", "controller", "cluster"] = "access_point"
    match: tuple[Match, ...] = ()
    tables: Mapping[str, Oid] = Field(default_factory=dict)
    report: Fields = Field(default_factory=dict)
    device: Fields = Field(default_factory=dict)
    system: Fields = Field(default_factory=dict)
    access_points: AccessPoints | None = None
    radios: tuple[Rows, ...] = ()
    ssids: tuple[Rows, ...] = ()
    interfaces: Interfaces | None = None

    @model_validator(mode="after")
    def _tables_are_there(self) -> Self:
        named = {name for name, _ in self.columns()}
        if missing := named - self.tables.keys():
            raise ValueError(f"tables that are not under [tables]: {', '.join(sorted(missing))}")
        if (self.access_points is None) != (self.describes == "access_point"):
            raise ValueError("a controller or a cluster has [access_points], an access point has not")
        return self

    @model_validator(mode="after")
    def _fields_are_the_wires(self) -> Self:
        unknown = sorted(
            f"{place}.{name}"
            for place, fields, model in self._fields()
            for name in fields.keys() - model.model_fields.keys()
        )
        if unknown:
            raise ValueError(f"fields that no report has: {', '.join(unknown)}")
        return self

    def _fields(self) -> Iterator[tuple[str, Fields, type[BaseModel]]]:
        """Each table of fields with the part of a report that they are of."""
        whole: list[tuple[str, Profile | AccessPoints]] = [("", self)]
        if self.access_points is not None:
            whole.append(("access_points.", self.access_points))
            yield "access_points.uplink", self.access_points.uplink, Interface
        for place, of in whole:
            yield f"{place}report", of.report, Report
            yield f"{place}device", of.device, Device
            yield f"{place}system", of.system, System
        yield from ((f"radios[{n}].fields", rows.fields, Radio) for n, rows in enumerate(self.radios))
        yield from ((f"ssids[{n}].fields", rows.fields, Ssid) for n, rows in enumerate(self.ssids))
        if self.interfaces is not None:
            yield "interfaces.fields", self.interfaces.fields, Interface

    def values(self) -> Iterator[tuple[str | None, Value]]:
        """Each value at the top of an expression, with the table whose rows it is evaluated for."""
        for fields in (self.report, self.device, self.system):
            yield from ((None, value) for value in fields.values())
        if self.access_points is not None:
            of = self.access_points
            for fields in (of.report, of.device, of.system, of.uplink):
                yield from ((of.rows, value) for value in fields.values())
            yield from ((of.rows, value) for value in (of.key, of.only, of.is_self) if isinstance(value, Value))
        for rows in (*self.radios, *self.ssids, *([self.interfaces] if self.interfaces else [])):
            yield from ((rows.rows, value) for value in rows.fields.values())
            yield from ((rows.rows, value) for value in (rows.access_point, rows.only) if isinstance(value, Value))

    def scalars(self) -> set[str]:
        """The objects without a row that the profile reads."""
        return {value.oid for _, top in self.values() for value in _all_of(top) if value.oid is not None}

    def columns(self) -> set[tuple[str, int]]:
        """Table and column of all that it reads by rows."""
        found: set[tuple[str, int]] = set()
        for table, value in self.values():
            found |= _columns_of(value, table)
        return found


def _all_of(value: Value) -> Iterator[Value]:
    yield value
    for inner in value.inner():
        yield from _all_of(inner)


def _columns_of(value: Value, row_table: str | None) -> set[tuple[str, int]]:
    """A value is read in its own table's rows; what picks those rows (`at`, and the right side of `where`) in the row
    that asks."""
    own = value.table or row_table
    found: set[tuple[str, int]] = set()
    if value.column is not None:
        found.add((own or "", value.column))
    if value.where is not None:
        found |= {(own or "", int(column)) for column in value.where}
    asking = [*(value.where or {}).values(), *(part for part in value.at or () if isinstance(part, Value))]
    for inner in value.inner():
        found |= _columns_of(inner, row_table if inner in asking else own)
    return found
