"""What of a frame becomes which row of which table: the one list of columns, for every store that has columns.

Names are those of the wire's fields. `reports` also has the traffic and the clients as `collector.readings` derives
them, so that whoever asks the store for them need not know where an access point counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from agent.wire import Interface, Probe
from collector.readings import checked_at, clients_of, traffic_of
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


class _ClientRange(NamedTuple):
    """One range of a distribution; the last has no bound."""

    radio: str
    quantity: str
    upper_bound: float | None
    clients: int


_DISTRIBUTIONS = ("client_signal_dbm", "client_rx_phy_rate_bits_per_second", "client_tx_phy_rate_bits_per_second")


def _client_ranges(frame: StoredFrame) -> list[object]:
    """The ranges of all distributions, those without a client left out: an empty range is one without a row."""
    return [
        (stored, _ClientRange(radio.name, quantity, bound, clients))
        for stored in frame.reports
        for radio in stored.report.radios
        for quantity in _DISTRIBUTIONS
        if (distribution := getattr(radio, quantity)) is not None
        for bound, clients in zip_longest(distribution.bounds, distribution.counts)
        if clients
    ]


def _checked_at(row: tuple[StoredReport, Probe]) -> datetime:
    """When a check was made: by the clock of its report, and corrected with it."""
    stored, probe = row
    if probe.observed_at is None:
        return stored.observed_at
    return checked_at(probe.observed_at, stored.report, stored.observed_at)


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
            Column("is_up", "flag", lambda stored: stored.report.is_up),
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
        ),
        _parts("radios"),
    ),
    Table(
        "client_distributions",
        (
            *_PLACE_AND_TIME,
            Column("radio", "text", lambda row: row[1].radio),
            Column("quantity", "text", lambda row: row[1].quantity),
            Column("upper_bound", "number", lambda row: row[1].upper_bound),
            Column("clients", "whole", lambda row: row[1].clients),
        ),
        _client_ranges,
    ),
    Table(
        "client_standards",
        (
            *_PLACE_AND_TIME,
            Column("radio", "text", lambda row: row[1]),
            Column("standard", "text", lambda row: row[2].standard),
            Column("clients", "whole", lambda row: row[2].clients),
        ),
        lambda frame: [
            (stored, radio.name, part)
            for stored in frame.reports
            for radio in stored.report.radios
            for part in radio.clients_by_standard
        ],
    ),
    Table(
        "ssids",
        _PLACE_AND_TIME
        + _fields(
            {
                "ssid": "text",
                "radio": "text",
                "clients": "whole",
                "rx_bits_per_second": "number",
                "tx_bits_per_second": "number",
            }
        ),
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
                    "max_speed_bits_per_second": "number",
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
        (
            Column("access_point", "text", lambda row: row[0].access_point),
            Column("observed_at", "instant", _checked_at),
            *_fields(
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
            ),
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
