"""What of a report becomes which row: its fields, its series and its numbers, for `collector.influx.lines`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from pydantic import BaseModel

from agent.wire import Interface, Probe
from collector.influx.fields import DISTRIBUTIONS, Combinations, Fields, Values, combinations_of
from collector.influx.series import (
    REPORT,
    STANDARDS,
    distribution_series,
    other_interface_series,
    probe_series,
    radio_series,
    ssid_series,
    standard_series,
    uplink_series,
)
from collector.readings import checked_at, clients_of, traffic_of
from collector.stores import StoredReport

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_FIRST_FIELDS = (
    "reports",
    "is_clock_corrected",
    "interval_seconds",
    "is_up",
    "clients",
    "download_bits_per_second",
    "upload_bits_per_second",
)
"""Of a report, before those of its system. `reports` is 1: its sum counts reports."""
_SYSTEM = ("uptime_seconds", "cpu_ratio", "memory_used_ratio", "load_1m", "temperature_celsius")
_MAX_COMBINATIONS = 4096
_of_report = itemgetter("interval_seconds", "is_up", "system")

ToldOf = Callable[[BaseModel], set[str]]


def milliseconds(instant: datetime) -> int:
    """An instant as the engines keep it: whole milliseconds since 1970, what is beyond cut off."""
    return (instant - _EPOCH) // _MILLISECOND


@dataclass(slots=True)
class Rows:
    """A report taken apart.

    `shape` has of every row its fields and its series, one after the other; `numbers` are theirs, in order, each row's
    with its time behind them. `groups` are series with the one field `clients`, and `counts` their numbers at `time`,
    of which a 0 makes no line.
    """

    shape: list[Any]
    numbers: list[Any]
    groups: list[tuple[str, ...]]
    counts: list[int]
    time: int


class RowReader:
    """Takes reports apart, and remembers the combinations of fields that it meets."""

    def __init__(self) -> None:
        self._reports: dict[object, Fields] = {}
        self._system = Combinations(_SYSTEM, {})
        self._radios = combinations_of("radios")
        self._ssids = combinations_of("ssids")
        self._interfaces = combinations_of("interfaces")
        self._probes = combinations_of("probes")

    def read(self, stored: StoredReport, told: ToldOf) -> Rows:
        """The rows of a report, of each the fields that are `told` of it."""
        report, time = stored.report.__dict__, milliseconds(stored.observed_at)
        rows = self._read_report(stored, told, time)
        shape, numbers = rows.shape, rows.numbers
        of_radios, of_ssids = self._radios.of, self._ssids.of
        for radio in report["radios"]:
            fields, values = of_radios(told(radio)), radio.__dict__
            if fields.names:
                shape += (fields, radio_series(values["name"], values["band"]))
                numbers += fields.read(values)
                numbers.append(time)
            if fields.has_groups:
                _read_groups(values, rows)
        for ssid in report["ssids"]:
            fields, values = of_ssids(told(ssid)), ssid.__dict__
            if fields.names:
                shape += (fields, ssid_series(values["ssid"], values["radio"]))
                numbers += fields.read(values)
                numbers.append(time)
        if report["uplink"] is not None:
            self._read_interface(rows, report["uplink"], uplink_series, told)
        for interface in report["interfaces"]:
            self._read_interface(rows, interface, other_interface_series, told)
        for probe in report["probes"]:
            self._read_probe(rows, probe, stored, told)
        return rows

    def _read_report(self, stored: StoredReport, told: ToldOf, time: int) -> Rows:
        report = stored.report
        download, upload = traffic_of(report)
        clients = clients_of(report)
        interval, is_up, system = _of_report(report.__dict__)
        of_system = None if system is None else self._system.of(told(system))
        key = (interval is None, is_up is None, clients is None, download is None, upload is None, of_system)
        fields = self._reports.get(key) or self._report_fields(key)
        first = (
            1,
            int(stored.is_clock_corrected),
            interval,
            None if is_up is None else int(is_up),
            clients,
            download,
            upload,
        )
        numbers: list[Any] = [number for number in first if number is not None]
        if of_system is not None:
            numbers += of_system.read(system.__dict__)
        numbers.append(time)
        return Rows([fields, REPORT], numbers, [], [], time)

    def _report_fields(self, key: tuple[bool, bool, bool, bool, bool, Fields | None]) -> Fields:
        if len(self._reports) >= _MAX_COMBINATIONS:
            self._reports.clear()
        *are_absent, of_system = key
        absent = dict(zip(_FIRST_FIELDS[2:], are_absent, strict=True))
        names = [name for name in _FIRST_FIELDS if not absent.get(name, False)]
        fields = self._reports[key] = Fields((*names, *(of_system.names if of_system else ())))
        return fields

    def _read_interface(self, rows: Rows, interface: Interface, series: Callable[[str], str], told: ToldOf) -> None:
        fields = self._interfaces.of(told(interface))
        if fields.names:
            rows.shape += (fields, series(interface.name))
            rows.numbers += fields.read(interface.__dict__)
            rows.numbers.append(rows.time)

    def _read_probe(self, rows: Rows, probe: Probe, stored: StoredReport, told: ToldOf) -> None:
        fields = self._probes.of(told(probe))
        if fields.names:
            at = probe.observed_at
            instant = stored.observed_at if at is None else checked_at(at, stored.report, stored.observed_at)
            rows.shape += (fields, probe_series(probe.kind, probe.target, probe.server, probe.direction))
            rows.numbers += fields.read(probe.__dict__)
            rows.numbers.append(milliseconds(instant))


def _read_groups(radio: Values, rows: Rows) -> None:
    standards = radio["clients_by_standard"]
    if standards:
        counts = [0] * len(STANDARDS)
        for part in standards:
            counts[STANDARDS.index(part.standard)] = part.clients
        rows.groups.append(standard_series(radio["name"]))
        rows.counts += counts
    for quantity in DISTRIBUTIONS:
        distribution = radio[quantity]
        if distribution is not None:
            rows.groups.append(distribution_series(radio["name"], quantity, distribution.bounds))
            rows.counts += distribution.counts
