"""Who has a certificate and means harm: refused by a broker that `hangang enroll init` configured, or by the collector
behind it, while an honest agent goes on. Each attack is also tried where nothing is in its way, and gets through there.
"""

import asyncio
from contextlib import suppress

import duckdb
import pytest
from aiomqtt import Client
from attack_scene import ATTACKER, POISON, Scene
from attacked_broker import certify, frame, is_refused, loosened, published
from harness import eventually
from honest_agent import AGENT, PLACE
from raw_mqtt import answer_to

from agent.wire import MAX_FRAME_BYTES, decode_ack, topic_for

QUARANTINED = 'hangang_collector_quarantined_total{{reason="{}"'
FRAMES = 'hangang_collector_frames_total{{outcome="{}"'


async def heard_by(listener: Client, filters: str, *, until: str) -> set[str]:
    """The topics of what comes on a subscription, until one of them is this."""
    await listener.subscribe(filters, qos=1)
    topics = set()
    async with asyncio.timeout(20):
        async for message in listener.messages:
            topics.add(message.topic.value)
            if message.topic.value == until:
                break
    return topics


async def test_publishing_as_another_agent(attacked: Scene, attacker: Client) -> None:
    for kind in ("frame", "backlog", "status", "renewal", "ack", "certificate"):
        assert is_refused(await published(attacker, topic_for(AGENT, kind), frame(AGENT, 1)))
        assert f"Denied PUBLISH from {ATTACKER} (d0, q1, r0, m" in attacked.hard.told
    assert attacked.hard.told.count(f"Denied PUBLISH from {ATTACKER}") >= 6
    with loosened(attacked.enrolment, "acl_file") as loose:
        async with loose.client(ATTACKER) as free, loose.client("second") as collector:
            listening = asyncio.create_task(
                heard_by(collector, topic_for("+", "frame"), until=topic_for(AGENT, "frame"))
            )
            while not listening.done():
                assert await published(free, topic_for(AGENT, "frame"), frame(AGENT, 1)) < 0x80
            assert topic_for(AGENT, "frame") in await listening


async def test_naming_another_agent_or_its_place_on_topics_of_ones_own(attacked: Scene, attacker: Client) -> None:
    """The broker has nothing against it; the collector has."""
    before = {why: attacked.counted(QUARANTINED, why) for why in ("wrong_agent", "not_allowed")}
    await published(attacker, topic_for(ATTACKER, "frame"), frame(AGENT, 1))
    await published(attacker, topic_for(ATTACKER, "frame"), frame(ATTACKER, 2, place=PLACE))
    await eventually(lambda: attacked.counted(QUARANTINED, "wrong_agent") == before["wrong_agent"] + 1)
    await eventually(lambda: attacked.counted(QUARANTINED, "not_allowed") == before["not_allowed"] + 2)


async def stored(client: Client, sequence: int) -> None:
    """Until the collector has acknowledged this frame of the attacker."""
    async with asyncio.timeout(20):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            if any(each.first <= sequence <= each.last for each in decode_ack(message.payload).stored):
                return


async def test_a_sequence_that_is_played_again(attacked: Scene, attacker: Client) -> None:
    repeated, topic = attacked.counted(FRAMES, "repeated"), topic_for(ATTACKER, "frame")
    await attacker.subscribe(topic_for(ATTACKER, "ack"), qos=1)
    await published(attacker, topic, frame(ATTACKER, 10))
    await stored(attacker, 10)
    for place in (ATTACKER, "another-place"):
        await published(attacker, topic, frame(ATTACKER, 10, place=place))
    await eventually(lambda: attacked.counted(FRAMES, "repeated") == repeated + 2)
    await published(attacker, topic, frame(ATTACKER, 11))
    await stored(attacker, 11)


async def test_a_poisoned_frame_that_lies_retained(attacked: Scene, attacker: Client) -> None:
    """It was there when the collector came, and is not taken; such a frame is where it does not lie."""
    assert attacked.counted(QUARANTINED, "retained") == 1
    assert f"Received PUBLISH from {ATTACKER} (d0, q1, r1" in attacked.hard.told
    await attacker.subscribe(topic_for(ATTACKER, "ack"), qos=1)
    await published(attacker, topic_for(ATTACKER, "frame"), frame(ATTACKER, POISON + 1))
    await stored(attacker, POISON + 1)


async def test_subscribing_to_everything(attacked: Scene, attacker: Client) -> None:
    own = topic_for(ATTACKER, "ack")
    for wanted in ("#", "wifi/v1/+/frame", topic_for(AGENT, "ack"), topic_for(AGENT, "certificate"), "$SYS/#"):
        await attacker.subscribe(wanted, qos=1)
    listening = asyncio.create_task(heard_by(attacker, own, until=own))
    await attacked.honest.until_more_is_stored()
    await published(attacker, topic_for(ATTACKER, "frame"), frame(ATTACKER, 20))  # which is acknowledged
    assert await listening == {own}
    assert f"{ATTACKER} 1 #" in attacked.hard.told
    with loosened(attacked.enrolment, "acl_file") as loose:
        async with loose.client(ATTACKER) as free, loose.client(AGENT) as victim:
            topic = topic_for(AGENT, "frame")
            listening = asyncio.create_task(heard_by(free, "#", until=topic))
            while not listening.done():
                await published(victim, topic)
            assert topic in await listening


async def test_taking_over_a_client_id(attacked: Scene) -> None:
    taking = f"as {AGENT} (p5, c1, k60, u'{ATTACKER}')"
    async with attacked.hard.client(ATTACKER, identifier=AGENT) as taker:
        assert is_refused(await published(taker, topic_for(AGENT, "frame"), frame(AGENT, 1)))
    assert taking not in attacked.hard.told
    assert f"as {ATTACKER} (p5, c1, k60, u'{ATTACKER}')" in attacked.hard.told
    with loosened(attacked.enrolment, "use_username_as_clientid") as loose:
        with suppress(Exception):  # of the victim, whose connection has ended
            async with loose.client(AGENT), loose.client(ATTACKER, identifier=AGENT):
                pass
        assert taking in loose.told
        assert f"Client {AGENT} already connected, closing old connection." in loose.told


@pytest.mark.parametrize("name", ["+", "#", "mallory/frame", f"{AGENT}/frame", "+/frame", "$SYS"])
async def test_signs_of_topics_in_a_name(attacked: Scene, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No such name is ever signed. Who had one all the same, from a stolen authority, could say nothing as another,
    and what it says as itself is on no topic that anybody subscribes to."""
    with pytest.raises(SystemExit, match="2"):
        attacked.enrolment.command("token", name, "--url", "https://wifi.example.org")
    assert "is no agent's id" in capsys.readouterr().err
    code, _ = await asyncio.to_thread(attacked.enrolment.ask, name, "t" * 43)
    assert code in {403, 422}
    certify(attacked.enrolment, name, file="odd")
    before = attacked.hard.told.count("Denied PUBLISH")
    refused = attacked.counted(FRAMES, "refused")
    async with attacked.hard.client("odd") as odd:
        for topic in (topic_for(AGENT, "frame"), topic_for(AGENT, "ack"), "wifi/v1/frame", "$SYS/broker/version"):
            assert is_refused(await published(odd, topic, frame(AGENT, 1)))
        assert attacked.hard.told.count("Denied PUBLISH") == before + 4
        await odd.subscribe("#", qos=1)
        await odd.subscribe("wifi/v1/+/ack", qos=1)
        if not {*name} & {*"+#"}:
            await published(odd, f"wifi/v1/{name}/frame", frame(ATTACKER, 30))
        await attacked.honest.until_more_is_stored()
        async with attacked.hard.client("second") as collector:
            await published(collector, topic_for("nobody", "ack"))
        assert await published(odd, topic_for(AGENT, "frame")) >= 0x80  # what came before this would be here
        assert len(odd.messages) == 0
    assert attacked.counted(FRAMES, "refused") == refused, "the collector has heard nothing"
    with loosened(attacked.enrolment, "acl_file") as loose:
        async with loose.client("odd") as free:
            assert await published(free, topic_for(AGENT, "frame")) < 0x80


@pytest.mark.parametrize(("beyond", "answer"), [(1, 0x95), (8192, None), (64 * MAX_FRAME_BYTES, None)])
async def test_a_message_that_is_too_large(attacked: Scene, beyond: int, answer: int | None) -> None:
    """A little, or beyond a packet, or announced and never sent: refused by its head, or the connection ends."""
    topic, size = topic_for(ATTACKER, "frame"), MAX_FRAME_BYTES + beyond
    assert await asyncio.to_thread(answer_to, attacked.hard, ATTACKER, topic, size) == answer
    counted = "Dropped too large PUBLISH" if answer else f"Client {ATTACKER} disconnected due to oversize packet"
    await eventually(lambda: counted in attacked.hard.told)
    if beyond < MAX_FRAME_BYTES:
        assert await asyncio.to_thread(answer_to, attacked.hard, ATTACKER, topic, MAX_FRAME_BYTES) < 0x80
        with loosened(attacked.enrolment, "message_size_limit", "max_packet_size") as loose:
            assert await asyncio.to_thread(answer_to, loose, ATTACKER, topic, size) < 0x80


async def test_every_frame_of_the_honest_agent_is_stored_once_and_nothing_of_the_attacker_for_it(scene: Scene) -> None:
    """After all that was tried above."""
    await scene.honest.stop()
    assert scene.enrolment.collector.stop() == 0
    points = scene.enrolment.folder / "data" / "points.duckdb"
    scene.honest.must_be_stored_once(points)
    with duckdb.connect(points, read_only=True) as database:
        query = "SELECT access_point, clients FROM reports WHERE access_point != ?"
        theirs = database.execute(query, [PLACE]).fetchall()
    assert {place for place, _ in theirs} <= {f"unknown/{ATTACKER}/{ATTACKER}"}
    assert len(theirs) == len(set(theirs))
    assert POISON not in [clients for _, clients in theirs]
    assert "Traceback" not in scene.enrolment.collector.log.read_text() + scene.honest.process.log.read_text()
