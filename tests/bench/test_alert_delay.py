"""How soon a receiver is told of an access point's death, while all of a city reports."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from bench_fleet import THRESHOLDS, BenchFleet
from delays import quantile
from measuring import Note
from rig import IS_QUICK, OTHERS_CORE, collector, need_two_cores, wait_until
from webhook_receiver import SECRET, WebhookReceiver
from wire_access_points import connected

FLEET = BenchFleet(agents=2_000 if IS_QUICK else 24_800)
MORTALS = 10 if IS_QUICK else 200
INTERVAL_SECONDS = 10.0 if IS_QUICK else 60.0
GAP_SECONDS = 0.6
"""Between two deaths, on the average."""
TOLD_WITHIN_SECONDS = 5.0
ALERTS = f"""{THRESHOLDS}
[alerts]
allowed_networks = ["127.0.0.0/8"]
[[alerts.endpoints]]
name = "ops"
kind = "standard_webhooks"
url = "{{url}}"
secret_file = "secret"
[[alerts.routes]]
endpoints = ["ops"]
rules = ["access_point_silent"]
"""


@pytest.mark.timeout(900)
def test_from_a_death_to_the_webhook(tmp_path: Path, note: Note, on_core: Callable[[int], None]) -> None:
    """All of a city reports; now and then one access point, each time at another site, is gone without a word. From
    there to the arrival at the receiver."""
    need_two_cores()
    on_core(OTHERS_CORE)
    names = [f"mortal-{number:03}" for number in range(1, MORTALS + 1)]
    (tmp_path / "inventory").mkdir()
    (tmp_path / "secret").write_text(SECRET)
    sites = [f"{FLEET.name}-site-{number:03}" for number in range(1, MORTALS + 1)]
    (tmp_path / "inventory" / "mortals.toml").write_text(
        "".join(f'[[access_points]]\nid = "{name}"\nsite = "{site}"\n' for name, site in zip(names, sites, strict=True))
    )
    with WebhookReceiver(SECRET) as receiver, ThreadPoolExecutor(1) as beside:
        tables = ALERTS.format(url=receiver.url)
        with (
            collector(tmp_path, [FLEET], "duckdb", tables) as running,
            connected(running.broker_port, names) as mortals,
        ):
            loading = beside.submit(
                running.load,
                FLEET,
                rate=FLEET.agents / INTERVAL_SECONDS,
                seconds=MORTALS * GAP_SECONDS + 20,
                warm_up=INTERVAL_SECONDS + 5,
                variants=1,
            )
            stored = "hangang_collector_reports_stored_total"
            everybody = FLEET.agents + MORTALS
            wait_until(lambda: running.metric(stored) >= everybody, running.process, 4 * INTERVAL_SECONDS)
            assert receiver.came == []
            died_at = {}
            draw = Random(5)
            for name in draw.sample(names, MORTALS):
                time.sleep(draw.expovariate(1 / GAP_SECONDS))
                died_at[name] = mortals[name].die()
            wait_until(lambda: len(receiver.came) >= MORTALS, running.process)
            spent = running.metric("hangang_alerts_evaluation_seconds_sum")
            evaluations = running.metric("hangang_alerts_evaluation_seconds_count")
            found = loading.result()
    told_at = {alert["subject"]: each.at for each in receiver.came for alert in each.alerts}
    assert (told_at.keys(), receiver.refused) == (died_at.keys(), [])
    assert len(receiver.came) == MORTALS
    delays = sorted(told_at[name] - died_at[name] for name in names)
    note("alerts_death_to_webhook_deaths", MORTALS)
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        note(f"alerts_death_to_webhook_{name}_seconds", quantile(delays, share))
    note("alerts_death_to_webhook_collector_cores", found["processor_seconds"]["collector"] / found["seconds"])
    note(
        "alerts_death_to_webhook_rss_megabytes", max(megabytes for _, megabytes in found["rss_megabytes"]["collector"])
    )
    note("alerts_evaluation_mean_seconds_under_load", spent / evaluations)
    assert (found["unacknowledged_frames"], found["refused_frames"]) == (0, 0)
    assert IS_QUICK or quantile(delays, 0.99) < TOLD_WITHIN_SECONDS
