"""What of a frame becomes which row of which table: the one list of columns, for every store that has columns.

Names are those of the wire's fields. `reports` also has the traffic and the clients as `collector.readings` derives
them, so that whoever asks the store for them need not know where an access point counts.

On the path of every report: rows are read off the models' own dictionaries, a tuple at a time, which costs a tenth of
asking for one attribute after the other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from operator import itemgetter
from typing import Literal, NamedTuple

from agent.wire import Probe
from agent.wire.identifiers import WireModel
from collector.readings import checked_at, clients_of, traffic_of
from collector.stores import StoredFrame, StoredReport

Kind = Literal["text", "instant", "whole", "number", "flag"]
"""What a column holds. An instant is in whole microseconds since 1970."""
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the kind of value it holds."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, and the rows that reports add to it, a value for each column; None is not known."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[Iterable["Located"]], Iterable[Row]]


class Located(NamedTuple):
    """A report with what all of its rows begin with: its place and its time."""

    head: Row
    stored: StoredReport


def microseconds(instant: datetime) -> int:
    """Since 1970."""
    return round(instant.timestamp() * 1_000_000)


class _Fields:
    """Some fields of a model of the wire as columns, and their values as part of a row."""

    def __init__(self, fields: Mapping[str, Kind]) -> None:
        self.columns = tuple(Column(name, kind) for name, kind in fields.items())
        self._values = itemgetter(*fields)
        self._nothing: Row = (None,) * len(fields)

    def of(self, part: WireModel | None) -> Row:
        """The values, none of them known where the part is absent."""
        return self._nothing if part is None else self._values(part.__dict__)


_RADIO = _Fields(
    {
        "name": "text",
        "is_up": "flag",
        "band": "text",
        "channel": "whole",
        "width_mhz": "whole",
        "standard": "text",
        "capability": "text",
        "tx_power_dbm": "number",
        "noise_dbm": "number",
        "busy_ratio": "number",
        "rx_ratio": "number",
        "tx_ratio": "number",
        "clients": "whole",
        "retry_ratio": "number",
        "failure_ratio": "number",
        "rx_bits_per_second": "number",
        "tx_bits_per_second": "number",
        "rx_phy_rate_bits_per_second": "number",
        "tx_phy_rate_bits_per_second": "number",
    }
)
_SSID = _Fields(
    {
        "ssid": "text",
        "radio": "text",
        "clients": "whole",
        "rx_bits_per_second": "number",
        "tx_bits_per_second": "number",
    }
)
_INTERFACE = _Fields(
    {
        "name": "text",
        "is_up": "flag",
        "speed_bits_per_second": "number",
        "max_speed_bits_per_second": "number",
        "is_full_duplex": "flag",
        "rx_bits_per_second": "number",
        "tx_bits_per_second": "number",
        "rx_errors_per_second": "number",
        "tx_errors_per_second": "number",
        "rx_drops_per_second": "number",
        "tx_drops_per_second": "number",
    }
)
_PROBE = _Fields(
    {
        "kind": "text",
        "target": "text",
        "server": "text",
        "is_ok": "flag",
        "outcome": "text",
        "failure": "text",
        "latency_seconds": "number",
        "loss_ratio": "number",
        "direction": "text",
        "method": "text",
        "streams": "whole",
        "transferred_bytes": "whole",
        "duration_seconds": "number",
        "throughput_bits_per_second": "number",
    }
)
_DEVICE = _Fields({"serial": "text", "model": "text", "firmware": "text"})
_SYSTEM = _Fields(
    {
        "uptime_seconds": "number",
        "cpu_ratio": "number",
        "memory_used_ratio": "number",
        "load_1m": "number",
        "temperature_celsius": "number",
    }
)
_DISTRIBUTIONS = ("client_signal_dbm", "client_rx_phy_rate_bits_per_second", "client_tx_phy_rate_bits_per_second")
_PLACE_AND_TIME = (Column("access_point", "text"), Column("observed_at", "instant"))


def located(frames: Iterable[StoredFrame]) -> list[Located]:
    """The reports of some frames, ready for the tables."""
    return [
        Located((stored.access_point, microseconds(stored.observed_at)), stored)
        for frame in frames
        for stored in frame.reports
    ]


def frame_rows(frames: Iterable[StoredFrame]) -> list[Row]:
    """The rows of FRAMES: which frames are stored."""
    return [
        (agent, boot_id, sequence, sequence, microseconds(received_at), len(reports))
        for (agent, boot_id, sequence), received_at, reports, _ in frames
    ]


def _report_rows(reports: Iterable[Located]) -> Iterator[Row]:
    for head, stored in reports:
        report = stored.report
        yield (
            *head,
            stored.is_clock_corrected,
            report.interval_seconds,
            report.is_up,
            clients_of(report),
            *traffic_of(report),
            *_DEVICE.of(report.device),
            *_SYSTEM.of(report.system),
        )


def _radio_rows(reports: Iterable[Located]) -> Iterator[Row]:
    for head, stored in reports:
        for radio in stored.report.radios:
            yield head + _RADIO.of(radio)


def _ssid_rows(reports: Iterable[Located]) -> Iterator[Row]:
    for head, stored in reports:
        for ssid in stored.report.ssids:
            yield head + _SSID.of(ssid)


def _interface_rows(reports: Iterable[Located]) -> Iterator[Row]:
    """The uplink, marked as such, and the others."""
    for head, stored in reports:
        report = stored.report
        if report.uplink is not None:
            yield (*head, True, *_INTERFACE.of(report.uplink))
        for interface in report.interfaces:
            yield (*head, False, *_INTERFACE.of(interface))


def _probe_rows(reports: Iterable[Located]) -> Iterator[Row]:
    for head, stored in reports:
        for probe in stored.report.probes:
            yield (head[0], microseconds(_checked_at(stored, probe)), *_PROBE.of(probe))


def _checked_at(stored: StoredReport, probe: Probe) -> datetime:
    """When a check was made: by the clock of its report, and corrected with it."""
    if probe.observed_at is None:
        return stored.observed_at
    return checked_at(probe.observed_at, stored.report, stored.observed_at)


def _distribution_rows(reports: Iterable[Located]) -> Iterator[Row]:
    """The ranges of all distributions, those without a client left out: an empty range is one without a row. The last
    range has no upper bound."""
    for head, stored in reports:
        for radio in stored.report.radios:
            for quantity in _DISTRIBUTIONS:
                distribution = radio.__dict__[quantity]
                if distribution is None:
                    continue
                for bound, clients in zip_longest(distribution.bounds, distribution.counts):
                    if clients:
                        yield (*head, radio.name, quantity, bound, clients)


def _standard_rows(reports: Iterable[Located]) -> Iterator[Row]:
    for head, stored in reports:
        for radio in stored.report.radios:
            for part in radio.clients_by_standard:
                yield (*head, radio.name, part.standard, part.clients)


FRAMES: tuple[Column, ...] = (
    Column("agent", "text"),
    Column("boot_id", "text"),
    Column("first_sequence", "whole"),
    Column("last_sequence", "whole"),
    Column("received_at", "instant"),
    Column("reports", "whole"),
)
"""The columns of the table of frames, for a store that keeps account of them: a range of an agent's boot, and how many
reports were in it."""

TABLES: tuple[Table, ...] = (
    Table(
        "reports",
        (
            *_PLACE_AND_TIME,
            Column("is_clock_corrected", "flag"),
            Column("interval_seconds", "number"),
            Column("is_up", "flag"),
            Column("clients", "whole"),
            Column("download_bits_per_second", "number"),
            Column("upload_bits_per_second", "number"),
            *_DEVICE.columns,
            *_SYSTEM.columns,
        ),
        _report_rows,
    ),
    Table("radios", _PLACE_AND_TIME + _RADIO.columns, _radio_rows),
    Table(
        "client_distributions",
        (
            *_PLACE_AND_TIME,
            Column("radio", "text"),
            Column("quantity", "text"),
            Column("upper_bound", "number"),
            Column("clients", "whole"),
        ),
        _distribution_rows,
    ),
    Table(
        "client_standards",
        (*_PLACE_AND_TIME, Column("radio", "text"), Column("standard", "text"), Column("clients", "whole")),
        _standard_rows,
    ),
    Table("ssids", _PLACE_AND_TIME + _SSID.columns, _ssid_rows),
    Table("interfaces", (*_PLACE_AND_TIME, Column("is_uplink", "flag"), *_INTERFACE.columns), _interface_rows),
    Table("probes", _PLACE_AND_TIME + _PROBE.columns, _probe_rows),
)
