"""Ruckus Unleashed: recordings of two masters that tell of nobody else, and a synthetic cluster of our own."""

from collections.abc import Mapping

from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

UNLEASHED = "1.3.6.1.4.1.25053.1.15"
SYSTEM, STATS = f"{UNLEASHED}.1.1.1.1", f"{UNLEASHED}.1.1.1.15"
AP, PORT = f"{UNLEASHED}.2.1.1.2.1.1", f"{UNLEASHED}.2.1.1.2.8.1"
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
MASTER, SECOND, THIRD, FOURTH = (f"0.0.94.0.83.{n}" for n in (1, 2, 3, 4))  # 00:00:5e:00:53:01 and so on


def column(entry: str, number: int, rows: Mapping[str, str]) -> Records:
    """One column of a table."""
    return {f"{entry}.{number}.{row}": record for row, record in rows.items()}


def cluster() -> Records:
    """Synthetic: a master, one that is connected, one that is lost and one that waits for approval."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|Ruckus Wireless R999",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.25053.3.1.5.20",
        "1.3.6.1.2.1.1.3.0": "67|900",  # of the SNMP agent, which is younger than the device
        "1.3.6.1.2.1.1.5.0": "4|the-network",
        f"{SYSTEM}.3.0": "4x|00005e005301",
        f"{SYSTEM}.8.0": "67|1000000",
        f"{SYSTEM}.9.0": "4|R999",
        f"{SYSTEM}.15.0": "4|TEST00000001",
        f"{SYSTEM}.18.0": "4|200.99.0.1 build 2",
        f"{STATS}.1.0": "66|2",
        f"{STATS}.2.0": "66|12",
        f"{STATS}.13.0": "66|15",
        f"{STATS}.14.0": "66|45",
        f"{STATS}.30.0": "66|13",
        **column(
            AP,
            1,
            {
                MASTER: "4x|00005e005301",
                SECOND: "4x|00005e005302",
                THIRD: "4x|00005e005303",
                FOURTH: "4x|00005e005304",
            },
        ),
        **column(AP, 2, {MASTER: "4|Gate", SECOND: "4|Bridge", THIRD: "4|Pool", FOURTH: "4|"}),
        **column(AP, 3, {MASTER: "2|1", SECOND: "2|1", THIRD: "2|0", FOURTH: "2|2"}),
        **column(AP, 4, {MASTER: "4|R999", SECOND: "4|R998", THIRD: "4|R998", FOURTH: "4|R997"}),
        **column(AP, 5, {MASTER: "4|TEST00000001", SECOND: "4|TEST00000002", THIRD: "4|TEST00000003"}),
        **column(AP, 6, {MASTER: "67|990000", SECOND: "67|500000", THIRD: "67|400000", FOURTH: "67|0"}),
        **column(AP, 7, {MASTER: "4|200.99.0.1", SECOND: "4|200.99.0.1", THIRD: "4|200.99.0.0"}),
        **column(AP, 15, {MASTER: "66|5", SECOND: "66|7", THIRD: "66|9", FOURTH: "66|0"}),
        **column(PORT, 5, {f"{MASTER}.0": "4|eth0", f"{SECOND}.0": "4|eth0", f"{SECOND}.1": "4|eth1"}),
        **column(PORT, 8, {f"{MASTER}.0": "2|1", f"{SECOND}.0": "2|2", f"{SECOND}.1": "2|1"}),
        **column(PORT, 9, {f"{MASTER}.0": "2|1000", f"{SECOND}.0": "2|0", f"{SECOND}.1": "2|100"}),
        **column(PORT, 10, {f"{MASTER}.0": "2|1", f"{SECOND}.0": "2|2", f"{SECOND}.1": "2|2"}),
        **column(IF, 2, {"1": "4|eth0", "2": "4|br0"}),
        **column(IF, 3, {"1": "2|6", "2": "2|6"}),
        **column(IF, 6, {"1": "4x|00005e0053f3", "2": "4x|00005e005301"}),
        **column(IF, 8, {"1": "2|1", "2": "2|1"}),
        **column(IFX, 15, {"1": "66|1000"}),
    }


def recordings_played() -> Mapping[str, Records]:
    t300 = recording("ruckuswireless-unleashed")
    r850 = recording("ruckuswireless-unleashed_legacy-unleashed")
    return {
        **identities(),
        "t300": t300,
        "t300_of_two": {**t300, f"{STATS}.1.0": "66|2", f"{STATS}.2.0": "66|9"},
        "r850": r850,
        "r850_later": grown(r850, {f"{IFX}.6.5": 7_500_000, f"{IFX}.10.5": 750_000, f"{IF}.13.5": 120}),
        "cluster": cluster(),
        "both_ports": {**cluster(), f"{PORT}.8.{SECOND}.0": "2|1"},
    }


async def test_no_other_device_gets_this_profile(port: int) -> None:
    """ZoneDirectors have object ids of the same branch."""
    assert await recordings_that_choose(port, "ruckus_unleashed") == {
        "ruckuswireless-unleashed",
        "ruckuswireless-unleashed_legacy-unleashed",
    }


async def test_a_master_that_is_alone(device: Device) -> None:
    (reports,) = await device("t300", access_point="nanji-001")
    assert reports == [
        {
            "access_point": "nanji-001",
            "observed_at": FIRST,
            "device": {
                "vendor": "Ruckus",
                "model": "T300",
                "serial": "231603507471",
                "firmware": "200.15.6.112 build 54",
                "name": "<private>",
            },
            "system": {"uptime_seconds": 21180.73, "cpu_ratio": 0.0, "memory_used_ratio": 0.59},
            # Of one access point all clients are its own. LibreNMS shows none as well.
            "clients": 0,
        }
    ]


async def test_clients_of_several_are_not_taken_for_those_of_the_master(device: Device) -> None:
    ((report,),) = await device("t300_of_two")
    assert "clients" not in report


async def test_an_older_master_by_the_port_that_has_a_link(device: Device) -> None:
    # The serial number is all zeros, which is none, and the address is the bridge's. There is no uptime.
    identity = {
        "device": {"vendor": "Ruckus", "model": "R850", "mac": "20:58:69:10:81:30", "firmware": "200.14.6.1 build 203"},
        "system": {"cpu_ratio": 0.0, "memory_used_ratio": 0.24},
    }
    # Of 33 interfaces two are cables; eth0 has no link. ifHighSpeed is 0, which is not known.
    first, later = await device("r850", "r850_later")
    assert first == [{**identity, "observed_at": FIRST, "uplink": {"name": "eth1", "is_up": True}}]
    assert later == [
        {
            **identity,
            "observed_at": LATER,
            "interval_seconds": 60.0,
            "uplink": {
                "name": "eth1",
                "is_up": True,
                "rx_bits_per_second": 1e6,
                "tx_bits_per_second": 1e5,
                "rx_errors_per_second": 0.0,
                "tx_errors_per_second": 0.0,
                "rx_drops_per_second": 2.0,
                "tx_drops_per_second": 0.0,
            },
        }
    ]


async def test_a_cluster_is_the_master_and_each_other_access_point(device: Device) -> None:
    (reports,) = await device("cluster", access_point="nanji-001")
    assert reports == [
        {
            "access_point": "nanji-001",
            "observed_at": FIRST,
            "device": {
                "vendor": "Ruckus",
                "model": "R999",
                "serial": "TEST00000001",
                "mac": "00:00:5e:00:53:01",
                "firmware": "200.99.0.1 build 2",
                "name": "Gate",  # its own, not the network's
            },
            "system": {"uptime_seconds": 10000.0, "cpu_ratio": 0.15, "memory_used_ratio": 0.45},
            "clients": 5,  # its own, not the network's 13
            "uplink": {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9},
        },
        {
            "observed_at": FIRST,
            "is_up": True,
            "device": {
                "vendor": "Ruckus",
                "model": "R998",
                "serial": "TEST00000002",
                "mac": "00:00:5e:00:53:02",
                "firmware": "200.99.0.1",
                "name": "Bridge",
            },
            "system": {"uptime_seconds": 5000.0},
            "clients": 7,
            "uplink": {"name": "eth1", "is_up": True, "speed_bits_per_second": 1e8, "is_full_duplex": False},
        },
        {
            "observed_at": FIRST,
            "is_up": False,  # and its nine clients and its uptime are old
            "device": {
                "vendor": "Ruckus",
                "model": "R998",
                "serial": "TEST00000003",
                "mac": "00:00:5e:00:53:03",
                "firmware": "200.99.0.0",
                "name": "Pool",
            },
        },
        {
            "observed_at": FIRST,  # waits for approval: neither up nor lost
            "device": {"vendor": "Ruckus", "model": "R997", "mac": "00:00:5e:00:53:04"},
        },
    ]


async def test_no_port_is_called_the_uplink_where_several_have_a_link(device: Device) -> None:
    (reports,) = await device("both_ports")
    assert "uplink" not in reports[1]
