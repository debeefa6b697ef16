"""How much a place needs another device, by what it carried and how it failed. Pure.

Four parts, each from 0 to 1 with its reason: the airtime that its own traffic takes, the clients, the throughput near
the ceiling, and the failures. A part of which too little is known is None, which is not zero: the need is the mean of
the others by their weights, and where less than half of the weight is known there is none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collector.evidence import Evidence, RadioEvidence, RadioKey, UsageEvidence
from collector.legacy.four_times import Capacity
from collector.legacy.reasons import Reason, reason
from collector.legacy.score_settings import PartName, ScoreSettings, as_shown

FEWEST_KNOWN = 0.5
"""Of the weight: of less, what is not known would decide more than what is."""
_ALMOST = 1e-9
USUAL_RADIOS = 2
"""As two thirds of the catalogue's models whose radios are known have, where a device does not tell of its radios."""
WEEK_HOURS = 168
HOURS_OF_A_START = 2
"""In so many hours a start shows, that of the start and the next: it had been up for less than an hour in both."""


@dataclass(frozen=True, slots=True)
class NeedPart:
    """One part. `value` is None where too little is known, and `reason` says what."""

    name: PartName
    value: float | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Need:
    """The parts, and the settings by which they are weighed."""

    parts: tuple[NeedPart, ...]
    settings: ScoreSettings

    @property
    def value(self) -> float | None:
        """From 0 to 1 in three digits; None where less than half of the weight is known."""
        known = self._known
        weight = sum(weight for weight, _ in known)
        if weight < FEWEST_KNOWN * self._whole_weight - _ALMOST:
            return None
        return as_shown(sum(weight * value for weight, value in known) / weight)

    @property
    def missing(self) -> tuple[PartName, ...]:
        """The parts that are not known."""
        return tuple(part.name for part in self.parts if part.value is None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """One of each part; before them, where too few are known, that there is no need to be told."""
        told = tuple(part.reason for part in self.parts)
        if self.value is not None:
            return told
        known = sum(weight for weight, _ in self._known)
        return (reason("need.insufficient", known_ratio=known / self._whole_weight), *told)

    @property
    def formula(self) -> str:
        """How the parts make the value, such as `(3 × 0.8 + 1 × 0.25) / 4 = 0.663`; empty where there is none."""
        if self.value is None:
            return ""
        known = self._known
        summed = " + ".join(f"{weight:g} × {value:g}" for weight, value in known)
        return f"({summed}) / {sum(weight for weight, _ in known):g} = {self.value:g}"

    @property
    def _known(self) -> list[tuple[float, float]]:
        """Weight and value of each part that is known."""
        weights = self.settings.need_weights
        return [(weights[part.name], part.value) for part in self.parts if part.value is not None]

    @property
    def _whole_weight(self) -> float:
        return sum(self.settings.need_weights.values())


def need_of(
    evidence: Evidence, capacity: Capacity | None, settings: ScoreSettings, *, is_uplink_mended: bool = False
) -> Need:
    """Of what is known of an access point, and what its present device can carry there; `is_uplink_mended` says that
    `capacity` is what it can once its slow uplink is mended."""
    usage = evidence.usage if evidence.usage is not None and evidence.usage.hours >= settings.fewest_hours else None
    radios = {key: radio for key, radio in evidence.radios.items() if radio.hours >= settings.fewest_hours}
    if usage is None and not radios:
        return Need(_none_of(evidence, settings), settings)
    parts = (
        _airtime(radios, settings),
        _clients(usage, radios, settings),
        _ceiling(usage, capacity, settings, is_uplink_mended=is_uplink_mended),
        _failures(usage, radios.values(), settings),
    )
    return Need(parts, settings)


def _none_of(evidence: Evidence, settings: ScoreSettings) -> tuple[NeedPart, ...]:
    """Nothing, or of too few hours."""
    of_radios = [radio.hours for radio in evidence.radios.values()]
    hours = max([evidence.usage.hours if evidence.usage is not None else 0, *of_radios])
    known = {"hours": hours} if hours else {}
    why = reason(f"need.{'too_few' if hours else 'no'}_hours", **known, fewest_hours=settings.fewest_hours)
    return tuple(NeedPart(name, None, why) for name in settings.need_weights)


def _airtime(radios: dict[RadioKey, RadioEvidence], settings: ScoreSettings) -> NeedPart:
    """Of the radio whose own traffic takes most: its busy hours less what others took in theirs. What others take is
    the channel's trouble, which a new device shares. The hours of both may differ, and the difference is then rather
    too small than too large. Where it is not known whose the airtime is, neither is the part.
    """
    split = [
        (max(radio.busy_ratio - radio.foreign_ratio, 0.0), radio.busy_ratio, _called(key))
        for key, radio in radios.items()
        if radio.busy_ratio is not None and radio.foreign_ratio is not None
    ]
    if split:
        own, busy_ratio, called = max(split)
        why = reason("need.airtime", own_ratio=own, busy_ratio=busy_ratio, radio=called)
        return NeedPart("airtime", settings.airtime.at(own), why)
    busy = max((radio.busy_ratio for radio in radios.values() if radio.busy_ratio is not None), default=None)
    if busy is not None:
        return NeedPart("airtime", None, reason("need.airtime_of_whom", busy_ratio=busy))
    return NeedPart("airtime", None, reason("need.airtime_unknown"))


def _clients(usage: UsageEvidence | None, radios: dict[RadioKey, RadioEvidence], settings: ScoreSettings) -> NeedPart:
    """On the radio that has most. Where only the access point counts them they are shared among its radios evenly,
    which is rather too few for the busiest than too many."""
    counted = [(radio.clients, _called(key)) for key, radio in radios.items() if radio.clients is not None]
    if counted:
        clients, called = max(counted)
        why = reason("need.clients", clients=clients, radio=called)
        return NeedPart("clients", settings.clients.at(clients), why)
    if usage is None or usage.clients is None:
        return NeedPart("clients", None, reason("need.clients_unknown"))
    number = len(radios) or USUAL_RADIOS
    share = usage.clients / number
    why = reason("need.clients_of_all", clients=usage.clients, share=share, radios=number)
    return NeedPart("clients", settings.clients.at(share), why)


def _ceiling(
    usage: UsageEvidence | None, capacity: Capacity | None, settings: ScoreSettings, *, is_uplink_mended: bool
) -> NeedPart:
    """Both directions of busy hours together, for they share the air, against what can be carried. Where the upload is
    not known, the download is the least that it can be; the other way round next to nothing is known."""
    if usage is None or usage.download_bits_per_second is None:
        return NeedPart("ceiling", None, reason("need.flow_unknown"))
    flow = usage.download_bits_per_second + (usage.upload_bits_per_second or 0.0)
    if capacity is None or capacity.bits_per_second <= 0:
        return NeedPart("ceiling", None, reason("need.capacity_unknown", flow_bits_per_second=flow))
    ratio = flow / capacity.bits_per_second
    why = reason(
        "need.ceiling_after_mending" if is_uplink_mended else "need.ceiling",
        flow_bits_per_second=flow,
        capacity_bits_per_second=capacity.bits_per_second,
        ceiling_ratio=ratio,
    )
    return NeedPart("ceiling", settings.ceiling.at(ratio), why)


def _failures(usage: UsageEvidence | None, radios: Iterable[RadioEvidence], settings: ScoreSettings) -> NeedPart:
    """The worst of retries, frames that never arrived, and starts. Starts raise it, and are not enough by themselves:
    that a device stays up says nothing of what its radios lose."""
    of_radios = list(_failures_of(radios, settings))
    if not of_radios:
        return NeedPart("failures", None, reason("need.failures_unknown"))
    value, why = max([*of_radios, *_starts_of(usage, settings)], key=lambda one: one[0])
    return NeedPart("failures", value, why)


def _failures_of(radios: Iterable[RadioEvidence], settings: ScoreSettings) -> Iterator[tuple[float, Reason]]:
    for radio in radios:
        if radio.retry_ratio is not None:
            yield settings.retries.at(radio.retry_ratio), reason("need.retries", retry_ratio=radio.retry_ratio)
        if radio.failure_ratio is not None:
            why = reason("need.failures", failure_ratio=radio.failure_ratio)
            yield settings.failures.at(radio.failure_ratio), why


def _starts_of(usage: UsageEvidence | None, settings: ScoreSettings) -> Iterator[tuple[float, Reason]]:
    if usage is not None and usage.starts is not None:
        starts = usage.starts / HOURS_OF_A_START * WEEK_HOURS / usage.hours
        yield settings.starts_a_week.at(starts), reason("need.starts", starts=starts)


def _called(key: RadioKey) -> str:
    """A radio by its name and, where it says so, its band: `radio0 (5 GHz)`."""
    return f"{key.name} ({key.band} GHz)" if key.band else key.name
