"""How many series may come into being: a bound on them that holds whatever agents send.

Every new name of a radio, a network or a target is a new series, which an engine pays for with memory for a long time.
Of each access point so many are admitted, and of each agent so many devices without a place; what has not been used
for a day makes room. A series is a measurement with its tags; VictoriaMetrics makes one of each of its fields.

Within any 24 hours no more series are written than the bounds say: all that were written in such a time are still
held at its end. Pure; the clock is passed in.
"""

from dataclasses import dataclass, field

SERIES_OF_AN_ACCESS_POINT = 600
UNKNOWN_DEVICES_OF_AN_AGENT = 5_000
KEPT_SECONDS = 24 * 3600.0
_MAX_SHAPES = 4
"""So many sets of series an access point may take turns in before they are looked at one by one: its readings and its
probes are reports of their own."""
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Held:
    """What is held of an access point: sets of series that were admitted whole, and single ones, by their last use."""

    shapes: dict[tuple[str, ...], float] = field(default_factory=dict)
    singles: dict[str, float] = field(default_factory=dict)


class SeriesBudget:
    """The series in use, of every access point and of every agent's unknown devices."""

    def __init__(
        self,
        *,
        series_of_an_access_point: int = SERIES_OF_AN_ACCESS_POINT,
        unknown_devices_of_an_agent: int = UNKNOWN_DEVICES_OF_AN_AGENT,
    ) -> None:
        self._most_series = series_of_an_access_point
        self._most_devices = unknown_devices_of_an_agent
        self._access_points: dict[str, _Held] = {}
        self._unknown: dict[str, dict[str, float]] = {}

    def refused(self, access_point: str, series: tuple[str, ...], now: float) -> frozenset[str]:
        """Which of a report's series are beyond the budget; those that are not are in use from `now` on, in seconds.

        Nearly always the answer is none, after one look at a set of series that is known.
        """
        held = self._access_points.get(access_point)
        if held is None:
            held = self._access_points[access_point] = _Held()
        used_at = held.shapes.get(series)
        if used_at is not None and not _is_over(used_at, now):
            held.shapes[series] = now
            return _NOTHING
        return self._admit(held, series, now)

    def has_room_for_device(self, agent: str, name: str, now: float) -> bool:
        """Whether an agent may speak of this device, which has no place; if so it is in use from `now` on."""
        names = self._unknown.setdefault(agent, {})
        if name not in names and len(names) >= self._most_devices:
            for other in [other for other, used_at in names.items() if _is_over(used_at, now)]:
                del names[other]
                self._access_points.pop(other, None)
            if len(names) >= self._most_devices:
                return False
        names[name] = now
        return True

    def _admit(self, held: _Held, series: tuple[str, ...], now: float) -> frozenset[str]:
        in_use = _in_use(held, now)
        new = [name for name in series if name not in in_use]
        beyond = frozenset(new[max(0, self._most_series - len(in_use)) :])
        for name in series:
            if name not in beyond:
                in_use[name] = now
        if beyond or len(held.shapes) >= _MAX_SHAPES:
            held.shapes, held.singles = {}, in_use
        if not beyond:
            held.shapes[series] = now
        return beyond


def _in_use(held: _Held, now: float) -> dict[str, float]:
    """All series held, by their last use, without those that make room."""
    used = dict(held.singles)
    for series, used_at in held.shapes.items():
        for name in series:
            used[name] = max(used.get(name, used_at), used_at)
    return {name: used_at for name, used_at in used.items() if not _is_over(used_at, now)}


def _is_over(used_at: float, now: float) -> bool:
    return now - used_at > KEPT_SECONDS
