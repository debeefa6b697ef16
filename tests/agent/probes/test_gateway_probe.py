"""The probe of the gateway: echoes over loopback, TCP where there are none, and the routes that name the gateway."""

import asyncio
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from checking import mistakes, results, without_times
from harness import FrozenClock, free_port

from agent.probes.gateway import judge_echoes
from agent.probing.echo import Echoes, EchoSeries, echo_packet, internet_checksum
from agent.probing.routes import parse_default_gateway
from agent.probing.together import together

REPOSITORY = Path(__file__).resolve().parents[3]
QUICK = {"kind": "gateway", "count": 3, "packet_interval_seconds": 0.01, "reply_timeout_seconds": 4}

IPV4_HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def ipv4_route(gateway: str, *, metric: int = 0, flags: str = "0003", destination: str = "00000000") -> str:
    return f"eth0\t{destination}\t{gateway}\t{flags}\t0\t0\t{metric}\t00000000\t0\t0\t0\n"


def ipv6_route(gateway: str, *, metric: str = "00000400", flags: str = "00000003", name: str = "eth0") -> str:
    return f"{'0' * 32} 00 {'0' * 32} 00 {gateway} {metric} 00000001 00000000 {flags}     {name}\n"


def may_send_echoes() -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except OSError:
            continue
        return True
    return False


@pytest.mark.skipif(not may_send_echoes(), reason="this process may not send ICMP: net.ipv4.ping_group_range")
@pytest.mark.parametrize("target", ["127.0.0.1", "::1"])
async def test_a_gateway_that_answers_echoes_is_well(target: str, tmp_path: Path, clock: FrozenClock) -> None:
    (probe,) = await results({**QUICK, "target": target, "method": "icmp"}, tmp_path, clock)
    assert without_times(probe) == {
        "kind": "gateway",
        "target": target,
        "method": "icmp",
        "is_ok": True,
        "outcome": "ok",
        "latency_seconds": "some",
        "loss_ratio": 0.0,
    }


async def test_a_port_that_accepts_or_refuses_proves_the_gateway_alive(tmp_path: Path, clock: FrozenClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        for port in (listening.getsockname()[1], free_port()):
            table = {**QUICK, "target": "127.0.0.1", "method": "tcp", "ports": [port]}
            (probe,) = await results(table, tmp_path, clock)
            assert without_times(probe) == {
                "kind": "gateway",
                "target": "127.0.0.1",
                "method": "tcp",
                "is_ok": True,
                "outcome": "ok",
                "latency_seconds": "some",
            }


async def test_a_gateway_that_cannot_be_reached_is_unreachable(tmp_path: Path, clock: FrozenClock) -> None:
    target = "fe80::1%nope0"  # behind an interface that is not there
    (by_tcp,) = await results({**QUICK, "target": target, "method": "tcp"}, tmp_path, clock)
    assert without_times(by_tcp) == {
        "kind": "gateway",
        "target": target,
        "method": "tcp",
        "is_ok": False,
        "outcome": "unreachable",
        "failure": f"{target} neither accepts nor refuses connections to TCP 53, 80, 443; check the uplink and its "
        "cable",
    }
    (by_any,) = await results({**QUICK, "target": target}, tmp_path, clock)
    assert (by_any.is_ok, by_any.outcome, by_any.latency_seconds) == (False, "unreachable", None)


async def test_the_gateway_is_that_of_the_default_route(tmp_path: Path, clock: FrozenClock) -> None:
    net = tmp_path / "proc" / "net"
    net.mkdir(parents=True)
    loopback = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"
    (net / "route").write_text(IPV4_HEADER + ipv4_route(loopback))
    table = {**QUICK, "root": str(tmp_path), "method": "tcp"}
    (probe,) = await results(table, tmp_path, clock)
    assert (probe.target, probe.outcome) == ("127.0.0.1", "ok")
    (net / "route").write_text(IPV4_HEADER)
    (probe,) = await results(table, tmp_path, clock)
    assert without_times(probe) == {
        "kind": "gateway",
        "is_ok": False,
        "outcome": "no_route",
        "failure": "this machine has no default route through a gateway; check its uplink, or name a target",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not send ICMP")
def test_whoever_may_not_send_echoes_asks_by_tcp() -> None:
    program = """
import asyncio, encodings.idna, os, socket  # all that is imported has to be before the rights are given up
from agent.probes.gateway import Settings, open_check
checks = [open_check(Settings(kind="gateway", target="127.0.0.1", method=m), None) for m in ("auto", "icmp")]
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    print("permitted")
except PermissionError:
    for check in checks:
        for probe in asyncio.run(check.run()):
            print(probe.method, probe.outcome, probe.is_ok, probe.target)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    if ran.stdout == "permitted\n":
        pytest.skip("net.ipv4.ping_group_range permits everybody")
    assert ran.stdout.splitlines() == ["tcp ok True 127.0.0.1", "icmp not_permitted None 127.0.0.1"]


async def test_of_what_arrives_only_the_echoes_of_this_series_count_once() -> None:
    """The far end answers the second request twice and the third once, the latter after a stranger's packets."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with near, far:
        near.settimeout(0)
        series = EchoSeries(near, socket.AF_INET, 3)
        await series.send(0.0)
        requests = [far.recv(2048) for _ in range(3)]
        assert [internet_checksum(request) for request in requests] == [0, 0, 0]
        replies = [b"\0" + request[1:] for request in requests]
        for packet in (
            b"",
            b"\0\0",
            requests[0],
            echo_packet(0, 1, 0, b"stranger"),
            replies[1],
            replies[1],
            replies[2],
        ):
            far.send(packet)
        receiving = asyncio.create_task(series.receive())
        while len(series.round_trips_seconds) < 2:
            await asyncio.sleep(0)
        assert sorted(series.round_trips_seconds) == [1, 2]
        far.send(replies[0])
        await receiving
        assert sorted(series.round_trips_seconds) == [0, 1, 2]


def test_losses_beyond_the_limit_are_a_failure() -> None:
    five = Echoes(sent=5, round_trips_seconds=(0.004, 0.001, 0.002, 0.003))
    assert judge_echoes("192.0.2.1", five, max_loss_ratio=0.2).is_ok
    probe = judge_echoes("192.0.2.1", Echoes(sent=4, round_trips_seconds=(0.5, 0.1, 0.2)), max_loss_ratio=0.2)
    assert probe.model_dump(exclude_none=True) == {
        "kind": "gateway",
        "target": "192.0.2.1",
        "method": "icmp",
        "is_ok": False,
        "outcome": "loss",
        "failure": "192.0.2.1 answers 3 of 4 echo requests; check the uplink's cable and its load",
        "latency_seconds": 0.2,
        "loss_ratio": 0.25,
    }


def test_the_checksum_is_that_of_rfc_1071() -> None:
    assert internet_checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D
    assert internet_checksum(b"\x01") == 0xFEFF


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "gateway"),
    [
        ("", "", None),
        (ipv4_route("0100000A"), "", "10.0.0.1"),
        (ipv4_route("0200000A", metric=20) + ipv4_route("0300000A", metric=10), "", "10.0.0.3"),
        (ipv4_route("0100000A", flags="0002"), "", None),  # not up
        (ipv4_route("0100000A", flags="0203"), "", None),  # rejects
        (ipv4_route("00000000", flags="0001"), "", None),  # straight onto the link
        (ipv4_route("0100000A", destination="0000000A"), "", None),
        ("eth0 00000000 zz 0003 0 0 0 00000000\neth0 00000000", "short line", None),
        (ipv4_route("0100000A"), ipv6_route("20010db8" + "0" * 23 + "1"), "10.0.0.1"),
        ("", ipv6_route("20010db8" + "0" * 23 + "1"), "2001:db8::1"),
        ("", ipv6_route("fe80" + "0" * 27 + "1"), "fe80::1%eth0"),
        ("", ipv6_route("0" * 32, metric="ffffffff", flags="00200200", name="lo"), None),
        ("", ipv6_route("not hexadecimal"), None),
    ],
)
def test_the_default_gateway_is_read_out_of_the_routes(ipv4: str, ipv6: str, gateway: str | None) -> None:
    assert parse_default_gateway(IPV4_HEADER + ipv4, ipv6, byteorder="little") == gateway


def test_an_access_point_of_the_other_byte_order_prints_the_other_way_round() -> None:
    assert parse_default_gateway(ipv4_route("0A000001"), "", byteorder="big") == "10.0.0.1"
    native = struct.unpack("=I", socket.inet_aton("10.0.0.1"))[0]
    assert parse_default_gateway(ipv4_route(f"{native:08X}"), "") == "10.0.0.1"


async def test_waits_that_run_together_all_end_before_the_first_failure_is_told() -> None:
    ended: list[str] = []

    async def fail(word: str) -> None:
        ended.append(word)
        raise ValueError(word)

    async def succeed() -> None:
        await asyncio.sleep(0)
        ended.append("well")

    with pytest.raises(ValueError, match="first"):
        await together(succeed(), fail("first"), fail("second"))
    assert ended == ["first", "second", "well"]


def test_settings_that_cannot_be_meant_are_refused() -> None:
    assert mistakes({"kind": "gateway", "target": "router", "ports": []}) == [
        "target: must be an address of IPv4 or IPv6",
        "ports: Tuple should have at least 1 item after validation, not 0",
    ]
    assert mistakes({"kind": "gateway", "count": 50, "timeout_seconds": 5}) == [
        "timeout_seconds: the packets and the waits for them need 13.1 s; raise it, or ask less"
    ]
