"""Which models are four times as fast at a place, once uplink, power and cable are counted."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.legacy.four_times import PAYLOAD_RATIO, Capacity, Change, Fit, Unknown, Wiring, capacity_of, fits
from inventory.catalogue import CatalogueModel, Confidence, Value
from inventory.catalogue.dates import partial
from inventory.wiring import powers

TODAY = date(2026, 11, 28)
GIGABIT = 1e9


def model(name: str, *, confidence: Confidence = Confidence.CONFIRMED, **values: Any) -> CatalogueModel:
    """A Wi-Fi 6 model of four streams at 80 MHz (2.4 Gb/s) and two at 2.4 GHz (287 Mb/s), but for what is given."""
    radios = {
        "radios.2.4.standard": "802.11ax", "radios.2.4.streams": 2, "radios.2.4.width_mhz": 20,
        "radios.5.standard": "802.11ax", "radios.5.streams": 4, "radios.5.width_mhz": 80,
    }  # fmt: skip
    usual = radios | {"placement": "outdoor", "uplink_bits_per_second": (2_500_000_000,), "poe": "802.3at"}
    said = {name: value for name, value in (usual | values).items() if value is not None}
    return CatalogueModel(
        "Acme", name, (), {name: Value(value, confidence, ("sheet",)) for name, value in said.items()}
    )


OLD = model(
    "old",
    **{
        "radios.2.4.standard": "802.11n",
        "radios.5.standard": "802.11n",
        "radios.5.streams": 2,
        "radios.5.width_mhz": 40,
    },
)
NEW = model("new")
BEST = Wiring(port_bits_per_second=10e9, port_poe="802.3bt-4", cable="cat6a")


def present(uplink: float | None = GIGABIT) -> Capacity:
    capacity = capacity_of(OLD, uplink)
    assert capacity is not None
    return capacity


def only(found: list[Fit]) -> Fit:
    (fit,) = found
    return fit


def test_the_denominator_is_what_the_present_device_can_carry_at_its_place() -> None:
    assert present().radios_bits_per_second == pytest.approx((144.4e6 + 300e6) * PAYLOAD_RATIO, rel=1e-3)
    assert (present().bits_per_second, present().limited_by) == (present().radios_bits_per_second, "radios")
    assert (present(100e6).bits_per_second, present(100e6).limited_by) == (100e6, "uplink")
    assert present(None).limited_by == present(0.0).limited_by == "radios"


def test_a_model_that_keeps_the_promise_needs_nothing_where_the_wiring_is_good() -> None:
    fit = only(fits(present(), BEST, "outdoor", [NEW], TODAY))
    assert fit.ratio_now == fit.ratio_changed == pytest.approx((286.8 + 2402) / 444.4, rel=1e-3)
    assert fit.is_ready


@pytest.mark.parametrize(
    ("wiring", "changes"),
    [
        (replace(BEST, port_bits_per_second=GIGABIT), (Change.SWITCH_PORT,)),
        (replace(BEST, cable="cat5"), (Change.CABLE,)),
        (replace(BEST, port_poe="802.3af"), (Change.POWER,)),
        (Wiring(100e6, "none", "cat5"), (Change.SWITCH_PORT, Change.CABLE, Change.POWER)),
    ],
)
def test_what_must_change_besides_is_told(wiring: Wiring, changes: tuple[Change, ...]) -> None:
    fit = only(fits(present(), wiring, "outdoor", [NEW], TODAY))
    assert fit.changes == changes
    assert fit.ratio_changed == pytest.approx(6.05, rel=1e-2)
    assert not fit.is_ready
    if Change.POWER not in changes:
        assert fit.ratio_now < 4


def test_what_is_not_known_is_told_and_is_neither_good_nor_bad() -> None:
    unsure = replace(present(None), is_confirmed=False)
    unknown = model("new", poe=None, uplink_bits_per_second=None, placement=None)
    fit = only(fits(unsure, Wiring(), None, [unknown], TODAY))
    assert set(fit.unknowns) == set(Unknown)
    assert fit.changes == ()
    assert not fit.is_ready


def test_an_indoor_model_is_not_ready_where_nobody_knows_whether_the_place_is_outdoors() -> None:
    assert only(fits(present(), BEST, None, [model("in", placement="indoor")], TODAY)).unknowns == (Unknown.PLACEMENT,)
    assert only(fits(present(), BEST, None, [NEW], TODAY)).is_ready


def test_a_placement_that_nobody_can_be_named_for_is_never_ready_outdoors() -> None:
    doubtful = replace(NEW, values=NEW.values | {"placement": Value("outdoor", Confidence.UNCONFIRMED, ())})
    assert not only(fits(present(), BEST, "outdoor", [doubtful], TODAY)).is_ready
    assert only(fits(present(), BEST, "indoor", [doubtful], TODAY)).is_ready


def test_what_nobody_can_be_named_for_is_never_ready() -> None:
    fit = only(fits(present(), BEST, "outdoor", [model("new", confidence=Confidence.UNCONFIRMED)], TODAY))
    assert (fit.is_confirmed, fit.is_ready) == (False, False)


@pytest.mark.parametrize(
    ("candidate", "placement"),
    [
        (OLD, "outdoor"),
        (model("slow port", uplink_bits_per_second=(1_000_000_000,)), "outdoor"),
        (model("unknown radio", **{"radios.5.streams": None}), "outdoor"),
        (model("indoor", placement="indoor"), "outdoor"),
        (model("unplaced", placement=None), "outdoor"),
        (model("past", end_of_sale=partial("2025")), "indoor"),
    ],
)
def test_models_that_cannot_be_hung_there_are_none(candidate: CatalogueModel, placement: Any) -> None:
    assert fits(present(), BEST, placement, [candidate], TODAY) == []


def test_an_outdoor_model_may_hang_indoors_and_one_is_sold_until_its_last_day() -> None:
    assert fits(present(), BEST, "indoor", [NEW], TODAY)
    assert fits(present(), BEST, None, [model("indoor", placement="indoor")], TODAY)
    assert fits(present(), BEST, None, [model("last year", end_of_sale=partial("2026"))], TODAY)
    doubtful = Value(partial("2020"), Confidence.UNCONFIRMED, ())
    assert fits(present(), BEST, None, [replace(NEW, values={**NEW.values, "end_of_sale": doubtful})], TODAY)


def test_who_needs_least_comes_first() -> None:
    hungry, unsure = model("hungry", poe="802.3bt-4"), model("unsure", confidence=Confidence.UNCONFIRMED)
    found = fits(present(), replace(BEST, port_poe="802.3at"), "outdoor", [hungry, unsure, NEW], TODAY)
    assert [fit.model.model for fit in found] == ["new", "unsure", "hungry"]


def test_classes_of_power() -> None:
    assert powers("802.3bt-3", "802.3at") is True
    assert powers("802.3af", "802.3at") is False
    assert powers("none", "802.3af") is False
    assert powers("passive", "802.3af") is powers("802.3af", "passive") is powers("802.3at", "none") is None


@given(
    uplink=st.floats(1e7, 1e10),
    slower=st.floats(0.1, 1),
    port=st.floats(1e8, 1e10),
    cable=st.sampled_from(["cat5", "cat5e", "cat6", "cat6a", "fibre", None]),
)
def test_a_slower_present_device_never_makes_a_model_too_slow(
    uplink: float, slower: float, port: float, cable: Any
) -> None:
    wiring = Wiring(port, "802.3at", cable)
    of_fast = fits(present(uplink), wiring, "outdoor", [NEW], TODAY)
    of_slow = fits(present(uplink * slower), wiring, "outdoor", [NEW], TODAY)
    assert len(of_fast) <= len(of_slow)
    for fast, slow in zip(of_fast, of_slow, strict=False):
        assert slow.ratio_now >= fast.ratio_now
        assert set(slow.changes) <= set(fast.changes)
        assert fast.ratio_changed >= 4
