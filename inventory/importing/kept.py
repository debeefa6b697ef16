"""What is kept of a list beside what was made of it: `imports/KIND.jsonl`, a line for each row that was ever seen.

The first line is about the file: format, kind, date of the newest list, how many rows were taken of it, and the SHA-256
of the `KIND.toml` that belongs to it. `replaces` is that of the one before, or `nothing`, and stands there only until
that has been replaced: the two files cannot be in one instant, and a crash between them is thereby told from an edit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from inventory.importing.listing import ListingError
from inventory.importing.positions import Position

_FORMAT = 1
NOTHING = "nothing"
"""What the first import replaces."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row as it came last, and the dates of the first and the last list that had it.

    `position` is that of an earlier list, where the row has none.
    """

    id: str
    first_seen: date
    last_seen: date
    raw: Mapping[str, str]
    position: Position | None = None

    def to_line(self) -> dict[str, object]:
        """The row's line."""
        line = {"id": self.id, "first_seen": str(self.first_seen), "last_seen": str(self.last_seen)}
        return {**line, **({"position": self.position} if self.position else {}), "raw": dict(self.raw)}


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept of one kind. `as_of` is None before the first import."""

    kind: str
    as_of: date | None = None
    rows_taken: int = 0
    sha256: str | None = None
    replaces: str | None = None
    rows: Mapping[str, KeptRow] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file."""
        head = {
            "format": _FORMAT,
            "kind": self.kind,
            "as_of": str(self.as_of),
            "rows_taken": self.rows_taken,
            "sha256": self.sha256,
            "replaces": self.replaces,
        }
        lines = (row.to_line() for row in self.rows.values())
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (head, *lines)).encode()


def kept_path(folder: Path, kind: str) -> Path:
    """Where it lies in an inventory's folder."""
    return folder / "imports" / f"{kind}.jsonl"


def is_generated(path: Path) -> bool:
    """Whether an import has written this file of an inventory: what it keeps lies beside it."""
    return kept_path(path.parent, path.stem).exists()


def read_kept(folder: Path, kind: str) -> Kept:
    """What earlier imports have left; nothing before the first. Raises ListingError where it cannot be read."""
    path = kept_path(folder, kind)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Kept(kind)
    except (OSError, UnicodeDecodeError) as error:
        raise ListingError(f"{path} cannot be read: {error}; restore it from a copy") from error
    try:
        head, *lines = [json.loads(line) for line in text.split("\n") if line]
        if head["format"] != _FORMAT:
            raise ListingError(f"{path} has format {head['format']}, and this version reads {_FORMAT}")
        rows = [_row(line) for line in lines]
        taken, as_of = int(head["rows_taken"]), date.fromisoformat(head["as_of"])
        return Kept(kind, as_of, taken, head["sha256"], head["replaces"], {row.id: row for row in rows})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ListingError(f"{path} is damaged: {error!r}; restore it from a copy") from error


def _row(line: Mapping[str, object]) -> KeptRow:
    raw = line["raw"]
    if not isinstance(raw, dict):
        raise TypeError("raw is no table")
    first, last = (date.fromisoformat(str(line[name])) for name in ("first_seen", "last_seen"))
    return KeptRow(str(line["id"]), first, last, raw, _position(line.get("position")))


def _position(value: object) -> Position | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError("position is no latitude and longitude")
    return Position(float(value[0]), float(value[1]))
