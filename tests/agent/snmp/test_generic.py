"""The profile that any device gets: standard MIBs, on an Allied Telesis access point that no other profile is for."""

from collections.abc import Mapping

from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

IN_OCTETS, OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.6.4", "1.3.6.1.2.1.31.1.1.1.10.4"
OUT_ERRORS = "1.3.6.1.2.1.2.2.1.20.4"


def recordings_played() -> Mapping[str, Records]:
    first = recording("allied-tq")
    later = grown(first, {IN_OCTETS: 7_500_000, OUT_OCTETS: 750_000, OUT_ERRORS: 30})
    return {"first": first, "later": later}


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
