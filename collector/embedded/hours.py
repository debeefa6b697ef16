"""The hours of a table, for questions over weeks: from its rollup, and from raw points while an hour is stale."""

from collections.abc import Sequence

from collector.embedded.reading import STALE
from collector.embedded.rollups import ROLLUPS


def with_stale(query: str) -> str:
    """A query that reads `hours_of` a table. Its parameters are those of `reading.span` and of `places`."""
    return f"WITH stale AS MATERIALIZED ({STALE}) {query}"


def places(access_points: Sequence[str]) -> dict[str, object]:
    """Parameters that name the access points, which are cheapest to find where they are neighbours by name."""
    ends = {"first_access_point": min(access_points, default=""), "last_access_point": max(access_points, default="")}
    return {"access_points": list(access_points), **ends}


def hours_of(source: str, condition: str = "TRUE") -> str:
    """SQL of the rows that an hourly rollup has, or would have by now, of some access points between two hours."""
    rollup = next(each for each in ROLLUPS if each.source == source)
    keys = "".join(f", {column.name}" for column in rollup.keys)
    names = ", ".join(aggregate.column.name for aggregate in rollup.aggregates)
    kept = ", ".join(aggregate.sql for aggregate in rollup.aggregates)
    asked_for = (
        "access_point BETWEEN $first_access_point AND $last_access_point"
        f" AND access_point IN (SELECT unnest($access_points)) AND {condition}"
    )
    hour = "date_trunc('hour', observed_at)"
    return (
        f"SELECT access_point, hour{keys}, {names} FROM {rollup.name}"  # noqa: S608  # constants only
        f" WHERE hour >= $since AND hour < $until AND {asked_for} AND hour NOT IN (SELECT hour FROM stale)"
        f" UNION ALL SELECT access_point, {hour}{keys}, {kept} FROM {source}"
        f" WHERE observed_at >= $stale_since AND observed_at >= $since AND observed_at < $until AND {asked_for}"
        f" AND {hour} IN (SELECT hour FROM stale) GROUP BY access_point, {hour}{keys}"
    )
