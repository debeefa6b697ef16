"""How a catalogue file is written: what each source says of each model. A value never stands without its source.

One TOML file for each vendor. Values that no source can be named for stand under `unconfirmed`, and stay unconfirmed.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from agent.settings import Contradiction, SettingsModel
from inventory.catalogue.dates import PartialDate
from inventory.catalogue.phy import NoSuchRateError, PhyStandard, peak_phy_rate_bits_per_second

UNCONFIRMED = "unconfirmed"
"""The name under which values stand that no source can be named for."""

Band = Literal["2.4", "5", "6"]
Generation = Literal["4", "5", "6", "6E", "7"]
Placement = Literal["indoor", "outdoor"]
SourceKind = Literal["vendor", "regulator", "library", "community"]
Poe = Literal["802.3af", "802.3at", "802.3bt-3", "802.3bt-4", "passive", "none"]
"""What a device asks of its port to run with all its radios: the class of IEEE 802.3 (bt by type), a voltage of its
own, or nothing, as it has no power over Ethernet."""
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[a-z0-9-]*[a-z0-9])?$", max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Source(SettingsModel):
    """Where values come from. `published` is the document's own date, `read_on` when somebody read it there."""

    kind: SourceKind
    title: Annotated[str, Field(min_length=1, max_length=300)]
    url: Annotated[str, Field(pattern=r"^https://", max_length=500)]
    published: PartialDate | None = None
    read_on: date


class RadioClaim(SettingsModel):
    """What a source says of the radio of a band: newest standard, spatial streams sent, widest channel."""

    standard: PhyStandard | None = None
    streams: Annotated[int, Field(ge=1, le=8)] | None = None
    width_mhz: Literal[20, 40, 80, 160, 320] | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Streams and width are such as the standard has."""
        yield from super().contradictions(document)
        if not isinstance(document, dict) or not {"standard", "streams", "width_mhz"} <= document.keys():
            return
        try:
            peak_phy_rate_bits_per_second(
                document["standard"], streams=document["streams"], width_mhz=document["width_mhz"]
            )
        except NoSuchRateError as error:
            yield (), f"{error}; see what the source says"
        except TypeError:
            return  # a value of a wrong type, which has been told


class Claims(SettingsModel):
    """What one source says of one model. Absent is what it does not say."""

    generation: Generation | None = None
    placement: Placement | None = None
    radios: dict[Band, RadioClaim] = Field(default={})
    uplink_bits_per_second: tuple[Annotated[int, Field(gt=0)], ...] | None = Field(
        default=None, description="The top speed of each wired port towards the network, the fastest first"
    )
    poe: Poe | None = None
    power_watts: Annotated[float, Field(gt=0, le=200)] | None = None
    released: PartialDate | None = None
    end_of_sale: PartialDate | None = None
    end_of_support: PartialDate | None = Field(
        default=None, description="The last day on which the vendor mends what is unsafe in it"
    )


class ModelEntry(SettingsModel):
    """A model, the names by which a device of it reports itself (`?` and `*` stand for characters), and the claims by
    the id of their source."""

    model: Name
    reported_as: tuple[Name, ...] = ()
    says: dict[SourceId, Claims]


class VendorFile(SettingsModel):
    """A file of the catalogue."""

    vendor: Name
    reported_as: tuple[Name, ...] = ()
    sources: dict[SourceId, Source] = Field(default={})
    models: tuple[ModelEntry, ...]

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Each claim names a source that the file has, and none of them calls itself unconfirmed."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        sources = document.get("sources", {})
        known = set(sources) if isinstance(sources, dict) else set()
        if UNCONFIRMED in known:
            yield ("sources", UNCONFIRMED), "is the name of values without a source; call this source otherwise"
        for position, entry in enumerate(document.get("models", ())):
            says = entry.get("says", {}) if isinstance(entry, dict) else {}
            for source in says if isinstance(says, dict) else ():
                if source not in known | {UNCONFIRMED}:
                    yield (
                        ("models", position, "says", source),
                        f"there is no source {source!r}; add [sources.{source}], or say {UNCONFIRMED}",
                    )
