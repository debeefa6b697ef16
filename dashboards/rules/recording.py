"""What is recorded: figures that are asked for again and again, over longer than a board shows. Names are as Prometheus
advises: level, metric and what was done to it.
"""

from dataclasses import dataclass

from dashboards.query import Query

EVERY = "5m"
"""As often as the windows that they are made of."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that is recorded by this name: what a query gives over the time that `window` says."""

    name: str
    query: Query
    window: str


_SITE = ("site", "kind")

RECORDINGS = (
    Recording("city:wifi_clients:sum", Query("wifi_site.clients"), "15m"),
    Recording("city:wifi_download_bits_per_second:sum", Query("wifi_site.download_bits_per_second"), "15m"),
    Recording("city:wifi_upload_bits_per_second:sum", Query("wifi_site.upload_bits_per_second"), "15m"),
    Recording("kind:wifi_clients:sum", Query("wifi_site.clients", by=("kind",)), "15m"),
    Recording(
        "city:wifi_availability:ratio30d",
        Query("wifi_site.reported_seconds", along="sum", divided_by="expected_seconds"),
        "30d",
    ),
    Recording(
        "site:wifi_availability:ratio1d",
        Query("wifi_site.reported_seconds", along="sum", by=_SITE, divided_by="expected_seconds"),
        "1d",
    ),
    Recording(
        "site:wifi_availability:ratio30d",
        Query("wifi_site.reported_seconds", along="sum", by=_SITE, divided_by="expected_seconds"),
        "30d",
    ),
    Recording(
        "site_check:wifi_checks_failed:ratio1d",
        Query("wifi_site_check.failed_checks", along="sum", by=(*_SITE, "check"), divided_by="checks"),
        "1d",
    ),
    Recording(
        "site_band:wifi_busy:mean1h",
        Query("wifi_site_band.busy_ratio_sum", along="sum", by=(*_SITE, "band"), divided_by="busy_ratio_count"),
        "1h",
    ),
)
