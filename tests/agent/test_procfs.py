"""The texts of /proc and /sys, held against recordings of real devices."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import procfs
from agent.procfs import CpuTicks, InterfaceCounters
from agent.wire import Device, Interface, System

RECORDINGS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "linux"


def recording(name: str) -> str:
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"no recording {name}")
    return path.read_text()


def test_processor_time_counts_guests_once_and_waiting_as_idle() -> None:
    # 301854 user + 612 nice + 111922 system + 2 irq + 3944 softirq + 0 steal; then 8979004 idle and 3552 iowait.
    assert procfs.parse_cpu_ticks(recording("node_exporter_stat.txt")) == CpuTicks(busy=418_334, total=9_400_890)


@pytest.mark.parametrize(
    ("text", "pages"), [("5436 2210 1338 1 0 1604 0\n", 2210), ("5436\n", None), ("5436 -1\n", None), ("", None)]
)
def test_memory_of_a_process(text: str, pages: int | None) -> None:
    assert procfs.parse_resident_pages(text) == pages


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("cpu  10 20 30 940\n", CpuTicks(busy=60, total=1000)),  # Linux 2.4
        ("cpu  10 20 30 900 40 1 2 7 5 5\ncpu0 1 1 1 1\n", CpuTicks(busy=70, total=1010)),
        ("cpu0 10 20 30 940\n", None),
        ("cpu  10 20 x 940\n", None),
        ("cpu  10 20\n", None),
        ("", None),
    ],
)
def test_processor_time_of_other_kernels(text: str, ticks: CpuTicks | None) -> None:
    assert procfs.parse_cpu_ticks(text) == ticks


@pytest.mark.parametrize(
    ("name", "used_kib", "total_kib"),
    [
        ("jc_meminfo.txt", 3_997_272 - 3_386_876, 3_997_272),  # MemAvailable
        ("procfs_meminfo.txt", 15_666_184 - 440_324 - 1_020_128 - 12_007_640, 15_666_184),
        ("node_exporter_meminfo.txt", 3_742_148 - 225_472 - 22_040 - 930_888, 3_742_148),
        ("proc_meminfo_rt5350_old_kernel.txt", 28_616 - 4_104 - 0 - 17_860, 28_616),
        ("proc_meminfo_wap-r-ac_head.txt", 117_400 - 27_860 - 0 - 13_300, 117_400),  # MemAvailable below MemFree
    ],
)
def test_memory_in_use(name: str, used_kib: int, total_kib: int) -> None:
    assert procfs.parse_memory_used_ratio(recording(name)) == pytest.approx(used_kib / total_kib)


@pytest.mark.parametrize(
    "text",
    [
        "MemTotal: 1000 kB\n",
        "MemTotal: 1000 kB\nMemFree: 100 kB\n",
        "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 5 kB\n",
        "MemTotal: 0 kB\nMemAvailable: 0 kB\n",
        "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 1001 kB\n",
        "MemTotal: lots\nMemAvailable: 500 kB\n",
    ],
)
def test_memory_that_does_not_add_up_is_absent(text: str) -> None:
    assert procfs.parse_memory_used_ratio(text) is None


@pytest.mark.parametrize(
    ("name", "load"), [("procfs_loadavg.txt", 0.02), ("node_exporter_loadavg.txt", 0.21), ("jc_loadavg.txt", 0.0)]
)
def test_load(name: str, load: float) -> None:
    assert procfs.parse_load_1m(recording(name)) == load


def test_uptime() -> None:
    assert procfs.parse_uptime_seconds("1027.92 1961.62\n") == 1027.92
    assert procfs.parse_uptime_seconds("-1.00 0.00\n") is None


def test_interfaces_of_a_router_and_their_counters() -> None:
    counters = procfs.parse_net_dev(recording("proc_net_dev_xiaomi_r4a.txt"))
    assert sorted(counters) == ["eth1", "gre0", "gretap0", "ifb0", "lo", "tunl0", "wl0", "wl1", "wl2"]
    assert counters["eth1"] == InterfaceCounters(
        rx_bytes=24_179_742, rx_errors=0, rx_drops=10, tx_bytes=17_084_883, tx_errors=0, tx_drops=0
    )
    assert counters["wl1"] == InterfaceCounters(
        rx_bytes=14_731_065, rx_errors=300, rx_drops=0, tx_bytes=25_324_368, tx_errors=0, tx_drops=0
    )
    assert counters["ifb0"].tx_drops == 15


@pytest.mark.parametrize(
    ("name", "interface", "rx_bytes", "tx_bytes"),
    [
        ("procfs_net_dev.txt", "eth0", 874_354_587, 563_352_563),
        ("jc_net_dev.txt", "ens33", 60_600_053, 44_256_546),
    ],
)
def test_bytes_of_an_interface(name: str, interface: str, rx_bytes: int, tx_bytes: int) -> None:
    counters = procfs.parse_net_dev(recording(name))[interface]
    assert (counters.rx_bytes, counters.tx_bytes) == (rx_bytes, tx_bytes)


def test_counters_of_old_kernels_stand_right_after_the_colon() -> None:
    line = "  eth0:1234567890 5 1 2 0 0 0 0 77 6 3 4 0 0 0 0"
    assert procfs.parse_net_dev(line) == {"eth0": InterfaceCounters(1_234_567_890, 1, 2, 77, 3, 4)}


def test_one_broken_counter_takes_no_other_along() -> None:
    assert procfs.parse_net_dev("eth0: -5 5 1 2 0 0 0 0 77 6 3 4 0 0 0 0\neth1: 1 2 3\nnothing at all\n") == {
        "eth0": InterfaceCounters(None, 1, 2, 77, 3, 4)
    }


IPV4 = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
IPV6_DEFAULT = f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003     eth6\n"
IPV6_REJECT = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200       lo\n"
IPV6_ADDRESS = f"fd{'0' * 30} 40 {'0' * 32} 00 {'0' * 32} 00000100 00000001 00000000 00000001     eth7\n"


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "interface"),
    [
        (
            "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\neth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0",
            "",
            "eth0",
        ),
        ("wwan0 00000000 0 0003 0 0 700 00000000 0 0 0\neth1 00000000 0 0003 0 0 100 00000000 0 0 0", "", "eth1"),
        # Half of the world is a VPN's trick, a dead route leads nowhere, a rejecting one neither.
        ("tun0 00000000 0 0003 0 0 0 00000080 0 0 0", IPV6_DEFAULT, "eth6"),
        ("eth0 00000000 0 0002 0 0 0 00000000 0 0 0", "", None),
        ("* 00000000 0 0201 0 0 0 00000000 0 0 0", IPV6_REJECT, None),
        ("", IPV6_REJECT + IPV6_ADDRESS + IPV6_DEFAULT, "eth6"),
        ("eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0", IPV6_DEFAULT, "eth0"),
        ("eth0 00000000 garbage", "garbage " * 12, None),
        ("", "", None),
    ],
)
def test_the_default_route(ipv4: str, ipv6: str, interface: str | None) -> None:
    assert procfs.parse_default_interface(IPV4 + ipv4, ipv6) == interface


def test_temperatures_of_thermal_zones() -> None:
    assert procfs.parse_celsius(recording("procfs_thermal__thermal_zone0__temp.txt")) == 49.925
    assert procfs.parse_celsius(recording("procfs_thermal__thermal_zone1__temp.txt")) is None  # acpitz, −44 °C


def test_temperatures_of_radios() -> None:
    both = recording("hwmon_bpi-r3_phys.txt").split()
    assert [procfs.parse_celsius(line) for line in both] == [66.0, 45.0]
    assert procfs.parse_celsius(recording("hwmon_mt7663_zero.txt")) is None  # 0: cannot measure


@pytest.mark.parametrize(("text", "celsius"), [("-12500\n", -12.5), ("125000", 125.0), ("127000", None), ("", None)])
def test_temperatures_at_the_limits(text: str, celsius: float | None) -> None:
    assert procfs.parse_celsius(text) == celsius


@pytest.mark.parametrize(
    ("state", "is_up"),
    [
        ("up\n", True),
        ("down\n", False),
        ("lowerlayerdown\n", False),
        ("dormant\n", False),
        ("unknown\n", None),
        ("", None),
    ],
)
def test_operstate(state: str, is_up: bool | None) -> None:
    assert procfs.parse_is_up(state) is is_up


@pytest.mark.parametrize(
    ("speed", "bits_per_second"),
    [("100\n", 1e8), ("10000\n", 1e10), ("2500", 2.5e9)]
    + [(unknown, None) for unknown in ("-1\n", "0\n", "65535\n", "4294967295\n", "", "fast")],
)
def test_speed(speed: str, bits_per_second: float | None) -> None:
    assert procfs.parse_speed_bits_per_second(speed) == bits_per_second


@pytest.mark.parametrize(("duplex", "is_full"), [("full\n", True), ("half\n", False), ("unknown\n", None), ("", None)])
def test_duplex(duplex: str, is_full: bool | None) -> None:
    assert procfs.parse_is_full_duplex(duplex) is is_full


@pytest.mark.parametrize(
    ("address", "mac"),
    [
        ("A0:36:9F:00:12:34\n", "a0:36:9f:00:12:34"),
        ("00:00:00:00:00:00\n", None),
        ("ff:ff:ff:ff:ff:ff\n", None),
        ("192.0.2.1\n", None),  # a tunnel's
        ("80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01\n", None),  # InfiniBand's
    ],
)
def test_mac(address: str, mac: str | None) -> None:
    assert procfs.parse_mac(address) == mac


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bananapi BPI-R4\0", "Bananapi BPI-R4"),
        ("  PC   Engines \n", "PC Engines"),
        ("케이티 AP\n", "케이티 AP"),
        ("0A12 4F\n", "0A12 4F"),
        ("ab" * 100, "ab" * 64),
    ]
    + [
        (placeholder, None)
        for placeholder in (
            "To be filled by O.E.M.\n",
            "To Be Filled By O.E.M. by More String\n",
            "Default string\n",
            "None\n",
            "Not Specified\n",
            "System Serial Number\n",
            "System manufacturer\n",
            "System Product Name\n",
            "0123456789\n",
            "00000000\n",
            "........\n",
            "O.E.M.\n",
            "N/A\n",
            "\n",
            "",
            "\0",
            "bell\x07",
            "\ufffd\ufffd",
        )
    ],
)
def test_what_a_device_calls_itself(text: str, name: str | None) -> None:
    assert procfs.parse_identity(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('NAME="OpenWrt"\nVERSION="23.05.3"\nPRETTY_NAME="OpenWrt 23.05.3"\n', "OpenWrt 23.05.3"),
        ("PRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\n", "Debian GNU/Linux 12 (bookworm)"),
        ("PRETTY_NAME=Alpine\n", "Alpine"),
        ("NAME=Alpine\n", None),
        ("PRETTY_NAME=\n", None),
    ],
)
def test_the_name_of_the_system(text: str, name: str | None) -> None:
    assert procfs.parse_os_name(text) == name


garbage = st.one_of(
    st.text(),
    st.binary().map(lambda raw: raw.decode(errors="replace")),
    st.text(alphabet="0123456789-. \n:ceptuMmTotalkB", max_size=200),
    st.integers().map(str),
    st.floats().map(str),
)


@settings(deadline=None)  # a slow machine is no failure
@given(text=garbage)
def test_no_text_raises_or_leaves_the_limits_of_the_wire(text: str) -> None:
    System(
        uptime_seconds=procfs.parse_uptime_seconds(text),
        load_1m=procfs.parse_load_1m(text),
        memory_used_ratio=procfs.parse_memory_used_ratio(text),
        temperature_celsius=procfs.parse_celsius(text),
    )
    Interface(
        name="eth0",
        is_up=procfs.parse_is_up(text),
        speed_bits_per_second=procfs.parse_speed_bits_per_second(text),
        is_full_duplex=procfs.parse_is_full_duplex(text),
    )
    Device(vendor=procfs.parse_identity(text), mac=procfs.parse_mac(text), firmware=procfs.parse_os_name(text))
    for name in filter(procfs.is_interface_name, [text, *procfs.parse_net_dev(text)]):
        Interface(name=name)
    procfs.parse_cpu_ticks(text)
    procfs.parse_default_interface(text, text)
