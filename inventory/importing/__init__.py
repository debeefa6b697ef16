"""What the importers share: reading lists, normal forms, sites, comparison with what is kept, and writing.

It knows none of the importers. The steps: `listing` is what an importer makes of a list, `drafting` what the inventory
would say of each row, `planning` what an import would change, and `writing` what is left on disk.
"""

from inventory.importing.listing import Entry, Listing, ListingError, RawRow, Refusal

__all__ = ["Entry", "Listing", "ListingError", "RawRow", "Refusal"]
