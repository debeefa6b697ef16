"""An access point's day put together for its page: the bands, and what happened, on one time axis. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.state.devices import SeenDevice
from collector.state.events import PastEvent
from collector.web.drawing.charts import HourMark, hour_marks
from collector.web.drawing.happenings import Happening, OutageBand, happenings_in, outage_bands
from collector.web.drawing.place_day import PlaceDay
from collector.web.drawing.place_plots import Plots, plots_of


@dataclass(frozen=True, slots=True)
class DayPicture:
    """All that is drawn of a day. `has_more_events` says that older events were left out."""

    day: PlaceDay
    plots: Plots
    outages: tuple[OutageBand, ...]
    happenings: tuple[Happening, ...]
    has_more_events: bool
    hours: tuple[HourMark, ...]


def build_picture(
    day: PlaceDay, devices: Sequence[SeenDevice], events: Sequence[PastEvent], *, most_events: int
) -> DayPicture:
    """The picture with the newest events, at most so many."""
    return DayPicture(
        day=day,
        plots=plots_of(day),
        outages=outage_bands(day),
        happenings=happenings_in(day, devices, events[:most_events]),
        has_more_events=len(events) > most_events,
        hours=hour_marks(day.since, day.until),
    )
