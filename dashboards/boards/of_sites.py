"""Questions about sites that several boards ask, and the row of numbers with which the city's board and a site's begin.
They ask for the collector's own figures only, of which a site has a few, however many access points it has.
"""

from dashboards.boards.filters import Filters
from dashboards.boards.thresholds import ANY_IS_A_WARNING, AVAILABILITY
from dashboards.panels import Figure, Link, Row
from dashboards.query import Query, Window

By = tuple[str, ...]


def state(field: str, where: Filters, by: By = (), *, divided_by: str | None = None) -> Query:
    """What the collector knows at this moment, summed over sites."""
    return Query(f"wifi_site_state.{field}", along="last", by=by, where=where, divided_by=divided_by, window="now")


def load(field: str, where: Filters, by: By = (), *, window: Window = "interval", legend: str | None = None) -> Query:
    """What access points carry, each site in the mean of the time, summed over sites."""
    return Query(f"wifi_site.{field}", by=by, where=where, window=window, legend=legend)


def share(
    of: str, whole: str, where: Filters, by: By = (), *, window: Window = "interval", legend: str | None = None
) -> Query:
    """A sum by another sum: a share, or the mean of what is kept as sum and count. Larger sites count for more."""
    return Query(of, along="sum", across="sum", by=by, where=where, divided_by=whole, window=window, legend=legend)


def availability(where: Filters, by: By = (), *, window: Window = "interval", legend: str | None = None) -> Query:
    """For how long access points were heard, of the time in which they were to be."""
    return share("wifi_site.reported_seconds", "expected_seconds", where, by, window=window, legend=legend)


def failed(where: Filters, by: By = (), *, window: Window = "interval", legend: str | None = None) -> Query:
    """The share of checks that failed, of those that came out well or badly."""
    return share("wifi_site_check.failed_checks", "checks", where, by, window=window, legend=legend)


def failed_of_all_kinds(where: Filters, by: By) -> Query:
    """The same of all kinds of checks together, which a site has in one place: over a month a quarter of the points."""
    return share("wifi_site.failed_checks", "checks", where, by, window="range")


def present(where: Filters, link: Link) -> Row:
    """How it is now: who is heard and who is not, what alerts tell, availability, and for how many people."""
    silent, alerts = state("silent", where), state("alerts_firing", where)
    heard = availability(where, window="range")
    clients = load("clients", where, window="now")
    download = load("download_bits_per_second", where, window="now")
    return Row(
        "present",
        (
            Figure("reporting", 4, 4, decimals=0, lowest="neutral", link=link, value=state("reporting", where)),
            Figure("silent", 4, 4, decimals=0, thresholds=ANY_IS_A_WARNING, link=link, value=silent),
            Figure("alerts", 4, 4, decimals=0, thresholds=ANY_IS_A_WARNING, link=link, value=alerts),
            Figure("availability", 4, 4, decimals=2, lowest="bad", thresholds=AVAILABILITY, link=link, value=heard),
            Figure("clients", 4, 4, decimals=0, lowest="neutral", link=link, value=clients),
            Figure("download", 4, 4, decimals=1, lowest="neutral", link=link, value=download),
        ),
    )
