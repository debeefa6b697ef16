"""What was ever changed of an order, in words: who, when, and each field before and after. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from collector.orders.life import TELEMETRY
from collector.orders.order import Check, Order, OrderChange, Status
from collector.web.pages.order_forms import Typed
from collector.web.reader import Reader

_PLACES = {name: place for place, name in enumerate(Order.model_fields)}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field by its name in the reader's language, and what it was and is in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `from_status` is None of the first one, and the same as `to_status` where it did not move."""

    at: datetime
    by: str
    is_telemetry: bool
    from_status: Status | None
    to_status: Status
    fields: tuple[FieldChange, ...]
    reason: str | None


def told_changes(changes: Iterable[OrderChange], reader: Reader) -> tuple[Entry, ...]:
    """The changes in words, in the order in which they come."""
    return tuple(
        Entry(
            at=change.at,
            by=change.by,
            is_telemetry=change.by == TELEMETRY,
            from_status=change.from_status,
            to_status=change.to_status,
            fields=tuple(_fields(change.fields, reader)),
            reason=_reason(change, reader),
        )
        for change in changes
    )


def in_words(name: str, value: object, reader: Reader) -> str:
    """The value of a field, as it is kept in a change, in words."""
    t = reader.translate
    if value is None or value in ("", []):
        return t("order_change.nothing")
    if isinstance(value, bool):
        return t("order_change.yes" if value else "order_change.no")
    told = _IN_WORDS.get(name)
    return str(value) if told is None else told(value, reader)


def typed_since(typed: Typed, now: Order, since: Sequence[OrderChange]) -> dict[str, str | tuple[str, ...]]:
    """Of what a form has sent, that which somebody has typed in it: what differs from what the order had when they saw
    it, before these changes. What they left as it was does not undo what others have written."""
    if typed.change is None:
        return dict(typed.values)
    seen: dict[str, object] = now.model_dump(mode="json")
    for change in reversed(since):
        seen |= {name: before for name, (before, _) in change.fields.items()}
    return {
        name: typed.values[name]
        for name, value in typed.change.given.items()
        if name == "reason" or _as_kept(value) != _as_kept(seen[name])
    }


def _fields(fields: Mapping[str, tuple[object, object]], reader: Reader) -> Iterator[FieldChange]:
    t = reader.translate
    for name, values in sorted(fields.items(), key=lambda each: _PLACES.get(each[0], len(_PLACES))):
        before, after = _different(*values) if name == "checks" else values
        label = t(f"field.{name}") if t.has(f"field.{name}") else name
        yield FieldChange(label, in_words(name, before, reader), in_words(name, after, reader))


def _different(before: object, after: object) -> tuple[list[object], list[object]]:
    """Those of the checks that have come to something else."""
    was, is_now = (
        {each["check"]: each for each in checks} if isinstance(checks, Sequence) else {} for checks in (before, after)
    )
    names = [
        name
        for name in (*was, *(name for name in is_now if name not in was))
        if was.get(name, {}).get("outcome") != is_now.get(name, {}).get("outcome")
    ]
    return [was[name] for name in names if name in was], [is_now[name] for name in names if name in is_now]


def _reason(change: OrderChange, reader: Reader) -> str | None:
    """As somebody has written it. Telemetry names the checks that have failed."""
    if change.reason is None or change.by != TELEMETRY:
        return change.reason
    return ", ".join(
        reader.translate(f"check.{word}") if word in list(Check) else word for word in change.reason.split(", ")
    )


def _as_kept(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _word(family: str) -> Callable[[Any, Reader], str]:
    def told(value: Any, reader: Reader) -> str:
        key = f"{family}.{value}"
        return reader.translate(key) if reader.translate.has(key) else str(value)

    return told


def _instant(value: Any, reader: Reader) -> str:
    return reader.format.exact(datetime.fromisoformat(value))


def _confirmed(value: Any, reader: Reader) -> str:
    return " ".join(reader.translate(f"confirmation.{each}") for each in value)


def _checks(value: Any, reader: Reader) -> str:
    t = reader.translate
    return ", ".join(f"{t('check.' + each['check'])}: {t('outcome.' + each['outcome'])}" for each in value)


_IN_WORDS: Mapping[str, Callable[[Any, Reader], str]] = MappingProxyType(
    {
        "poe": _word("poe"),
        "cable": _word("cable"),
        "uplink_bits_per_second": lambda value, reader: reader.format.rate(value) or "",
        "installed_at": _instant,
        "first_report_at": _instant,
        "confirmed": _confirmed,
        "checks": _checks,
    }
)
"""The fields that read otherwise than they are kept."""
