"""Aruba access points with AOS-10. The device is of our own making: a public recording there is none."""

from collections.abc import Mapping

from recordings import Device, Records

IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"


def recordings_played() -> Mapping[str, Records]:
    newer = described("AOS-10 (MODEL: 635), Version 10.7.1.0-10.7.1.0 SSR")
    return {
        "newer": newer,
        "later": {**newer, f"{IFX}.6.1": "70|16000000"},
        "older": described("ArubaOS (MODEL: 505H), Version 10.4.0.0-10.4.0.0"),
    }


def described(description: str) -> Records:
    """A port, and a network, which is no cable. The MAC is one of RFC 7042's for documents."""
    return {
        "1.3.6.1.2.1.1.1.0": f"4|{description}",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.2.125",
        "1.3.6.1.2.1.1.3.0": "67|360000",
        f"{IF}.2.1": "4|eth0",
        f"{IF}.2.50": "4|radio0_ssid_id0",
        f"{IF}.3.1": "2|62",
        f"{IF}.3.50": "2|188",
        f"{IF}.6.1": "4x|00005e005301",
        f"{IF}.6.50": "4x|00005e005302",
        f"{IF}.8.1": "2|1",
        f"{IF}.8.50": "2|1",
        f"{IFX}.6.1": "70|1000000",
        f"{IFX}.15.1": "66|2500",
    }


async def test_what_it_is_and_what_its_port_does(device: Device) -> None:
    _, later = await device("newer", "later")
    assert later == [
        {
            "observed_at": "2026-05-02T12:01:00Z",
            "interval_seconds": 60.0,
            "device": {
                "vendor": "HPE Aruba",
                "model": "635",
                "mac": "00:00:5e:00:53:01",
                "firmware": "10.7.1.0-10.7.1.0",
            },
            "system": {"uptime_seconds": 3600.0},
            "uplink": {
                "name": "eth0",
                "is_up": True,
                "speed_bits_per_second": 2.5e9,
                "rx_bits_per_second": 2e6,
            },
        }
    ]


async def test_its_earlier_name(device: Device) -> None:
    ((older,),) = await device("older")
    assert older["device"] == {
        "vendor": "HPE Aruba",
        "model": "505H",
        "mac": "00:00:5e:00:53:01",
        "firmware": "10.4.0.0-10.4.0.0",
    }
