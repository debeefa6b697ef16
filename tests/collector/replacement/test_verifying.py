"""An acceptance from the store's hours and the devices that were seen: what was put in is found again."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from state_files import open_state
from works_city import DISTURBED, INVENTORY, KEPT, REPLACED, WORKS, note_devices, open_city

from collector.legacy.acceptance import Verdict
from collector.legacy.verification import Verification
from collector.replacement.verifying import verify
from inventory.catalogue import load_catalogue


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    note_devices(engine)
    yield engine
    engine.dispose()


def measured(folder: Path, state: Engine, effect: float) -> Verification:
    store = open_city(folder / "points.duckdb", effect)
    try:
        return verify(WORKS, inventory=INVENTORY, catalogue=load_catalogue(), state=state, store=store)
    finally:
        asyncio.run(store.close())


def test_a_promise_that_was_kept_is_met(tmp_path: Path, state: Engine) -> None:
    found = measured(tmp_path, state, 4.0)
    for of_one in (found.passive, found.active):
        assert of_one.verdict is Verdict.MET
        assert of_one.ratio == pytest.approx(4.0, rel=0.05)
        assert (of_one.replaced, of_one.controls) == (REPLACED, KEPT)


def test_what_everybody_gained_is_no_merit(tmp_path: Path, state: Engine) -> None:
    found = measured(tmp_path, state, 1.0)
    for of_one in (found.passive, found.active):
        assert of_one.verdict is Verdict.NOT_MET
        assert of_one.ratio == pytest.approx(1.0, rel=0.05)


def test_who_counts_and_when_is_told(tmp_path: Path, state: Engine) -> None:
    found = measured(tmp_path, state, 4.0)
    assert found.sides.disturbed == (DISTURBED,)
    assert (found.phy.known, found.phy.reached) == (REPLACED, REPLACED)
    assert {hour % 24 for hour in found.peak} <= {18, 19, 20, 21}
    assert len(found.places) == REPLACED
    for place in found.places:
        assert place.ratio == pytest.approx(4.8, rel=0.2)  # one place alone has no controls


def test_a_city_without_replacements_gives_no_conclusion(tmp_path: Path) -> None:
    engine = open_state(tmp_path / "empty.sqlite")
    found = measured(tmp_path, engine, 4.0)
    assert found.passive.verdict is Verdict.NO_CONCLUSION
    assert found.passive.reason
    assert found.phy.ratio is None
    engine.dispose()
