"""What ought to be in Grafana: boards, each in its folder. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TAG = "hangang"
"""All our boards have this tag, and others may have it, too."""
_OF_GRAFANA = frozenset({"id", "version"})
"""What Grafana gives to a board, and we do not: neither sent nor compared."""
Document = Mapping[str, Any]
"""A board as JSON."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of our own, for one engine in one language, whose uid is `hangang-{engine}-{language}`."""

    uid: str
    title: str

    def is_for(self, board_uid: str) -> bool:
        """Whether a board with that uid would be one of this engine and language."""
        engine, _, language = self.uid.rpartition("-")
        return board_uid.startswith(f"{engine}-") and board_uid.endswith(f"-{language}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A board as it ought to be."""

    folder: Folder
    document: Document

    @property
    def uid(self) -> str:
        """By which Grafana knows it."""
        return str(self.document["uid"])

    @property
    def title(self) -> str:
        """As people know it."""
        return str(self.document["title"])


def own_part(document: Document) -> dict[str, Any]:
    """A board without what Grafana gives to it."""
    return {key: value for key, value in document.items() if key not in _OF_GRAFANA}


def panels_of(document: Document) -> Iterator[Mapping[str, Any]]:
    """All panels, those of folded rows too, without the rows themselves."""
    for panel in document.get("panels") or ():
        if panel.get("type") == "row":
            yield from panel.get("panels") or ()
        else:
            yield panel


def panel_types(wanted: Sequence[Wanted]) -> frozenset[str]:
    """The plugins that their panels are drawn by."""
    return frozenset(str(panel["type"]) for board in wanted for panel in panels_of(board.document))
