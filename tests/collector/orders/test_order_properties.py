"""What holds of an order whatever people and devices do, in whatever sequence."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from made_orders import ASKED, NEW, NOW, OLD, an_order

from agent.wire import Device, Interface, Probe, Report
from collector.orders.acceptance import Heard
from collector.orders.changes import Change, Seen
from collector.orders.life import MOVES, NEEDS, TELEMETRY, IllegalMoveError, MissingError, changed
from collector.orders.order import CLOSED, OldDevice, Order, OrderChange, Status
from collector.orders.settings import OrderSettings
from collector.orders.watching import Newcomer, Scene, look

SETTINGS = OrderSettings(required_checks=("model", "dns"))
KEPT_ELSEWHERE = {"version", "changed_at", "changed_by", "watch_from", "held_from", "reason", "status"}
serials = st.sampled_from([OLD, NEW, "NEW-2"])
said = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(list(Status)),
        "model": st.sampled_from(["AX-1", "", None]),
        "planned_on": st.sampled_from([ASKED["planned_on"], None]),
        "technician": st.sampled_from(["kim", "park", None]),
        "reason": st.sampled_from(["rain", ""]),
        "new_serial": serials | st.none(),
        "new_mac": st.sampled_from(["02:00:00:00:00:09", None]),
        "note": st.sampled_from(["ladder", ""]),
        "confirmed": st.sampled_from([["mounted"], [], None]),
    },
)
likely = st.sampled_from([Change(status=to, **{need: ASKED[need] for need in NEEDS.get(to, ())}) for to in Status])
scenes = st.fixed_dictionaries(
    {
        "serial": serials | st.none(),
        "first_seen": st.integers(-60, 600),
        "dns": st.booleans(),
        "is_heard": st.booleans(),
    }
)
steps = st.lists(
    st.tuples(st.integers(0, 45), likely | st.builds(Change.model_validate, said) | scenes), min_size=1, max_size=25
)


def looked_at(order: Order, scene: dict[str, Any], now: datetime) -> Seen | None:
    """What telemetry makes of a scene in which a device reports, or none does."""
    serial = scene["serial"]
    first_seen = min(now, NOW + timedelta(minutes=scene["first_seen"]))
    newcomer = None if serial is None else Newcomer(serial, "Acme", "AX-1", None, first_seen)
    report = Report(
        observed_at=now,
        device=Device(vendor="Acme", model="AX-1", serial=serial),
        uplink=Interface(name="eth0", is_up=True),
        probes=(Probe(kind="dns", target="seoul.go.kr", observed_at=now, is_ok=scene["dns"]),),
    )
    heard = Scene(now, newcomer, Heard(report, now, 3), is_heard=scene["is_heard"])
    return look(order, heard, settings=SETTINGS, is_same_model=lambda one, other: one[1] == other[1])


def lived(order: Order, happenings: list[tuple[int, Any]]) -> list[tuple[Order, Order, OrderChange]]:
    """Each change that was made of an order: what it was before and after, and what was kept of that."""
    now, made = NOW, []
    for minutes, happening in happenings:
        now += timedelta(minutes=minutes)
        is_scene = isinstance(happening, dict)
        change, by = (looked_at(order, happening, now), TELEMETRY) if is_scene else (happening, "lee")
        if change is None:
            continue
        try:
            outcome = changed(order, change, by=by, at=now)
        except (IllegalMoveError, MissingError):
            assert not is_scene, "telemetry asks for nothing that cannot be"
            continue
        if outcome is not None:
            made.append((order, *outcome))
            order = outcome[0]
    return made


@given(steps, st.sampled_from([OLD, None]))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_the_life_of_an_order_is_whole(happenings: list[tuple[int, Any]], old: str | None) -> None:
    first = an_order(old=OldDevice(serial=old), model="AX-1")
    replayed = first.model_dump(mode="json")
    for before, after, change in lived(first, happenings):
        assert after.version == before.version + 1 == change.version
        assert (change.from_status, change.to_status) == (before.status, after.status)
        for name, (was, became) in change.fields.items():
            assert replayed[name] == was or datetime.fromisoformat(replayed[name]) == datetime.fromisoformat(was)
            replayed[name] = became
        replayed["status"] = after.status
        if before.status in CLOSED:
            assert after.status is before.status
            assert set(change.fields) == {"note"}
        for field in NEEDS.get(after.status, ()):
            assert getattr(after, field) or (field == "reason" and after.status is Status.ACCEPTED)
        assert (after.held_from is not None) is (after.status is Status.ON_HOLD)
        if after.is_silent:
            assert after.status in {Status.INSTALLED, Status.VERIFYING}
        if old is not None:
            assert after.new_serial != old
        assert Order.model_validate(replayed).model_dump(exclude=KEPT_ELSEWHERE) == after.model_dump(
            exclude=KEPT_ELSEWHERE
        )


@given(steps)
@settings(max_examples=60, deadline=None)
def test_an_order_that_has_not_ended_can_always_go_on(happenings: list[tuple[int, Any]]) -> None:
    order = an_order()
    for _, after, _ in lived(order, happenings):
        order = after
    goals = MOVES[order.status] | ({order.held_from} - {None})
    for to in goals:
        outcome = changed(order, Change(status=to, **ASKED), by="lee", at=NOW)
        assert outcome is not None
        assert outcome[0].status is to
    assert bool(goals) is (order.status not in CLOSED)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_looking_again_at_the_same_scene_comes_to_an_end(happenings: list[tuple[int, Any]]) -> None:
    order, now = an_order(model="AX-1"), NOW
    for minutes, happening in happenings:
        now += timedelta(minutes=minutes)
        if not isinstance(happening, dict):
            continue
        for _ in range(6):
            seen = looked_at(order, happening, now)
            outcome = None if seen is None else changed(order, seen, by=TELEMETRY, at=now)
            if outcome is None:
                break
            order = outcome[0]
        assert looked_at(order, happening, now) is None
