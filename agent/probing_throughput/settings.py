"""The settings of the probe `throughput`, and what follows from them: the bytes and seconds that a run needs."""

import math
from collections.abc import Iterator
from datetime import time
from functools import partial
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from agent.probes import ProbeSettings
from agent.probing.web_address import WebUrl
from agent.probing_throughput.stream import (
    HEADERS_ALLOWANCE_BYTES,
    PARTING_SECONDS,
    UPLOAD_RECEIVE_BUFFER_BYTES,
    margin_bytes,
)
from agent.settings import Contradiction, ReadableFile
from agent.wire import Direction

LEAST_STREAM_BYTES = 64 * 1024
"""A stream that may move less than this measures nothing: the day's budget counts as spent."""
_DAY_SECONDS = 24 * 3600.0


def _must_be_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError("no such time zone here; correct it, or install the system's time zones (tzdata)") from error
    return name


LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
TimeZone = Annotated[str, AfterValidator(_must_be_a_zone)]


class ThroughputSettings(ProbeSettings):
    """The keys of a `[[probes]]` table of kind "throughput"."""

    kind: Literal["throughput"]
    interval_seconds: Annotated[float, Field(gt=0, le=86400)] = 60.0
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    server: Annotated[WebUrl, Field(max_length=1024)]
    ca_file: ReadableFile | None = Field(default=None, description="PEM certificates to trust, not the system's")
    streams: Annotated[int, Field(ge=1, le=16)] = 4
    seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    bytes_at_most: Annotated[int, Field(ge=1_000_000, le=100_000_000_000)] = 100_000_000
    daily_budget_bytes: Annotated[int, Field(ge=1_000_000, le=1_000_000_000_000)] = 500_000_000
    warm_up_ratio: Annotated[float, Field(ge=0, le=0.4)] = 0.2
    idle_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    receive_buffer_bytes: Annotated[int, Field(ge=65_536, le=16_000_000)] = 1_048_576
    window_begins: LocalTime = "02:00"
    window_ends: LocalTime = "05:00"
    timezone: TimeZone = "Asia/Seoul"
    runs_per_day: Annotated[int, Field(ge=1, le=24)] = 1
    busy_clients: Annotated[int, Field(ge=0, le=10_000)] = 5
    busy_bits_per_second: Annotated[float, Field(ge=0, le=1e13)] = 5_000_000.0
    busy_ratio: Annotated[float, Field(ge=0, le=1)] = 0.5
    retry_seconds: Annotated[float, Field(gt=0, le=3600)] = 600.0

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Times and bytes in which no run would fit."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        number = partial(_number, cls, document)
        needed_seconds = 2 * _direction_seconds(number("seconds"), number("idle_seconds"))
        if number("timeout_seconds") < needed_seconds:
            problem = f"must be at least {needed_seconds:g}: both directions, each with connecting, waiting and parting"
            yield ("timeout_seconds",), problem
        streams = number("streams")
        least_bytes = streams * (
            LEAST_STREAM_BYTES + overhead_bytes_of("download", int(number("receive_buffer_bytes")))
        )
        if number("daily_budget_bytes") < least_bytes:
            problem = f"must be at least {least_bytes:g} for these streams and this receive_buffer_bytes"
            yield ("daily_budget_bytes",), problem
        turn_seconds = _window_seconds(document.get("window_begins", "02:00"), document.get("window_ends", "05:00"))
        turn_seconds /= max(1, number("runs_per_day"))
        tail = tail_seconds_of(number("interval_seconds"), number("jitter_ratio"), number("timeout_seconds"))
        if turn_seconds < 2 * tail:
            problem = f"the window has {turn_seconds:g} s for each run, and {2 * tail:g} are needed to meet it"
            yield ("runs_per_day",), problem


def receive_buffer_bytes_of(direction: Direction, receive_buffer_bytes: int) -> int:
    """The receive buffer of one stream: as configured for a download; an upload receives little."""
    return receive_buffer_bytes if direction == "download" else UPLOAD_RECEIVE_BUFFER_BYTES


def overhead_bytes_of(direction: Direction, receive_buffer_bytes: int) -> int:
    """What one stream may cost beside its body."""
    return HEADERS_ALLOWANCE_BYTES + margin_bytes(receive_buffer_bytes_of(direction, receive_buffer_bytes))


def _direction_seconds(seconds: float, idle_seconds: float) -> float:
    """The longest that one direction takes: connecting, being let in, moving, parting; and a second for the disk."""
    return 2 * idle_seconds + seconds + PARTING_SECONDS + 1


def tail_seconds_of(interval_seconds: float, jitter_ratio: float, timeout_seconds: float) -> float:
    """The end of a turn in which none begins: `run` is called once in it at least, and tests within the window."""
    return interval_seconds * (1 + jitter_ratio) + timeout_seconds


def _window_seconds(begins: object, ends: object) -> float:
    """How long a window is; a whole day where it cannot be told, which is another mistake."""
    try:
        first, last = (time.fromisoformat(str(each)) for each in (begins, ends))
    except ValueError:
        return _DAY_SECONDS
    minutes = (last.hour - first.hour) * 60 + last.minute - first.minute
    return minutes * 60 % _DAY_SECONDS or _DAY_SECONDS


def _number(settings: type[ThroughputSettings], document: dict[str, Any], key: str) -> float:
    """What a raw document says for a key, else its default, which also stands in for what is no number."""
    value = document.get(key)
    default: float = settings.model_fields[key].default
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else default  # type: ignore[return-value]  # as just told
