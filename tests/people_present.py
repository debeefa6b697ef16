"""Devices with people about, whose names, addresses and keys are marks: a recorded access point, a cluster that answers
by SNMP, a portal, and traps."""

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from planted_markers import Markers

sys.path.insert(0, str(Path(__file__).resolve().parent / "agent" / "snmp"))
from recordings import write
from trap_messages import LINK_DOWN, STATION_DISASSOCIATE, v2c_message

_RECORDED = Path(__file__).resolve().parent / "agent" / "openwrt" / "recorded" / "three_band_ax"
_RECORDED_MACS = "02:c1:1e:27:00:"


def write_access_point(folder: Path, marks: Markers) -> None:
    """A recorded device of OpenWrt whose clients are marked, and what lies about on such a device."""
    shutil.copytree(_RECORDED, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace(_RECORDED_MACS, marks.mac(0)[:-2]))
    lease = f"1790000000 {marks.mac(1)} {marks.ipv4} {marks.word}-phone 01:{marks.mac(1)}\n"
    wireless = {"radio0": {"interfaces": [{"config": {"ssid": "SEOUL", "key": f"{marks.word}-network-key"}}]}}
    for name, text in {
        "tmp/dhcp.leases": lease,
        "proc/net/arp": f"IP address HW type Flags HW address Mask Device\n{marks.ipv4} 0x1 0x2 {marks.mac(2)} * br0\n",
        "proc/sys/kernel/hostname": f"{marks.word}s-router\n",
        "etc/config/wireless": f"option key '{marks.word}-network-key'\noption auth_secret '{marks.word}'\n",
        "commands/ubus_call_network.wireless_status.json": json.dumps(wireless),
        "commands/logread.txt": f"hostapd: STA {marks.mac(3)} identity '{marks.word}@example.org' {marks.ipv6}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def write_cluster(path: Path, marks: Markers) -> None:
    """A cluster of one access point by SNMP (Aruba Instant), with its clients, ARP table and contact."""
    ap, mac = "1.3.6.1.4.1.14823.2.3.3.1.2.1.1", "2.0.0.0.0.2"
    radio, client = "1.3.6.1.4.1.14823.2.3.3.1.2.2.1", "1.3.6.1.4.1.14823.2.3.3.1.2.4.1"
    whose = ".".join(map(str, bytes.fromhex(marks.mac(7, ""))))
    write(
        {
            "1.3.6.1.2.1.1.1.0": "4|ArubaOS (MODEL: 515), Version 8.6.0.0",
            "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.2.107",
            "1.3.6.1.2.1.1.3.0": "67|8640000",
            "1.3.6.1.2.1.1.4.0": f"4|{marks.word}@example.org",
            f"1.3.6.1.2.1.4.22.1.2.1.{marks.ipv4}": f"4x|{marks.mac(7, '')}",
            f"{ap}.1.{mac}": "4x|020000000002",
            f"{ap}.2.{mac}": "4|lab",
            f"{ap}.4.{mac}": "4|EX0002",
            f"{ap}.6.{mac}": "4|515",
            f"{ap}.9.{mac}": "67|360000",
            f"{ap}.11.{mac}": "2|1",
            f"{radio}.4.{mac}.0": "4|36E",
            f"{radio}.20.{mac}.0": "2|1",
            f"{radio}.21.{mac}.0": "2|7",
            f"{client}.1.{whose}": f"4x|{marks.mac(7, '')}",
            f"{client}.3.{whose}": f"64|{marks.ipv4}",
            f"{client}.5.{whose}": f"4|{marks.word}-laptop",
        },
        path,
    )


@asynccontextmanager
async def login_page(marks: Markers) -> AsyncIterator[int]:
    """A portal whose address names who asks."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = f"mac={marks.mac(9, '-')}&ip={marks.ipv4}&user={marks.word}"
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: http://login.example/{marks.word}?{query}\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def send_traps(port: int, marks: Markers) -> None:
    """Of a link that is called after a user, of a client that leaves, and one that nobody knows."""
    names = {
        "1.3.6.1.2.1.31.1.1.1.1.3": f"ppp-{marks.word}",
        "1.3.6.1.4.1.14179.2.6.2.34.0": bytes.fromhex(marks.mac(8, "")),
        "1.3.6.1.4.1.14179.2.6.2.36.0": f"{marks.word}@example.org {marks.ipv4} {marks.ipv6}",
    }
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for kind in (LINK_DOWN, STATION_DISASSOCIATE, "1.3.6.1.4.1.99999.7"):
            sender.sendto(v2c_message(kind, names, community=f"{marks.word}-community"), ("127.0.0.1", port))
