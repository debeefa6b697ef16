"""What stores gather evidence in, part by part as their engines answer, and what it comes to. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from collector.evidence import Evidence, ProbeEvidence, RadioEvidence, RadioKey, UplinkEvidence, UsageEvidence


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    """The parts by access point: its radios, its uplinks by the interface's name, its probes by kind."""

    usage: dict[str, UsageEvidence] = field(default_factory=dict)
    radios: dict[str, dict[RadioKey, RadioEvidence]] = field(default_factory=lambda: defaultdict(dict))
    uplinks: dict[str, dict[str, UplinkEvidence]] = field(default_factory=lambda: defaultdict(dict))
    probes: dict[str, dict[str, ProbeEvidence]] = field(default_factory=lambda: defaultdict(dict))

    def together(self) -> dict[str, Evidence]:
        """The evidence of each access point that there is any part of."""
        known = {*self.usage, *self.radios, *self.uplinks, *self.probes}
        return {access_point: self._of(access_point) for access_point in sorted(known)}

    def _of(self, access_point: str) -> Evidence:
        usage, probes = self.usage.get(access_point), self.probes.get(access_point, {})
        radios = {key: _without_negatives(radio) for key, radio in sorted(self.radios.get(access_point, {}).items())}
        uplink = _main(self.uplinks.get(access_point, {}))
        if probes and not radios and uplink is None and usage == _without_values(usage):
            usage = None  # probes travel in reports of their own, which tell of nothing else
        return Evidence(usage, radios, uplink, dict(sorted(probes.items())))


def _main(uplinks: Mapping[str, UplinkEvidence]) -> UplinkEvidence | None:
    """The one that was reported in most hours, the first by name of those."""
    return min(uplinks.items(), key=lambda named: (-named[1].hours, named[0]))[1] if uplinks else None


def _without_negatives(radio: RadioEvidence) -> RadioEvidence:
    """The difference of three counters that were not read at one instant may be less than nothing."""
    is_negative = radio.foreign_ratio is not None and radio.foreign_ratio < 0
    return replace(radio, foreign_ratio=0.0) if is_negative else radio


def _without_values(usage: UsageEvidence | None) -> UsageEvidence | None:
    return None if usage is None else UsageEvidence(usage.hours, usage.reports)
