"""Which models would be four times as fast at a place, and what else would have to change there. Pure.

The denominator is stated: what the present device can carry at that place, which is what its radios can together or
what its uplink has negotiated, whichever is less. Radios are counted by their peak PHY rates, of which about two thirds
can be payload; uplinks by their speed. What is not known is told, and never taken for good or bad.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from collector.legacy import PROMISED_RATIO
from inventory.catalogue import CatalogueModel, Confidence
from inventory.catalogue.entries import Placement, Poe
from inventory.wiring import CABLE_BITS_PER_SECOND, Cable, powers

PAYLOAD_RATIO = 0.65
"""Of a PHY rate, what is left for payload on a quiet channel: preambles, acknowledgements and waiting take the rest."""


class Change(StrEnum):
    """What has to change at a place beside the device."""

    SWITCH_PORT = "switch_port"
    CABLE = "cable"
    POWER = "power"
    """An injector, or a port of a higher class."""


class Unknown(StrEnum):
    """What nobody has said, and somebody should look at before the order."""

    SWITCH_PORT = "switch_port"
    CABLE = "cable"
    PRESENT_UPLINK = "present_uplink"
    PRESENT_MODEL = "present_model"
    """What the present device can is not sure, and four times of it is not either."""
    PLACEMENT = "placement"
    POWER_OF_PORT = "power_of_port"
    POWER_OF_MODEL = "power_of_model"
    UPLINK_OF_MODEL = "uplink_of_model"


@dataclass(frozen=True, slots=True)
class Wiring:
    """What is known of a place: speed and power class of the switch's port, and the cable."""

    port_bits_per_second: float | None = None
    port_poe: Poe | None = None
    cable: Cable | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What can be carried: by the radios (payload), by the uplink, and so in all, in bits a second. `is_confirmed` says
    that what is counted of the radios has a source."""

    radios_bits_per_second: float
    uplink_bits_per_second: float | None
    is_confirmed: bool = True

    @property
    def bits_per_second(self) -> float:
        """The lesser of both; of the radios alone where the uplink's speed is not known, as when it is down."""
        uplink = self.uplink_bits_per_second
        return self.radios_bits_per_second if not uplink else min(self.radios_bits_per_second, uplink)

    @property
    def limited_by(self) -> Literal["radios", "uplink"]:
        """Which of both it is."""
        return "radios" if self.bits_per_second == self.radios_bits_per_second else "uplink"


@dataclass(frozen=True, slots=True)
class Fit:
    """A model at a place. `ratio_now` is how many times the present capacity it has with the wiring as it is known, 0
    where that does not power it, `ratio_changed` with all that is in `changes`. `is_confirmed` says that all that is
    counted of it has a source."""

    model: CatalogueModel
    ratio_now: float
    ratio_changed: float
    changes: tuple[Change, ...]
    unknowns: tuple[Unknown, ...]
    is_confirmed: bool

    @property
    def is_ready(self) -> bool:
        """Whether it keeps the promise without any change, and nothing is left to look at."""
        return not self.changes and not self.unknowns and self.is_confirmed


def capacity_of(model: CatalogueModel, uplink_bits_per_second: float | None) -> Capacity | None:
    """Of a device of this model whose uplink has negotiated that; None where the catalogue does not know its radios."""
    peak = model.capacity_bits_per_second
    return None if peak is None else Capacity(peak * PAYLOAD_RATIO, uplink_bits_per_second, _has_sure_radios(model))


def fits(
    present: Capacity,
    wiring: Wiring,
    placement: Placement | None,
    models: Iterable[CatalogueModel],
    today: date,
    *,
    promised_ratio: float = PROMISED_RATIO,
) -> list[Fit]:
    """The models that keep the promise at a place, with what must change; those that need least first.

    A model that is not sold any more, or that is made for indoors where the place is outdoors, is none.
    """
    found = [
        fit
        for model in models
        if _is_sold(model, today) and _may_hang(model, placement)
        if (fit := _fit(model, present, wiring, placement, promised_ratio)) is not None
    ]
    return sorted(found, key=_order)


def _order(fit: Fit) -> tuple[int, bool, int, float, str]:
    return len(fit.changes), not fit.is_confirmed, len(fit.unknowns), -fit.ratio_changed, fit.model.key


def _fit(
    model: CatalogueModel, present: Capacity, wiring: Wiring, placement: Placement | None, promised_ratio: float
) -> Fit | None:
    """None where the model itself is too slow, or nobody knows how fast it is."""
    wanted = promised_ratio * present.bits_per_second
    radios = capacity_of(model, None)
    ports = model.uplink_bits_per_second
    own_port = max(ports.value) if ports is not None else None
    if radios is None or radios.radios_bits_per_second < wanted or (own_port is not None and own_port < wanted):
        return None
    limits = {
        Change.SWITCH_PORT: wiring.port_bits_per_second,
        Change.CABLE: CABLE_BITS_PER_SECOND[wiring.cable] if wiring.cable is not None else None,
    }
    changes = [change for change, limit in limits.items() if limit is not None and limit < wanted]
    of_wiring = min((limit for limit in limits.values() if limit is not None), default=float("inf"))
    of_model = min(radios.radios_bits_per_second, own_port or float("inf"))
    is_powered = powers(wiring.port_poe, model.poe.value) if wiring.port_poe and model.poe else None
    if is_powered is False:
        changes.append(Change.POWER)
    kept = min((limit for change, limit in limits.items() if limit and change not in changes), default=float("inf"))
    return Fit(
        model,
        ratio_now=0.0 if is_powered is False else min(of_model, of_wiring) / present.bits_per_second,
        ratio_changed=min(of_model, kept) / present.bits_per_second,
        changes=tuple(changes),
        unknowns=tuple(_unknowns(model, present, wiring, placement)),
        is_confirmed=_is_confirmed(model, placement),
    )


def _unknowns(
    model: CatalogueModel, present: Capacity, wiring: Wiring, placement: Placement | None
) -> Iterable[Unknown]:
    if not present.uplink_bits_per_second:
        yield Unknown.PRESENT_UPLINK
    if not present.is_confirmed:
        yield Unknown.PRESENT_MODEL
    if placement is None and not _is_outdoor(model):
        yield Unknown.PLACEMENT
    if wiring.port_bits_per_second is None:
        yield Unknown.SWITCH_PORT
    if wiring.cable is None:
        yield Unknown.CABLE
    if wiring.port_poe in {None, "passive"}:
        yield Unknown.POWER_OF_PORT
    if model.poe is None or model.poe.value in {"passive", "none"}:
        yield Unknown.POWER_OF_MODEL
    if model.uplink_bits_per_second is None:
        yield Unknown.UPLINK_OF_MODEL


def _is_confirmed(model: CatalogueModel, placement: Placement | None) -> bool:
    """Whether somebody can be named for all that is counted: radios, ports, power, and that it may hang outdoors."""
    counted = [model.uplink_bits_per_second, model.poe, *([model.placement] if placement == "outdoor" else [])]
    return _has_sure_radios(model) and all(value.closes_gates for value in counted if value is not None)


def _has_sure_radios(model: CatalogueModel) -> bool:
    return all(radio.confidence in {Confidence.CONFIRMED, Confidence.REPORTED} for radio in model.radios.values())


def _is_sold(model: CatalogueModel, today: date) -> bool:
    """A model of which no end of sale is known counts as sold; the order will tell."""
    end = model.values.get("end_of_sale")
    if end is None or end.confidence is Confidence.UNCONFIRMED:
        return True
    return any(day.last >= today for day in end.all_named)


def _may_hang(model: CatalogueModel, placement: Placement | None) -> bool:
    """An outdoor model hangs anywhere, an indoor one not outdoors; of whom nothing is known is left to be looked at."""
    return placement != "outdoor" or _is_outdoor(model)


def _is_outdoor(model: CatalogueModel) -> bool:
    return model.placement is not None and model.placement.value == "outdoor"
