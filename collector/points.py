"""What of a frame becomes which row of which table: the one list of columns, for every store that has columns.

Names are those of the wire's fields. `reports` also has the traffic and the clients as `collector.readings` derives
them, so that whoever asks the store for them need not know where an access point counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.wire import Interface
from collector.readings import clients_of, traffic_of
from collector.stores import StoredFrame, StoredReport

Kind = Literal["text", "instant", "whole", "number", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what kind of value it holds, and how that is read off a row's source. None is not known."""

    name: str
    kind: Kind
    value: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, and the rows that a frame adds to it."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[StoredFrame], Sequence[object]]


def _of(part: str, fields: Mapping[str, Kind]) -> tuple[Column, ...]:
    """Columns read from an optional part of a report, absent where the part is."""

    def reader(field: str) -> Callable[[StoredReport], object]:
        def read(stored: StoredReport) -> object:
            owner = getattr(stored.report, part)
            return None if owner is None else getattr(owner, field)

        return read

    return tuple(Column(name, kind, reader(name)) for name, kind in fields.items())


def _fields(fields: Mapping[str, Kind]) -> tuple[Column, ...]:
    """Columns of a table of a report's parts, whose rows are (stored report, part)."""

    def reader(field: str) -> Callable[[tuple[StoredReport, object]], object]:
        return lambda row: getattr(row[1], field)

    return tuple(Column(name, kind, reader(name)) for name, kind in fields.items())


def _parts(name: str) -> Callable[[StoredFrame], list[object]]:
    return lambda frame: [(stored, part) for stored in frame.reports for part in getattr(stored.report, name)]


def _interfaces(frame: StoredFrame) -> list[object]:
    """The uplink, marked as such, and the others."""
    rows: list[tuple[StoredReport, Interface]] = []
    for stored in frame.reports:
        if stored.report.uplink is not None:
            rows.append((stored, stored.report.uplink))
        rows.extend((stored, interface) for interface in stored.report.interfaces)
    return list(rows)


_PLACE_AND_TIME = (
    Column("access_point", "text", lambda row: row[0].access_point),
    Column("observed_at", "instant", lambda row: row[0].observed_at),
)

TABLES: tuple[Table, ...] = (
    Table(
        "frames",
        (
            Column("agent", "text", lambda frame: frame.key.agent),
            Column("boot_id", "text", lambda frame: frame.key.boot_id),
            Column("sequence", "whole", lambda frame: frame.key.sequence),
            Column("received_at", "instant", lambda frame: frame.received_at),
            Column("reports", "whole", lambda frame: len(frame.reports)),
        ),
        lambda frame: [frame],
    ),
    Table(
        "reports",
        (
            Column("access_point", "text", lambda stored: stored.access_point),
            Column("observed_at", "instant", lambda stored: stored.observed_at),
            Column("is_clock_corrected", "flag", lambda stored: stored.is_clock_corrected),
            Column("interval_seconds", "number", lambda stored: stored.report.interval_seconds),
            Column("clients", "whole", lambda stored: clients_of(stored.report)),
            Column(
                "download_bits_per_second",
                "number",
                lambda stored: traffic_of(stored.report).download_bits_per_second,
            ),
            Column("upload_bits_per_second", "number", lambda stored: traffic_of(stored.report).upload_bits_per_second),
            *_of("device", {"serial": "text", "model": "text", "firmware": "text"}),
            *_of(
                "system",
                {
                    "uptime_seconds": "number",
                    "cpu_ratio": "number",
                    "memory_used_ratio": "number",
                    "load_1m": "number",
                    "temperature_celsius": "number",
                },
            ),
        ),
        lambda frame: frame.reports,
    ),
    Table(
        "radios",
        _PLACE_AND_TIME
        + _fields(
            {
                "name": "text",
                "band": "text",
                "channel": "whole",
                "width_mhz": "whole",
                "standard": "text",
                "tx_power_dbm": "number",
                "noise_dbm": "number",
                "busy_ratio": "number",
                "rx_ratio": "number",
                "tx_ratio": "number",
                "clients": "whole",
                "retry_ratio": "number",
                "rx_bits_per_second": "number",
                "tx_bits_per_second": "number",
            }
        ),
        _parts("radios"),
    ),
    Table(
        "ssids",
        _PLACE_AND_TIME + _fields({"ssid": "text", "radio": "text", "clients": "whole"}),
        _parts("ssids"),
    ),
    Table(
        "interfaces",
        (
            *_PLACE_AND_TIME,
            Column("is_uplink", "flag", lambda row: row[1] is row[0].report.uplink),
            *_fields(
                {
                    "name": "text",
                    "is_up": "flag",
                    "speed_bits_per_second": "number",
                    "is_full_duplex": "flag",
                    "rx_bits_per_second": "number",
                    "tx_bits_per_second": "number",
                    "rx_errors_per_second": "number",
                    "tx_errors_per_second": "number",
                    "rx_drops_per_second": "number",
                    "tx_drops_per_second": "number",
                }
            ),
        ),
        _interfaces,
    ),
    Table(
        "probes",
        _PLACE_AND_TIME
        + _fields(
            {
                "kind": "text",
                "target": "text",
                "is_ok": "flag",
                "failure": "text",
                "latency_seconds": "number",
                "loss_ratio": "number",
                "throughput_bits_per_second": "number",
            }
        ),
        _parts("probes"),
    ),
    Table(
        "events",
        (
            Column("agent", "text", lambda stored: stored.agent),
            Column("occurred_at", "instant", lambda stored: stored.occurred_at),
            Column("access_point", "text", lambda stored: stored.event.access_point),
            Column("kind", "text", lambda stored: stored.event.kind),
            Column("subject", "text", lambda stored: stored.event.subject),
            Column("count", "whole", lambda stored: stored.event.count),
            Column("text", "text", lambda stored: stored.event.text),
        ),
        lambda frame: frame.events,
    ),
)
