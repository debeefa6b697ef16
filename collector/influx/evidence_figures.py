"""What the readers of both languages gather evidence in: figures of series, and what these come to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.evidence import ProbeEvidence, RadioEvidence, RadioKey, UplinkEvidence, UsageEvidence
from collector.evidence_parts import EvidenceParts
from collector.influx.series import told

USAGE_BUSY = ("download_bits_per_second", "upload_bits_per_second", "clients", "cpu_ratio")
USAGE_PEAKS = ("download_bits_per_second", "upload_bits_per_second")
RADIO_BUSY = ("busy_ratio", "retry_ratio", "failure_ratio", "clients")
RADIO_MEANS = ("noise_dbm", "tx_phy_rate_bits_per_second")
UPLINK_BUSY = ("rx_bits_per_second", "tx_bits_per_second")
UPLINK_MEANS = (
    *("rx_errors_per_second", "tx_errors_per_second", "rx_drops_per_second", "tx_drops_per_second"),
    "is_up",
)
RADIO_TELLS = ("rx_ratio", "tx_ratio", *RADIO_BUSY, *RADIO_MEANS)
UPLINK_TELLS = ("speed_bits_per_second", "max_speed_bits_per_second", *UPLINK_BUSY, *UPLINK_MEANS)
CHECK_SUMS = ("loss_ratio", "throughput_bits_per_second")
CHECK_TELLS = ("is_ok", "latency_seconds", "loss_ratio", "throughput_bits_per_second", "transferred_bytes")
"""Fields, by what is asked of them. By those of `…_TELLS` hours and checks are counted."""

Figures = dict[str, float]
Tags = Mapping[str, str]


class _Check(NamedTuple):
    """What a probe is about, "" where it does not say."""

    kind: str
    target: str
    server: str
    direction: str
    nth: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Figures by name of access points, radios, uplinks and checks, under the engine's spelling of access points.

    The names are those of evidence, but of uplinks those of the wire. Of a check there are besides, for each field
    that it tells, how often as `…_count`, and in how many hours as `…_hours` where it is a sum over hours.
    """

    usage: dict[str, Figures] = field(default_factory=dict)
    radios: dict[tuple[str, RadioKey], Figures] = field(default_factory=dict)
    uplinks: dict[tuple[str, str], Figures] = field(default_factory=dict)
    checks: dict[tuple[str, _Check], Figures] = field(default_factory=dict)

    def of_report(self, tags: Tags) -> Figures:
        """The figures of an access point, to be added to."""
        return self.usage.setdefault(tags["access_point"], {})

    def of_radio(self, tags: Tags) -> Figures:
        """The figures of a radio."""
        key = RadioKey(told(tags["radio"]), tags.get("band", ""))
        return self.radios.setdefault((tags["access_point"], key), {})

    def of_uplink(self, tags: Tags) -> Figures:
        """The figures of an interface."""
        return self.uplinks.setdefault((tags["access_point"], told(tags["interface"])), {})

    def of_check(self, tags: Tags) -> Figures:
        """The figures of a check."""
        check = _Check(*(tags.get(name, "") for name in _Check._fields))
        return self.checks.setdefault((tags["access_point"], check), {})

    def parts(self, names: Mapping[str, str]) -> EvidenceParts:
        """What they come to, under the names of access points. What was reported in no hour is left out."""
        parts = EvidenceParts()
        for spelling, figures in self.usage.items():
            if figures.get("hours"):
                parts.usage[names[spelling]] = _usage(figures)
        for (spelling, radio), figures in self.radios.items():
            if figures.get("hours"):
                parts.radios[names[spelling]][radio] = _radio(figures)
        for (spelling, interface), figures in self.uplinks.items():
            if figures.get("hours"):
                parts.uplinks[names[spelling]][interface] = _uplink(figures)
        by_kind: dict[tuple[str, str], dict[_Check, Figures]] = {}
        for (spelling, check), figures in self.checks.items():
            if _checks(figures):
                by_kind.setdefault((names[spelling], told(check.kind)), {})[check] = figures
        for (access_point, kind), of_checks in by_kind.items():
            parts.probes[access_point][kind] = _probe(of_checks)
        return parts


def _usage(figures: Figures) -> UsageEvidence:
    starts = figures.get("starts")
    return UsageEvidence(
        hours=round(figures["hours"]),
        reports=round(figures["reports"]),
        peak_download_bits_per_second=figures.get("peak_download_bits_per_second"),
        peak_upload_bits_per_second=figures.get("peak_upload_bits_per_second"),
        temperature_celsius=figures.get("temperature_celsius"),
        starts=None if starts is None else round(starts),
        **{name: figures.get(name) for name in USAGE_BUSY},
    )


def _radio(figures: Figures) -> RadioEvidence:
    names = (*RADIO_BUSY, *RADIO_MEANS, "foreign_ratio")
    return RadioEvidence(round(figures["hours"]), **{name: figures.get(name) for name in names})


def _uplink(figures: Figures) -> UplinkEvidence:
    return UplinkEvidence(
        hours=round(figures["hours"]),
        speed_bits_per_second=figures.get("speed_bits_per_second"),
        max_speed_bits_per_second=figures.get("max_speed_bits_per_second"),
        flow_bits_per_second=max(_known(figures.get(name) for name in UPLINK_BUSY), default=None),
        errors_per_second=_total(figures, "rx_errors_per_second", "tx_errors_per_second"),
        drops_per_second=_total(figures, "rx_drops_per_second", "tx_drops_per_second"),
        up_ratio=figures.get("is_up"),
    )


def _probe(checks: Mapping[_Check, Figures]) -> ProbeEvidence:
    all_checks = list(checks.values())
    downloads = [figures for check, figures in checks.items() if check.direction == "download"]
    good, known = (round(sum(each.get(name, 0.0) for each in all_checks)) for name in ("good_checks", "is_ok_count"))
    return ProbeEvidence(
        checks=sum(map(_checks, all_checks)),
        good_checks=good,
        bad_checks=known - good,
        latency_seconds=max(_known(each.get("latency_seconds") for each in all_checks), default=None),
        loss_ratio=_mean_of_hours(all_checks, "loss_ratio"),
        throughput_bits_per_second=_mean_of_hours(downloads, "throughput_bits_per_second"),
    )


def _checks(figures: Figures) -> int:
    """No field is told by all checks, and of points the engines keep no more: as often as the one told most."""
    return round(max(figures.get(f"{name}_count", 0.0) for name in CHECK_TELLS))


def _mean_of_hours(checks: Sequence[Figures], name: str) -> float | None:
    hours = sum(each.get(f"{name}_hours", 0.0) for each in checks)
    return sum(each.get(name, 0.0) for each in checks) / hours if hours else None


def _total(figures: Figures, *names: str) -> float | None:
    known = _known(figures.get(name) for name in names)
    return sum(known) if known else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
