"""Notices from uptimes that something has started anew, so that its counters are not taken for having wrapped."""

from collections.abc import Hashable


class Restarts:
    """Counts the starts of a device, and of each access point behind it."""

    def __init__(self) -> None:
        self._uptimes: dict[Hashable, float] = {}
        self._epochs: dict[Hashable, int] = {}

    def epoch(self, key: Hashable, uptime_seconds: object) -> int:
        """A number that changes whenever the uptime of `key` has gone back; an uptime that is not known changes
        nothing."""
        if isinstance(uptime_seconds, int | float):
            if uptime_seconds < self._uptimes.get(key, 0.0):
                self._epochs[key] = self._epochs.get(key, 0) + 1
            self._uptimes[key] = float(uptime_seconds)
        return self._epochs.get(key, 0)
