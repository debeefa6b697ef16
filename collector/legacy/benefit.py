"""What a replacement would lift: how many times the present capacity the best model would have at the place. Pure.

`four_times` tells what the present device can carry and which models keep the promise there. This puts it on a scale
from 0 to 1 on which each doubling counts alike, and tells what else would have to be done.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collector.legacy.four_times import Capacity, Change, Fit
from collector.legacy.generation import ORDER, ProvenGeneration
from collector.legacy.reasons import Reason, reason
from collector.legacy.score_settings import ScoreSettings


@dataclass(frozen=True, slots=True)
class Benefit:
    """From 0 to 1 in three digits, None where the present capacity is not known. `gain_times` is how many times it the
    replacement has, None where there is none, or nothing to compare it with."""

    value: float | None
    gain_times: float | None
    reasons: tuple[Reason, ...]


def benefit_of(
    present: Capacity | None,
    best: Fit | None,
    generation: ProvenGeneration,
    settings: ScoreSettings,
    *,
    is_uplink_mended: bool = False,
) -> Benefit:
    """Of the first of `four_times.fits`, with all changes at the place that it asks for, which the reasons name: they
    would be ordered with it. Where no model keeps the promise there, nothing is gained by an order, and that is 0.

    A device that proves newer than the catalogue says of its model is not that model, and what it can carry is unknown.
    The generation decides nothing else; what a device can carry does. `is_uplink_mended` says that `present` is what it
    can carry once its slow uplink is mended.
    """
    proven = _proven(generation)
    if _is_newer_than_its_model(generation):
        return Benefit(None, None, (proven, reason("benefit.newer_than_model")))
    if present is None or present.bits_per_second <= 0:
        return Benefit(None, None, (proven, reason("benefit.present_unknown")))
    carried = _carried(present, is_uplink_mended=is_uplink_mended)
    if best is None:
        return Benefit(0.0, None, (proven, carried, reason("benefit.no_model")))
    gain = best.ratio_changed
    return Benefit(settings.gain_times.at(gain), gain, (proven, carried, *_told(best), *_unsure(present, best)))


def _carried(present: Capacity, *, is_uplink_mended: bool) -> Reason:
    if not present.uplink_bits_per_second:
        how = "of_radios_alone"
    else:
        how = f"limited_by_{present.limited_by}{'_after_mending' if is_uplink_mended else ''}"
    return reason(f"benefit.{how}", present_bits_per_second=present.bits_per_second)


def _told(best: Fit) -> Iterator[Reason]:
    """Of a model that does not get the power it asks for nobody knows what it would carry as things are."""
    name = f"{best.model.vendor} {best.model.model}"
    if not best.changes:
        yield reason("benefit.gain", model=name, gain_times=best.ratio_changed)
        return
    if Change.POWER in best.changes:
        yield reason("benefit.gain_once_powered", model=name, gain_times=best.ratio_changed)
    else:
        yield reason("benefit.gain_with_changes", model=name, now_times=best.ratio_now, gain_times=best.ratio_changed)
    for change in best.changes:
        yield reason(f"benefit.change_{change}")


def _unsure(present: Capacity, best: Fit) -> Iterator[Reason]:
    if best.unknowns:
        yield reason("benefit.unknowns", unknowns=len(best.unknowns))
    if not (present.is_confirmed and best.is_confirmed):
        yield reason("benefit.unconfirmed")


def _proven(generation: ProvenGeneration) -> Reason:
    if generation.exactly is not None:
        return reason("benefit.generation", generation=generation.exactly)
    if generation.at_least is not None:
        return reason("benefit.generation_at_least", generation=generation.at_least)
    return reason("benefit.generation_unknown")


def _is_newer_than_its_model(generation: ProvenGeneration) -> bool:
    if generation.contradicts is None or generation.at_least is None:
        return False
    return ORDER.index(generation.at_least) > ORDER.index(generation.contradicts)
