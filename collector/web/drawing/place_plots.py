"""The bands of an access point's day on one time axis, and the same in columns of numbers. Pure.

A band of which nothing was told in the day is not drawn; that it is missing is said instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from collector.condition import ConditionPoint, RadioMeans, UplinkMeans
from collector.evidence import RadioKey
from collector.web.drawing.charts import Trace
from collector.web.drawing.check_plots import check_plots
from collector.web.drawing.place_day import PlaceDay, PointValue
from collector.web.drawing.plots import Layer, Plot, Unit, column_of, line_plot, lines
from collector.web.drawing.steps import stacked

_NO_RADIO, _NO_UPLINK = RadioMeans(), UplinkMeans()
_THROUGHPUT: Mapping[str, PointValue] = {
    "download": lambda point: point.download_bits_per_second,
    "upload": lambda point: point.upload_bits_per_second,
}
_SPEED: Mapping[str, PointValue] = {"speed": lambda point: _uplink(point).speed_bits_per_second}
_TROUBLE: Mapping[str, PointValue] = {
    "errors": lambda point: _uplink(point).errors_per_second,
    "drops": lambda point: _uplink(point).drops_per_second,
}
_AIRTIME: Mapping[str, Callable[[RadioMeans], float | None]] = {
    "own_rx": lambda radio: None if radio.foreign_ratio is None else radio.rx_ratio,
    "own_tx": lambda radio: None if radio.foreign_ratio is None else radio.tx_ratio,
    "foreign": lambda radio: radio.foreign_ratio,
    "unsplit": lambda radio: radio.busy_ratio if radio.foreign_ratio is None else None,
}
"""What makes up the airtime in use, from the ground up; what cannot be split is one layer of its own."""


@dataclass(frozen=True, slots=True)
class Plots:
    """The bands that are drawn, in order, and the names of those that nothing was told of."""

    drawn: tuple[Plot, ...]
    missing: tuple[str, ...]


def plots_of(day: PlaceDay) -> Plots:
    """All bands of a day."""
    radios = sorted({key for point in day.points for key in point.radios}, key=lambda key: (key.band, key.name))
    bands: list[tuple[str, Sequence[Plot]]] = [
        ("clients", [lines(day, "clients", Unit.COUNT, {"clients": lambda point: point.clients}, least_top=10)]),
        ("throughput", [lines(day, "throughput", Unit.RATE, _THROUGHPUT, least_top=1e5)]),
        ("airtime", [_airtime(day, radio) for radio in radios]),
        ("retries", [_retries(day, radios)] if radios else []),
        ("uplink_speed", [lines(day, "uplink_speed", Unit.RATE, _SPEED, least_top=1e7)]),
        ("uplink_trouble", [lines(day, "uplink_trouble", Unit.PER_SECOND, _TROUBLE, least_top=1)]),
        ("checks", check_plots(day)),
    ]
    known = [(name, [plot for plot in plots if plot.is_known]) for name, plots in bands]
    return Plots(
        drawn=tuple(plot for _, plots in known for plot in plots),
        missing=tuple(name for name, plots in known if not plots),
    )


def _airtime(day: PlaceDay, radio: RadioKey) -> Plot:
    """Always up to 100 %, for all radios alike."""

    def of_radio(value: Callable[[RadioMeans], float | None]) -> PointValue:
        return lambda point: value(point.radios.get(radio, _NO_RADIO))

    busy = column_of(day, "busy", Unit.RATIO, of_radio(lambda each: each.busy_ratio))
    parts = [column_of(day, name, Unit.RATIO, of_radio(value)) for name, value in _AIRTIME.items()]
    *split, unsplit = parts
    areas = (*stacked([part.slots for part in split], 1.0), *stacked([unsplit.slots], 1.0))
    layers = tuple(
        Layer(part, Trace("", area)) for part, area in zip(parts, areas, strict=True) if part.peak is not None
    )
    return Plot("airtime", Unit.RATIO, 1.0, layers, (busy, *split), radio=radio)


def _retries(day: PlaceDay, radios: Sequence[RadioKey]) -> Plot:
    columns = tuple(column_of(day, "retries", Unit.RATIO, _retries_of(radio), radio=radio) for radio in radios)
    return line_plot("retries", columns, least_top=0.1, most_top=1.0)


def _retries_of(radio: RadioKey) -> PointValue:
    return lambda point: point.radios.get(radio, _NO_RADIO).retry_ratio


def _uplink(point: ConditionPoint) -> UplinkMeans:
    return point.uplink or _NO_UPLINK
