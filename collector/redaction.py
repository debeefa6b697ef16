"""Takes out of a message what may name a person, before it is kept in quarantine. Pure; used where a refusal is made.

People are counted, never identified: what was refused is kept for whoever mends its sender, and that needs the fields
of the wire, not what else somebody put beside them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic_core import from_json, to_json

from agent.wire import MAX_FRAME_BYTES, Ack, Device, Event, Frame, Report, Status
from agent.wire.identifiers import Instant, WireModel
from collector.state.quarantine import MAX_PAYLOAD_BYTES

MAX_TEXT_BYTES = 200
"""Of what is no JSON, its beginning is kept: enough to see what it is."""
MAX_STRING_LETTERS = 501
"""One more than the longest string that the wire has: what was too long stays too long, should it be judged again."""

_ROOTS: tuple[type[WireModel], ...] = (Frame, Report, Event, Status, Ack)
_NOT_A_NUMBER = "[text]"
_ADDRESS_LETTERS = "0123456789abcdefABCDEF:.-"

_HEX = "[0-9A-Fa-f]"
# Any four numbers with dots: a version that looks like an address goes as well.
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3,}")
_IPV6 = re.compile(
    rf"(?:{_HEX}{{1,4}}:){{7}}{_HEX}{{1,4}}"
    rf"|{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,6}}::(?:{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,6}})?"
    rf"|::{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,6}}"
)
# Twelve digits without a separator are a MAC only where they stand alone, are not all decimal, and name one station:
# the lowest bit of the first byte is 0 then (IEEE 802).
_BARE_MAC = re.compile(rf"(?<![0-9A-Za-z])(?=[0-9]{{0,11}}[A-Fa-f]){_HEX}[02468ACEace]{_HEX}{{10}}(?![0-9A-Za-z])")
_MAC = re.compile(
    rf"{_HEX}{{1,2}}(?::{_HEX}{{1,2}}){{5,}}"
    rf"|{_HEX}{{2}}(?:-{_HEX}{{2}}){{5,}}"
    rf"|(?<!{_HEX}){_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}(?!{_HEX})"
)


@dataclass(frozen=True, slots=True)
class _Field:
    """What may stand under a name: tables, as which models, or text."""

    models: frozenset[type[WireModel]]
    is_text: bool


_NOTHING = _Field(frozenset(), is_text=False)


def redact(payload: bytes) -> bytes:
    """What of a message, or a part of one, may be kept.

    Of a JSON document the wire's own fields, each where it may stand: as compact JSON, MAC and IP addresses in its
    strings masked, but for the MAC of the reporting device itself, which may be its serial too. Of anything else, and
    of what is larger than the largest frame, the first MAX_TEXT_BYTES with the addresses masked. Of a document of which
    more than MAX_PAYLOAD_BYTES would be kept, at least as much is told.
    """
    if len(payload) <= MAX_FRAME_BYTES:
        try:
            document = from_json(payload)
        except ValueError:
            return _beginning(payload)
        if isinstance(document, dict | list):
            return to_json(_Keeping().kept(document, _Field(frozenset(_ROOTS), is_text=False)))
    return _beginning(payload)


def mask_addresses(text: str) -> str:
    """The text with `[ip]` and `[mac]` for the addresses in it. What only might be one is masked too."""
    # Most texts lack the separators: to look for those first is many times cheaper.
    dots, colons = text.count("."), text.count(":")
    if dots >= 3:
        text = _IPV4.sub("[ip]", text)
    if colons >= 2:
        text = _IPV6.sub("[ip]", text)
    text = _BARE_MAC.sub("[mac]", text)
    if colons >= 5 or dots >= 2 or text.count("-") >= 5:
        text = _MAC.sub("[mac]", text)
    return text


def _beginning(payload: bytes) -> bytes:
    text = payload[:MAX_TEXT_BYTES].decode(errors="replace").replace("\N{REPLACEMENT CHARACTER}", "?")
    return _masked(text, is_cut=len(payload) > MAX_TEXT_BYTES).encode()


def _masked(text: str, *, is_cut: bool) -> str:
    """Half an address at the cut is one that no pattern finds."""
    return mask_addresses(text.rstrip(_ADDRESS_LETTERS) if is_cut else text)


class _Keeping:
    """Copies what may be kept of a document, as far as that is not cut anyway: to look for addresses in the whole of
    the largest message takes a second."""

    def __init__(self) -> None:
        self._bytes = 0  # of the copy as JSON, at least

    def kept(self, value: Any, field: _Field) -> Any:
        """What of a value may be kept that stands in such a field."""
        self._bytes += 1
        if isinstance(value, dict):
            return self._kept_table(value, _fields(field.models), field)
        if isinstance(value, list):
            return [self.kept(item, field) for item in value if self._bytes <= MAX_PAYLOAD_BYTES]
        if not isinstance(value, str):
            return value
        if not field.is_text:
            return _NOT_A_NUMBER
        text = _masked(value[:MAX_STRING_LETTERS], is_cut=len(value) > MAX_STRING_LETTERS)
        self._bytes += len(text)
        return text

    def _kept_table(self, table: dict[str, Any], known: dict[str, _Field], field: _Field) -> dict[str, Any]:
        return {
            name: inner if _is_own_mac(name, inner, field) else self.kept(inner, known[name])
            for name, inner in table.items()
            if name in known and self._bytes <= MAX_PAYLOAD_BYTES
        }


def _is_own_mac(name: str, value: Any, field: _Field) -> bool:
    """Many makers number their devices by their MACs."""
    if Device not in field.models or name not in {"mac", "serial"} or not isinstance(value, str):
        return False
    if len(value) > len("00:00:00:00:00:00"):
        return False
    return _MAC.fullmatch(value) is not None or _BARE_MAC.fullmatch(value) is not None


@cache
def _fields(models: frozenset[type[WireModel]]) -> dict[str, _Field]:
    """What may stand in a table that is one of these models, by name."""
    fields: dict[str, _Field] = {}
    for model in models:
        for name, info in model.model_fields.items():
            other = fields.get(name, _NOTHING)
            leaves = list(_leaves(info.annotation))
            inner = {leaf for leaf in leaves if isinstance(leaf, type) and issubclass(leaf, WireModel)}
            is_text = any(leaf in (str, Instant) or isinstance(leaf, str) for leaf in leaves)
            fields[name] = _Field(other.models | inner, is_text=other.is_text or is_text)
    return fields


def _leaves(annotation: Any) -> Iterable[Any]:
    """The types, and the words of Literals, that an annotation is made of."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        parts = parts[:1]
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [annotation]
