"""A schedule of faults is drawn by lot, the same again for the same seed, and leaves no kind of fault out."""

import random

from chaos.faults import draw_schedule

TARGETS = {
    "kill agent": ["agent lab-001", "agent lab-002"],
    "kill broker": ["broker"],
    "kill collector": ["collector"],
    "freeze": ["agent lab-001", "agent lab-002", "collector"],
    "cut": ["lab-001 to broker", "collector to broker"],
    "hold": ["lab-001 to broker", "collector to broker"],
    "fill lab-001": ["lab-001"],
}


def test_a_seed_draws_the_same_schedule_again() -> None:
    drawn = [draw_schedule(random.Random(seed), TARGETS, 20) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_every_kind_comes_in_few_rounds_and_nothing_is_struck_twice_at_once() -> None:
    for seed in range(50):
        schedule = draw_schedule(random.Random(seed), TARGETS, 5)
        struck = [fault for faults in schedule for fault in faults]
        killed = {fault.target.split()[0] for fault in struck if fault.kind == "kill"}
        assert len(schedule) == 5
        assert {fault.kind for fault in struck} == {"kill", "freeze", "cut", "hold", "fill"}
        assert killed == {"agent", "broker", "collector"}
        for faults in schedule:
            things = [fault.target.removeprefix("agent ") for fault in faults]
            assert len(things) == len(set(things)) <= 2
