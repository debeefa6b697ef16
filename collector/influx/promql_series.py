"""How PromQL names series, and how its answers list them. For the readers of VictoriaMetrics."""

from typing import Any

from collector.stores import StoreError


def quoted(text: str) -> str:
    """A text in a query."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def just_before(end_ms: int) -> str:
    """The instant one millisecond before a window ends, in seconds."""
    return seconds(end_ms - 1)


def seconds(at_ms: int) -> str:
    """An instant in seconds since 1970."""
    return f"{at_ms // 1000}.{at_ms % 1000:03d}"


def series_of(answer: Any) -> list[Any]:  # JSON
    """The series of an answer. Raises StoreError where it is none."""
    try:
        result = answer["data"]["result"]
    except (KeyError, TypeError) as error:
        raise StoreError("the engine's answer is no answer to PromQL; check query_url", is_permanent=False) from error
    assert isinstance(result, list)  # noqa: S101  # so says the API
    return result
