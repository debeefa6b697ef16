"""The host source: on machines made of files, with the traps in them, and on the machine that runs the tests."""

import asyncio
import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import procfs
from agent.clock import SystemClock
from agent.machine import matches
from agent.settings import SettingsError, check
from agent.sources import Source, SourceError
from agent.sources.host import Settings, open_source
from agent.wire import Device, Interface, Report, System

TOP = 2**32
START = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


class HandClock:
    """A clock that moves when told to."""

    epoch = "0123456789abcdef"

    def __init__(self) -> None:
        self.seconds = 0.0

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return 5000.0 + self.seconds


def net_dev(**lines: tuple[int, int, int, int, int, int]) -> str:
    """/proc/net/dev of (rx bytes, errors, drops, tx bytes, errors, drops)."""
    text = "Inter-|   Receive      |  Transmit\n face |bytes    packets errs ... |bytes    packets ...\n"
    for name, (rx, rx_errors, rx_drops, tx, tx_errors, tx_drops) in lines.items():
        text += f"{name}: {rx} 9 {rx_errors} {rx_drops} 0 0 0 0 {tx} 9 {tx_errors} {tx_drops} 0 0 0 0\n"
    return text


def link(name: str, index: int, **attributes: str) -> dict[str, str]:
    """The files of one interface: a gigabit port in use, or as told."""
    files = {"operstate": "up", "speed": "1000", "duplex": "full", "device/vendor": "0x8086", "address": ""}
    files |= {"ifindex": str(index)} | {key.replace("__", "/"): value for key, value in attributes.items()}
    return {f"sys/class/net/{name}/{file}": f"{value}\n" for file, value in files.items()}


def virtual(name: str, index: int, *lower: str, **attributes: str) -> dict[str, str]:
    """The files of an interface that stands on others."""
    files = link(name, index, **attributes) | {f"sys/class/net/{name}/lower_{port}/ifindex": "1\n" for port in lower}
    del files[f"sys/class/net/{name}/device/vendor"]
    return files


def default_route(name: str) -> str:
    return (
        f"Iface Destination Gateway Flags RefCnt Use Metric Mask\n{name} 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n"
    )


ACCESS_POINT = {
    "proc/uptime": "86400.50 170000.00\n",
    "proc/loadavg": "0.42 0.30 0.20 1/100 4242\n",
    "proc/meminfo": "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\nBuffers: 20 kB\nCached: 300 kB\n",
    "proc/stat": "cpu  1000 0 1000 8000 0 0 0 0 0 0\nintr 0\n",
    "proc/net/dev": net_dev(lo=(9, 0, 0, 9, 0, 0), eth0=(1000, 1, 2, 2000, 3, 4), eth1=(0, 0, 0, 0, 0, 0)),
    "proc/net/route": default_route("eth0"),
    "proc/sys/kernel/osrelease": "6.6.73\n",
    "proc/device-tree/model": "Bananapi BPI-R4\0",
    "proc/device-tree/serial-number": "BPI4-00017\0",
    "etc/os-release": 'PRETTY_NAME="OpenWrt 24.10"\n',
    "sys/class/thermal/thermal_zone0/temp": "48500\n",
    # What must not leave the machine.
    "proc/sys/kernel/hostname": "kim-minjis-router\n",
    "proc/net/arp": "IP address HW type Flags HW address Mask Device\n192.168.1.77 0x1 0x2 de:ad:be:ef:00:77 * eth1\n",
    "etc/hostname": "kim-minjis-router\n",
    **link("lo", 1, operstate="unknown"),
    **link("eth0", 2, address="02:11:22:33:44:55"),
    **link("eth1", 3, operstate="down", speed="-1", duplex="unknown", address="02:11:22:33:44:56"),
    **link("wlan0", 4, phy80211__index="0"),
}

FIRST_REPORT = Report(
    access_point="yeouido-017",
    observed_at=START,
    device=Device(
        model="Bananapi BPI-R4",
        serial="BPI4-00017",
        mac="02:11:22:33:44:55",
        firmware="OpenWrt 24.10, Linux 6.6.73",
    ),
    system=System(uptime_seconds=86400.5, memory_used_ratio=0.4, load_1m=0.42, temperature_celsius=48.5),
    uplink=Interface(name="eth0", is_up=True, speed_bits_per_second=1e9, is_full_duplex=True),
    interfaces=(Interface(name="eth1", is_up=False),),
)


class Box:
    """A machine of files, its clock, and the source that reads it."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root
        self.clock = HandClock()
        self.source = self.open()
        self.write(files)

    def open(self, **keys: object) -> Source:
        settings = Settings.model_validate({"kind": "host", "access_point": "yeouido-017", "root": self.root, **keys})
        self.source = open_source(settings, self.clock)
        return self.source

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    async def read(self) -> Report:
        (report,) = await self.source.read()
        return report

    async def read_after(self, seconds: float, files: dict[str, str]) -> Report:
        self.write(files)
        self.clock.seconds += seconds
        return await self.read()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "box", ACCESS_POINT)


async def test_a_first_reading_has_all_but_rates(box: Box) -> None:
    assert await box.read() == FIRST_REPORT


async def test_a_second_reading_has_rates_over_the_time_between(box: Box) -> None:
    await box.read()
    report = await box.read_after(
        10,
        {
            "proc/uptime": "86410.50 170000.00\n",
            # 30 ticks busy of 100: five of user are a guest's, and iowait has gone back since the first reading.
            "proc/stat": "cpu  1020 0 1010 8070 0 0 0 0 5 0\n",
            "proc/net/dev": net_dev(eth0=(11_000, 6, 12, 2_000, 3, 104), eth1=(0, 0, 0, 0, 0, 0)),
        },
    )
    still = Interface(
        name="eth1",
        is_up=False,
        rx_bits_per_second=0,
        tx_bits_per_second=0,
        rx_errors_per_second=0,
        tx_errors_per_second=0,
        rx_drops_per_second=0,
        tx_drops_per_second=0,
    )
    assert FIRST_REPORT.system
    assert report == FIRST_REPORT.model_copy(
        update={
            "observed_at": START + timedelta(seconds=10),
            "interval_seconds": 10.0,
            "system": FIRST_REPORT.system.model_copy(update={"uptime_seconds": 86410.5, "cpu_ratio": 0.3}),
            "uplink": Interface(
                name="eth0",
                is_up=True,
                speed_bits_per_second=1e9,
                is_full_duplex=True,
                rx_bits_per_second=8_000,
                tx_bits_per_second=0,
                rx_errors_per_second=0.5,
                tx_errors_per_second=0,
                rx_drops_per_second=1,
                tx_drops_per_second=10,
            ),
            "interfaces": (still,),
        }
    )


async def test_iowait_that_goes_back_does_not_spoil_the_processor_ratio(box: Box) -> None:
    box.write({"proc/stat": "cpu  1000 0 1000 8000 50 0 0 0 0 0\n"})
    await box.read()
    report = await box.read_after(10, {"proc/stat": "cpu  1060 0 1020 8130 40 0 0 0 0 0\n"})
    assert report.system
    assert report.system.cpu_ratio == 80 / 200


async def test_a_reset_is_absent_and_a_32_bit_wrap_is_traffic(box: Box) -> None:
    box.write({"proc/net/dev": net_dev(eth0=(TOP - 500, 9, 0, 700_000, 0, 0))})
    await box.read()
    report = await box.read_after(10, {"proc/net/dev": net_dev(eth0=(500, 4, 0, 3, 0, 0))})
    assert report.uplink == Interface(
        name="eth0",
        is_up=True,
        speed_bits_per_second=1e9,
        is_full_duplex=True,
        rx_bits_per_second=800,  # wrapped: 1000 bytes in 10 s
        tx_bits_per_second=None,  # from 700 kB to 3 bytes: reset
        rx_errors_per_second=None,
        tx_errors_per_second=0,
        rx_drops_per_second=0,
        tx_drops_per_second=0,
    )


async def test_a_counter_that_jumps_beyond_any_link_takes_no_report_along(box: Box) -> None:
    await box.read()
    report = await box.read_after(10, {"proc/net/dev": net_dev(eth0=(2**64 - 1, 1, 2, 2000 + 1000, 3, 4))})
    assert report.uplink
    assert (report.uplink.rx_bits_per_second, report.uplink.tx_bits_per_second) == (None, 800)


async def test_an_interface_made_anew_under_its_name_starts_anew(box: Box) -> None:
    await box.read()
    replugged = link("eth0", 9) | {"proc/net/dev": net_dev(eth0=(9_000_000, 0, 0, 9_000_000, 0, 0))}
    report = await box.read_after(10, replugged)
    assert report.uplink == Interface(name="eth0", is_up=True, speed_bits_per_second=1e9, is_full_duplex=True)


async def test_a_reading_between_which_no_time_passes_has_no_rates(box: Box) -> None:
    await box.read()
    report = await box.read_after(0, {})
    assert (report.interval_seconds, report.uplink) == (0.0, FIRST_REPORT.uplink)


async def test_a_link_that_is_down_has_neither_speed_nor_duplex_whatever_its_driver_remembers(box: Box) -> None:
    box.write(link("eth1", 3, operstate="lowerlayerdown", speed="1000", duplex="full"))
    assert (await box.read()).interfaces == (Interface(name="eth1", is_up=False),)


async def test_an_interface_of_unknown_state_keeps_what_else_is_known(box: Box) -> None:
    box.write(link("eth1", 3, operstate="unknown", speed="100", duplex="half"))
    expected = Interface(name="eth1", is_up=None, speed_bits_per_second=1e8, is_full_duplex=False)
    assert (await box.read()).interfaces == (expected,)


RATES = {f"{way}_{what}_per_second" for way in ("rx", "tx") for what in ("bits", "errors", "drops")}
UPLINK_RATES = {f"uplink.{rate}" for rate in RATES}
LOST_WITH_A_FILE = [
    ("proc/uptime", {"system.uptime_seconds"}),
    ("proc/loadavg", {"system.load_1m"}),
    ("proc/meminfo", {"system.memory_used_ratio"}),
    ("proc/stat", {"system.cpu_ratio"}),
    ("proc/net/dev", UPLINK_RATES | {f"eth1.{rate}" for rate in RATES}),
    ("proc/net/route", set()),
    ("proc/device-tree/model", {"device.model"}),
    ("proc/device-tree/serial-number", {"device.serial"}),
    ("sys/class/thermal/thermal_zone0/temp", {"system.temperature_celsius"}),
    ("sys/class/net/eth0/operstate", {"uplink.is_up"}),
    ("sys/class/net/eth0/speed", {"uplink.speed_bits_per_second"}),
    ("sys/class/net/eth0/duplex", {"uplink.is_full_duplex"}),
    ("sys/class/net/eth0/address", {"device.mac"}),
    ("sys/class/net/eth0/ifindex", UPLINK_RATES),  # it may be another interface by now
]


def remove(path: Path) -> None:
    path.unlink()


def make_unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()  # even root gets an error of it


def fill_with_garbage(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00\x07 none of it 99999999999999999999999")


def flat(report: Report) -> dict[str, object]:
    """What is known in a report, by dotted keys."""
    document = report.model_dump(exclude_none=True)
    document |= {interface["name"]: interface for interface in document.pop("interfaces")}
    table: dict[str, object] = {}
    for key, value in document.items():
        table |= {f"{key}.{name}": part for name, part in value.items()} if isinstance(value, dict) else {key: value}
    return table


@pytest.mark.parametrize("spoil", [remove, make_unreadable, fill_with_garbage])
@pytest.mark.parametrize(("file", "lost"), LOST_WITH_A_FILE, ids=[file for file, _ in LOST_WITH_A_FILE])
async def test_a_file_that_fails_loses_its_own_value_and_no_other(
    tmp_path: Path, file: str, lost: set[str], spoil: Callable[[Path], None]
) -> None:
    reports = []
    for name in ("whole", "broken"):
        box = Box(tmp_path / name, ACCESS_POINT)
        await box.read()
        box.write({"proc/stat": "cpu  1020 0 1010 8070 0 0 0 0 0 0\n"})
        box.write({"proc/net/dev": net_dev(eth0=(1500, 1, 2, 2500, 3, 4), eth1=(0, 0, 0, 0, 0, 0))})
        if name == "broken":
            spoil(box.root / file)
        reports.append(flat(await box.read_after(10, {})))
    whole, broken = reports
    assert lost <= whole.keys()
    assert broken == {key: value for key, value in whole.items() if key not in lost}


async def test_firmware_is_what_is_known_of_system_and_kernel(box: Box) -> None:
    (box.root / "etc/os-release").unlink()
    report = await box.read()
    assert report.device
    assert report.device.firmware == "Linux 6.6.73"
    box.write({"usr/lib/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'})
    report = await box.read()
    assert report.device
    assert report.device.firmware == "Debian GNU/Linux 12 (bookworm), Linux 6.6.73"


async def test_a_rate_needs_two_readings_in_a_row(box: Box) -> None:
    counted = net_dev(eth0=(1000, 1, 2, 2000, 3, 4))
    await box.read()
    await box.read_after(10, {"proc/net/dev": "", "proc/stat": ""})
    report = await box.read_after(10, {"proc/net/dev": counted, "proc/stat": ACCESS_POINT["proc/stat"]})
    assert (report.uplink, report.interval_seconds) == (FIRST_REPORT.uplink, 10.0)
    report = await box.read_after(10, {"proc/net/dev": counted})
    assert report.uplink
    assert report.uplink.rx_bits_per_second == 0


async def test_without_sys_the_counters_still_count(box: Box) -> None:
    shutil.rmtree(box.root / "sys")
    await box.read()
    report = await box.read_after(10, {"proc/net/dev": net_dev(eth0=(2000, 1, 2, 2000, 3, 4))})
    assert report.uplink
    assert (report.uplink.name, report.uplink.is_up, report.uplink.rx_bits_per_second) == ("eth0", None, 800)


@pytest.mark.parametrize("make", [False, True])
async def test_where_nothing_can_be_read_the_error_names_the_root(tmp_path: Path, make: bool) -> None:
    files = {"etc/os-release": 'PRETTY_NAME="Debian"\n'} if make else {}
    with pytest.raises(SourceError, match="nowhere: nothing to read"):
        await Box(tmp_path / "nowhere", files).read()


async def test_a_pc_is_known_by_its_dmi(box: Box) -> None:
    box.write(
        {
            "sys/class/dmi/id/sys_vendor": "PC Engines\n",
            "sys/class/dmi/id/product_name": "apu4\n",
            "sys/class/dmi/id/product_serial": "1532187\n",
        }
    )
    expected = Device(
        vendor="PC Engines",
        model="apu4",
        serial="1532187",
        mac="02:11:22:33:44:55",
        firmware="OpenWrt 24.10, Linux 6.6.73",
    )
    assert (await box.read()).device == expected


async def test_placeholders_are_no_names(box: Box) -> None:
    shutil.rmtree(box.root / "proc/device-tree")
    box.write(
        {
            "sys/class/dmi/id/sys_vendor": "To be filled by O.E.M.\n",
            "sys/class/dmi/id/product_name": "Default string\n",
            "sys/class/dmi/id/product_serial": "System Serial Number\n",
        }
    )
    expected = Device(mac="02:11:22:33:44:55", firmware="OpenWrt 24.10, Linux 6.6.73")
    assert (await box.read()).device == expected


async def test_the_hottest_zone_that_can_be_believed_counts_and_hwmon_only_without_zones(box: Box) -> None:
    box.write(
        {
            "sys/class/thermal/thermal_zone1/temp": "61000\n",
            "sys/class/thermal/thermal_zone2/temp": "-44000\n",
            "sys/class/thermal/thermal_zone3/temp": "127000\n",
            "sys/class/thermal/cooling_device0/temp": "99000\n",
            "sys/class/hwmon/hwmon0/temp1_input": "93000\n",
            "sys/class/hwmon/hwmon0/temp2_crit": "105000\n",
            "sys/class/hwmon/hwmon1/temp1_input": "0\n",
        }
    )
    report = await box.read()
    assert report.system
    assert report.system.temperature_celsius == 61.0
    for zone in range(4):
        box.write({f"sys/class/thermal/thermal_zone{zone}/temp": "0\n"})
    report = await box.read()
    assert report.system
    assert report.system.temperature_celsius == 93.0


def names(report: Report) -> tuple[str | None, list[str]]:
    return (report.uplink.name if report.uplink else None, [interface.name for interface in report.interfaces])


async def test_of_a_bridge_the_uplink_is_its_only_wired_port(box: Box) -> None:
    box.write(virtual("br-lan", 5, "eth0", "wlan0", "veth1a2b3c4") | virtual("veth1a2b3c4", 6))
    box.write({"proc/net/route": default_route("br-lan")})
    assert names(await box.read()) == ("eth0", ["eth1", "br-lan"])


async def test_of_a_vlan_the_uplink_is_its_parent_and_both_are_reported(box: Box) -> None:
    box.write(virtual("eth0.20", 5, "eth0") | {"proc/net/route": default_route("eth0.20")})
    assert names(await box.read()) == ("eth0", ["eth1", "eth0.20"])


async def test_without_an_ipv4_route_the_ipv6_route_tells_the_uplink(box: Box) -> None:
    zeros = "0" * 32
    route = f"{zeros} 00 {zeros} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003     eth1\n"
    box.write({"proc/net/route": "", "proc/net/ipv6_route": route})
    assert names(await box.read()) == ("eth1", ["eth0"])


async def test_an_uplink_whose_route_is_gone_with_its_link_is_still_the_uplink(box: Box) -> None:
    await box.read()
    unplugged = link("eth0", 2, operstate="down", speed="-1", duplex="unknown", address="02:11:22:33:44:55")
    report = await box.read_after(10, {"proc/net/route": default_route("eth0").splitlines()[0], **unplugged})
    assert report.uplink
    assert (report.uplink.name, report.uplink.is_up) == ("eth0", False)
    assert report.device == FIRST_REPORT.device


async def test_a_configured_uplink_wins_over_route_and_patterns(box: Box) -> None:
    box.write(virtual("wg0", 7))
    box.open(uplink="wg0")
    assert names(await box.read()) == ("wg0", ["eth0", "eth1"])


async def test_a_default_route_through_a_tunnel_makes_it_the_uplink_or_else_leaves_it_out(box: Box) -> None:
    box.write(virtual("tun0", 7) | {"proc/net/route": default_route("tun0")})
    assert names(await box.read()) == ("tun0", ["eth0", "eth1"])
    box.open(uplink="eth0")
    assert names(await box.read()) == ("eth0", ["eth1"])


async def test_names_that_no_interface_can_have_take_no_report_along(box: Box) -> None:
    line = ": 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\n"
    broken = ACCESS_POINT["proc/net/dev"] + "".join(name + line for name in ("x" * 200, "../eth1", "\x07", "", "a b"))
    box.write({"proc/net/dev": broken})
    assert await box.read() == FIRST_REPORT


async def test_a_configured_uplink_that_is_not_there_is_absent(box: Box) -> None:
    box.open(uplink="eth9")
    report = await box.read()
    assert names(report) == (None, ["eth0", "eth1"])
    assert report.device
    assert report.device.mac is None


async def test_without_any_route_there_is_no_uplink(box: Box) -> None:
    (box.root / "proc/net/route").unlink()
    assert names(await box.read()) == (None, ["eth0", "eth1"])


async def test_what_is_no_cable_is_left_out_unless_the_settings_say_otherwise(box: Box) -> None:
    virtual_ones = ["veth1a2b3c4", "docker0", "br-0123456789ab", "virbr0", "ifb0", "tun0", "gretap0"]
    for index, name in enumerate([*virtual_ones, "br-lan", "bond0"], start=10):
        box.write(virtual(name, index))
    box.write({"sys/class/net/bonding_masters": "bond0\n"})
    assert names(await box.read()) == ("eth0", ["eth1", "br-lan", "bond0"])
    box.open(ignore_interfaces=["b*", "[dgitv]*"])
    assert names(await box.read()) == ("eth0", ["lo", "eth1"])


async def test_a_gateway_with_more_interfaces_than_a_report_holds_reports_the_first(box: Box) -> None:
    for vlan in range(100, 300):
        box.write(virtual(f"eth0.{vlan}", vlan, "eth0"))
    assert names(await box.read()) == ("eth0", ["eth1", *(f"eth0.{vlan}" for vlan in range(100, 227))])


async def test_names_of_people_and_their_devices_stay_on_the_machine(box: Box) -> None:
    text = (await box.read()).model_dump_json()
    assert [secret for secret in ("kim", "192.168.1.77", "de:ad:be:ef") if secret in text] == []


async def test_a_sensor_that_hangs_holds_up_neither_the_loop_nor_a_second_thread(box: Box) -> None:
    sensor = box.root / "sys/class/thermal/thermal_zone0/temp"
    sensor.unlink()
    os.mkfifo(sensor)
    hanging = asyncio.create_task(box.source.read())
    answer = await asyncio.to_thread(os.open, sensor, os.O_WRONLY)  # returns once the source is at the sensor
    with pytest.raises(SourceError, match="hangs"):
        await box.source.read()
    os.write(answer, b"48500\n")
    os.close(answer)
    assert await hanging == [FIRST_REPORT]
    sensor.unlink()
    box.write({"sys/class/thermal/thermal_zone0/temp": "48500\n"})
    assert (await box.read()).system == FIRST_REPORT.system


def test_settings_say_all_mistakes_and_find_the_root_beside_the_file(tmp_path: Path) -> None:
    settings = check(Settings, {"kind": "host", "root": "recorded"}, tmp_path / "agent.toml")
    assert (settings.root, settings.access_point, settings.uplink) == (tmp_path / "recorded", None, None)
    assert check(Settings, {"kind": "host"}, tmp_path / "agent.toml").root == Path("/")
    wrong = {"kind": "snmp", "access_point": "Yeouido 17", "uplink": "", "ignore_interfaces": [""], "speed": 1}
    with pytest.raises(SettingsError) as caught:
        check(Settings, wrong, tmp_path / "agent.toml")
    keys = {mistake.key for mistake in caught.value.mistakes}
    assert keys == {"kind", "access_point", "uplink", "ignore_interfaces[0]", "speed"}


# The machine that runs the tests


def kernel(name: str) -> str:
    return Path("/proc", name).read_text()


def loopback_bytes() -> int:
    count = procfs.parse_net_dev(kernel("net/dev"))["lo"].rx_bytes
    assert count is not None
    return count


def processor_ticks() -> procfs.CpuTicks:
    ticks = procfs.parse_cpu_ticks(kernel("stat"))
    assert ticks is not None
    return ticks


def send_over_loopback(datagrams: int, size_bytes: int) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        for _ in range(datagrams):
            sender.sendto(bytes(size_bytes), receiver.getsockname())


async def test_uptime_load_and_memory_are_the_kernels_own() -> None:
    source = open_source(Settings(kind="host"), SystemClock())
    files = {
        "uptime": procfs.parse_uptime_seconds,
        "loadavg": procfs.parse_load_1m,
        "meminfo": procfs.parse_memory_used_ratio,
    }
    before = {name: parse(kernel(name)) or 0.0 for name, parse in files.items()}
    (report,) = await source.read()
    after = {name: parse(kernel(name)) or 0.0 for name, parse in files.items()}
    system = report.system
    assert system
    assert system.uptime_seconds is not None
    assert before["uptime"] <= system.uptime_seconds <= after["uptime"]
    assert system.load_1m in {before["loadavg"], after["loadavg"]}
    # Others on the machine take and give back memory in between: 2 % of it.
    assert system.memory_used_ratio is not None
    least, most = sorted([before["meminfo"], after["meminfo"]])
    assert least - 0.02 <= system.memory_used_ratio <= most + 0.02


def wired_interfaces(ignore: tuple[str, ...]) -> set[str]:
    return {
        path.name
        for path in Path("/sys/class/net").iterdir()
        if path.is_dir() and not (path / "phy80211").exists() and not matches(path.name, ignore)
    }


async def test_the_interfaces_are_those_of_the_kernel() -> None:
    settings = Settings(kind="host")
    (report,) = await open_source(settings, SystemClock()).read()
    uplink, others = names(report)
    assert sorted(others) == sorted(wired_interfaces(settings.ignore_interfaces) - {uplink})


async def test_traffic_and_processor_time_are_what_the_kernel_counted() -> None:
    source = open_source(Settings(kind="host", ignore_interfaces=()), SystemClock())
    earliest = (loopback_bytes(), processor_ticks())
    await source.read()
    early = (loopback_bytes(), processor_ticks())
    # Enough for the clock ticks, of which there are a hundred a second, to tell something.
    while processor_ticks().total < early[1].total + 20:
        send_over_loopback(datagrams=100, size_bytes=1000)
    late = (loopback_bytes(), processor_ticks())
    (report,) = await source.read()
    latest = (loopback_bytes(), processor_ticks())

    loopback = next(interface for interface in report.interfaces if interface.name == "lo")
    assert report.interval_seconds
    assert loopback.rx_bits_per_second is not None
    assert loopback.rx_bits_per_second == loopback.tx_bits_per_second
    counted = loopback.rx_bits_per_second * report.interval_seconds / 8
    assert 100 * 1000 <= late[0] - early[0] <= counted + 0.5
    assert counted - 0.5 <= latest[0] - earliest[0]

    assert report.system
    assert report.system.cpu_ratio is not None
    least = (late[1].busy - early[1].busy) / (latest[1].total - earliest[1].total)
    most = (latest[1].busy - earliest[1].busy) / (late[1].total - early[1].total)
    assert least <= report.system.cpu_ratio <= most
