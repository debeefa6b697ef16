"""The places and devices of a city in half the bytes. Pure; for `reading`.

A validated model has a dictionary of its own, names included, and a set of the fields that were given. The dictionaries
of objects that are filled one field after the other share their names, and most models were given the same fields.
Of 25,000 access points with a device each that is 20 MB. Source: PEP 412, and pydantic's own `model_construct`.
"""

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def slim(models: Iterable[Model]) -> tuple[Model, ...]:
    """The same models, which nobody changes: they are frozen."""
    told: dict[frozenset[str], set[str]] = {}
    return tuple(_slim(model, told) for model in models)


def _slim(model: Model, told: dict[frozenset[str], set[str]]) -> Model:
    fields_set = told.setdefault(frozenset(model.model_fields_set), model.model_fields_set)
    same = type(model).__new__(type(model))
    values = same.__dict__
    for name, value in model.__dict__.items():
        values[name] = value  # update() would copy the dictionary as it is
    object.__setattr__(same, "__pydantic_fields_set__", fields_set)
    object.__setattr__(same, "__pydantic_extra__", None)
    object.__setattr__(same, "__pydantic_private__", None)
    return same
