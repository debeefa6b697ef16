"""The newest report of the access points that probes want to know of. Written by the sampler, read by the probes."""

from collections.abc import Iterable, Sequence

from agent.wire import Report


class NewestReports:
    """Keeps one report of each access point that was named at the beginning, and of no other."""

    def __init__(self, access_points: Iterable[str | None]) -> None:
        self._wanted = {access_point for access_point in access_points if access_point is not None}
        self._newest: dict[str, Report] = {}

    def note(self, reports: Sequence[Report]) -> None:
        """Keep what is wanted of a reading."""
        for report in reports:
            if report.access_point in self._wanted:
                self._newest[report.access_point] = report

    def get(self, access_point: str) -> Report | None:
        """The newest report; None where none has come."""
        return self._newest.get(access_point)
