"""What is to be done so that Grafana has the boards as they ought to be, and nothing else is touched. Pure.

A board is ours as long as its newest version has our message and it lies in our folder. Any other was changed by hand:
it is left as it is unless that is to be overwritten. Only what is ours is ever removed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboards.pushing.boards import TAG, Document, Folder, Wanted
from dashboards.pushing.difference import Difference, difference
from dashboards.pushing.marks import is_ours, message_of


@dataclass(frozen=True, slots=True)
class Found:
    """A board as Grafana has it. `message` is that of its newest version; None where it has none or it is not known."""

    document: Document
    folder_uid: str
    version: int
    message: str | None
    is_provisioned: bool = False
    can_save: bool = True
    can_delete: bool = True

    @property
    def uid(self) -> str:
        """By which Grafana knows it."""
        return str(self.document["uid"])

    @property
    def title(self) -> str:
        """As people know it."""
        return str(self.document.get("title", self.uid))


class Fate(StrEnum):
    """What becomes of a board."""

    CREATE = "create"
    UPDATE = "update"
    OVERWRITE = "overwrite"  # changed by hand, and asked to be replaced all the same
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    CHANGED_BY_HAND = "changed_by_hand"
    NO_MORE_BUT_CHANGED_BY_HAND = "no_more_but_changed_by_hand"
    PROVISIONED = "provisioned"  # from files, which alone can change it


WRITES = frozenset({Fate.CREATE, Fate.UPDATE, Fate.OVERWRITE, Fate.REMOVE})


@dataclass(frozen=True, slots=True)
class Step:
    """One board: as it ought to be (None where it ought not to be), as it is (None where it is not), and in what that
    differs, where both are and it does."""

    fate: Fate
    wanted: Wanted | None
    found: Found | None
    difference: Difference | None = None

    @property
    def uid(self) -> str:
        """Of the board."""
        return self._either.uid

    @property
    def title(self) -> str:
        """Of the board, as it ought to be."""
        return self._either.title

    @property
    def is_forbidden(self) -> bool:
        """Whether Grafana has said already that we may not."""
        if self.found is None or self.fate not in WRITES:
            return False
        return not (self.found.can_delete if self.fate is Fate.REMOVE else self.found.can_save)

    @property
    def _either(self) -> Wanted | Found:
        either = self.wanted or self.found
        if either is None:
            raise ValueError("a step is about a board")
        return either


@dataclass(frozen=True, slots=True)
class Plan:
    """Folders that are to be made first, then boards."""

    folders: tuple[Folder, ...]
    steps: tuple[Step, ...]

    @property
    def deeds(self) -> tuple[Step, ...]:
        """The steps that write."""
        return tuple(step for step in self.steps if step.fate in WRITES)


def plan(
    wanted: Sequence[Wanted], found: Mapping[str, Found], folder_uids: Collection[str], *, overwrites: bool
) -> Plan:
    """`found` are boards by uid: those of the wanted that are there, and others that may be ours and are no more
    wanted. `folder_uids` are the folders that are there."""
    steps = (*(_step(each, found.get(each.uid), overwrites=overwrites) for each in wanted), *_no_more(wanted, found))
    needed = {step.wanted.folder for step in steps if step.wanted is not None and step.fate in WRITES}
    folders = (folder for folder in dict.fromkeys(each.folder for each in wanted) if folder in needed)
    return Plan(tuple(folder for folder in folders if folder.uid not in folder_uids), steps)


def _step(wanted: Wanted, found: Found | None, *, overwrites: bool) -> Step:
    if found is None:
        return Step(Fate.CREATE, wanted, None)
    differs = difference(found.document, wanted.document)
    if found.is_provisioned:
        return Step(Fate.PROVISIONED, wanted, found, differs)
    if not _is_as_we_left_it(found, wanted.folder):
        return Step(Fate.OVERWRITE if overwrites else Fate.CHANGED_BY_HAND, wanted, found, differs)
    if found.message == message_of(wanted.document):
        return Step(Fate.UNCHANGED, wanted, found)
    return Step(Fate.UPDATE, wanted, found, differs)


def _no_more(wanted: Sequence[Wanted], found: Mapping[str, Found]) -> Iterator[Step]:
    """Boards of our folders' engines and languages that we once made, and make no more."""
    folders = dict.fromkeys(each.folder for each in wanted)
    for uid in sorted(found.keys() - {each.uid for each in wanted}):
        board = found[uid]
        folder = next((each for each in folders if each.is_for(uid)), None)
        if folder is None or TAG not in (board.document.get("tags") or ()) or board.is_provisioned:
            continue
        fate = Fate.REMOVE if _is_as_we_left_it(board, folder) else Fate.NO_MORE_BUT_CHANGED_BY_HAND
        yield Step(fate, None, board)


def _is_as_we_left_it(found: Found, folder: Folder) -> bool:
    return is_ours(found.message) and found.folder_uid == folder.uid
