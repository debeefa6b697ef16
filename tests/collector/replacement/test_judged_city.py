"""What is judged of a small city, from reports in a store to the list that people read."""

from datetime import timedelta

import pytest
from programme_city import (
    BUSY_OLD,
    CROWDED,
    DUE,
    INVENTORY,
    MIDNIGHT,
    NEW,
    NOW,
    QUIET_OLD,
    SILENT,
    SLOW,
    STRANGE,
    Place,
)

from collector.legacy.documents import AssessmentTold, Standing
from collector.replacement.book import Book, Selection
from inventory.models import SiteKind


def told(book: Book, access_point: str) -> AssessmentTold:
    found = book.entry(access_point)
    assert found is not None
    return found[1].told


@pytest.mark.parametrize(
    ("place", "standing"),
    [
        (BUSY_OLD, Standing.REPLACE),
        (QUIET_OLD, Standing.REPLACE),
        (NEW, Standing.KEEP),
        (DUE, Standing.REPLACE),
        (CROWDED, Standing.MEND),
        (SLOW, Standing.MEND),
        (STRANGE, Standing.INSUFFICIENT),
        (SILENT, Standing.REPLACE),  # by the record of what hangs there
    ],
)
def test_each_place_is_judged_by_its_evidence(book: Book, place: Place, standing: Standing) -> None:
    assert told(book, place.id).standing == standing


def test_the_busiest_comes_first_and_who_has_no_number_last(book: Book) -> None:
    listing = book.listing(Selection(standing=Standing.REPLACE))
    assert listing is not None
    order = [entry.place.id for entry in listing.entries]
    assert order[0] == BUSY_OLD.id
    assert order[-1] == SILENT.id
    assert [entry.rank for entry in listing.entries] == [1, 2, 3, 4]
    numbers = [entry.told.score.number for entry in listing.entries[:-1]]
    assert None not in numbers
    assert numbers == sorted(numbers, reverse=True)  # type: ignore[type-var]  # as just seen
    assert listing.entries[-1].told.score.number is None


def test_the_number_is_the_product_of_what_is_shown(book: Book) -> None:
    score = told(book, BUSY_OLD.id).score
    assert score.need.value is not None
    assert score.benefit.value is not None
    assert score.weight.value is not None
    assert score.number == pytest.approx(100 * score.need.value * score.benefit.value * score.weight.value)
    known = [part for part in score.need.parts if part.value is not None]
    mean = sum(part.weight * part.value for part in known if part.value is not None) / sum(
        part.weight for part in known
    )
    assert score.need.value == pytest.approx(mean, abs=0.001)


def test_what_others_take_of_the_air_is_to_be_mended_instead(book: Book) -> None:
    found = told(book, CROWDED.id)
    assert [cause.cause for cause in found.causes] == ["crowded_channel"]
    assert "80%" in found.causes[0].reasons[0].en


def test_a_gate_is_closed_by_a_date_that_is_told(book: Book) -> None:
    gate = next(gate for gate in told(book, DUE.id).gates if gate.name == "support_ended")
    assert gate.state == "closed"
    assert gate.since is not None
    assert str(gate.since) in gate.reason.ko


def test_a_silent_place_is_judged_by_the_inventory(book: Book) -> None:
    found = told(book, SILENT.id)
    assert found.device.catalogue_model == "MikroTik cAP ac"
    assert (found.score.number, found.score.need.value) == (None, None)
    assert next(gate for gate in found.gates if gate.name == "service_life_passed").state == "closed"


def test_the_denominator_is_stated(book: Book) -> None:
    capacity = told(book, BUSY_OLD.id).capacity
    assert capacity is not None
    assert capacity.bits_per_second == min(capacity.radios_bits_per_second, 1e9)
    for fit in told(book, BUSY_OLD.id).fits:
        assert fit.ratio_changed >= 4


def test_what_mending_an_uplink_brings_is_no_merit_of_another_device(book: Book) -> None:
    slow, same_device = told(book, SLOW.id), told(book, BUSY_OLD.id)
    assert [cause.cause for cause in slow.causes] == ["slow_uplink"]
    assert slow.capacity is not None
    assert same_device.capacity is not None
    assert (slow.capacity.is_uplink_mended, same_device.capacity.is_uplink_mended) == (True, False)
    assert slow.capacity.bits_per_second == same_device.capacity.bits_per_second
    assert slow.score.benefit.value == same_device.score.benefit.value
    assert any("mended" in each.en for each in slow.score.benefit.reasons)


def test_days_are_whole_days_in_korea(book: Book) -> None:
    listing = book.listing()
    assert listing is not None
    assert (listing.run.until, listing.run.since) == (MIDNIGHT, MIDNIGHT - timedelta(days=28))
    assert listing.run.assessed_at == NOW


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(site="park"), {"p-1", "p-2", "p-3", "p-4"}),
        (Selection(district="중구"), {"w-1", "w-2", "w-3", "w-4"}),
        (Selection(kind=SiteKind.PARK, standing=Standing.REPLACE), {"p-1", "p-4"}),
        (Selection(text="gaon welfare"), {"w-1", "w-2", "w-3", "w-4"}),
        (Selection(text="W-2"), {"w-2"}),
        (Selection(text="여의도"), {"p-1", "p-2", "p-3", "p-4"}),
        (Selection(site="nowhere"), set()),
    ],
)
def test_places_are_found(book: Book, selection: Selection, found: set[str]) -> None:
    listing = book.listing(selection)
    assert listing is not None
    assert {entry.place.id for entry in listing.entries} == found
    assert listing.total == len(found)


def test_a_page_is_a_part_of_all(book: Book) -> None:
    whole, page = book.listing(), book.listing(offset=2, limit=3)
    assert whole is not None
    assert page is not None
    assert page.entries == whole.entries[2:5]
    assert (page.total, sum(page.counts.values())) == (8, 8)


def test_an_unknown_place_has_no_entry(book: Book) -> None:
    assert book.entry("zz-9") is None
    assert len(INVENTORY.access_points) == 8
