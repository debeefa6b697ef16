"""The wire's JSON schema, read without pydantic: documents that keep to it, and values that do not."""

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from pydantic import BaseModel

from agent.wire import Frame

Schema = Mapping[str, Any]
FRAME: Schema = Frame.model_json_schema()
REPORT: Schema = {"$ref": "#/$defs/Report"}
EVENT: Schema = {"$ref": "#/$defs/Event"}
NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_TEXT = "abc XYZ 0189 -_.,:/\\'\"{}[]=한강서울ß😀\u200b"


def resolved(schema: Schema) -> Schema:
    """The schema itself where this refers to one."""
    reference = schema.get("$ref")
    return schema if reference is None else FRAME["$defs"][reference.rpartition("/")[2]]


def document(draw: random.Random, schema: Schema = FRAME, *, fullness: float = 0.5) -> Any:
    """A value that keeps to the schema; of what need not be there, so large a part is."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return document(draw, draw.choice([kind for kind in schema["anyOf"] if kind != {"type": "null"}]))
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return draw.choice(schema["enum"])
    return _MAKERS[schema["type"]](draw, schema, fullness)


def _object(draw: random.Random, schema: Schema, fullness: float) -> dict[str, Any]:
    required = schema.get("required", ())
    made = {
        name: document(draw, part, fullness=fullness)
        for name, part in schema["properties"].items()
        if name in required or draw.random() < fullness
    }
    if {"bounds", "counts"} == made.keys():  # what the schema cannot say
        made["bounds"] = sorted({round(bound % 200 - 100, 1) for bound in made["bounds"]})
        made["counts"] = [draw.randrange(100) for _ in range(len(made["bounds"]) + 1)]
    return made


def _array(draw: random.Random, schema: Schema, fullness: float) -> list[Any]:
    least = schema.get("minItems", 0)
    return [document(draw, schema["items"], fullness=fullness) for _ in range(draw.randint(least, least + 3))]


def _number(draw: random.Random, schema: Schema, _: float) -> float:
    low, high = schema.get("minimum", -1e6), schema.get("maximum", 1e6)
    return draw.choice([low, high, draw.uniform(low, high), round(draw.uniform(low, min(high, low + 1000)), 2)])


def _integer(draw: random.Random, schema: Schema, _: float) -> int:
    low, high = schema["minimum"], schema["maximum"]
    return draw.choice([low, high, draw.randint(low, high), draw.randint(low, min(high, low + 100))])


def _string(draw: random.Random, schema: Schema, _: float) -> str:
    if schema.get("format") == "date-time":
        zone = timezone(timedelta(hours=draw.choice([0, 0, 9, -12, 14])))
        return (NOW - timedelta(seconds=round(draw.uniform(0, 50), 3))).astimezone(zone).isoformat()
    pattern = schema.get("pattern", "")
    if pattern.startswith("^[0-9a-f]{8,32}"):
        return draw.choice(["00c0ffee", f"{draw.getrandbits(64):016x}"])
    if pattern.startswith("^(?:[0-9a-f]{2}:)"):
        return ":".join(f"{draw.randrange(256):02x}" for _ in range(6))
    if pattern.startswith("^[a-z0-9]("):
        return draw.choice(["lab-001", "lab-001", "lab-002", "lab-002", "lab-999", "other-001", "other-001"])
    if pattern.startswith("^[a-z]["):
        return draw.choice(["ok", "link_down", "a1"])
    least, most = schema.get("minLength", 0), schema.get("maxLength", 20)
    return "".join(draw.choices(_TEXT, k=draw.randint(least, draw.choice([min(most, 20), most]))))


def _boolean(draw: random.Random, _: Schema, __: float) -> bool:
    return draw.random() < 0.5


_MAKERS: Mapping[str, Callable[[random.Random, Schema, float], Any]] = {
    "object": _object,
    "array": _array,
    "number": _number,
    "integer": _integer,
    "string": _string,
    "boolean": _boolean,
}


def faults(value: object, schema: Schema, path: str = "") -> Iterator[str]:
    """Where a model's value, or a value in it, is not within what the schema declares. Looks at each value itself."""
    schema = resolved(schema)
    if "anyOf" in schema:
        found = [list(faults(value, kind, path)) for kind in schema["anyOf"]]
        if all(found):
            yield min(found, key=len)[0]
    elif "const" in schema or "enum" in schema:
        if value not in schema.get("enum", [schema.get("const")]):
            yield f"{path} is {value!r}"
    elif schema["type"] == "object":
        yield from _faults_of_object(value, schema, path)
    elif schema["type"] == "array":
        yield from _faults_of_array(value, schema, path)
    else:
        yield from _FAULTS[schema["type"]](value, schema, path)


def _faults_of_object(value: object, schema: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, BaseModel):
        yield f"{path} is {type(value)}"
        return
    held = dict(value.__dict__)
    if held.keys() != schema["properties"].keys():
        yield f"{path} has {sorted(held)}"
        return
    for name, part in held.items():
        yield from faults(part, schema["properties"][name], f"{path}.{name}")


def _faults_of_array(value: object, schema: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"{path} is {type(value)}"
    elif not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
        yield f"{path} has {len(value)} items"
    else:
        for position, item in enumerate(value):
            yield from faults(item, schema["items"], f"{path}[{position}]")


def _faults_of_number(value: object, schema: Schema, path: str) -> Iterator[str]:
    kinds = (int,) if schema["type"] == "integer" else (int, float)
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    if not is_number or not math.isfinite(value) or not low <= value <= high:  # type: ignore[arg-type,operator]  # a number
        yield f"{path} is {value!r}"


def _faults_of_string(value: object, schema: Schema, path: str) -> Iterator[str]:
    if schema.get("format") == "date-time":
        if not isinstance(value, datetime) or value.utcoffset() is None:
            yield f"{path} is {value!r}"
        return
    if not isinstance(value, str):
        yield f"{path} is {value!r}"
        return
    pattern = schema.get("pattern", "").replace("$", r"\Z")
    is_long_enough = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf)
    if not is_long_enough or re.search(pattern, value) is None:
        yield f"{path} is {value!r}"
    value.encode()  # no halves of surrogate pairs


def _faults_of_boolean(value: object, _: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path} is {value!r}"


def _faults_of_null(value: object, _: Schema, path: str) -> Iterator[str]:
    if value is not None:
        yield f"{path} is {value!r}"


_FAULTS: Mapping[str, Callable[[object, Schema, str], Iterator[str]]] = {
    "number": _faults_of_number,
    "integer": _faults_of_number,
    "string": _faults_of_string,
    "boolean": _faults_of_boolean,
    "null": _faults_of_null,
}
