"""`ETag` and `If-Match` (RFC 9110, 8.8.3 and 13.1.1): who changes something says which version of it they have seen."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from collector.web.problems import ProblemError

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_OF_OURS = re.compile(r'(?<!W/)"(0|[1-9][0-9]{0,8})"')
_DESCRIPTION = "The `ETag` of the version that was seen, or several; `*` for whichever there is. Without it: 428"
TAG = {"ETag": {"description": "Its version, for `If-Match`", "required": True, "schema": {"type": "string"}}}
"""For the description of an answer."""


def etag(version: int) -> str:
    """The tag of a version. It is a strong one: a version is one document, to the letter."""
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class SeenVersions:
    """The versions that somebody has seen; None for who takes whichever there is."""

    versions: frozenset[int] | None

    def nearest_to(self, current: int) -> int | None:
        """The version that a change is made of: the current one if it was seen, else the newest that was seen before
        it, 0 where none was; None for whichever there is."""
        if self.versions is None:
            return None
        return max((version for version in self.versions if version <= current), default=0)


def _seen_versions(
    request: Request, if_match: Annotated[str | None, Header(description=_DESCRIPTION, examples=['"1"'])] = None
) -> SeenVersions:
    """Raises ProblemError: 428 without the header, 400 for one that is none. A weak tag matches nothing, as the RFC has
    it; and neither does one that was never given."""
    if if_match is None:
        raise ProblemError(428, "say which version you change: send its ETag in If-Match", kind="version-needed")
    value = ", ".join(request.headers.getlist("if-match")).strip()
    if value == "*":
        return SeenVersions(None)
    if not _TAGS.fullmatch(value):
        raise ProblemError(400, 'If-Match takes tags as ETag has them, such as "3", or *', kind="bad-version")
    return SeenVersions(frozenset(int(version) for version in _OF_OURS.findall(value)))


Seen = Annotated[SeenVersions, Depends(_seen_versions)]
"""For an argument of a call that changes something."""
