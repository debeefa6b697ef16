"""Which generation of Wi-Fi a device is of, as far as that is proven. Pure.

Two things prove it: the catalogue's model, where somebody can be named who says so, and the radio itself, which reports
what its hardware can. What a radio speaks at the moment proves only that it can do that: a new device may be set to an
old standard. The year in which something was installed proves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from agent.wire import Radio
from inventory.catalogue import CatalogueModel

Generation = Literal["3", "4", "5", "6", "6E", "7"]
"""As the Wi-Fi Alliance counts; `3` stands for what was before 802.11n."""
ORDER: tuple[Generation, ...] = ("3", "4", "5", "6", "6E", "7")
Evidence = Literal["radio", "model", "radio in part"]

_OF_STANDARD: Mapping[str, Generation] = MappingProxyType(
    {
        "802.11b": "3",
        "802.11g": "3",
        "802.11a": "3",
        "802.11n": "4",
        "802.11ac": "5",
        "802.11ax": "6",
        "802.11be": "7",
    }
)


@dataclass(frozen=True, slots=True)
class ProvenGeneration:
    """What is proven. `exactly` is None where only a lower bound is known, `at_least` where not even that.

    `proven_by` says by what: all radios, the model, or what a part of the radios say. `contradicts` is what the
    catalogue says where the radio proves otherwise.
    """

    exactly: Generation | None
    at_least: Generation | None
    proven_by: Evidence | None
    contradicts: Generation | None = None

    @property
    def is_known(self) -> bool:
        """Whether the generation itself is proven."""
        return self.exactly is not None

    def is_older_than(self, generation: Generation) -> bool | None:
        """Whether the device is of an earlier generation; None where that is not proven either way."""
        limit = ORDER.index(generation)
        if self.exactly is not None:
            return ORDER.index(self.exactly) < limit
        if self.at_least is not None and ORDER.index(self.at_least) >= limit:
            return False
        return None


def prove_generation(radios: Sequence[Radio], model: CatalogueModel | None) -> ProvenGeneration:
    """Of what a device's radios report and the model that it is, each as far as it is known.

    The radio is believed before the catalogue: it is the device itself. But of radios that do not all say what they can
    the silent one may be the newest, and where the model is newer than all that report themselves one is switched off
    or was not asked: what is proven then is a lower bound. A radio at 6 GHz makes 6E of 6.
    """
    of_model = _of_model(model)
    seen = _newest(radios)
    says_all = bool(radios) and all(radio.capability is not None for radio in radios)
    if seen is None or (of_model is not None and not says_all and not _is_newer(seen, of_model)):
        return ProvenGeneration(of_model, of_model, None if of_model is None else "model")
    if says_all and not (of_model is not None and _is_newer(of_model, seen)):
        return ProvenGeneration(seen, seen, "radio", None if of_model in {None, seen} else of_model)
    return ProvenGeneration(None, seen, "radio in part", of_model)


def _is_newer(one: Generation, other: Generation) -> bool:
    return ORDER.index(one) > ORDER.index(other)


def _of_model(model: CatalogueModel | None) -> Generation | None:
    """What somebody can be named for."""
    generation = model.generation if model is not None else None
    return generation.value if generation is not None and generation.closes_gates else None


def _newest(radios: Sequence[Radio]) -> Generation | None:
    """Of all that the radios say they can or do."""
    found = [
        _generation(standard, radio)
        for radio in radios
        for standard in (radio.capability, radio.standard)
        if standard is not None
    ]
    return max(found, key=ORDER.index, default=None)


def _generation(standard: str, radio: Radio) -> Generation:
    generation = _OF_STANDARD[standard]
    return "6E" if generation == "6" and radio.band == "6" else generation
