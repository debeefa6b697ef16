"""What figures of a site are told apart by."""

from inventory.models import Site


def site_tags(site: Site) -> dict[str, str]:
    """The tags `site` and `kind`, to which a measurement adds its own."""
    return {"site": site.id, "kind": str(site.kind)}
