"""The profile that any device gets: standard MIBs, on an Allied Telesis access point that no other profile is for."""

from collections.abc import Mapping

from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

IN_OCTETS, OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.6.4", "1.3.6.1.2.1.31.1.1.1.10.4"
OUT_ERRORS = "1.3.6.1.2.1.2.2.1.20.4"


def recordings_played() -> Mapping[str, Records]:
    first = recording("allied-tq")
    later = grown(first, {IN_OCTETS: 7_500_000, OUT_OCTETS: 750_000, OUT_ERRORS: 30})
    return {
        "first": first,
        "later": later,
        "stellar": recording("stellar_oaw-ap1321"),
        "lancom": recording("lcoslx_ow602"),
        "cisco_ap": recording("ciscowap_iw9165dh"),
        "moxa": recording("moxa-awk_4131a"),
        "epmp": recording("epmp"),
        "ios_ap": ports("Gi0"),
        "memory": memory(),
        "memory_unknown": {oid: record for oid, record in memory().items() if not oid.endswith(".6.0")},
        "memory_all_used": {**memory(), "1.3.6.1.4.1.2021.4.6.0": "2|0"},
        "switch": ports("ge-0/0/0", "Gi1/0/1", "1/1/1", "24"),
    }


def memory() -> Records:
    """What UCD-SNMP-MIB tells of 1000 KiB: 200 are free, 50 buffers, 150 cache."""
    told = {5: 1000, 6: 200, 14: 50, 15: 150}
    return {**ports(), **{f"1.3.6.1.4.1.2021.4.{column}.0": f"2|{value}" for column, value in told.items()}}


def ports(*names: str) -> Records:
    """A device of our own making with these ports, all up."""
    records = {"1.3.6.1.2.1.1.1.0": "4|TEST", "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.32473.1"}
    for number, name in enumerate(names, start=1):
        records |= {
            f"1.3.6.1.2.1.2.2.1.3.{number}": "2|6",
            f"1.3.6.1.2.1.2.2.1.8.{number}": "2|1",
            f"1.3.6.1.2.1.31.1.1.1.1.{number}": f"4|{name}",
        }
    return records


async def test_the_whole_report_of_a_device_that_nobody_wrote_a_profile_for(device: Device) -> None:
    first, later = await device("first", "later", access_point="nanji-001")
    identity = {
        "access_point": "nanji-001",
        # sysName; the recording's contributor has hidden it. The model is only in sysDescr, which has no form.
        "device": {"name": "<private>"},
        # sysUpTime 16700 hundredths. LibreNMS shows the same. The MIB of the processor is not there.
        "system": {"uptime_seconds": 167.0},
    }
    # Of 11 interfaces all call themselves ethernetCsmacd or nothing; lo, sit0, wlan* and the bridge are no cables.
    assert first == [
        {
            **identity,
            "observed_at": "2026-05-02T12:00:00Z",
            "uplink": {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9},
        }
    ]
    assert later == [
        {
            **identity,
            "observed_at": "2026-05-02T12:01:00Z",
            "interval_seconds": 60.0,
            "uplink": {
                "name": "eth0",
                "is_up": True,
                "speed_bits_per_second": 1e9,
                "rx_bits_per_second": 1e6,
                "tx_bits_per_second": 1e5,
                "rx_errors_per_second": 0.0,
                "tx_errors_per_second": 0.5,
                "rx_drops_per_second": 0.0,
                "tx_drops_per_second": 0.0,
            },
        }
    ]


async def test_the_uplink_is_the_port_that_is_connected(device: Device) -> None:
    told = {name: (await device(name))[0][0] for name in ("stellar", "lancom", "cisco_ap", "ios_ap", "switch")}
    # Of the Stellar's three ports eth1 is up, and has VLANs that bear names of their own: eth1-11.
    assert told["stellar"]["uplink"] == {"name": "eth1", "is_up": True, "speed_bits_per_second": 1e9}
    assert [each["name"] for each in told["stellar"]["interfaces"]] == ["eth0", "eth2", "g1"]
    assert told["lancom"]["uplink"] == {"name": "eth1", "is_up": True, "speed_bits_per_second": 1e9}
    assert told["lancom"]["interfaces"] == [{"name": "eth0", "is_up": False}]
    # It has no ifName, and wired1, which is down, an ifSpeed of 4294967295.
    assert told["cisco_ap"]["uplink"] == {"name": "wired0", "is_up": True, "speed_bits_per_second": 1e9}
    assert [each["name"] for each in told["cisco_ap"]["interfaces"]] == ["wired1", "mgmt0"]
    assert told["ios_ap"]["uplink"] == {"name": "Gi0", "is_up": True}
    # Nobody says which of a switch's ports leads to the network: none is taken for it.
    assert "uplink" not in told["switch"]
    assert [each["name"] for each in told["switch"]["interfaces"]] == ["ge-0/0/0", "Gi1/0/1", "1/1/1", "24"]


async def test_a_speed_that_an_agent_tells_in_bits_instead_of_megabits(device: Device) -> None:
    told = {name: (await device(name))[0][0] for name in ("moxa", "epmp")}
    # ifHighSpeed is 1000000000; no ifSpeed.
    assert told["moxa"]["uplink"] == {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9}
    assert told["epmp"]["uplink"] == {"name": "LAN interface 1", "is_up": True, "speed_bits_per_second": 1e9}


async def test_memory_of_which_the_free_part_is_not_known_is_not_known(device: Device) -> None:
    told = [(await device(name))[0][0] for name in ("memory", "memory_unknown", "memory_all_used")]
    assert told[0]["system"] == {"memory_used_ratio": 0.6}
    assert "system" not in told[1]
    assert told[2]["system"] == {"memory_used_ratio": 0.8}
