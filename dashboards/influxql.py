"""Questions in InfluxQL, which all versions of InfluxDB speak. Pure.

Grafana puts in `$timeFilter`, `$__interval`, `$__to` and the board's variables; several chosen values become
alternatives of a regular expression. A window has its beginning and not its end, and is told at its beginning: what
PromQL tells at an instant, InfluxQL tells one interval before.
"""

from dashboards.query import Across, Along, Filter, Query

_ALONG: dict[Along, str] = {
    "mean": "mean",
    "min": "min",
    "max": "max",
    "sum": "sum",
    "last": "last",
    "count": "count",
}
_ACROSS: dict[Across, str] = {"mean": "mean", "min": "min", "max": "max", "sum": "sum", "count": "count"}


def influxql(query: Query, column: str = "value") -> str:
    """The statement that a panel's target has. `column` is what the result is called, by which the columns of a table
    are told apart."""
    return _simple(query, column) if query.is_simple else _nested(query, column)


def tag_values(measurement: str, tag: str, where: tuple[Filter, ...]) -> str:
    """What fills a variable: the values of a tag of a measurement."""
    conditions = f" WHERE {' AND '.join(map(_condition, where))}" if where else ""
    return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "{tag}"{conditions}'


def instants(query: Query, text_tag: str) -> str:
    """What marks instants: the points themselves, with a tag as the text. Grafana takes the text of a column only, and
    tags by which a statement groups are none."""
    metric = query.metric
    return f'SELECT "{text_tag}", "{metric.field}" FROM "{metric.measurement}" WHERE {_where(query)}'  # noqa: S608  # of our own words


def _simple(query: Query, column: str) -> str:
    function = _ALONG[query.along]
    value = _result(query, f'{function}("{query.metric.field}")', f'{function}("{query.divided_by}")', column)
    return f'SELECT {value} FROM "{query.metric.measurement}" WHERE {_where(query)}{_groups(query)}'  # noqa: S608  # of our own words


def _nested(query: Query, column: str) -> str:
    """First along time, for every series by itself, then across."""
    along, across = _ALONG[query.along], _ACROSS[query.across]
    inner = f'{along}("{query.metric.field}") AS "a"'
    if query.divided_by is not None:
        inner += f', {along}("{query.divided_by}") AS "b"'
    every = "time($__interval), *" if query.window == "interval" else "*"
    source = f'SELECT {inner} FROM "{query.metric.measurement}" WHERE {_where(query)} GROUP BY {every} fill(none)'  # noqa: S608  # likewise
    value = _result(query, f'{across}("a")', f'{across}("b")', column)
    return f"SELECT {value} FROM ({source}) WHERE {_span(query)}{_groups(query)}"  # noqa: S608  # likewise


def _result(query: Query, value: str, divider: str, column: str) -> str:
    text = f"{value} / {divider}" if query.divided_by is not None else value
    return f'{text if query.times == 1 else f"{text} * {_decimal(query.times)}"} AS "{column}"'


def _decimal(number: float) -> str:
    """InfluxQL has no exponents."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _where(query: Query) -> str:
    return " AND ".join((*map(_condition, query.where), _span(query)))


def _span(query: Query) -> str:
    if query.window == "now":
        return f"time > ${{__to}}ms - {query.now_seconds}s AND time <= ${{__to}}ms"
    return "$timeFilter"


def _groups(query: Query) -> str:
    groups = [*(["time($__interval)"] if query.window == "interval" else []), *(f'"{tag}"' for tag in query.by)]
    return f" GROUP BY {', '.join(groups)} fill(none)" if groups else ""


def _condition(each: Filter) -> str:
    return f'"{each.tag}" =~ /^{each.value}$/' if each.is_variable else f"\"{each.tag}\" = '{each.value}'"
