"""When a device is due whatever else it does, and when nobody can say."""

from datetime import date

import pytest

from collector.legacy.gates import Gate, GateState, Why, service_gate, support_gate
from inventory.catalogue import CatalogueModel, Confidence, Value
from inventory.catalogue.dates import partial
from inventory.catalogue.settled import Statement

TODAY = date(2026, 11, 28)


def model(end: str | None, confidence: Confidence = Confidence.CONFIRMED) -> CatalogueModel:
    values = {} if end is None else {"end_of_support": Value(partial(end), confidence, ("notice",))}
    return CatalogueModel("Acme", "A-1", (), values)


def disputed(one: str, other: str) -> CatalogueModel:
    end = Value(partial(one), Confidence.DISPUTED, ("notice",), (Statement(partial(other), "list"),))
    return CatalogueModel("Acme", "A-1", (), {"end_of_support": end})


@pytest.mark.parametrize(
    ("of", "state", "why", "since"),
    [
        (model("2026-11-27"), GateState.CLOSED, Why.SUPPORT_ENDED, date(2026, 11, 27)),
        (model("2026-11-28"), GateState.OPEN, Why.SUPPORTED, date(2026, 11, 28)),
        (model("2025"), GateState.CLOSED, Why.SUPPORT_ENDED, date(2025, 12, 31)),
        (model("2026"), GateState.OPEN, Why.SUPPORTED, date(2026, 12, 31)),
        (model("2026-11"), GateState.OPEN, Why.SUPPORTED, date(2026, 11, 30)),
        (model("2019", Confidence.REPORTED), GateState.CLOSED, Why.SUPPORT_ENDED, date(2019, 12, 31)),
        (model("2019", Confidence.UNCONFIRMED), GateState.INSUFFICIENT, Why.SUPPORT_UNCONFIRMED, date(2019, 12, 31)),
        (disputed("2024-03-31", "2025-01-31"), GateState.CLOSED, Why.SUPPORT_ENDED, date(2024, 3, 31)),
        (disputed("2024-03-31", "2027-01-31"), GateState.INSUFFICIENT, Why.SUPPORT_DISPUTED, date(2024, 3, 31)),
        (disputed("2027-03-31", "2027-01-31"), GateState.OPEN, Why.SUPPORTED, date(2027, 3, 31)),
        (model(None), GateState.INSUFFICIENT, Why.SUPPORT_UNKNOWN, None),
        (None, GateState.INSUFFICIENT, Why.MODEL_UNKNOWN, None),
    ],
)
def test_support_has_ended_only_on_evidence(
    of: CatalogueModel | None, state: GateState, why: Why, since: date | None
) -> None:
    assert support_gate(of, TODAY) == Gate("support_ended", state, why, since)


@pytest.mark.parametrize(
    ("installed_on", "first_seen", "state", "why"),
    [
        (date(2020, 11, 28), None, GateState.CLOSED, Why.SERVED_BY_RECORD),
        (date(2020, 11, 29), None, GateState.OPEN, Why.SERVES),
        (date(2024, 1, 1), date(2019, 1, 1), GateState.CLOSED, Why.SERVED_AS_SEEN),
        (date(2024, 1, 1), date(2023, 1, 1), GateState.INSUFFICIENT, Why.AGE_UNKNOWN),
        (date(2024, 1, 1), date(2025, 1, 1), GateState.OPEN, Why.SERVES),
        (None, date(2020, 1, 1), GateState.CLOSED, Why.SERVED_AS_SEEN),
        (None, date(2026, 1, 1), GateState.INSUFFICIENT, Why.AGE_UNKNOWN),
        (None, None, GateState.INSUFFICIENT, Why.AGE_UNKNOWN),
    ],
)
def test_service_life_counts_from_the_device_and_not_from_its_place(
    installed_on: date | None, first_seen: date | None, state: GateState, why: Why
) -> None:
    gate = service_gate(installed_on, first_seen, TODAY)
    assert (gate.state, gate.why) == (state, why)
    assert gate.since == min((day for day in (installed_on, first_seen) if day is not None), default=None)
    assert gate.is_closed == (state is GateState.CLOSED)


def test_a_record_of_a_day_to_come_says_nothing() -> None:
    assert service_gate(date(2062, 3, 1), None, TODAY) == service_gate(None, None, TODAY)
    assert service_gate(date(2062, 3, 1), date(2019, 1, 1), TODAY).why is Why.SERVED_AS_SEEN


def test_a_device_is_due_from_the_end_of_its_service_life_and_not_from_its_beginning() -> None:
    assert service_gate(date(2015, 3, 1), None, TODAY).due_since == date(2021, 3, 1)
    assert service_gate(None, date(2019, 1, 1), TODAY).due_since == date(2025, 1, 1)
    assert service_gate(date(2024, 1, 1), None, TODAY).due_since is None


def test_the_service_life_is_a_setting_and_leap_days_have_one_too() -> None:
    assert service_gate(date(2020, 1, 1), None, TODAY, service_life_years=7).state is GateState.OPEN
    assert service_gate(date(2020, 2, 29), None, date(2027, 2, 28), service_life_years=7).state is GateState.OPEN
    assert service_gate(date(2020, 2, 29), None, date(2027, 3, 1), service_life_years=7).state is GateState.CLOSED
