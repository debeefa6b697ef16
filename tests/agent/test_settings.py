"""Settings: every mistake at once, also those that span keys, in the order of the document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from agent.settings import Contradiction, SettingsError, SettingsFile, SettingsModel, check

FILE = Path("house.toml")


class Door(SettingsModel):
    width_metres: Annotated[float, Field(gt=0)] = 1.0
    is_locked: bool = False
    key: str | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        yield from super().contradictions(document)
        if isinstance(document, dict) and document.get("is_locked") is True and "key" not in document:
            yield ("is_locked",), "needs key"


class Room(SettingsModel):
    name: str
    door: Door | None = None


class House(SettingsFile):
    front: Door
    back: Door | None = None
    rooms: Annotated[tuple[Room, ...], Field(max_length=10)] = ()


def mistakes(document: object, *, below: str = "") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        check(House, document, FILE, below=below)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_contradiction_is_told_wherever_its_table_stands_and_whatever_else_is_wrong() -> None:
    locked = {"is_locked": True}
    document = {
        "rooms": [{"door": locked, "name": 5}, {"name": "attic", "door": {"width_metres": 0, "is_locked": True}}],
        "colour": "red",
        "back": locked,
        "front": {"is_locked": True, "width_metres": -1, "handle": 1},
    }
    assert mistakes(document) == [
        "house.toml: rooms[0].door.is_locked: needs key",
        "house.toml: rooms[0].name: Input should be a valid string",
        "house.toml: rooms[1].door.width_metres: Input should be greater than 0",
        "house.toml: rooms[1].door.is_locked: needs key",
        "house.toml: colour: unknown key; remove it or correct its spelling",
        "house.toml: back.is_locked: needs key",
        "house.toml: front.is_locked: needs key",
        "house.toml: front.width_metres: Input should be greater than 0",
        "house.toml: front.handle: unknown key; remove it or correct its spelling",
    ]


def test_a_contradiction_alone_is_enough() -> None:
    assert mistakes({"front": {"is_locked": True}}, below="street[2]") == [
        "house.toml: street[2].front.is_locked: needs key"
    ]


def test_what_a_table_lacks_comes_before_what_it_has() -> None:
    assert mistakes({"rooms": [{"colour": 1}]}) == [
        "house.toml: rooms[0].name: required; add it",
        "house.toml: rooms[0].colour: unknown key; remove it or correct its spelling",
    ]


@pytest.mark.parametrize(
    "document",
    [None, 5, "x", [], {"front": 5}, {"rooms": 5}, {"rooms": [5, None, [{}]]}, {"back": [{"is_locked": "x"}]}],
)
def test_values_of_any_type_are_mistakes_and_never_failures(document: object) -> None:
    assert mistakes(document)


def test_a_document_without_mistakes_becomes_the_settings() -> None:
    front = {"is_locked": True, "key": "brass"}
    house = check(House, {"front": front, "rooms": [{"name": "attic", "door": {}}]}, FILE)
    assert house == House(front=Door(is_locked=True, key="brass"), rooms=(Room(name="attic", door=Door()),))
