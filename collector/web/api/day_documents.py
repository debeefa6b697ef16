"""The last day of a place as the API tells of it: the series of the charts. What nobody has reported is null or left
out, and never 0."""

from datetime import datetime

from pydantic import Field

from collector.condition import ConditionPoint
from collector.web.api.place_documents import Told
from collector.web.drawing.charts import Day
from collector.web.drawing.place_day import NoDay, PlaceDay
from collector.web.problems import ProblemError

SOON = {"Retry-After": "1"}


class PointTold(Told):
    """Means over one bucket that begins at `at`; a bucket without a report is left out."""

    at: datetime
    download_bits_per_second: float | None
    upload_bits_per_second: float | None
    clients: float | None


class DayTold(Told):
    """The last day up to the last bucket that is over, oldest first."""

    since: datetime
    until: datetime
    bucket_seconds: int
    points: list[PointTold]


class RadioTold(Told):
    """A radio over a bucket. `busy_ratio` is all airtime in use; own and foreign airtime are parts of it."""

    name: str
    band: str | None
    busy_ratio: float | None
    rx_ratio: float | None
    tx_ratio: float | None
    foreign_ratio: float | None
    retry_ratio: float | None


class UplinkTold(Told):
    """The uplink over a bucket. The speed is the lowest that it had negotiated."""

    speed_bits_per_second: float | None
    errors_per_second: float | None
    drops_per_second: float | None


class ChecksTold(Told):
    """The checks of one kind in a bucket; the latency is their mean, of several targets the slowest one's."""

    good_checks: int
    bad_checks: int
    latency_seconds: float | None


class PlacePointTold(PointTold):
    """The same of one access point, with what its radios, its uplink and its checks were like. `probes` is by kind."""

    reports: int
    radios: list[RadioTold]
    uplink: UplinkTold | None
    probes: dict[str, ChecksTold]


class OutageTold(Told):
    """From the last report before it to the first one after it; `until` is null where it is not over."""

    since: datetime
    until: datetime | None


class PlaceDayTold(Told):
    """The last day of one access point, oldest first."""

    since: datetime
    until: datetime
    bucket_seconds: int
    points: list[PlacePointTold]
    outages: list[OutageTold]
    restarts: list[datetime] = Field(description="When its device started anew")


def day_told(day: Day | None) -> DayTold:
    """A day of several access points together. Raises ProblemError where the store did not answer."""
    if day is None:
        raise ProblemError(503, "the time-series store does not answer right now; try again in a moment")
    return DayTold.model_validate(day)


def place_day_told(day: PlaceDay | NoDay) -> PlaceDayTold:
    """A day of one access point. Raises ProblemError where there is none, or not yet."""
    if day is NoDay.UNDER_WAY:
        raise ProblemError(503, "the day is still being read; ask again in a second", headers=SOON)
    if not isinstance(day, PlaceDay):
        raise ProblemError(503, "the time-series store does not answer right now; try again in a moment")
    return PlaceDayTold(
        since=day.since,
        until=day.until,
        bucket_seconds=day.bucket_seconds,
        points=[_point_told(point) for point in day.points],
        outages=[OutageTold.model_validate(outage) for outage in day.outages],
        restarts=list(day.restarts),
    )


def _point_told(point: ConditionPoint) -> PlacePointTold:
    return PlacePointTold(
        at=point.at,
        reports=point.reports,
        clients=point.clients,
        download_bits_per_second=point.download_bits_per_second,
        upload_bits_per_second=point.upload_bits_per_second,
        radios=[
            RadioTold(
                name=radio.name,
                band=radio.band or None,
                busy_ratio=means.busy_ratio,
                rx_ratio=means.rx_ratio,
                tx_ratio=means.tx_ratio,
                foreign_ratio=means.foreign_ratio,
                retry_ratio=means.retry_ratio,
            )
            for radio, means in point.radios.items()
        ],
        uplink=None if point.uplink is None else UplinkTold.model_validate(point.uplink),
        probes={kind: ChecksTold.model_validate(means) for kind, means in point.probes.items()},
    )
