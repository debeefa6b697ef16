"""Fits what a profile's values mean into the fields of the wire. Pure; used by `agent.snmp.report`.

A value that the wire does not take (out of its range, of another kind) is absent and told: it costs its field alone.
"""

from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from agent.snmp.meaning import Meaning, plain
from agent.snmp.moment import Moment, Row
from agent.snmp.profile import Fields
from agent.snmp.values import compiled
from agent.wire import Device, Interface, Radio, Report, Ssid, System

Part = Device | System | Radio | Ssid | Interface | Report
M = TypeVar("M", bound=Part)
_MAX_TEXT = 128


class FieldReader:
    """Reads the fields of one part of a report off a row."""

    def __init__(self, model: type[Part], fields: Fields, name: str) -> None:
        self._readers = [
            (key, compiled(value, f"{name}.{key}"), _adapter(model, key), f"{name}.{key}")
            for key, value in fields.items()
        ]

    def read(self, moment: Moment, row: Row) -> dict[str, object]:
        """The fields that are known, each as the wire takes it."""
        found: dict[str, object] = {}
        for key, evaluate, adapter, name in self._readers:
            meaning = _clean(evaluate(moment, row), is_empty_told=key == "ssid")
            if meaning is None:
                continue
            try:
                found[key] = _fitted(adapter, meaning)
            except ValidationError:
                moment.problems.append(f"{name}: what the device says is not possible")
        return found


def _fitted(adapter: TypeAdapter[Any], meaning: object) -> object:
    """The value as the field takes it; a number also where text belongs."""
    try:
        return adapter.validate_python(meaning)
    except ValidationError:
        if isinstance(meaning, bool) or not isinstance(meaning, int | float):
            raise
        return adapter.validate_python(str(meaning))


def _clean(meaning: Meaning, *, is_empty_told: bool) -> object:
    """Text as the wire takes it: no control characters, not too long. Empty text is absent, but for a network's name,
    which is empty where it is hidden. Bytes that are no text stay, and are refused."""
    found = plain(meaning)
    if found in {b"", ""} or (isinstance(found, bytes) and not found.strip(b"\0 ")):
        return "" if is_empty_told else None
    if isinstance(found, str):
        return "".join(letter for letter in found if letter.isprintable())[:_MAX_TEXT]
    return found


@cache
def _adapter(model: type[Part], key: str) -> TypeAdapter[Any]:
    """What checks a value of one field by itself, None not among what it takes."""
    info: FieldInfo = model.model_fields[key]
    annotation: Any = info.annotation
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    for constraint in info.metadata:
        annotation = Annotated[annotation, constraint]
    return TypeAdapter(annotation)
