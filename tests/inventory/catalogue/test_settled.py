"""What is taken as known of a model, of sources that agree and disagree."""

from datetime import date

import pytest

from inventory.catalogue.dates import Partial, partial
from inventory.catalogue.entries import UNCONFIRMED, Claims, RadioClaim, Source, SourceKind
from inventory.catalogue.settled import Confidence, Statement, settle_claims


def source(kind: SourceKind) -> Source:
    return Source(kind=kind, title=kind, url="https://example.test/", read_on=date(2026, 11, 28))


SOURCES = {
    "sheet": source("vendor"),
    "notice": source("regulator"),
    "library": source("library"),
    "other-library": source("library"),
    "forum": source("community"),
}


def test_the_vendor_is_believed_and_who_says_otherwise_is_listed() -> None:
    says = {"library": Claims(placement="indoor"), "sheet": Claims(placement="outdoor"), "forum": Claims(poe="none")}
    values = settle_claims(says, SOURCES)
    placement = values["placement"]
    assert (placement.value, placement.confidence, placement.sources) == ("outdoor", Confidence.CONFIRMED, ("sheet",))
    assert placement.others == (Statement("indoor", "library"),)
    assert placement.closes_gates
    assert (values["poe"].value, values["poe"].confidence) == ("none", Confidence.REPORTED)


def test_vendor_and_regulator_that_disagree_leave_the_value_disputed() -> None:
    says = {"sheet": Claims(poe="802.3af"), "notice": Claims(poe="802.3at"), "library": Claims(poe="802.3at")}
    poe = settle_claims(says, SOURCES)["poe"]
    assert poe.confidence is Confidence.DISPUTED
    assert not poe.closes_gates
    assert {poe.value, *(other.value for other in poe.others)} == {"802.3af", "802.3at"}


def test_of_equal_sources_more_decide_but_the_value_stays_disputed() -> None:
    sources = SOURCES | {"third": source("library")}
    says = {
        "library": Claims(generation="5"),
        "other-library": Claims(generation="6"),
        "third": Claims(generation="6"),
    }
    generation = settle_claims(says, sources)["generation"]
    assert (generation.value, generation.confidence) == ("6", Confidence.DISPUTED)


def test_a_value_without_a_source_never_closes_a_gate() -> None:
    says = {UNCONFIRMED: Claims(generation="4", end_of_support=partial("2019"))}
    values = settle_claims(says, {})
    assert {value.confidence for value in values.values()} == {Confidence.UNCONFIRMED}
    assert not any(value.closes_gates for value in values.values())
    says["forum"] = Claims(generation="5")
    generation = settle_claims(says, SOURCES)["generation"]
    assert (generation.value, generation.confidence) == ("5", Confidence.REPORTED)
    assert generation.others == (Statement("4", UNCONFIRMED),)


def test_radios_are_settled_property_by_property() -> None:
    says = {
        "sheet": Claims(radios={"5": RadioClaim(streams=4, width_mhz=80)}),
        "library": Claims(radios={"5": RadioClaim(standard="802.11ax", streams=2)}),
    }
    values = settle_claims(says, SOURCES)
    assert {name: (value.value, value.confidence) for name, value in values.items()} == {
        "radios.5.standard": ("802.11ax", Confidence.REPORTED),
        "radios.5.streams": (4, Confidence.CONFIRMED),
        "radios.5.width_mhz": (80, Confidence.CONFIRMED),
    }


def test_a_year_and_a_day_in_it_agree_and_the_day_is_taken() -> None:
    says = {"sheet": Claims(end_of_support=partial("2024")), "notice": Claims(end_of_support=partial("2024-07-31"))}
    value = settle_claims(says, SOURCES)["end_of_support"]
    assert (str(value.value), value.confidence, value.others) == ("2024-07-31", Confidence.CONFIRMED, ())


def test_a_vague_date_does_not_hide_that_two_others_disagree() -> None:
    sources = SOURCES | {"second": source("vendor")}
    ends = {"sheet": "2024", "notice": "2024-03-31", "second": "2024-10-31"}
    says = {name: Claims(end_of_support=partial(text)) for name, text in ends.items()}
    value = settle_claims(says, sources)["end_of_support"]
    assert value.confidence is Confidence.DISPUTED
    assert {str(day) for day in value.all_named} == {"2024-03-31", "2024-10-31"}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02-28", date(2023, 2, 28), date(2023, 2, 28)),
    ],
)
def test_dates_are_known_as_far_as_they_are_written(text: str, first: date, last: date) -> None:
    known = partial(text)
    assert (known.first, known.last, str(known)) == (first, last, text)
    assert known == partial(known)


@pytest.mark.parametrize("text", ["", "24", "2024-13", "2024-02-30", "2024-6-1", "June 2024", 2024.5])
def test_what_is_no_date_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is no date|does not have"):
        partial(text)


def test_dates_that_cannot_mean_the_same_day_disagree() -> None:
    assert not Partial(2024, 5).agrees(Partial(2024, 6, 1))
    assert Partial(2024).agrees(Partial(2024, 6, 1))
    assert not Partial(2023).agrees(Partial(2024))
