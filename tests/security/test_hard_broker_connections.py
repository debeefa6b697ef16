"""Who is let in by a broker that `hangang enroll init` configured, and how many, while an honest agent goes on. Whoever
is refused would be let in by a broker that lacks the setting in question."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiomqtt import MqttError
from attack_scene import ATTACKER, Scene
from attacked_broker import Attacked, certify, is_refused, loosened, published
from harness import eventually, program
from honest_agent import AGENT
from raw_mqtt import is_let_in
from separate_hosts import Host, Network

from agent.wire import topic_for
from collector.enrolment.authority import make_authority

MANY = 500
FEW = 20
WITHOUT_CERTIFICATES = (
    "require_certificate",
    "use_identity_as_username",
    "use_username_as_clientid",
    "allow_anonymous",
)
DEPLOYMENT = Path(__file__).resolve().parents[2] / "docs" / "deployment.md"


async def test_an_expired_certificate(attacked: Scene) -> None:
    certify(attacked.enrolment, ATTACKER, file="expired", ago=timedelta(hours=12), days=0.25)
    assert not await asyncio.to_thread(is_let_in, attacked.hard, "expired")
    await eventually(lambda: "certificate verify failed" in attacked.hard.told)
    assert await asyncio.to_thread(is_let_in, attacked.hard, ATTACKER)
    with loosened(attacked.enrolment, *WITHOUT_CERTIFICATES, instead="allow_anonymous true") as loose:
        assert await asyncio.to_thread(is_let_in, loose, "expired")


async def test_a_revoked_certificate(attacked: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    enrolment = attacked.enrolment
    token = enrolment.token("leaver", capsys)
    code, told = await asyncio.to_thread(enrolment.ask, "leaver", token)
    assert code == 201, told
    assert await asyncio.to_thread(is_let_in, attacked.hard, "leaver")
    before, failures = enrolment.reloads, attacked.hard.told.count("certificate verify failed")
    assert enrolment.command("revoke", "leaver", *enrolment.told_by) == 0
    await eventually(lambda: enrolment.reloads > before)
    assert not await asyncio.to_thread(is_let_in, attacked.hard, "leaver")
    await eventually(lambda: attacked.hard.told.count("certificate verify failed") == failures + 1)
    with loosened(enrolment, "crlfile") as loose:
        assert await asyncio.to_thread(is_let_in, loose, "leaver")
        async with loose.client("leaver") as leaver:  # the access list denies it all the same
            assert is_refused(await published(leaver, topic_for("leaver", "frame")))


async def test_no_certificate_and_that_of_another_authority(attacked: Scene) -> None:
    certify(attacked.enrolment, AGENT, file="forged", by=make_authority(datetime.now(UTC)))
    for name in (None, "forged"):
        assert not await asyncio.to_thread(is_let_in, attacked.hard, name)
    await eventually(lambda: "peer did not return a certificate" in attacked.hard.told)
    with loosened(attacked.enrolment, *WITHOUT_CERTIFICATES, instead="allow_anonymous true") as loose:
        for name in (None, "forged"):
            assert await asyncio.to_thread(is_let_in, loose, name)


async def test_one_agent_in_two_places(attacked: Scene) -> None:
    """Whoever has a copy of its key: both cannot be connected, and that shows."""
    with suppress(MqttError):  # of the first, whose connection has ended
        async with attacked.hard.client(ATTACKER), attacked.hard.client(ATTACKER) as copy:
            assert await published(copy, topic_for(ATTACKER, "status")) < 0x80
    assert f"Client {ATTACKER} already connected, closing old connection." in attacked.hard.told


async def test_tls_1_1(attacked: Scene) -> None:
    """Tried with ciphers of any strength at both ends: Debian's OpenSSL would refuse it by itself otherwise."""
    weak = "ciphers ALL:@SECLEVEL=0"

    def shakes_hands(broker: Attacked, version: str) -> bool:
        connect = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{broker.port}", version]
        connect += ["-cipher", "ALL:@SECLEVEL=0", "-cert", f"{ATTACKER}.crt", "-key", f"{ATTACKER}.key"]
        done = subprocess.run(connect, cwd=attacked.enrolment.folder, input=b"", capture_output=True, timeout=30)
        return done.returncode == 0

    def try_all() -> None:
        assert not shakes_hands(attacked.hard, "-tls1_1")
        assert shakes_hands(attacked.hard, "-tls1_2")
        with loosened(attacked.enrolment, "ciphers", instead=weak) as loose:
            assert not shakes_hands(loose, "-tls1_1"), "its version alone is enough"
        with loosened(attacked.enrolment, "ciphers", "tls_version", instead=f"{weak}\ntls_version tlsv1.1") as loose:
            assert shakes_hands(loose, "-tls1_1")

    await asyncio.to_thread(try_all)
    await eventually(lambda: "unsupported protocol" in attacked.hard.told)


@contextmanager
def opened(port: int, number: int) -> Iterator[list[socket.socket]]:
    """So many connections that say nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(number)]


async def test_hundreds_of_connections_that_say_nothing(attacked: Scene) -> None:
    """Far below `max_connections` they cost the broker a file each, and nobody anything."""
    with opened(attacked.hard.port, MANY) as connections:
        await attacked.honest.until_more_is_stored()
        assert len(connections) == MANY
        assert await asyncio.to_thread(is_let_in, attacked.hard, ATTACKER)


async def test_more_connections_than_the_listener_takes(attacked: Scene) -> None:
    """All that Mosquitto 2.0.11 has for it is `max_connections`, for each listener and not for each address: who is
    connected stays so, and nobody else gets in, honest or not, as long as somebody holds all of the places."""
    with loosened(attacked.enrolment, "max_connections", instead=f"max_connections {FEW}") as loose:
        async with loose.client(AGENT) as victim:
            with opened(loose.port, 2 * FEW) as connections:
                await eventually(lambda: loose.told.count("denied: max_connections exceeded") > 0)
                assert len(connections) == 2 * FEW
                assert not await asyncio.to_thread(is_let_in, loose, ATTACKER)
                assert await published(victim, topic_for(AGENT, "frame")) < 0x80
            await eventually(lambda: is_let_in(loose, ATTACKER))
    assert f"max_connections {FEW}" not in (attacked.enrolment.files / "broker" / "mosquitto.conf").read_text()


KNOCK = """
import selectors, socket, sys, time
address, number = sys.argv[1], int(sys.argv[2])
waiting, kept = selectors.DefaultSelector(), []
for _ in range(number):
    knocking = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    knocking.setblocking(False)
    knocking.connect_ex((address, 8883))
    waiting.register(knocking, selectors.EVENT_WRITE)
while waiting.get_map():
    for key, _ in waiting.select():
        waiting.unregister(key.fileobj)
        if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            kept.append(key.fileobj)
print(len(kept))
"""
"""All at once; how many of them are taken. Who is refused is told so at once."""


LED_TO_A_CONTAINER = """
table ip nat {{
    chain prerouting {{ type nat hook prerouting priority dstnat; tcp dport 8883 dnat to {}; }}
    chain postrouting {{ type nat hook postrouting priority srcnat; masquerade; }}
}}
table ip6 nat {{
    chain prerouting {{ type nat hook prerouting priority dstnat; tcp dport 8883 dnat to {}; }}
    chain postrouting {{ type nat hook postrouting priority srcnat; masquerade; }}
}}
"""
"""As Docker does with a port that it publishes; here answers would not come back through the machine otherwise."""


def firewall() -> tuple[str, int]:
    """The rules of the document, and how many connections they let an address have."""
    text = DEPLOYMENT.read_text(encoding="utf-8")
    rules = re.search(r"^#!/usr/sbin/nft -f\n# /etc/nftables\.conf\n.*?(?=^```)", text, re.MULTILINE | re.DOTALL)
    assert rules is not None
    (limit,) = set(re.findall(r"ct count over (\d+)", rules[0]))
    return rules[0], int(limit)


def knocks(client: Host, address: str) -> int:
    """How many of many connections to an address are taken."""
    return int(client.run(sys.executable, "-c", KNOCK, address, str(MANY)))


@pytest.mark.parametrize("family", [4, 6])
def test_the_firewall_of_the_documents_limits_the_connections_of_an_address(family: int) -> None:
    """Between hosts of their own. Without it all of them get through."""
    rules, limit = firewall()
    nft = program("nft")
    with Network() as network:
        server, client = network.host("sv"), network.host("cl")
        address = server.address if family == 4 else server.address_of_6
        listener = server.inside(listening, address)
        with listener:
            assert knocks(client, address) == MANY
            server.run(nft, "-f", "-", text=rules)
            assert knocks(client, address) == limit


@pytest.mark.parametrize("family", [4, 6])
def test_the_firewall_of_the_documents_limits_the_connections_to_a_container(family: int) -> None:
    """Whose host leads them to another address, by rules that the firewall leaves alone however often it is loaded."""
    rules, limit = firewall()
    nft = program("nft")
    with Network() as network:
        host, container, client = network.host("sv"), network.host("co"), network.host("cl")
        host.run("sh", "-c", "cd /proc/sys/net && echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding")
        host.run(nft, "-f", "-", text=LED_TO_A_CONTAINER.format(container.address, f"[{container.address_of_6}]"))
        before = host.run(nft, "list", "ruleset")
        address, inner = (
            (host.address, container.address) if family == 4 else (host.address_of_6, container.address_of_6)
        )
        with container.inside(listening, inner):
            assert knocks(client, address) == MANY
            host.run(nft, "-f", "-", text=rules)
            host.run(nft, "-f", "-", text=rules)
            assert before in host.run(nft, "list", "ruleset")
            assert knocks(client, address) == limit


@pytest.mark.parametrize(("port", "is_taken"), [(443, True), (8090, True), (8080, False)])
def test_the_firewall_of_the_documents_closes_all_but_what_it_names(port: int, is_taken: bool) -> None:
    """The one of throughput where its comment is made a rule. Whom it closes out hears nothing."""
    rules, _ = firewall()
    nft = program("nft")
    with Network() as network:
        server, client = network.host("sv"), network.host("cl")
        with server.inside(listening, server.address, port):
            server.run(nft, "-f", "-", text=rules)
            assert client.inside(connects, server.address, port) is (is_taken and port != 8090)
            server.run(nft, "-f", "-", text=rules.replace("# tcp dport 8090", "tcp dport 8090"))
            assert client.inside(connects, server.address, port) is is_taken


def connects(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def listening(address: str, port: int = 8883) -> socket.socket:
    """Where connections are taken, by the kernel alone."""
    return socket.create_server(
        (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET, backlog=2 * MANY
    )
