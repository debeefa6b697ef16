"""Reads the catalogue's files: those of the package, one for each vendor."""

from pathlib import Path
from typing import Any

from agent.settings import Mistake, SettingsError, load
from inventory.catalogue.entries import Source, VendorFile
from inventory.catalogue.models import Catalogue, CatalogueModel, names_of
from inventory.catalogue.settled import settle_claims

VENDORS = Path(__file__).with_name("vendors")


def load_catalogue(folder: Path = VENDORS) -> Catalogue:
    """All `*.toml` of the folder. Raises SettingsError with every mistake of every file."""
    models: list[CatalogueModel] = []
    places: list[tuple[Path, int]] = []
    sources: dict[tuple[str, str], Source] = {}
    vendor_names: dict[str, tuple[str, ...]] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            file = load(VendorFile, path)
        except SettingsError as error:
            mistakes += error.mistakes
            continue
        vendor_names[file.vendor] = file.reported_as
        sources |= {(file.vendor, name): source for name, source in file.sources.items()}
        for position, entry in enumerate(file.models):
            values: dict[str, Any] = settle_claims(entry.says, file.sources)
            models.append(CatalogueModel(file.vendor, entry.model, entry.reported_as, values))
            places.append((path, position))
    mistakes += _ambiguous(models, places)
    if mistakes:
        raise SettingsError(mistakes)
    return Catalogue(models, sources, vendor_names)


def _ambiguous(models: list[CatalogueModel], places: list[tuple[Path, int]]) -> list[Mistake]:
    """Names that two models of one vendor share, by which neither would be found."""
    first: dict[tuple[str, str], CatalogueModel] = {}
    mistakes = []
    for model, (path, position) in zip(models, places, strict=True):
        for name in names_of(model):
            earlier = first.setdefault((model.vendor, name), model)
            if earlier is not model:
                problem = f"the name {name!r} stands for {earlier.model} already; make one of them more particular"
                mistakes.append(Mistake(path, f"models[{position}]", problem))
    return mistakes
