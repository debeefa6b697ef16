"""What `hangang orders` prints of orders: tables and sentences of the API's answers. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.cli.terminal import columns, printable
from collector.korean_time import KST
from collector.orders.order import Status
from collector.quantities import humanise_rate

UNKNOWN = "-"
_HEADER = ("ORDER", "STATUS", "ACCESS POINT", "SITE", "MODEL", "DAY", "TECHNICIAN", "CHANGED (KST)")
_FIELDS = {
    "planned_on": "day",
    "technician": "technician",
    "firmware": "firmware",
    "uplink_bits_per_second": "uplink",
    "poe": "power",
    "cable": "cable",
    "changes": "also to change",
    "reason": "reason",
    "new_serial": "new serial",
    "new_mac": "new MAC",
    "confirmed": "confirmed",
    "installed_at": "installed",
    "first_report_at": "first report",
}
"""What is shown of an order where it is known, one a line, beside what is shown in any case."""
_INSTANTS = frozenset({"installed_at", "first_report_at", "opened_at", "changed_at"})
Told = Mapping[str, Any]


def listed(answer: Told) -> str:
    """Orders as a table, and how many of those that were asked for there are of each status."""
    orders: Sequence[Told] = answer["orders"]
    counts = {status: count for status, count in answer["counts"].items() if count}
    lines = [", ".join(f"{_words(status)} {count}" for status, count in counts.items()) or "no orders"]
    if orders:
        lines += ["", columns([_HEADER, *map(_row, orders)])]
    more = sum(counts.values()) - len(orders)
    if more > 0:
        lines += ["", f"{more} more; --limit shows more of them"]
    return "\n".join(lines)


def opened(answer: Told) -> str:
    """Each order that was opened, and each place that had one."""
    lines = [f"{order['access_point']}: order {order['id']} opened" for order in answer["opened"]]
    lines += [f"{place}: has order {number} already" for place, number in answer["already"].items()]
    return "\n".join(lines)


def changed(before: Told, after: Told) -> str:
    """What a change has made of an order."""
    if before["version"] == after["version"]:
        return f"order {after['id']} is so already; nothing was changed"
    was = "" if before["status"] == after["status"] else f", {_words(before['status'])} until now"
    return f"{_title(after)}{was}"


def shown(order: Told, changes: Sequence[Told], language: str) -> str:
    """All of one order."""
    return "\n".join([_title(order), *_known(order, language), *_checks(order), "history", *_history(changes)])


def name_of(device: Told) -> str:
    """Vendor and model, as far as they are known."""
    return printable(" ".join(filter(None, (device["vendor"], device["model"])))) or UNKNOWN


def words_of_status(order: Told) -> str:
    """Where an order is in its life, and that nothing is heard of its device."""
    return _words(order["status"]) + (", silent" if order["is_silent"] else "")


def _row(order: Told) -> tuple[str, ...]:
    return (
        str(order["id"]),
        words_of_status(order),
        order["access_point"],
        order["site"],
        name_of(order),
        order["planned_on"] or UNKNOWN,
        printable(order["technician"] or UNKNOWN),
        _minute(order["changed_at"]),
    )


def _title(order: Told) -> str:
    return f"order {order['id']} at {order['access_point']}: {words_of_status(order)}, version {order['version']}"


def _known(order: Told, language: str) -> Iterator[str]:
    yield _line("site", order["site"])
    yield _line("opened", f"{_minute(order['opened_at'])} by {printable(order['opened_by'])}")
    if order["rank"] is not None:
        yield _line("rank then", f"{order['rank']} on the replacement plan")
    yield _line("old device", _device(order["old"]))
    yield _line("new device", name_of(order))
    for name, label in _FIELDS.items():
        if order[name] not in (None, "", []):
            yield _line(label, _value(name, order[name]))
    if order["held_from"] is not None:
        yield _line("goes on as", _words(order["held_from"]))
    yield from (_line("why", printable(sentence[language])) for sentence in order["why"])
    yield from (_line("note", printable(line)) for line in order["note"].splitlines())


def _device(device: Told) -> str:
    ids = [f"{label} {printable(device[label])}" for label in ("serial", "mac") if device[label]]
    return ", ".join([name_of(device), *ids])


def _checks(order: Told) -> Iterator[str]:
    if order["checks"]:
        yield "checks"
    for check in order["checks"]:
        expected = f", expected {printable(check['expected'])}" if check["expected"] else ""
        found = f", found {printable(check['found'])}" if check["found"] else ""
        since = f"since {_minute(check['since'])}"
        yield f"  {check['check']:<13} {check['outcome']:<8} {since}{expected}{found}"


def _history(changes: Sequence[Told]) -> Iterator[str]:
    for change in changes:
        yield f"  {_minute(change['at'])}  {printable(change['by'])}{_move(change)}"
        if change["reason"]:
            yield f"    reason: {printable(change['reason'])}"
        for name, (before, after) in change["fields"].items():
            yield f"    {_FIELDS.get(name, _words(name))}: {_value(name, before)} -> {_value(name, after)}"


def _move(change: Told) -> str:
    before, after = change["from_status"], change["to_status"]
    if before is None:
        return ", opened" if after == Status.OPEN else f", opened as {_words(after)}"
    return "" if before == after else f", {_words(before)} -> {_words(after)}"


def _value(name: str, value: Any) -> str:
    """A field of an order, before or after a change."""
    if value in (None, "", []):
        return UNKNOWN
    if name == "checks":
        return ", ".join(f"{check['check']} {check['outcome']}" for check in value)
    if name == "uplink_bits_per_second":
        return humanise_rate(value)
    if name in _INSTANTS:
        return _minute(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_words, value)) if isinstance(value, list) else printable(str(value))


def _line(label: str, text: str) -> str:
    return f"  {label:<14} {text}"


def _words(name: str) -> str:
    """A word of ours as people read it."""
    return name.replace("_", " ")


def _minute(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(KST):%Y-%m-%d %H:%M}"
