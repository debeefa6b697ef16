"""What `hangang orders work` prints: a work list as a table, in the order in which one goes round. Pure."""

from collections.abc import Iterator

from collector.cli.orders_words import UNKNOWN, Told, name_of, words_of_status
from collector.cli.terminal import columns, printable

_HEADER = ("NO", "ORDER", "SITE", "ACCESS POINT", "WHERE", "STATUS", "DAY", "BRING", "POWER", "CABLE", "TAKE AWAY")


def told(answer: Told, language: str) -> str:
    """The list, what is on hold, and what else there is to know."""
    rows = [_row(entry, visit["site"], language) for visit in answer["visits"] for entry in visit["entries"]]
    lines = [columns([_HEADER, *rows]) if rows else "nothing is to be done"]
    notes = [*_notes(answer, language)]
    if notes:
        lines += ["", *notes]
    if answer["held"]:
        lines += ["", "on hold:", *map(_held, answer["held"])]
    if answer["gone"]:
        numbers = ", ".join(str(order["id"]) for order in answer["gone"])
        lines += ["", f"at places that have left the inventory: orders {numbers}"]
    if answer["left_out"]:
        lines += ["", f"{answer['left_out']} more, planned for later; choose a day, a site or a technician"]
    return "\n".join(lines)


def _row(entry: Told, site: Told, language: str) -> tuple[str, ...]:
    order, place = entry["order"], entry["place"]
    where = [place["name"], place["floor"] and f"floor {place['floor']}", place["number"]]
    return (
        str(entry["number"]),
        str(order["id"]),
        printable(_name(site, language)),
        place["id"],
        printable(", ".join(filter(None, where))) or UNKNOWN,
        words_of_status(order),
        order["planned_on"] or UNKNOWN,
        name_of(order),
        order["poe"] or UNKNOWN,
        order["cable"] or UNKNOWN,
        name_of(order["old"]),
    )


def _notes(answer: Told, language: str) -> Iterator[str]:
    """Of each site whom to call and how to get in, then what is noted of its orders."""
    for visit in answer["visits"]:
        first, site = visit["entries"][0], printable(_name(visit["site"], language))
        for label, text in (("call", first["contact"]), ("access", first["access_note"])):
            yield from (f"{site}, {label}: {printable(line)}" for line in (text or "").splitlines())
        for entry in visit["entries"]:
            lines = entry["order"]["note"].splitlines()
            yield from (f"{site}, number {entry['number']}: {printable(line)}" for line in lines)


def _held(entry: Told) -> str:
    order = entry["order"]
    return f"  order {order['id']} at {order['access_point']}: {printable(order['reason'] or UNKNOWN)}"


def _name(site: Told, language: str) -> str:
    name: str = site["name_ko"] if language == "ko" else site["name_en"] or site["name_ko"]
    return name
