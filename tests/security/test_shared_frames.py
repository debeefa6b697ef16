"""An agent that knows the name of the collectors' group subscribes as one of them, on a broker that `hangang enroll
init` configured, with two collectors of a group behind it: it swallows nothing. By the name that they do share under it
would."""

import asyncio
import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiomqtt import Client
from attack_scene import ATTACKER
from attacked_broker import Attacked, certify
from engines import VictoriaMetrics
from enrolled_broker import Enrolment
from forked_programs import ForkedCommand, run_forked
from harness import eventually, free_port, metric, status
from honest_agent import HonestAgent
from postgres import Postgres
from sqlalchemy import select

from agent.wire import topic_for
from collector.state.database import open_database
from collector.state.settings import StateSettings
from collector.state.share_names import share_name
from collector.state.tables import collector_groups

GROUP = "city"
LONGER_THAN_AN_ANSWER_IS_WAITED_FOR = 80
"""Frames, at four a second: what is swallowed the honest agent sends again after 15 s."""
_TABLES = """
[collector]
name = "{name}"
group = "{group}"
data = "data-{name}"
[broker]
url = "mqtts://127.0.0.1:{broker_port}"
ca_file = "data/enrolment/authority.crt"
certificate_file = "data/enrolment/{name}.crt"
key_file = "data/enrolment/{name}.key"
[store]
kind = "influx"
engine = "victoriametrics"
url = "{engine}"
settle_seconds = 0
[state]
url = "{state}"
[web]
port = {web_port}
"""


class Group:
    """Two collectors of a group, and their honest agent."""

    def __init__(self, enrolment: Enrolment, engine: VictoriaMetrics, state_url: str) -> None:
        self.enrolment = enrolment
        self.attacked = Attacked(enrolment, enrolment.port, enrolment.log)
        self.state_url = state_url
        self.ports = {name: free_port() for name in ("collector", "second")}
        self.files = {name: enrolment.folder / f"group-{name}.toml" for name in self.ports}
        self.collectors = {
            name: ForkedCommand(
                enrolment.folder, f"group-{name}", "collector.cli.main", "collector", "--config", f"{path}"
            )
            for name, path in self.files.items()
        }
        for name, path in self.files.items():
            tables = _TABLES.format(
                name=name,
                group=GROUP,
                broker_port=enrolment.port,
                engine=engine.url,
                state=state_url,
                web_port=self.ports[name],
            )
            path.write_text(tables)
        self.honest = HonestAgent(enrolment)
        certify(enrolment, ATTACKER)

    async def start(self) -> None:
        """Both at once, which have the name yet to draw."""
        for collector in self.collectors.values():
            collector.start()
        for port in self.ports.values():
            await eventually(lambda port=port: status(f"http://127.0.0.1:{port}/readyz") == 200, within_seconds=60)
        self.honest.process.start()
        await self.honest.until_more_is_stored()

    def secrets(self) -> tuple[str, str]:
        """What is drawn, and the name that is made of it."""
        state = open_database(StateSettings(url=self.state_url), Path("unused"))
        try:
            with state.connect() as connection:
                secret = connection.scalars(select(collector_groups.c.secret)).one()
            return secret, share_name(state, GROUP, datetime.now(UTC))
        finally:
            state.dispose()

    def stop(self) -> None:
        for process in (self.honest.process, *self.collectors.values()):
            process.kill()


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    folder = tmp_path_factory.mktemp("group")
    server, engine, enrolment = Postgres(), VictoriaMetrics(folder), Enrolment(folder)
    running: Group | None = None
    try:
        server.start()
        engine.start()
        enrolment.start_broker()
        running = Group(enrolment, engine, server.url(server.new_database()))
        asyncio.run(running.start())
        yield running
    finally:
        if running is not None:
            running.stop()
        enrolment.stop()
        engine.kill()
        server.remove()


async def join(client: Client, name: str) -> None:
    """Subscribe as a collector of the group would."""
    for kind in ("frame", "backlog", "renewal"):
        await client.subscribe(f"$share/{name}/{topic_for('+', kind)}", qos=1)


def page_of(port: int, page: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def test_collectors_that_start_at_once_share_under_one_name_that_is_not_the_groups(group: Group) -> None:
    _, name = group.secrets()
    subscribed = set(re.findall(r": (\S+) \d (\$share/\S+)", group.attacked.told))
    kinds = ("frame", "backlog")
    assert subscribed == {(who, f"$share/{name}/{topic_for('+', kind)}") for who in group.collectors for kind in kinds}


async def test_an_agent_that_knows_the_group_swallows_none_of_its_frames(group: Group) -> None:
    async with group.attacked.client(ATTACKER) as attacker:
        await join(attacker, GROUP)
        await group.honest.until_more_is_stored(LONGER_THAN_AN_ANSWER_IS_WAITED_FOR)
        await group.honest.must_be_unharmed()
        assert len(attacker.messages) == 0
    for port in group.ports.values():
        assert metric(port, "hangang_collector_frames_total") > 0, "they share"
        assert metric(port, 'hangang_collector_frames_total{outcome="repeated"') == 0


def test_nothing_tells_the_name(group: Group, tmp_path: Path) -> None:
    told = [collector.log.read_text() for collector in group.collectors.values()]
    told += [page_of(port, page) for port in group.ports.values() for page in ("metrics", "readyz")]
    command = ("collector.cli.main", "doctor", "--config", str(group.files["second"]))
    told.append(run_forked(tmp_path, *command).stdout)
    assert all(told)
    assert [text for text in told for secret in group.secrets() if secret in text] == []


async def test_who_had_the_name_would_swallow_them(group: Group) -> None:
    """So it is the name that is in the way. To be the last, for it does harm."""
    async with group.attacked.client(ATTACKER) as attacker:
        await join(attacker, group.secrets()[1])
        await eventually(lambda: group.honest._counted("frames_resent_total") > 0, within_seconds=60)
        assert len(attacker.messages) == 0
