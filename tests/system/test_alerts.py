"""From an access point's death to the webhook, with a real collector, a real broker and a real receiver.

`CHAOS_ROUNDS` of more than five makes the large site one of 500 access points.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from forked_programs import ForkedCommand
from harness import Mosquitto, eventually, free_port, metric, write_agent, write_collector
from webhook_receiver import WebhookReceiver, secret_of
from wire_access_points import WireAccessPoint, connected

MANY = 500 if int(os.environ.get("CHAOS_ROUNDS", "5")) > 5 else 100
STEP = MANY // 20
ALL_DIE_WITHIN_SECONDS = 2.5
NEW_SECRET, OLD_SECRET = secret_of("n"), secret_of("o")
SILENT, OUTAGE = "access_point_silent", "site_outage"
ALERTS = """
[alerts]
allowed_networks = ["127.0.0.0/8"]
wait_seconds = {wait}
hold_at_most_seconds = 600.0
[alerts.rules.access_point_silent]
clear_after_seconds = {clear}
[alerts.rules.site_outage]
clear_after_seconds = {clear}
[[alerts.endpoints]]
name = "ops"
kind = "standard_webhooks"
url = "{url}"
secret_file = "secrets"
"""
UNFINISHED = """
SELECT rule FROM alerts WHERE is_open AND rule IN ('access_point_silent', 'site_outage')
UNION ALL SELECT rule FROM deliveries WHERE state != 'delivered'
UNION ALL SELECT rule FROM threads WHERE closed_at IS NULL
"""
HOST = '[[sources]]\nkind = "host"\ninterval_seconds = 0.5\n'


@dataclass
class Installation:
    """A collector that tells one receiver."""

    folder: Path
    broker: Mosquitto
    collector: ForkedCommand
    web_port: int
    receiver: WebhookReceiver

    async def start(self) -> None:
        """Until it hears what is published."""
        self.collector.start()
        await eventually(lambda: metric(self.web_port, "hangang_collector_connected") == 1)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """What the state database answers."""
        state = sqlite3.connect(f"file:{self.folder}/data/state.sqlite?mode=ro", uri=True)
        try:
            return state.execute(query).fetchall()
        finally:
            state.close()

    async def until_known(self, places: int) -> None:
        """Until so many access points have been heard of, and a collector that starts anew would know them."""
        await eventually(lambda: self.ask("SELECT count(*) FROM newest_readings") == [(places,)])

    def firing(self, rule: str) -> float:
        """How many alerts of a rule fire."""
        return metric(self.web_port, f'hangang_alerts_firing{{rule="{rule}"')

    async def until_told(self, *expected: tuple[str, str], within_seconds: float = 30.0) -> None:
        """Until this has been told, kind by rule, in this order; fails as soon as something else is."""

        def is_told() -> bool:
            told = self.receiver.told()
            assert told == list(expected)[: len(told)], self.receiver.came[-1].body
            return len(told) == len(expected)

        await eventually(is_told, within_seconds=within_seconds)

    async def until_all_is_over(self) -> None:
        """Until no silence is left, and all that was to be told has arrived; then nothing more may have
        come than was waited for, and every signature was right."""
        told = self.receiver.told()
        await eventually(lambda: self.ask(UNFINISHED) == [])
        assert (self.receiver.told(), self.receiver.refused) == (told, [])
        assert self.ask("SELECT kind, rule FROM deliveries ORDER BY number") == told
        assert self.collector.stop() == 0
        assert "Traceback" not in self.collector.log.read_text()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """It knows the old secret and the new one, as two receivers would while it is changed."""
    with WebhookReceiver(NEW_SECRET, OLD_SECRET) as receiver:
        yield receiver


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto, receiver: WebhookReceiver) -> Iterator[Installation]:
    (tmp_path / "secrets").write_text(f"{NEW_SECRET}\n{OLD_SECRET}\n")
    web_port = free_port()
    path = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=web_port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    yield Installation(tmp_path, mosquitto, collector, web_port, receiver)
    collector.kill()


def configure(installation: Installation, *, wait: float = 1.0, clear: float = 2.0) -> None:
    path = installation.folder / "collector.toml"
    table = ALERTS.format(url=installation.receiver.url, wait=wait, clear=clear)
    path.write_text(path.read_text() + table)


def write_site(installation: Installation, name: str, size: int) -> list[str]:
    """A site with so many access points, and a gateway that may speak for it."""
    places = [f"{name}-{number:03}" for number in range(1, size + 1)]
    text = f'[[sites]]\nid = "{name}"\nkind = "park"\nname_ko = "{name}"\ndistrict = "마포구"\n'
    text += "".join(f'[[access_points]]\nid = "{place}"\nsite = "{name}"\n' for place in places)
    text += f'[[agents]]\nid = "gw-{name}"\nsites = ["{name}"]\n'
    (installation.folder / "inventory" / f"{name}.toml").write_text(text)
    return places


async def test_an_agent_that_is_killed_is_told_and_its_return_too(installation: Installation) -> None:
    configure(installation)
    agent_file = write_agent(installation.folder, installation.broker.url, sources=HOST)
    agent = ForkedCommand(installation.folder, "agent", "agent.main", "run", "--config", str(agent_file))
    try:
        await installation.start()
        agent.start()
        await installation.until_known(1)
        assert installation.receiver.came == []
        agent.kill()
        await installation.until_told(("begun", SILENT))
        agent.start()
        await installation.until_told(("begun", SILENT), ("ended", SILENT))
        await installation.until_all_is_over()
    finally:
        agent.kill()
    begun, ended = installation.receiver.came
    (alert,) = begun.alerts
    assert (alert["subject"], alert["is_firing"], alert["detail"]["reason"]) == ("lab-001", True, "goodbye")
    assert (alert["where"]["site"], alert["where"]["site_name_ko"]) == ("lab", "실험실")
    (over,) = ended.alerts
    assert (over["id"], over["is_firing"], over["end"]) == (alert["id"], False, "well")
    assert begun.body["data"]["thread"] == ended.body["data"]["thread"]


async def test_two_of_thirteen_are_two_access_points_and_no_site(installation: Installation) -> None:
    configure(installation)
    names = write_site(installation, "park", 13)
    await installation.start()
    with connected(installation.broker.port, names) as places:
        await installation.until_known(13)
        for name in ("park-013", "park-004"):
            places[name].die()
        await installation.until_told(("begun", SILENT))
        for name in ("park-004", "park-013"):
            places[name].come()
        await installation.until_told(("begun", SILENT), ("ended", SILENT))
        await installation.until_all_is_over()
    begun, ended = installation.receiver.came
    assert sorted(alert["subject"] for alert in begun.alerts) == ["park-004", "park-013"]
    assert sorted(alert["id"] for alert in ended.alerts) == sorted(alert["id"] for alert in begun.alerts)
    assert not any(alert["is_firing"] for alert in ended.alerts)


@pytest.mark.timeout(300)
async def test_a_large_site_fails_while_the_collector_is_stopped_and_killed(
    installation: Installation,
) -> None:
    """By last wills, in an order that is drawn."""
    configure(installation, wait=4.0, clear=4.0)
    names = write_site(installation, "river", MANY)
    seed = time.time_ns()
    print(f"seed {seed}")
    order = random.Random(seed).sample(names, MANY)
    await installation.start()
    with connected(installation.broker.port, names) as places:
        await installation.until_known(MANY)
        await dying(places, order[: MANY // 5])
        await eventually(lambda: installation.firing(SILENT) >= 1)
        assert installation.collector.stop() == 0
        await dying(places, order[MANY // 5 : MANY * 2 // 5])
        await installation.start()
        await dying(places, order[MANY * 2 // 5 : MANY * 16 // 25])
        await eventually(lambda: installation.firing(OUTAGE) == 1)
        installation.collector.kill()
        await dying(places, order[MANY * 16 // 25 : MANY * 4 // 5])
        await installation.start()
        await dying(places, order[MANY * 4 // 5 :])
        await installation.until_told(("begun", OUTAGE))
        for name in random.Random(seed + 1).sample(names, MANY):
            places[name].come()
        await installation.until_told(("begun", OUTAGE), ("ended", OUTAGE))
        await installation.until_all_is_over()
    assert_told_of_all(installation, names)


@pytest.mark.timeout(300)
async def test_a_large_site_of_which_the_reports_stay_away(installation: Installation) -> None:
    """A gateway tells of them, and of fewer and fewer. What is overdue is so a minute later at the earliest; a
    collector that was away has to listen for as long."""
    configure(installation, wait=4.0, clear=4.0)
    names = write_site(installation, "river", MANY)
    seed = time.time_ns()
    print(f"seed {seed}")
    order = random.Random(seed).sample(names, MANY)
    gateway = WireAccessPoint(installation.broker.port, "gw-river", places=names, interval_seconds=1.0)
    await installation.start()
    try:
        gateway.come()
        await installation.until_known(MANY)
        assert installation.collector.stop() == 0
        for left in range(MANY - STEP, MANY // 2, -STEP):
            gateway.report(order[:left])
        await installation.start()
        for left in range(MANY // 2, 0, -STEP):
            gateway.report(order[:left])
            await asyncio.sleep(0.25)
        installation.collector.kill()
        await installation.start()
        await installation.until_told(("begun", OUTAGE), within_seconds=100)
        gateway.report()
        await installation.until_told(("begun", OUTAGE), ("ended", OUTAGE))
        await installation.until_all_is_over()
    finally:
        gateway.die()
    assert_told_of_all(installation, names)


async def dying(places: dict[str, WireAccessPoint], names: list[str]) -> None:
    """One after the other, and yet within a moment."""
    for name in names:
        places[name].die()
        await asyncio.sleep(ALL_DIE_WITHIN_SECONDS / MANY)


def assert_told_of_all(installation: Installation, names: list[str]) -> None:
    begun, ended = installation.receiver.came
    (alert,), (over,) = begun.alerts, ended.alerts
    assert (alert["subject"], alert["severity"], sorted(alert["members"])) == ("river", "critical", names)
    assert alert["people"] == 3 * MANY
    assert (over["id"], over["is_firing"], over["end"]) == (alert["id"], False, "well")
    assert begun.body["data"]["thread"] == ended.body["data"]["thread"]
