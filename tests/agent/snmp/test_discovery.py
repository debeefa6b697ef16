"""Discovery over real sockets: what answers is listed with a block that can be used, slowly, and by GETs alone."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
from harness import free_port, write_agent
from pysnmp.proto.api import v2c
from scripted import Plain, ScriptedDevice, playing

from agent.config import load_configuration
from agent.snmp.client import Patience
from agent.snmp.credentials import Credentials
from agent.snmp.discovery import Found, discover

COMMUNITY = "a community that nobody sees"
HOSTS = ("127.0.0.2", "127.0.0.3", "127.0.0.5")
SILENT = "127.0.16.0/28"


def box(name: str, object_id: str, description: str = "Fictitious") -> dict[str, Plain]:
    return {
        "1.3.6.1.2.1.1.1.0": description,
        "1.3.6.1.2.1.1.2.0": v2c.ObjectIdentifier(object_id),
        "1.3.6.1.2.1.1.3.0": v2c.TimeTicks(4200),
        "1.3.6.1.2.1.1.5.0": name,
        "1.3.6.1.2.1.2.2.1.2.1": "eth0",
        "1.3.6.1.2.1.2.2.1.3.1": 6,
    }


@pytest.fixture
async def devices() -> AsyncIterator[list[ScriptedDevice]]:
    """Three devices at addresses of their own, at one port; the last has another community."""
    port = free_port()
    async with AsyncExitStack() as stack:
        told = (
            (HOSTS[0], box("lab-1", "1.3.6.1.4.1.99999.1", "Fictitious\nAP"), COMMUNITY),
            (HOSTS[1], box("lab-2", "1.3.6.1.4.1.14988.1", "RouterOS RB"), COMMUNITY),
            (HOSTS[2], box("lab-3", "1.3.6.1.4.1.99999.1"), "another"),
        )
        yield [
            await stack.enter_async_context(playing(objects, host=host, port=port, community=community.encode()))
            for host, objects, community in told
        ]


async def found_in(*networks: str, port: int, per_second: float = 1000.0) -> list[Found]:
    asking = discover(
        [ip_network(network) for network in networks],
        Credentials(community=COMMUNITY),  # type: ignore[arg-type]
        port=port,
        per_second=per_second,
        patience=Patience(timeout_seconds=0.2, retries=1),
    )
    return sorted([found async for found in asking], key=lambda found: found.host)


async def test_what_answers_is_found_with_its_profile_by_gets_alone(devices: list[ScriptedDevice]) -> None:
    first, second = await found_in("127.0.0.0/29", "127.0.0.2/32", port=devices[0].port)
    assert first == Found(HOSTS[0], "Fictitious\nAP", "generic", first.title, "access_point", name="lab-1")
    assert (second.host, second.profile, second.vendor, second.name) == (HOSTS[1], "mikrotik", "MikroTik", "lab-2")
    assert [set(device.asked) for device in devices] == [{"GET"}] * 3
    assert devices[2].asked["GET"] == 2  # silent: asked once more, and no further


async def test_addresses_where_nobody_is_are_passed_over() -> None:
    assert await found_in(SILENT, port=free_port()) == []


async def test_one_that_answers_nonsense_holds_up_nobody(devices: list[ScriptedDevice]) -> None:
    devices[0].answers = b"\xff" * 40
    assert [found.host for found in await found_in("127.0.0.0/29", port=devices[0].port)] == [HOSTS[1]]


async def test_addresses_are_asked_at_a_bounded_rate() -> None:
    """The loop's clock tells when each was asked for the first time: no sooner than its turn."""
    port, per_second = free_port(), 25.0
    hosts = [f"127.0.17.{number}" for number in range(1, 9)]
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(playing(box("x", "1.3"), host=host, port=port)) for host in hosts]
        began = asyncio.get_running_loop().time()
        assert await found_in("127.0.17.0/28", port=port, per_second=per_second) == []
        asked_after = sorted(device.received_at[0] - began for device in devices)
    assert [n for n, after in enumerate(asked_after) if after < (n / per_second) * 0.99] == []


async def test_discovery_that_is_given_up_leaves_nothing_behind(devices: list[ScriptedDevice]) -> None:
    asking = discover(
        [ip_network("127.0.0.0/24")],
        Credentials(community=COMMUNITY),  # type: ignore[arg-type]
        port=devices[0].port,
        per_second=1000.0,
    )
    assert (await anext(asking)).host in HOSTS
    await asking.aclose()
    await asyncio.sleep(0)
    assert [task.get_name() for task in asyncio.all_tasks() if "discovery" in task.get_name()] == []


# The command


async def command(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """`hangang-agent` in a process of its own: exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent.main", *arguments),
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    assert COMMUNITY not in out.decode() + err.decode()
    return process.returncode, out.decode(), err.decode()


async def test_the_printed_blocks_are_sources_that_can_be_read(devices: list[ScriptedDevice], tmp_path: Path) -> None:
    (tmp_path / "snmp.key").write_text(COMMUNITY, encoding="utf-8")
    asking = ("--network", "127.0.0.0/29", "--community-file", "snmp.key", "--port", str(devices[0].port))
    code, out, err = await command("discover", *asking, folder=tmp_path)
    assert (code, err) == (0, "2 of 8 addresses answer\n")
    assert "# 127.0.0.2: Fictitious AP, profile generic, access_point\n[[sources]]\n" in out
    configuration = write_agent(tmp_path, "mqtt://127.0.0.1", sources=out)
    loaded = load_configuration(configuration)
    assert sorted(source.settings.model_dump()["host"] for source in loaded.sources) == list(HOSTS[:2])
    code, out, err = await command("once", "--config", str(configuration), folder=tmp_path)
    assert (code, err) == (0, "")
    told = [json.loads(line)["device"] for line in out.splitlines()]
    assert sorted(device["name"] for device in told) == ["lab-1", "lab-2"]


async def test_nothing_that_answers_is_a_failure(tmp_path: Path) -> None:
    asking = ("--network", SILENT, "--community", "public", "--port", str(free_port()))
    told = await command("discover", *asking, folder=tmp_path)
    assert told == (1, "", "0 of 16 addresses answer\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "the following arguments are required: --network"),
        (("--network", "127.0.0.0/32"), "community_file: required; add it, or `community`, or"),
        (
            ("--network", "park"),
            "'park' does not appear to be an IPv4 or IPv6 network; such as 10.20.0.0/24",
        ),
        (("--network", "10.20.0.1/24"), "--network: 10.20.0.1/24 has host bits set; such as 10.20.0.0/24"),
        (("--network", "10.0.0.0/8", "--community", "x"), "16777216 addresses are more than 65536; name smaller"),
        (("--network", SILENT, "--community", "x", "--port", "0"), "--port: must be from 1 to 65535"),
        (
            ("--network", SILENT, "--community", "x", "--per-second", "0"),
            "--per-second: must be above 0, at most",
        ),
        (("--network", SILENT, "--community-file", "none"), "none cannot be read: No such file or directory"),
        (("--network", SILENT, "--community", "x", "--snmp-version", "4"), "version: Input should be '1', '2c' or '3'"),
        (("--network", SILENT, "--snmp-version", "3"), 'version: "3" needs `user`'),
    ],
)
async def test_wrong_options_are_told_with_their_remedy(tmp_path: Path, arguments: Sequence[str], problem: str) -> None:
    code, out, err = await command("discover", *arguments, folder=tmp_path)
    assert (code, out) == (2, "")
    assert problem in err
    assert "Traceback" not in err
