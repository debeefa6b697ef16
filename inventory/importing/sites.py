"""The site of an access point: a Hangang park by its outline, a facility, or else a place of its own. Pure.

A plain match of names on `한강` would be wrong: 한강대로 is a street, and 여의도공원 is not 여의도한강공원.
"""

import html
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low

from inventory.districts import DISTRICTS
from inventory.geometry import site_at
from inventory.importing.identifiers import has_all_letters, spelled, with_digest
from inventory.importing.positions import Position
from inventory.importing.taxonomy import Judgement
from inventory.models import Site, SiteKind

_NOT_SEEN = frozenset({"Cc", "Cf"})
"""The categories of control characters, and of those that only steer how others are shown."""
_ENGLISH = {district.name_ko: district.name_en for district in DISTRICTS}


@dataclass(frozen=True, slots=True)
class SiteRef:
    """Which site it is. `name` is as this row spells it; what makes two the same is `identity`."""

    id: str
    kind: SiteKind
    name: str
    district: str
    is_built_in: bool = False

    @property
    def identity(self) -> tuple[str, str]:
        """District, and the name as far as spelling goes; the kind is in the id."""
        return self.district, normal_name(self.name)


class Parks:
    """The built-in parks, and the one in which a point lies. Access points share positions, so answers are kept."""

    def __init__(self, parks: Iterable[Site]) -> None:
        self._parks = tuple(parks)
        self._known: dict[Position, SiteRef | None] = {}

    def at(self, position: Position) -> SiteRef | None:
        """The park in whose outline the point lies."""
        if position not in self._known:
            park = site_at(self._parks, *position)
            self._known[position] = _built_in(park) if park else None
        return self._known[position]


def _built_in(park: Site) -> SiteRef:
    return SiteRef(park.id, park.kind, park.name_ko, park.district, is_built_in=True)


def plain_name(text: str) -> str:
    """A name for people: some lists write signs as HTML does, `&middot;`. What cannot be seen is left out."""
    words = " ".join(html.unescape(text).split())
    if words.isprintable():
        return words
    return "".join(letter for letter in words if unicodedata.category(letter) not in _NOT_SEEN)


def normal_name(text: str) -> str:
    """What two spellings of one name have in common: blanks, brackets and other signs are left out."""
    letters = unicodedata.normalize("NFKC", plain_name(text)).lower()
    return "".join(letter for letter in letters if letter.isalnum())


def facility(name: str, district: str, judgement: Judgement) -> SiteRef:
    """The site of this name: a facility by its kind, any other by the group of its install type.

    Where an id cannot have all letters, it ends with a digest of them.
    """
    word = judgement.kind if judgement.kind is not SiteKind.OTHER else judgement.group
    where = _ENGLISH.get(district, district)
    letters = normal_name(name)
    text = f"{word} {where} {letters}"
    is_whole = has_all_letters(letters + normal_name(where))
    id_ = spelled(text) if is_whole else with_digest(text, district, letters)
    return SiteRef(id_, judgement.kind, name, district)


def site_of(refs: Sequence[SiteRef], positions: Iterable[Position]) -> Site:
    """The site that access points name: in the spelling that most have, in the middle of them."""
    spellings = Counter(ref.name for ref in refs)
    first = refs[0]
    name = min(spellings, key=lambda spelling: (-spellings[spelling], spelling))
    known = list(positions)
    return Site(
        id=first.id,
        kind=first.kind,
        name_ko=name[:200],
        district=first.district,
        latitude=median_low(position.latitude for position in known) if known else None,
        longitude=median_low(position.longitude for position in known) if known else None,
    )
