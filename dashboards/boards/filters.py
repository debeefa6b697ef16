"""What boards ask of: what is chosen above them, and the tags that several of them hold fixed."""

from dashboards.query import Filter

Filters = tuple[Filter, ...]

KIND = Filter("kind", "$kind")
SITE = Filter("site", "$site")
ACCESS_POINT = Filter("access_point", "$access_point")
BAND = Filter("band", "$band")
UPLINK = Filter("role", "uplink")
CLIENT_SIGNAL = Filter("quantity", "client_signal_dbm")


def on_band(band: str) -> Filter:
    """The radios of one band: channels of two bands have the same numbers."""
    return Filter("band", band)


def of_check(check: str) -> Filter:
    """The checks of one kind at a site."""
    return Filter("check", check)
