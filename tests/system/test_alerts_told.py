"""What real receivers are told of what is seen by hand: flapping, many things at once, secrets that change.

`CHAOS_ROUNDS` of more than five has a thousand things at once.
"""

import os
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from alert_cities import city
from alert_delivery import alert_delivery, webhook_endpoint
from harness import eventually
from webhook_receiver import SECRET, WebhookReceiver, secret_of

from collector.alerts.telling.sample import sample_notice

MANY = 1_000 if int(os.environ.get("CHAOS_ROUNDS", "5")) > 5 else 300
SILENT = "access_point_silent"
RHYTHMS_SECONDS = (20, 40, 90, 120, 200)
SLOW_RHYTHMS_SECONDS = (300, 420, 600)
FLAPPING_SECONDS = 5_400
STEP_SECONDS, CALM_STEP_SECONDS = 10, 30


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.timeout(300)
async def test_a_river_of_flapping_gives_one_start_and_one_stop(tmp_path: Path) -> None:
    """For an hour and a half one access point of three goes and comes at each park, each in a rhythm of its own, and
    along the river all twenty do. What is seen was seen some hours ago, so that signatures can be of today."""
    sites = {f"park-{seconds}": 3 for seconds in (*RHYTHMS_SECONDS, *SLOW_RHYTHMS_SECONDS)} | {"river": 20}
    rhythms = {f"park-{seconds}-001": (seconds, 0) for seconds in (*RHYTHMS_SECONDS, *SLOW_RHYTHMS_SECONDS)}
    draw = Random(7)
    rhythms |= {f"river-{n:03}": (draw.choice(RHYTHMS_SECONDS), draw.randrange(200)) for n in range(1, 21)}
    begins = now() - timedelta(hours=5)
    with WebhookReceiver(SECRET) as receiver:
        endpoints = [webhook_endpoint(tmp_path, "ops", receiver.url, SECRET)]
        async with alert_delivery(tmp_path, city(sites).layout.inventory, endpoints, clock=now) as delivery:
            steps = chain(
                range(0, FLAPPING_SECONDS, STEP_SECONDS),
                range(FLAPPING_SECONDS, 2 * FLAPPING_SECONDS, CALM_STEP_SECONDS),
            )
            for seconds in steps:
                seen = city(sites, now=begins + timedelta(seconds=seconds))
                if seconds < FLAPPING_SECONDS:
                    gone = (name for name, (every, phase) in rhythms.items() if (seconds + phase) % every < every / 2)
                    seen.silent(*gone, for_seconds=1)
                if delivery.see(seen.snapshot()).notices:
                    await delivery.until_all_has_arrived()
            assert delivery.evaluation.open_alerts.keys() == {("watchdog", "")}
    assert receiver.refused == []
    told = Counter((each.body["data"]["where"]["site"], each.rule, each.kind) for each in receiver.came)
    slow = {f"park-{seconds}" for seconds in SLOW_RHYTHMS_SECONDS}
    told_of_slow = {key: told.pop(key) for key in list(told) if key[0] in slow}
    joined = told.pop(("river", SILENT, "changed"))
    assert told == {
        (site, rule, kind): 1
        for site, rule in (*((site, SILENT) for site in sites if site not in slow), ("river", "site_outage"))
        for kind in ("begun", "ended")
    }
    assert joined <= len(rhythms)
    for site in slow:
        begun, ended = (told_of_slow.pop((site, SILENT, kind)) for kind in ("begun", "ended"))
        assert begun == ended <= 2, "what stays well for longer than it takes to clear is recognised the second time"
    assert told_of_slow == {}


@pytest.mark.timeout(300)
async def test_many_alerts_reach_the_fast_before_the_slow_and_the_deaf_delay_nobody(tmp_path: Path) -> None:
    sites = {f"park-{number:04}": 2 for number in range(MANY)}
    end = threading.Event()
    slow, fast = WebhookReceiver(SECRET, answers_after_seconds=0.3), WebhookReceiver(SECRET)
    deaf = WebhookReceiver(SECRET, answers=lambda: 204 if end.wait() else 500)
    with slow, fast, deaf:
        endpoints = [
            webhook_endpoint(tmp_path, name, receiver.url, SECRET)
            for name, receiver in (("deaf", deaf), ("slow", slow), ("fast", fast))
        ]
        seen = city(sites, now=now()).silent(*(f"{site}-002" for site in sites))
        async with alert_delivery(
            tmp_path, seen.layout.inventory, endpoints, clock=now, wait_seconds=0, judged=(SILENT,)
        ) as delivery:
            assert delivery.see(seen.snapshot()).notices == 3 * MANY
            await eventually(lambda: len(fast.came) == MANY, within_seconds=100)
            assert 0 < len(slow.came) < MANY / 2
            slow.answers_after_seconds = 0  # what it has taken by now is told; that it takes the rest needs no patience
            await eventually(lambda: delivery.count("delivered", "slow") == MANY, within_seconds=180)
            assert delivery.count("delivered", "fast") == MANY
            assert delivery.count("delivered", "deaf") == 0
            end.set()
    for receiver in (slow, fast):
        assert Counter(each.alerts[0]["subject"] for each in receiver.came) == {f"{site}-002": 1 for site in sites}
        assert len({each.headers["webhook-id"] for each in receiver.came}) == MANY
        assert receiver.refused == []
    assert 0 < len(deaf.came) < MANY / 10


async def test_while_a_secret_is_changed_the_old_one_verifies_and_the_new_one(tmp_path: Path) -> None:
    old, new = secret_of("o"), secret_of("n")
    inventory = city({"park": 1}).layout.inventory
    with WebhookReceiver(old) as behind, WebhookReceiver(new) as ahead, WebhookReceiver(secret_of("x")) as stranger:
        endpoints = [
            webhook_endpoint(tmp_path, f"{name}-{step}", receiver.url, *secrets)
            for step, secrets in enumerate([[old], [new, old], [new]])
            for name, receiver in (("behind", behind), ("ahead", ahead), ("stranger", stranger))
        ]
        async with alert_delivery(tmp_path, inventory, endpoints, clock=now) as delivery:
            for endpoint in endpoints:
                delivery.put_in(sample_notice(endpoint["name"], f"msg_{endpoint['name']}", now()))
            await delivery.until_all_has_arrived()
    assert {each.headers["webhook-id"] for each in behind.came} == {"msg_behind-0", "msg_behind-1"}
    assert {each.headers["webhook-id"] for each in ahead.came} == {"msg_ahead-1", "msg_ahead-2"}
    assert stranger.came == []
    assert len(stranger.refused) == 3
