"""Makes Reports of what a device answered, by its profile. Pure; called by `agent.sources.snmp` after each poll."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from agent.snmp.fields import FieldReader
from agent.snmp.meaning import Meaning
from agent.snmp.moment import NO_ROW, Moment, Row
from agent.snmp.polling import uptime_seconds
from agent.snmp.profile import AccessPoints, Interfaces, Profile, Rows, Slice, Value
from agent.snmp.values import compiled, sliced
from agent.wire import Device, Interface, Radio, Report, Ssid, System

MAX_RADIOS, MAX_SSIDS, MAX_INTERFACES = 16, 128, 128

Key = Hashable
_WHOLE: Key = None
"""The key of what belongs to the answering device itself."""


class Reporter:
    """A profile, compiled: turns a Moment of one device into its Reports."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._own = _Whole(profile, "", profile.vendor)
        self._access_points = None
        if profile.access_points is not None:
            self._access_points = _Many(profile.access_points, profile.vendor)
        self._radios = [_List(rows, Radio, f"radios[{n}]") for n, rows in enumerate(profile.radios)]
        self._ssids = [_List(rows, Ssid, f"ssids[{n}]") for n, rows in enumerate(profile.ssids)]
        self._interfaces = None if profile.interfaces is None else _InterfaceList(profile.interfaces)

    def reports(
        self, moment: Moment, *, observed_at: datetime, interval_seconds: float | None, access_point: str | None
    ) -> list[Report]:
        """The reports of one reading. `access_point` is the place of the answering device, where it is known.

        An access point behind a controller counts from its own start, not from the controller's.
        """
        span = {"observed_at": observed_at, "interval_seconds": interval_seconds}
        own = {**span, "access_point": access_point, **self._own.read(moment)}
        own |= self._wired(moment)
        if self._access_points is None:
            parts = self._parts(moment)
            return [_report({**own, **parts.get(_WHOLE, {})})]
        found = self._access_points.read(moment)
        parts = self._parts(moment)
        if not found and self._profile.describes == "cluster":  # a member, to whom its conductor tells nothing
            return [_report({**own, **parts.get(_WHOLE, {})})]
        reports = []
        for key, (fields, is_self) in found:
            whole = {**(own if is_self else span), **fields}
            reports.append(_report({**whole, **parts.get(key, {})}))
        if self._profile.describes == "controller":
            reports.insert(0, _report({**own, **parts.get(_WHOLE, {})}))
        return reports

    def _parts(self, moment: Moment) -> Mapping[Key, dict[str, object]]:
        parts: dict[Key, dict[str, object]] = defaultdict(dict)
        for name, lists, most in (("radios", self._radios, MAX_RADIOS), ("ssids", self._ssids, MAX_SSIDS)):
            grouped: dict[Key, list[object]] = defaultdict(list)
            for each in lists:
                for key, part in each.read(moment):
                    grouped[key].append(part)
            for key, found in grouped.items():
                parts[key][name] = tuple(found[:most])
        return parts

    def _wired(self, moment: Moment) -> dict[str, object]:
        moment.continue_with(_WHOLE)
        if self._interfaces is None:
            return {}
        uplink, others = self._interfaces.read(moment)
        return {"uplink": uplink, "interfaces": tuple(others[:MAX_INTERFACES])}


_reporters: dict[str, tuple[Profile, Reporter]] = {}


def reporter_of(profile: Profile) -> Reporter:
    """The reporter of a profile, one for all devices that have it: it remembers nothing of any."""
    known = _reporters.get(profile.name)
    if known is None or known[0] is not profile:
        known = _reporters[profile.name] = (profile, Reporter(profile))
    return known[1]


class _Whole:
    """The parts of a report of which there is one: the report's own fields, device, system."""

    def __init__(self, of: Profile | AccessPoints, name: str, vendor: str | None) -> None:
        self._vendor = {} if vendor is None else {"vendor": vendor}
        self._report = FieldReader(Report, of.report, f"{name}report")
        self._device = FieldReader(Device, of.device, f"{name}device")
        self._system = FieldReader(System, of.system, f"{name}system")
        self._uplink = None
        if isinstance(of, AccessPoints) and of.uplink:
            self._uplink = FieldReader(Interface, of.uplink, f"{name}uplink")

    def read(self, moment: Moment, row: Row = NO_ROW, key: Key = _WHOLE) -> dict[str, object]:
        system = self._system.read(moment, row)  # first: its uptime says whether what follows counts from a new start
        uptime = system.get("uptime_seconds")
        if uptime is None and key is _WHOLE:
            uptime = uptime_seconds(moment.scalars)
        moment.begin(key, uptime)
        found = self._report.read(moment, row)
        found["device"] = Device.model_validate({**self._vendor, **self._device.read(moment, row)})
        if system:
            found["system"] = System.model_validate(system)
        if self._uplink is not None and "name" in (uplink := self._uplink.read(moment, row)):
            found["uplink"] = _interface(uplink)
        return found


class _Many:
    """The rows that are each an access point."""

    def __init__(self, of: AccessPoints, vendor: str | None) -> None:
        self._of = of
        self._key = _key_reader(of.key, "access_points.key")
        self._only = _optional(of.only, "access_points.only")
        self._is_self = _optional(of.is_self, "access_points.is_self")
        self._whole = _Whole(of, "access_points.", vendor)

    def read(self, moment: Moment) -> list[tuple[Key, tuple[dict[str, object], bool]]]:
        found: list[tuple[Key, tuple[dict[str, object], bool]]] = []
        for row in moment.rows(self._of.rows):
            if self._only is not None and not self._only(moment, row):
                continue
            is_self = self._is_self is not None and bool(self._is_self(moment, row))
            key = self._key(moment, row)
            found.append((key, (self._whole.read(moment, row, key), is_self)))
        return found


class _List:
    """The rows that are each a radio or a network."""

    def __init__(self, of: Rows, model: type[Radio | Ssid], name: str) -> None:
        self._of = of
        self._model = model
        self._only = _optional(of.only, f"{name}.only")
        self._key = None if of.access_point is None else _key_reader(of.access_point, f"{name}.access_point")
        self._fields = FieldReader(model, of.fields, name)
        self._required = "name" if model is Radio else "ssid"

    def read(self, moment: Moment) -> Iterable[tuple[Key, object]]:
        rows = [NO_ROW] if self._of.rows is None else moment.rows(self._of.rows)
        for row in rows:
            if self._only is not None and not self._only(moment, row):
                continue
            key = _WHOLE if self._key is None else self._key(moment, row)
            moment.continue_with(key)
            fields = self._fields.read(moment, row)
            if self._required in fields:
                yield key, self._model.model_validate(fields)


class _InterfaceList:
    """The wired interfaces of the answering device, the uplink among them."""

    def __init__(self, of: Interfaces) -> None:
        self._of = of
        self._only = _optional(of.only, "interfaces.only")
        self._fields = FieldReader(Interface, of.fields, "interfaces")
        self._uplink = [re.compile(pattern) for pattern in of.uplink]
        self._ignore = [re.compile(pattern) for pattern in of.ignore]

    def read(self, moment: Moment) -> tuple[Interface | None, list[Interface]]:
        found = []
        for row in moment.rows(self._of.rows or ""):
            if self._only is not None and not self._only(moment, row):
                continue
            fields = self._fields.read(moment, row)
            if "name" in fields and not any(pattern.search(str(fields["name"])) for pattern in self._ignore):
                found.append(_interface(fields))
        uplink = _chosen(found, self._uplink)
        return uplink, [other for other in found if other is not uplink]


def _chosen(found: Sequence[Interface], patterns: Sequence[re.Pattern[str]]) -> Interface | None:
    """The first by the order of the patterns, of the ports that are connected, or of all where none of them is."""
    for ports in ([interface for interface in found if interface.is_up], found):
        for pattern in patterns:
            for interface in ports:
                if pattern.search(interface.name):
                    return interface
    return None


def _interface(fields: dict[str, object]) -> Interface:
    if fields.get("is_up") is False:  # some devices keep the speed that a link had
        fields = {key: value for key, value in fields.items() if key not in {"speed_bits_per_second", "is_full_duplex"}}
    return Interface.model_validate(fields)


def _report(fields: dict[str, object]) -> Report:
    known = {key: value for key, value in fields.items() if value is not None}
    return Report.model_validate(known)


def _optional(value: Value | None, name: str) -> Callable[[Moment, Row], Meaning] | None:
    return None if value is None else compiled(value, name)


def _key_reader(key: Slice | Value, name: str) -> Callable[[Moment, Row], Key]:
    if isinstance(key, str):
        cut = sliced(key)
        return lambda _, row: cut(row.index)
    return compiled(key, name)
