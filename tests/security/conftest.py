"""A scene for each file, with an honest agent that has to be well after every test."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from aiomqtt import Client
from attack_scene import ATTACKER, Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(tmp_path_factory.mktemp("hard"))
    try:
        asyncio.run(scene.start())
        yield scene
    finally:
        scene.stop()


@pytest.fixture
async def attacked(scene: Scene) -> AsyncIterator[Scene]:
    """The scene; whatever a test does to it, the honest agent must be well afterwards."""
    yield scene
    await scene.honest.must_be_unharmed()


@pytest.fixture
async def attacker(attacked: Scene) -> AsyncIterator[Client]:
    async with attacked.hard.client(ATTACKER) as client:
        yield client
