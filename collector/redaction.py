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

MAX_TEXT_BYTES = 200
"""Of what is no JSON, its beginning is kept: enough to see what it is."""
MAX_STRING_LETTERS = 500
"""The longest string that the wire has."""

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
_MAC = re.compile(
    rf"{_HEX}{{1,2}}(?::{_HEX}{{1,2}}){{5,}}"
    rf"|{_HEX}{{2}}(?:-{_HEX}{{2}}){{5,}}"
    rf"|(?<!{_HEX}){_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}(?!{_HEX})"
    rf"|(?<![0-9A-Za-z])(?=[0-9]*[A-Fa-f]){_HEX}[02468ACEace]{_HEX}{{10}}(?![0-9A-Za-z])"
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
    strings masked, but for the MAC of the reporting device itself. Of anything else, and of what is larger than the
    largest frame, the first MAX_TEXT_BYTES with the addresses masked.
    """
    if len(payload) <= MAX_FRAME_BYTES:
        try:
            document = from_json(payload)
        except ValueError:
            return _beginning(payload)
        if isinstance(document, dict | list):
            return to_json(_kept(document, _Field(frozenset(_ROOTS), is_text=False)))
    return _beginning(payload)


def mask_addresses(text: str) -> str:
    """The text with `[ip]` and `[mac]` for the addresses in it. What only might be one is masked too."""
    return _MAC.sub("[mac]", _IPV6.sub("[ip]", _IPV4.sub("[ip]", text)))


def _beginning(payload: bytes) -> bytes:
    text = payload[:MAX_TEXT_BYTES].decode(errors="replace").replace("\N{REPLACEMENT CHARACTER}", "?")
    return _masked(text, is_cut=len(payload) > MAX_TEXT_BYTES).encode()


def _masked(text: str, *, is_cut: bool) -> str:
    """Half an address at the cut is one that no pattern finds."""
    return mask_addresses(text.rstrip(_ADDRESS_LETTERS) if is_cut else text)


def _kept(value: Any, field: _Field) -> Any:
    if isinstance(value, dict):
        known = _fields(field.models)
        return {
            name: inner if _is_own_mac(name, inner, field) else _kept(inner, known[name])
            for name, inner in value.items()
            if name in known
        }
    if isinstance(value, list):
        return [_kept(item, field) for item in value]
    if not isinstance(value, str):
        return value
    if not field.is_text:
        return _NOT_A_NUMBER
    return _masked(value[:MAX_STRING_LETTERS], is_cut=len(value) > MAX_STRING_LETTERS)


def _is_own_mac(name: str, value: Any, field: _Field) -> bool:
    if Device not in field.models or name != "mac" or not isinstance(value, str):
        return False
    return len(value) <= len("00:00:00:00:00:00") and _MAC.fullmatch(value) is not None


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
