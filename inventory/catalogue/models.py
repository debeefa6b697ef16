"""The catalogue of access point models: what is known of each, how sure that is, and which one a device is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from types import MappingProxyType
from typing import Any

from inventory.catalogue.dates import Partial
from inventory.catalogue.entries import Band, Generation, Placement, Poe, Source
from inventory.catalogue.phy import NoSuchRateError, PhyStandard, peak_phy_rate_bits_per_second
from inventory.catalogue.settled import Confidence, Value

BANDS: tuple[Band, ...] = ("2.4", "5", "6")
_GENERATION_OF: Mapping[str, Generation] = MappingProxyType(
    {"802.11n": "4", "802.11ac": "5", "802.11ax": "6", "802.11be": "7"}
)
_AGE = ("802.11a", "802.11g", *_GENERATION_OF)
_ORDER = tuple(Confidence)
_NOT_A_SIGN = re.compile(r"[^0-9a-z?*]")


@dataclass(frozen=True, slots=True)
class RadioValues:
    """The radio of one band, as far as it is known."""

    standard: Value[PhyStandard] | None
    streams: Value[int] | None
    width_mhz: Value[int] | None

    @property
    def peak_phy_rate_bits_per_second(self) -> float | None:
        """Computed from standard, streams and width; None where one of them is not known, or where they do not go
        together."""
        if self.standard is None or self.streams is None or self.width_mhz is None:
            return None
        try:
            return peak_phy_rate_bits_per_second(
                self.standard.value, streams=self.streams.value, width_mhz=self.width_mhz.value
            )
        except NoSuchRateError:
            return None

    @property
    def confidence(self) -> Confidence | None:
        """As sure as the least sure of the three; None where one is not known."""
        known = (self.standard, self.streams, self.width_mhz)
        return max((value.confidence for value in known if value), key=_ORDER.index) if all(known) else None


@dataclass(frozen=True)
class CatalogueModel:
    """One model. `values` holds each property by name (`placement`, `radios.5.streams`), the rest reads them; what
    takes more than a look is made once, for thousands of devices are of one model."""

    vendor: str
    model: str
    reported_as: tuple[str, ...]
    values: Mapping[str, Value[Any]]

    @property
    def key(self) -> str:
        """Vendor and model, as people say it."""
        return f"{self.vendor} {self.model}"

    @property
    def placement(self) -> Value[Placement] | None:
        """Indoor or outdoor."""
        return self.values.get("placement")

    @property
    def uplink_bits_per_second(self) -> Value[tuple[int, ...]] | None:
        """The top speed of each port, the fastest first."""
        return self.values.get("uplink_bits_per_second")

    @property
    def poe(self) -> Value[Poe] | None:
        """The power that it asks of its port."""
        return self.values.get("poe")

    @property
    def end_of_support(self) -> Value[Partial] | None:
        """The last day of security updates."""
        return self.values.get("end_of_support")

    @cached_property
    def radios(self) -> Mapping[Band, RadioValues]:
        """By band, those of which anything is known."""
        found = {}
        for band in BANDS:
            values = [self.values.get(f"radios.{band}.{name}") for name in ("standard", "streams", "width_mhz")]
            if any(values):
                found[band] = RadioValues(*values)
        return MappingProxyType(found)

    @cached_property
    def generation(self) -> Value[Generation] | None:
        """As stated, or as its radios make it: the surer of both, and of two that are as sure what is stated."""
        known = [value for value in (self.values.get("generation"), self.generation_of_radios) if value is not None]
        return min(known, key=lambda value: _ORDER.index(value.confidence), default=None)

    @cached_property
    def generation_of_radios(self) -> Value[Generation] | None:
        """That of the newest standard among its radios, 6E where Wi-Fi 6 is spoken at 6 GHz, as sure as the least sure
        of their standards. None where the standard of one is not known: that may be the newest."""
        radios = self.radios
        standards = [radio.standard for radio in radios.values() if radio.standard is not None]
        if not standards or len(standards) < len(radios):
            return None
        newest = max(standards, key=lambda standard: _AGE.index(standard.value))
        if newest.value not in _GENERATION_OF:
            return None
        generation = _GENERATION_OF[newest.value]
        if generation == "6" and "6" in radios:
            generation = "6E"
        least_sure = max((standard.confidence for standard in standards), key=_ORDER.index)
        return Value(generation, least_sure, newest.sources)

    @cached_property
    def capacity_bits_per_second(self) -> float | None:
        """Peak PHY rates of all radios together; None where one of them cannot be computed."""
        rates = [radio.peak_phy_rate_bits_per_second for radio in self.radios.values()]
        if not rates or None in rates:
            return None
        return sum(rate for rate in rates if rate is not None)


class Catalogue:
    """All models, the sources of what is said of them by vendor and id, and how to find the one that a device is."""

    def __init__(
        self,
        models: Iterable[CatalogueModel],
        sources: Mapping[tuple[str, str], Source],
        vendor_names: Mapping[str, Iterable[str]],
    ) -> None:
        self.models: tuple[CatalogueModel, ...] = tuple(models)
        self.sources = MappingProxyType(dict(sources))
        self._vendor_names = vendor_names

    def find(self, vendor: str | None, model: str | None) -> CatalogueModel | None:
        """The model that a device of this vendor reports itself as; where it reports no vendor, only if one model of
        all vendors has the name. None where none has it, or several, or where the catalogue does not know the vendor.
        """
        if not model:
            return None
        of = self._vendor_by_name.get(_plain(vendor)) if vendor else None
        if vendor and of is None:
            return None
        fitting = self._fitting(_plain(model), of)
        return fitting[0] if len(fitting) == 1 else None

    def _fitting(self, name: str, vendor: str | None) -> list[CatalogueModel]:
        """An exact name goes before a pattern."""
        exact = [one for one in self._by_name.get(name, ()) if vendor in {None, one.vendor}]
        if exact:
            return exact
        found: dict[str, CatalogueModel] = {}
        for pattern, model in self._patterns:
            if vendor in {None, model.vendor} and fnmatchcase(name, pattern):
                found[model.key] = model
        return list(found.values())

    @cached_property
    def _vendor_by_name(self) -> dict[str, str]:
        return {_plain(name): vendor for vendor, names in self._vendor_names.items() for name in (vendor, *names)}

    @cached_property
    def _by_name(self) -> dict[str, list[CatalogueModel]]:
        found: dict[str, dict[str, CatalogueModel]] = {}
        for model in self.models:
            for name in names_of(model):
                if not is_pattern(name):
                    found.setdefault(name, {})[model.key] = model
        return {name: list(models.values()) for name, models in found.items()}

    @cached_property
    def _patterns(self) -> list[tuple[str, CatalogueModel]]:
        return [(name, model) for model in self.models for name in names_of(model) if is_pattern(name)]


def names_of(model: CatalogueModel) -> tuple[str, ...]:
    """The names by which it is found, as they are compared: small letters and digits alone."""
    return tuple(dict.fromkeys(_plain(name) for name in (model.model, *model.reported_as)))


def is_pattern(name: str) -> bool:
    """Whether a name has characters that stand for others."""
    return "?" in name or "*" in name


def _plain(name: str) -> str:
    return _NOT_A_SIGN.sub("", name.casefold())
