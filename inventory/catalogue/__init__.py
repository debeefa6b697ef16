"""The catalogue of access point models: what each can do, who says so, and how sure that is."""

from inventory.catalogue.models import Catalogue, CatalogueModel
from inventory.catalogue.reading import load_catalogue
from inventory.catalogue.settled import Confidence, Value

__all__ = ["Catalogue", "CatalogueModel", "Confidence", "Value", "load_catalogue"]
