"""The life of an order: where it may go from where, what that asks for, what it takes along and what it leaves."""

from datetime import date
from pathlib import Path

import pytest
from made_orders import ASKED, MINUTE, NEW, NOW, OLD, after, an_order, asked_for, kept, order_in, seen_by_telemetry
from pydantic import ValidationError

from collector.orders.changes import Change, Seen
from collector.orders.life import (
    MOVES,
    NEEDS,
    TELEMETRY,
    IllegalMoveError,
    MissingError,
    OldSerialError,
    changed,
    moves_of,
)
from collector.orders.order import CLOSED, Check, CheckTold, Confirmation, Order, Outcome, Status

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "orders.md"
LATER = NOW + 10 * MINUTE
WITH_EVERYTHING = Change(**{name: value for name, value in ASKED.items() if name not in {"reason", "new_serial"}})
CHECK = CheckTold(check=Check.DNS, outcome=Outcome.FAILED, since=NOW)

ALLOWED = {
    Status.OPEN: "planned assigned in_progress installed on_hold cancelled",
    Status.PLANNED: "open assigned in_progress installed on_hold cancelled",
    Status.ASSIGNED: "open planned in_progress installed on_hold cancelled",
    Status.IN_PROGRESS: "planned assigned installed on_hold cancelled",
    Status.INSTALLED: "in_progress verifying accepted on_hold rejected cancelled",
    Status.VERIFYING: "in_progress accepted on_hold rejected cancelled",
    Status.ACCEPTED: "",
    Status.ON_HOLD: "assigned installed cancelled",
    Status.REJECTED: "planned assigned in_progress installed on_hold cancelled",
    Status.CANCELLED: "",
}
"""What may follow by hand; of an order on hold, one that was held when it was assigned."""
EVERY_MOVE = [(start, to) for start in Status for to in Status if to is not start]
MAY = [(start, to) for start, to in EVERY_MOVE if to in ALLOWED[start].split()]
MAY_NOT = [(start, to) for start, to in EVERY_MOVE if to not in ALLOWED[start].split()]


def verifying(*, at: object = NOW) -> Order:
    """An order whose new device reports, and of which all is known that can be."""
    order = after(order_in(Status.INSTALLED), Change(new_mac="02:00:00:00:00:09", confirmed=(Confirmation.MOUNTED,)))
    seen = Seen(status=Status.VERIFYING, first_report_at=NOW, checks=(CHECK,), is_silent=True)
    return seen_by_telemetry(order, seen)


@pytest.mark.parametrize(("start", "to"), MAY)
def test_a_move_of_the_table_is_made(start: Status, to: Status) -> None:
    order = order_in(start)
    change = asked_for(to, needs=NEEDS.get(to, ()))
    moved, change_kept = kept(order, change, at=LATER)
    assert (moved.status, moved.version, moved.changed_at) == (to, order.version + 1, LATER)
    assert (change_kept.from_status, change_kept.to_status) == (start, to)


@pytest.mark.parametrize(("start", "to"), [move for move in MAY_NOT if move != (Status.VERIFYING, Status.INSTALLED)])
def test_any_other_is_refused_and_the_refusal_says_what_may_follow(start: Status, to: Status) -> None:
    order = order_in(start)
    with pytest.raises(IllegalMoveError, match=f"order 7 is {start} and cannot become {to}") as refused:
        changed(order, Change(status=to, **ASKED), by="lee", at=LATER)
    assert sorted(refused.value.possible) == sorted(ALLOWED[start].split())


def test_what_the_document_says_of_moves_and_of_what_they_ask_for_is_so() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[1:5] for line in lines if line.startswith("| `")]
    told = {name: cells for cells in rows if (name := cells[0].strip(" `")) in list(Status)}
    assert list(told) == list(Status)
    for status, (_, _, needs, follow) in told.items():
        assert needs.split("`")[1::2] == list(NEEDS.get(Status(status), ())), status
        assert set(follow.split("`")[1::2]) == set(MOVES[Status(status)]), status


@pytest.mark.parametrize(
    ("start", "to", "needed"),
    [(start, to, field) for start, to in MAY for field in NEEDS.get(to, ())],
)
def test_a_move_without_what_it_asks_for_is_refused_by_the_name_of_that(start: Status, to: Status, needed: str) -> None:
    order = order_in(start).model_copy(update={needed: None})
    given = {name: value for name, value in ASKED.items() if name != needed}
    with pytest.raises(MissingError) as missing:
        changed(order, Change(status=to, **given), by="lee", at=LATER)
    assert (missing.value.field, missing.value.to) == (needed, to)


@pytest.mark.parametrize(
    ("status", "field"),
    [(status, field) for status in Status for field in NEEDS.get(status, ()) if status not in CLOSED],
)
def test_what_a_status_asks_for_is_not_taken_away_while_it_lasts(status: Status, field: str) -> None:
    with pytest.raises(MissingError) as missing:
        changed(order_in(status), Change(**{field: None}), by="lee", at=LATER)
    assert missing.value.field == field


@pytest.mark.parametrize("status", list(Status))
def test_an_order_that_lacks_nothing_takes_a_note_in_every_status(status: Status) -> None:
    noted = after(order_in(status), Change(note=" the ladder is at the kiosk\r\nkey 4 "), at=LATER)
    assert (noted.status, noted.note) == (status, "the ladder is at the kiosk\nkey 4")


@pytest.mark.parametrize("status", sorted(CLOSED))
def test_what_has_ended_stays_as_it_is_but_for_its_note(status: Status) -> None:
    order = order_in(status)
    for name, value in {**ASKED, "new_serial": "NEW-2", "reason": "another", "technician": "park"}.items():
        if getattr(order, name) != value:
            with pytest.raises(IllegalMoveError):
                changed(order, Change(**{name: value}), by="lee", at=LATER)
    with pytest.raises(IllegalMoveError):
        changed(order, Seen(status=Status.INSTALLED, new_serial="NEW-2"), by=TELEMETRY, at=LATER)
    as_it_is = Change(note="done", status=status, technician=order.technician, new_serial=order.new_serial)
    assert after(order, as_it_is, at=LATER).note == "done"


@pytest.mark.parametrize("status", [status for status in Status if status not in CLOSED])
def test_telemetry_installs_from_wherever_an_order_is(status: Status) -> None:
    seen = Seen(status=Status.INSTALLED, new_serial="NEW-2")
    moved = after(order_in(status), seen, at=LATER, by=TELEMETRY)
    expected = Status.VERIFYING if status is Status.VERIFYING else Status.INSTALLED
    assert (moved.status, moved.new_serial, moved.changed_by) == (expected, "NEW-2", TELEMETRY)


@pytest.mark.parametrize("status", [s for s in Status if Status.ON_HOLD in MOVES[s]])
def test_what_is_held_goes_on_where_it_was_with_all_that_it_had(status: Status) -> None:
    order = verifying() if status is Status.VERIFYING else order_in(status)
    held = after(order, Change(status=Status.ON_HOLD, reason="flood"), at=LATER)
    assert (held.held_from, held.reason, held.watch_from, held.is_silent) == (status, "flood", LATER, False)
    assert moves_of(held) == tuple(s for s in Status if s in {status, Status.INSTALLED, Status.CANCELLED})
    reason = {"reason": "no uplink"} if status is Status.REJECTED else {}
    resumed = after(held, Change(status=status, **reason), at=LATER + MINUTE)
    what_moves = {"version", "changed_at", "changed_by", "watch_from", "reason", "is_silent"}
    assert resumed.model_dump(exclude=what_moves) == order.model_dump(exclude=what_moves)
    assert (resumed.held_from, resumed.reason) == (None, reason.get("reason"))


def test_what_is_held_may_be_installed_meanwhile() -> None:
    held = order_in(Status.ON_HOLD)
    with pytest.raises(MissingError, match="new_serial"):
        changed(held, Change(status=Status.INSTALLED), by="kim", at=LATER)
    installed = after(held, Change(status=Status.INSTALLED, new_serial=NEW), at=LATER)
    assert (installed.held_from, installed.installed_at, installed.reason) == (None, LATER, None)


@pytest.mark.parametrize("start", [Status.INSTALLED, Status.VERIFYING, Status.REJECTED])
def test_who_goes_back_to_work_leaves_the_device_behind_and_that_is_no_newcomer(start: Status) -> None:
    order = order_in(start)
    back = after(order, Change(status=Status.IN_PROGRESS), at=LATER)
    assert (back.new_serial, back.new_mac, back.confirmed, back.installed_at) == (None, None, (), None)
    assert (back.first_report_at, back.is_silent, back.checks) == (None, False, ())
    assert back.watch_from == (NOW if start is Status.REJECTED else LATER)
    assert (back.technician, back.model, back.reason) == ("kim", "AX-1", None)


def test_rejected_shows_what_has_failed_and_of_which_device() -> None:
    rejected = after(verifying(), Change(status=Status.REJECTED, reason="no DNS"), at=LATER)
    assert (rejected.new_serial, rejected.checks, rejected.reason) == (NEW, (CHECK,), "no DNS")
    assert (rejected.is_silent, rejected.watch_from) == (False, LATER)
    again = after(rejected, Change(status=Status.INSTALLED), at=LATER + MINUTE)
    assert (again.new_serial, again.checks, again.first_report_at) == (NEW, (), None)
    assert again.installed_at == LATER + MINUTE


@pytest.mark.parametrize("status", [Status.OPEN, Status.PLANNED])
def test_back_on_the_plan_nobody_is_assigned(status: Status) -> None:
    assert after(order_in(Status.ASSIGNED), Change(status=status), at=LATER).technician is None


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.ON_HOLD, Status.REJECTED, Status.CANCELLED])
def test_a_flag_of_silence_is_on_what_is_waited_for_only(status: Status) -> None:
    assert verifying().is_silent
    assert not after(verifying(), Change(status=status, reason="so be it")).is_silent


def test_what_is_typed_after_the_device_has_reported_is_no_move() -> None:
    order = seen_by_telemetry(order_in(Status.INSTALLED), Seen(status=Status.VERIFYING, first_report_at=NOW))
    typed = Change(status=Status.INSTALLED, new_serial=NEW, confirmed=(Confirmation.LABELLED,))
    finished = after(order, typed, at=LATER)
    assert (finished.status, finished.confirmed) == (Status.VERIFYING, (Confirmation.LABELLED,))
    assert finished.installed_at == NOW
    assert changed(finished, typed, by="kim", at=LATER) is None


@pytest.mark.parametrize("typed", [OLD, "old-1", " OLD-1 "])
def test_the_device_that_is_to_go_is_not_taken_for_the_new_one(typed: str) -> None:
    order = order_in(Status.IN_PROGRESS)
    with pytest.raises(OldSerialError, match="OLD-1 is the device that order 7 replaces") as refused:
        changed(order, Change(status=Status.INSTALLED, new_serial=typed), by="kim", at=LATER)
    assert refused.value.field == "new_serial"


def test_telemetry_accepts_by_its_checks_and_a_person_says_why() -> None:
    order = order_in(Status.VERIFYING)
    with pytest.raises(MissingError, match="reason"):
        changed(order, Change(status=Status.ACCEPTED), by="lee", at=LATER)
    assert after(order, Change(status=Status.ACCEPTED, reason="seen on site"), at=LATER).reason == "seen on site"
    accepted = seen_by_telemetry(order, Seen(status=Status.ACCEPTED), at=LATER)
    assert (accepted.reason, after(accepted, Change(note="well")).note) == (None, "well")


def test_a_change_tells_what_was_before_and_after_and_a_reason_by_itself() -> None:
    order = order_in(Status.PLANNED)
    _, change = kept(order, Change(status=Status.ON_HOLD, reason="flood", planned_on=date(2026, 6, 1), poe="802.3at"))
    assert change.reason == "flood"
    assert change.fields == {"planned_on": ("2026-05-04", "2026-06-01"), "poe": (None, "802.3at")}


def test_what_changes_nothing_is_no_change() -> None:
    order = after(an_order(), WITH_EVERYTHING)
    for change in (Change(), WITH_EVERYTHING, Change(status=Status.OPEN), Change(note="", new_serial="")):
        assert changed(order, change, by="lee", at=LATER) is None


def test_an_empty_text_takes_away_what_was_there() -> None:
    order = after(an_order(), Change(new_serial=NEW, new_mac="02-00-00-00-00-0A", firmware="7", note="so"))
    assert order.new_mac == "02:00:00:00:00:0a"
    emptied = after(order, Change(new_serial="", new_mac="", firmware=" ", note=""))
    assert (emptied.new_serial, emptied.new_mac, emptied.firmware, emptied.note) == (None, None, None, "")


@pytest.mark.parametrize(
    "said",
    [
        {"new_mac": "02:00:00"},
        {"new_serial": "A\x00B"},
        {"new_serial": "A" * 129},
        {"note": "a\x1b[31mb"},
        {"uplink_bits_per_second": 123},
        {"planned_on": "1999-12-31"},
        {"confirmed": ["everything"]},
        {"access_point": "lab-002"},
        {"version": 9},
    ],
)
def test_what_cannot_be_is_refused_before_it_is_looked_at(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Change.model_validate(said)
