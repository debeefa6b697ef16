"""The inventory: places, the devices that hang there, and the agents that may speak for them."""

from inventory.models import AccessPoint, Agent, Device, Inventory, Site, SiteKind
from inventory.reading import load_inventory

__all__ = ["AccessPoint", "Agent", "Device", "Inventory", "Site", "SiteKind", "load_inventory"]
