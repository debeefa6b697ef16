"""What the newest checks say of each access point, in columns that are kept from one look to the next. Pure; a part of
`looking`.

A check does not say how often it is made. It counts for three of the spans that lie between it and the one before, and
at least for three of the agent's usual interval; before a second has come, for the latter. What is made once a day
therefore counts from its second result on. A check that is older than that is not there: nobody makes it any more, or
nobody hears of it. Of the checks of one kind that are there, one that failed is a failure of all, and one that could
not be made leaves it open.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from math import isnan, nan

import numpy as np

from collector.alerts.judging.snapshot import ProbeColumn
from collector.alerts.judging.verdicts import Floats
from collector.alerts.looking.places import Indexes
from collector.readings import LONGEST_PROBE_INTERVAL, OVERDUE_INTERVALS, PROBES_KEPT_FOR, KeptProbe, Reading

KINDS = ("dns", "gateway", "portal", "radius", "throughput")
"""The checks that `agent.probes` has."""
_SHORTEST_MINUTES = 5
"""What `[[probes]]` have for their interval where nothing else is said."""
_MINUTE = timedelta(minutes=1)
Checks = tuple[KeptProbe, ...]
_Together = tuple[float, float, float, float]
"""Of the checks of one kind at one place: whether all went well, when the oldest was made, until when that counts, and
the best download."""


class ProbeColumns:
    """For each kind of check that there has been, a row an access point."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._columns: dict[str, Floats] = {}
        self._newest: dict[int, Checks] = {}
        self._spans: dict[int, tuple[int, ...]] = {}

    def take(self, rows: Indexes, readings: Sequence[Reading]) -> None:
        """Readings that are the newest of these rows now."""
        found: dict[str, dict[int, _Together]] = {kind: {} for kind in KINDS}
        for row, reading in zip(rows.tolist(), readings, strict=True):
            if not reading.probes:
                continue
            before = self._newest.get(row, ())
            self._newest[row] = reading.probes
            if before != reading.probes:
                self._spans[row] = self._spans_of(row, before, reading.probes)
                self._settle(found, row, reading.probes)
        for kind, of_rows in found.items():
            if of_rows:
                if kind not in self._columns:
                    self._columns[kind] = np.full((4, self._count), np.nan)
                self._columns[kind][:, list(of_rows)] = np.array(list(of_rows.values())).T

    def columns(self, now_seconds: float) -> Mapping[str, ProbeColumn]:
        """As rules see them: what is too old is not there."""
        seen: dict[str, ProbeColumn] = {}
        newest = dict(self._newest)
        for kind, column in self._columns.items():
            is_recent = column[2] >= now_seconds
            is_ok, made_at, download = (np.where(is_recent, column[at], np.nan) for at in (0, 1, 3))
            seen[kind] = ProbeColumn(is_ok, made_at, download, _Failures(kind, is_ok, newest))
        return seen

    def _spans_of(self, row: int, before: Checks, now: Checks) -> tuple[int, ...]:
        """For each check the minutes for which its last span counts, as small numbers of which Python has one each."""
        known: dict[tuple[str | None, ...], tuple[KeptProbe, int]] = {}
        if before:
            of_each = zip(before, self._spans[row], strict=True)
            known = {kept.subject: (kept, minutes) for kept, minutes in of_each}
        spans: list[int] = []
        for kept in now:
            earlier, minutes = known.get(kept.subject, (kept, 0))
            if kept.at > earlier.at:
                minutes = -(-min(kept.at - earlier.at, LONGEST_PROBE_INTERVAL) // _MINUTE)
            spans.append(minutes)
        return tuple(spans)

    def _settle(self, found: dict[str, dict[int, _Together]], row: int, newest: Checks) -> None:
        """What the checks of each kind come to. Those of a kind that is not there any more have expired by then."""
        spans = zip(newest, self._spans[row], strict=True)
        checks = [(kept.at.timestamp(), max(minutes, _SHORTEST_MINUTES) * 60, kept) for kept, minutes in spans]
        last_at = max(at for at, _, _ in checks)
        for at, span_seconds, kept in checks:
            expires_at = at + min(OVERDUE_INTERVALS * span_seconds, PROBES_KEPT_FOR.total_seconds())
            of_kind = found.get(str(kept.subject[0]))
            if of_kind is None or expires_at < last_at:
                continue
            check = _alone(kept, at, expires_at)
            others = of_kind.get(row)
            of_kind[row] = check if others is None else _together(check, others)


def _alone(kept: KeptProbe, at: float, expires_at: float) -> _Together:
    is_ok = nan if kept.is_ok is None else float(kept.is_ok)
    is_measured = kept.is_ok and kept.subject[3] == "download" and kept.throughput_bits_per_second is not None
    return is_ok, at, expires_at, kept.throughput_bits_per_second or 0.0 if is_measured else nan


def _together(one: _Together, other: _Together) -> _Together:
    claims, downloads = (one[0], other[0]), [download for download in (one[3], other[3]) if not isnan(download)]
    is_ok = 0.0 if 0.0 in claims else 1.0 if claims == (1.0, 1.0) else nan
    return is_ok, min(one[1], other[1]), min(one[2], other[2]), max(downloads, default=nan)


class _Failures(Mapping[int, str]):
    """What went wrong, read only where somebody asks: of the newest check of the kind that failed, in its own words."""

    def __init__(self, kind: str, is_ok: Floats, newest: Mapping[int, Checks]) -> None:
        self._kind = kind
        self._is_ok = is_ok
        self._newest = newest

    def __getitem__(self, row: int) -> str:
        if not (0 <= row < len(self._is_ok) and self._is_ok[row] == 0):
            raise KeyError(row)
        failed = [kept for kept in self._newest[row] if kept.subject[0] == self._kind and kept.is_ok is False]
        probe = max(failed, key=_made_at).probe
        return probe.failure or probe.outcome or ""

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self._is_ok == 0).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self._is_ok == 0))


def _made_at(kept: KeptProbe) -> float:
    return kept.at.timestamp()
