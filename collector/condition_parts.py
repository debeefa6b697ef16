"""What stores gather the condition of an access point in, part by part as their engines answer, and what it comes to.
Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from collector.condition import CheckMeans, Condition, ConditionPoint, HeardReport, RadioMeans, UplinkMeans
from collector.evidence import RadioKey

_NO_RADIO, _NO_UPLINK, _NO_CHECKS = RadioMeans(), UplinkMeans(), CheckMeans()


class UsageMeans(NamedTuple):
    """The number of reports in a bucket, and their means."""

    reports: int
    clients: float | None
    download_bits_per_second: float | None
    upload_bits_per_second: float | None


_NO_USAGE = UsageMeans(0, None, None, None)


@dataclass(frozen=True, slots=True)
class ConditionParts:
    """The parts by the bucket's beginning; uplinks by the interface's name before that."""

    usage: dict[datetime, UsageMeans] = field(default_factory=dict)
    radios: dict[datetime, dict[RadioKey, RadioMeans]] = field(default_factory=lambda: defaultdict(dict))
    uplinks: dict[str, dict[datetime, UplinkMeans]] = field(default_factory=lambda: defaultdict(dict))
    probes: dict[datetime, dict[str, CheckMeans]] = field(default_factory=lambda: defaultdict(dict))
    heard: list[HeardReport] = field(default_factory=list)

    def add_radio(self, at: datetime, key: RadioKey, means: RadioMeans) -> None:
        """A radio's bucket, unless nothing is known of it."""
        if means != _NO_RADIO:
            self.radios[at][key] = means

    def add_uplink(self, at: datetime, name: str, means: UplinkMeans) -> None:
        """An uplink's bucket, likewise."""
        if means != _NO_UPLINK:
            self.uplinks[name][at] = means

    def add_checks(self, at: datetime, kind: str, means: CheckMeans) -> None:
        """A bucket of checks of one thing, added to the others of its kind."""
        if means != _NO_CHECKS:
            known = self.probes[at].get(kind, _NO_CHECKS)
            latencies = [each.latency_seconds for each in (known, means) if each.latency_seconds is not None]
            self.probes[at][kind] = CheckMeans(
                known.good_checks + means.good_checks,
                known.bad_checks + means.bad_checks,
                max(latencies, default=None),
            )

    def together(self) -> Condition:
        """The buckets in order, each with all of its parts."""
        uplink = _main(self.uplinks)
        buckets = sorted({*self.usage, *self.radios, *uplink, *self.probes})
        points = [
            ConditionPoint(
                at,
                *self.usage.get(at, _NO_USAGE),
                radios=dict(sorted(self.radios.get(at, {}).items())),
                uplink=uplink.get(at),
                probes=dict(sorted(self.probes.get(at, {}).items())),
            )
            for at in buckets
        ]
        return Condition(tuple(points), tuple(sorted(self.heard, key=lambda report: report.at)))


def _main(uplinks: Mapping[str, Mapping[datetime, UplinkMeans]]) -> Mapping[datetime, UplinkMeans]:
    """Of several the one that was told of in most buckets, the first by name of those."""
    return min(uplinks.items(), key=lambda named: (-len(named[1]), named[0]))[1] if uplinks else {}
