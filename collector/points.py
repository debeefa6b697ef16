"""What of a frame becomes which row of which table: the one list of columns, for every store that has columns.

Names are those of the wire's fields. `reports` also has the traffic and the clients as `collector.readings` derives
them, so that whoever asks the store for them need not know where an access point counts.

On the path of every report: rows are read off the models' own dictionaries, a tuple at a time, which costs a tenth of
asking for one attribute after the other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from operator import itemgetter
from typing import Literal

from agent.wire import Probe, Radio
from collector.readings import checked_at, clients_of, traffic_of
from collector.stores import StoredFrame, StoredReport

Kind = Literal["text", "instant", "whole", "number", "flag"]
"""What a column holds. An instant is in whole microseconds since 1970."""
Row = tuple[object, ...]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the kind of value it holds."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns."""

    name: str
    columns: tuple[Column, ...]


Rows = dict[str, list[Row]]
"""By table, rows with a value for each of its columns; None is not known."""


def microseconds(instant: datetime) -> int:
    """Since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


class _Fields:
    """Some fields of a model of the wire as columns, and their values, read off the model's dictionary."""

    def __init__(self, fields: Mapping[str, Kind]) -> None:
        self.columns = tuple(Column(name, kind) for name, kind in fields.items())
        self.of: Callable[[Mapping[str, object]], Row] = itemgetter(*fields)
        self.nothing: Row = (None,) * len(fields)


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


def rows_of(frame: StoredFrame) -> Rows:
    """What a frame's reports add to each table."""
    rows: Rows = {table.name: [] for table in TABLES}
    for stored in frame.reports:
        report = stored.report.__dict__
        head = (stored.access_point, microseconds(stored.observed_at))
        rows["reports"].append(_report_row(head, stored))
        _add_radios(rows, head, report["radios"])
        if report["ssids"]:
            rows["ssids"] += [head + _SSID.of(ssid.__dict__) for ssid in report["ssids"]]
        if report["uplink"] is not None:
            rows["interfaces"].append((*head, True, *_INTERFACE.of(report["uplink"].__dict__)))
        if report["interfaces"]:
            rows["interfaces"] += [(*head, False, *_INTERFACE.of(each.__dict__)) for each in report["interfaces"]]
        if report["probes"]:
            rows["probes"] += [
                (head[0], microseconds(_checked_at(stored, probe)), *_PROBE.of(probe.__dict__))
                for probe in report["probes"]
            ]
    return rows


def frame_row(frame: StoredFrame) -> Row:
    """Its row in the account of the frames that are stored."""
    (agent, boot_id, sequence), received_at, reports, _ = frame
    return (agent, boot_id, sequence, sequence, microseconds(received_at), len(reports))


def _report_row(head: Row, stored: StoredReport) -> Row:
    report = stored.report
    told = report.__dict__
    device, system = told["device"], told["system"]
    return (
        *head,
        stored.is_clock_corrected,
        told["interval_seconds"],
        told["is_up"],
        clients_of(report),
        *traffic_of(report),
        *(_DEVICE.nothing if device is None else _DEVICE.of(device.__dict__)),
        *(_SYSTEM.nothing if system is None else _SYSTEM.of(system.__dict__)),
    )


def _add_radios(rows: Rows, head: Row, radios: Iterable[Radio]) -> None:
    """Their own rows, and those of how their clients spread. A range without a client is one without a row; the last
    range of a distribution has no upper bound."""
    for radio in radios:
        told = radio.__dict__
        rows["radios"].append(head + _RADIO.of(told))
        if told["clients_by_standard"]:
            rows["client_standards"] += [
                (*head, told["name"], part.standard, part.clients) for part in told["clients_by_standard"]
            ]
        for quantity in _DISTRIBUTIONS:
            distribution = told[quantity]
            if distribution is not None:
                rows["client_distributions"] += [
                    (*head, told["name"], quantity, bound, clients)
                    for bound, clients in zip_longest(distribution.bounds, distribution.counts)
                    if clients
                ]


def _checked_at(stored: StoredReport, probe: Probe) -> datetime:
    """When a check was made: by the clock of its report, and corrected with it."""
    if probe.observed_at is None:
        return stored.observed_at
    return checked_at(probe.observed_at, stored.report, stored.observed_at)


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
    ),
    Table("radios", _PLACE_AND_TIME + _RADIO.columns),
    Table(
        "client_distributions",
        (
            *_PLACE_AND_TIME,
            Column("radio", "text"),
            Column("quantity", "text"),
            Column("upper_bound", "number"),
            Column("clients", "whole"),
        ),
    ),
    Table(
        "client_standards",
        (*_PLACE_AND_TIME, Column("radio", "text"), Column("standard", "text"), Column("clients", "whole")),
    ),
    Table("ssids", _PLACE_AND_TIME + _SSID.columns),
    Table("interfaces", (*_PLACE_AND_TIME, Column("is_uplink", "flag"), *_INTERFACE.columns)),
    Table("probes", _PLACE_AND_TIME + _PROBE.columns),
)
