"""In what two states of a board differ, panel by panel, as people tell panels apart: by their titles. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.pushing.boards import Document, own_part, panels_of

_ABSENT = object()
Panel = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A panel that is in both, and which of its fields differ, such as `targets[0].expr`."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """From one state to another. `fields` are those of the board itself, the headings of its rows among them."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()
    fields: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.fields)


def difference(before: Document, after: Document) -> Difference:
    """What would be another."""
    there, wanted = list(panels_of(before)), list(panels_of(after))
    pairs = [*_pairs(there, wanted, _title), *_pairs(there, wanted, _place)]
    changed = (Changed(_title(new), tuple(_fields(_compared(old), _compared(new)))) for old, new in pairs)
    return Difference(
        added=tuple(map(_title, wanted)),
        removed=tuple(map(_title, there)),
        changed=tuple(each for each in changed if each.fields),
        fields=tuple(_fields(_itself(before), _itself(after))),
    )


def _pairs(there: list[Panel], wanted: list[Panel], name: Callable[[Panel], object]) -> Iterator[tuple[Panel, Panel]]:
    """Panels with one name, the first of them with the first, and so on; they are taken out of both lists."""
    for panel in tuple(wanted):
        place = next((place for place, old in enumerate(there) if name(old) == name(panel)), None)
        if place is not None:
            wanted.remove(panel)
            yield there.pop(place), panel


def _title(panel: Panel) -> str:
    return str(panel.get("title") or f"#{panel.get('id')}")


def _place(panel: Panel) -> object:
    """By which one is known again that has been given another title."""
    return panel.get("id"), panel.get("type")


def _compared(panel: Panel) -> Panel:
    """An id is counted through and says nothing of a panel."""
    return {key: value for key, value in panel.items() if key != "id"}


def _itself(document: Document) -> Document:
    """A board without its panels, but with the headings of its rows."""
    rows = [panel.get("title") for panel in document.get("panels") or () if panel.get("type") == "row"]
    return {**own_part(document), "panels": None, "rows": rows}


def _fields(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Paths to all that differs, as deep as both have the same form."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _fields(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _fields(old, new, f"{path}[{place}]")
    elif before != after:
        yield path
