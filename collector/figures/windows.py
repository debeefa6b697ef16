"""Windows of time, and what takes in what access points told in them. Pure; told by the readers of
`collector.influx`."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from collector.figures.measurements import WINDOW_SECONDS

WINDOW = timedelta(seconds=WINDOW_SECONDS)
USAGE = ("clients", "download_bits_per_second", "upload_bits_per_second")
"""Fields of reports of which windows have means."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tally(Protocol):
    """Adds up what access points told, as a reader comes upon it: of a city, it is too much to be held until all is
    read. `at` is where a window begins. What a reader has told before it raises StoreError is a part, and to be thrown
    away."""

    def add_heard_seconds(self, access_point: str, at: datetime, seconds: float) -> None:
        """So long it was heard: the intervals of its reports, which in sum may be more than the window. A report in
        which a controller says that it has lost the access point is none, nor is one of checks alone: checks are made
        from elsewhere, too."""
        ...

    def take_lost_seconds(self, access_point: str, at: datetime, seconds: float) -> None:
        """So much of what was added was not heard, as far as there is so much."""
        ...

    def put_mean(self, access_point: str, at: datetime, field: str, mean: float) -> None:
        """A field of `USAGE`: the mean over the reports that tell it."""
        ...

    def add_to_band(self, access_point: str, at: datetime, band: str, field: str, value: float) -> None:
        """Readings of its radios on a band: a field of `SITE_BAND`."""
        ...

    def add_to_check(self, access_point: str, at: datetime, kind: str, field: str, value: float) -> None:
        """Checks of a kind: a field of `SITE_CHECK`."""
        ...


def window_number(at: datetime) -> int:
    """Which window an instant lies in, counted from 1970."""
    return (at - _EPOCH) // WINDOW


def window_begin(number: int) -> datetime:
    """When that window begins."""
    return _EPOCH + number * WINDOW
