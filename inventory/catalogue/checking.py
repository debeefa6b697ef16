"""What is wrong with the catalogue, and what it lacks. Pure; printed by `hangang inventory catalogue check`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inventory.catalogue.models import CatalogueModel
from inventory.catalogue.settled import Confidence, Value

WANTED = ("placement", "uplink_bits_per_second", "poe", "released", "end_of_sale", "end_of_support")
"""What a decision asks of every model, beside its radios."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A property of which sources say different things. `taken` is what is taken as known."""

    model: CatalogueModel
    name: str
    taken: Value[Any]


def conflicts(model: CatalogueModel) -> Iterator[Conflict]:
    """Where sources disagree, and where the generation that is stated is not that of the radios."""
    for name, value in model.values.items():
        if value.others:
            yield Conflict(model, name, value)
    stated, computed = model.values.get("generation"), model.generation_of_radios
    if stated is not None and computed is not None and not _same_generation(stated.value, computed.value):
        yield Conflict(model, "generation of the radios", computed)


def impossible(model: CatalogueModel) -> Iterator[str]:
    """The bands whose standard, streams and width are known, of different sources, and do not go together."""
    for band, radio in model.radios.items():
        if radio.confidence is not None and radio.peak_phy_rate_bits_per_second is None:
            yield band


def _same_generation(stated: str, computed: str) -> bool:
    """A source that says 6 of a model with a radio at 6 GHz is not wrong, only short."""
    return stated.removesuffix("E") == computed.removesuffix("E")


def gaps(model: CatalogueModel) -> Iterator[str]:
    """The names of what is not known of a model."""
    if model.generation is None:
        yield "generation"
    radios = model.radios
    if not radios:
        yield "radios"
    for band, radio in radios.items():
        for name in ("standard", "streams", "width_mhz"):
            if getattr(radio, name) is None:
                yield f"radios.{band}.{name}"
    yield from (name for name in WANTED if name not in model.values)


def unconfirmed(model: CatalogueModel) -> Iterator[str]:
    """The names of what stands there without a source that could be named."""
    return (name for name, value in model.values.items() if value.confidence is Confidence.UNCONFIRMED)
