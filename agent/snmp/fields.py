"""Fits what a profile's values mean into the fields of the wire. Pure; used by `agent.snmp.report`.

A value that the wire does not take (out of its range, of another kind) is absent and told: it costs its field alone.
"""

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from agent.snmp.meaning import Meaning, plain
from agent.snmp.moment import Moment, Row
from agent.snmp.profile import Fields
from agent.snmp.values import compiled
from agent.wire import Device, Interface, Radio, Report, Ssid, System

Part = Device | System | Radio | Ssid | Interface | Report
_MAX_TEXT = 128
_IMPOSSIBLE = "what the device says is not possible"


class FieldReader:
    """Reads the fields of one part of a report off a row."""

    def __init__(self, model: type[Part], fields: Fields, name: str) -> None:
        self._name = name
        self._readers = [
            (key, compiled(value, f"{name}.{key}"), _takes_text(model, key)) for key, value in fields.items()
        ]
        self._checker = _checker(model)

    def read(self, moment: Moment, row: Row) -> dict[str, object]:
        """The fields that are known, each as the wire takes it."""
        found: dict[str, object] = {}
        for key, evaluate, is_text in self._readers:
            meaning = evaluate(moment, row)
            if meaning is None:
                continue
            value = _clean(meaning, is_text=is_text, is_empty_told=key == "ssid")
            if value is not None:
                found[key] = value
        return self._checked(found, moment)

    def _checked(self, found: dict[str, object], moment: Moment) -> dict[str, object]:
        """All at once, and once more without those that the wire does not take."""
        try:
            return self._checker.validate_python(found)
        except ValidationError as error:
            wrong = {str(each["loc"][0]) for each in error.errors(include_url=False, include_input=False)}
            moment.problems += [f"{self._name}.{key}: {_IMPOSSIBLE}" for key in sorted(wrong)]
            return self._checked({key: value for key, value in found.items() if key not in wrong}, moment)


def _clean(meaning: Meaning, *, is_text: bool, is_empty_told: bool) -> object:
    """Text as the wire takes it: no control characters, not too long, a number where text belongs as text. Empty text
    is absent, but for a network's name, which is empty where it is hidden. Bytes that are no text stay, and are
    refused."""
    found = plain(meaning)
    if isinstance(found, bytes):
        is_empty = not found.strip(b"\0 ")
    elif isinstance(found, str):
        is_empty = not found
        if not found.isprintable():
            found = "".join(letter for letter in found if letter.isprintable())
        found = found[:_MAX_TEXT]
    elif is_text and not isinstance(found, bool):
        return str(found)
    else:
        return found
    if is_empty:
        return "" if is_empty_told else None
    return found


@cache
def _checker(model: type[Part]) -> TypeAdapter[dict[str, object]]:
    """What checks some of a model's fields, each by itself and none of them required."""
    fields = {key: _annotation(model, key) for key in model.model_fields}
    return TypeAdapter(TypedDict(f"Some{model.__name__}Fields", fields, total=False))  # type: ignore[operator]


def _takes_text(model: type[Part], key: str) -> bool:
    annotation = _annotation(model, key)
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation is str


def _annotation(model: type[Part], key: str) -> Any:
    """What a field takes, None not among it."""
    info = model.model_fields[key]
    annotation: Any = info.annotation
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    for constraint in info.metadata:
        annotation = Annotated[annotation, constraint]
    return annotation
