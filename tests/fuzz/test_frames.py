"""Whatever comes in: refused with a reason or stored within the wire's limits, in bounded time and memory.

FUZZ_FRAMES says how many frames; FUZZ_SEED which ones.
"""

import gc
import os
import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, timedelta
from typing import Any

import pytest
from fuzz.mutation import Mutator, json_bytes
from fuzz.schema import EVENT, FRAME, NOW, REPORT, document, faults
from harness import INVENTORY
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.wire import DecodeError, Topic, decode_frame
from collector.clocks import OLDEST, TOLERATED_AHEAD
from collector.intake import Intake, Taken, moved
from collector.state.quarantine import MAX_PAYLOAD_BYTES
from inventory import load_inventory

FRAMES = int(os.environ.get("FUZZ_FRAMES", "10000"))
SEED = int(os.environ.get("FUZZ_SEED", "20260502"))
KEPT_AT_MOST_BYTES = 4 * 1024 * 1024
"""What may be held on to after all of them: pydantic's own bounded memory of short strings, and little else."""
pytestmark = pytest.mark.timeout(120 + FRAMES // 50)
TOPIC = Topic("gw-lab", "frame")
BACKLOG = Topic("gw-lab", "backlog")


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    folder = tmp_path_factory.mktemp("inventory")
    (folder / "lab.toml").write_text(INVENTORY, encoding="utf-8")
    return Intake(load_inventory(folder))


def check(taken: Taken) -> None:
    """What holds of all that is taken, whatever it was taken from."""
    assert taken.frame is not None or taken.refusals, "it vanished"
    for refusal in taken.refusals:
        assert len(refusal.payload) <= MAX_PAYLOAD_BYTES
        assert len(refusal.digest) == 64
    if taken.frame is None:
        return
    assert taken.key == taken.frame.key
    assert taken.key.agent == TOPIC.agent
    for stored in taken.frame.reports:
        assert list(faults(stored.report, REPORT)) == []
        assert stored.observed_at.tzinfo is UTC
        assert NOW - OLDEST <= stored.observed_at <= NOW + TOLERATED_AHEAD
        assert stored.access_point in {"lab-001", "lab-002"} or stored.access_point.startswith("unknown/gw-lab/")
    for happened in taken.frame.events:
        assert list(faults(happened.event, EVENT)) == []
        assert NOW - OLDEST <= happened.occurred_at <= NOW + TOLERATED_AHEAD
        assert happened.event.access_point != "other-001"
    assert len(taken.readings) + len(taken.unknown) == len(taken.frame.reports)


def taken_of(intake: Intake, payload: bytes, *, is_bundle: bool) -> list[Taken]:
    if is_bundle:
        return intake.take_bundle(BACKLOG, payload, NOW, is_retained=False)
    return [intake.take(TOPIC, payload, NOW, is_retained=False)]


def timed(take: Callable[[], list[Taken]]) -> tuple[list[Taken], float]:
    """What is taken, and the processor time of that. What seems slow is taken twice: others use the machine too."""
    began = time.thread_time()
    taken = take()
    seconds = time.thread_time() - began
    if seconds > 0.01:
        began = time.thread_time()
        take()
        seconds = min(seconds, time.thread_time() - began)
    return taken, seconds


def all_mutants(mutator: Mutator, count: int) -> Iterator[tuple[bytes, bool]]:
    """So many mutants, now and then a bundle of them, and whether it is one."""
    for number in range(count):
        is_bundle = number % 50 == 49
        yield mutator.bundle() if is_bundle else mutator.mutant(), is_bundle


def test_mutated_frames_are_stored_within_limits_or_refused_with_a_reason(intake: Intake) -> None:
    outcomes: Counter[str] = Counter()
    slowest = (0.0, b"")
    for payload, is_bundle in all_mutants(Mutator(SEED), FRAMES):
        try:
            frames, seconds = timed(lambda: taken_of(intake, payload, is_bundle=is_bundle))  # noqa: B023  # called at once
            slowest = max(slowest, (seconds, payload))
            for taken in frames:
                check(taken)
                outcomes.update({str(refusal.reason) for refusal in taken.refusals} or {"stored"})
        except Exception as error:
            raise AssertionError(f"of seed {SEED}: {payload[:2000]!r}") from error
    print(f"\n{FRAMES} frames of seed {SEED}: {dict(outcomes)}")
    print(f"slowest {slowest[0] * 1000:.1f} ms, {len(slowest[1])} bytes: {slowest[1][:80]!r}")
    walked = {
        "stored",
        "invalid",
        "not_json",
        "not_utf8",
        "unsupported_version",
        "unplaceable",
        "not_allowed",
        "corrupt",
    }
    assert walked <= outcomes.keys()
    assert min(outcomes[reason] for reason in ("stored", "invalid", "not_json")) > FRAMES / 20


def test_mutated_frames_leave_nothing_behind(intake: Intake) -> None:
    mutator = Mutator(SEED + 1)
    take_all(intake, mutator, 1000)  # what is made once
    tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        take_all(intake, mutator, FRAMES // 8)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"\nkept after {FRAMES // 8} frames: {(after - before) / 1024:.0f} KiB")
    assert after - before < KEPT_AT_MOST_BYTES
    assert sum(map(len, intake._places_of.values())) <= 2


def take_all(intake: Intake, mutator: Mutator, count: int) -> None:
    for payload, is_bundle in all_mutants(mutator, count):
        taken_of(intake, payload, is_bundle=is_bundle)


def test_valid_frames_of_the_generator_are_taken_whole(intake: Intake) -> None:
    """Else most mutants would be wrong in one and the same way."""
    mutator = Mutator(SEED + 2)
    for _ in range(500):
        decoded = decode_frame(mutator.valid())
        assert (decoded.refused, decoded.unknown_fields) == ((), ())
        assert [list(faults(report, REPORT)) for report in decoded.frame.reports] == [[]] * len(decoded.frame.reports)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("clients", -1, ".clients is -1"),
        ("clients", 10_000_001, ".clients is 10000001"),
        ("clients", True, ".clients is True"),
        ("clients", 1.0, ".clients is 1.0"),
        ("interval_seconds", float("inf"), ".interval_seconds is inf"),
        ("interval_seconds", float("nan"), ".interval_seconds is nan"),
        ("access_point", "lab-001\n", ".access_point is 'lab-001\\n'"),
        ("observed_at", NOW.replace(tzinfo=None), f".observed_at is {NOW.replace(tzinfo=None)!r}"),
        ("probes", [], ".probes is <class 'list'>"),
        ("ssids", (None,) * 129, ".ssids has 129 items"),
    ],
)
def test_the_check_of_limits_sees_what_is_beyond_them(field: str, value: object, fault: str) -> None:
    """It stands on the schema alone, and would notice if validation did not."""
    (report,) = decode_frame(
        b'{"version":1,"agent":"a","boot_id":"00c0ffee","sequence":1,"sent_at":"%b","reports":[%b]}'
        % (NOW.isoformat().encode(), b'{"observed_at":"%b"}' % NOW.isoformat().encode())
    ).frame.reports
    assert list(faults(report, REPORT)) == []
    assert list(faults(report.model_copy(update={field: value}), REPORT)) == [fault]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = [document(random.Random(SEED + number), FRAME, fullness=0.3) for number in range(20)]
_MUTATOR = Mutator(SEED)
VALID = [_MUTATOR.valid() for _ in range(50)]


@settings(max_examples=max(200, FRAMES // 50), deadline=None)
@given(st.sampled_from(DOCUMENTS), st.lists(st.tuples(st.lists(st.integers(0, 30), max_size=6), JSON), max_size=3))
def test_a_frame_with_anything_in_the_place_of_anything_is_stored_within_limits_or_refused(
    intake: Intake, valid: Any, changes: list[tuple[list[int], Any]]
) -> None:
    frame = deepcopy(valid) | {"agent": "gw-lab", "sent_at": NOW.isoformat()}
    for path, anything in changes:
        put(frame, path, anything)
    check(intake.take(TOPIC, json_bytes(frame), NOW, is_retained=False))


def put(holder: Any, path: list[int], value: Any) -> None:
    """Set what a path of choices leads to."""
    for last, choice in enumerate(path, start=1 - len(path)):
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = keys[choice % len(keys)]
        if last == 0 or not isinstance(holder[key], dict | list) or not holder[key]:
            holder[key] = value
            return
        holder = holder[key]


@settings(max_examples=max(200, FRAMES // 50), deadline=None)
@given(st.sampled_from(VALID), st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_a_frame_that_is_moved_stays_within_limits(intake: Intake, payload: bytes, offset: timedelta) -> None:
    check(moved(intake.take(TOPIC, payload, NOW, is_retained=False), offset))


@settings(max_examples=max(200, FRAMES // 50), deadline=None)
@given(st.binary(max_size=600))
def test_of_any_bytes_nothing_but_a_decode_error_is_raised(payload: bytes) -> None:
    with suppress(DecodeError):
        decode_frame(payload)
