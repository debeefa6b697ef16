"""Which header means what: by name, never by position, for columns and their order change from year to year."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from inventory.importing.listing import ListingError

_NOT_OF_A_NAME = re.compile(r"[^0-9a-z가-힣]")

_NO_SINGLE_LETTERS = re.compile("[^\N{HANGUL LETTER KIYEOK}-\N{HANGUL LETTER ARAEAE}]+")


class Columns:
    """The headers that a list has had over the years, by the name that a column has here."""

    def __init__(self, aliases: Mapping[str, Sequence[str]]) -> None:
        self._names = {_plain(alias): name for name, spellings in aliases.items() for alias in spellings}
        self._known: dict[tuple[str, ...], dict[str, str]] = {}

    def of(self, headers: Iterable[str]) -> dict[str, str]:
        """Name to header, of those that are there. Raises ListingError where two headers mean the same."""
        key = tuple(headers)
        if key not in self._known:
            self._known[key] = self._matched(key)
        return self._known[key]

    def read(self, values: Mapping[str, str]) -> dict[str, str]:
        """The row's values under the names that they have here, in one form of Unicode, without the blanks around."""
        return {name: normal_text(values[header]) for name, header in self.of(values).items()}

    def require(self, headers: Iterable[str], names: Iterable[str]) -> None:
        """Raises ListingError where the headers lack one of these names: then it is another list."""
        key = tuple(headers)
        lacking = [name for name in names if name not in self.of(key)]
        if lacking:
            known = ", ".join(header for header in key if header)
            problem = f"no column is known for {' and '.join(lacking)}; it has {known}"
            raise ListingError(f"{problem}; is it a list of another kind?")

    def _matched(self, headers: tuple[str, ...]) -> dict[str, str]:
        found: dict[str, str] = {}
        for header in headers:
            name = self._names.get(_plain(header))
            if name is None:
                continue
            if name in found:
                raise ListingError(f"the columns {found[name]!r} and {header!r} mean the same; remove one")
            found[name] = header
        return found


def normal_text(text: str) -> str:
    """One form for what looks the same: NFKC, as some programs write Hangul in parts. Single letters stay as they are.

    The old letter that people write for the middle dot becomes one.
    """
    if unicodedata.is_normalized("NFKC", text):
        return text.strip()
    plain = text.replace("\N{HANGUL LETTER ARAEA}", "\N{MIDDLE DOT}")
    return _NO_SINGLE_LETTERS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), plain).strip()


def _plain(header: str) -> str:
    return _NOT_OF_A_NAME.sub("", unicodedata.normalize("NFKC", header).lower())
