"""Fortinet FortiAP: a recording of a FAP-231G, and synthetic ones of our own for what it does not hold, as 6 GHz."""

from collections.abc import Mapping

from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

FAP = "1.3.6.1.4.1.12356.120"
RADIO, VAP = f"{FAP}.4.1.1", f"{FAP}.7.1.1"
IF = "1.3.6.1.2.1.2.2.1"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def column(entry: str, number: int, rows: Mapping[str, str]) -> Records:
    """One column of a table."""
    return {f"{entry}.{number}.{row}": record for row, record in rows.items()}


def ours() -> Records:
    """Synthetic: four radios, of which one is in 6 GHz and one is switched off."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|test-ap",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.12356.120.10.99999",
        "1.3.6.1.2.1.1.3.0": "67|500",  # of the SNMP agent, which is younger than the device
        f"{FAP}.1.1.0": "4|FP999K-v7.6-build0999",
        f"{FAP}.1.2.0": "4|FP999KTEST000001",
        f"{FAP}.1.3.0": "4|test-ap",
        f"{FAP}.1.5.0": "4x|00005e005301",
        f"{FAP}.3.9.0": "4|12/1536",
        f"{FAP}.3.38.0": "67|1000000",
        f"{FAP}.3.44.0": "2|0",
        **column(RADIO, 2, {"0": "2|0", "1": "2|0", "2": "2|0", "3": "2|1"}),  # ap, ap, ap, disabled
        **column(RADIO, 5, {"0": "4|3/512", "1": "4|7/512", "2": "4|2/512", "3": "4|0/0"}),
        **column(RADIO, 6, {"0": "2|8", "1": "2|9", "2": "2|11", "3": "2|255"}),  # ax24G, ax5G, ax6G, invalid
        **column(RADIO, 10, {"0": "2|17", "1": "2|0", "2": "2|23", "3": "2|17"}),
        **column(RADIO, 12, {"0": "2|0", "1": "2|2", "2": "2|3", "3": "2|0"}),  # 20, 80, 160, 20 MHz
        **column(RADIO, 14, {"0": "2|1", "1": "2|149", "2": "2|37", "3": "2|44"}),  # the last is what it had
        **column(VAP, 4, {"0.0": "4|SEOUL", "1.0": "4|SEOUL", "1.1": "4|SEOUL_Secure", "2.0": "4|SEOUL_Secure"}),
        **column(VAP, 6, {"0.0": "2|1", "1.0": "2|1", "1.1": "2|0", "2.0": "2|1"}),  # one is down
        **column(VAP, 45, {"0.0": "2|3", "1.0": "2|7", "1.1": "2|0", "2.0": "2|2"}),
    }


def of_series(version: str) -> Records:
    """Synthetic: two radios whose types do not tell the band, on channels that 6 GHz has as well."""
    return {
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.12356.120.10.99998",
        f"{FAP}.1.1.0": f"4|{version}",
        **column(RADIO, 6, {"0": "2|10", "1": "2|10"}),  # ax
        **column(RADIO, 14, {"0": "2|1", "1": "2|149"}),
    }


def recordings_played() -> Mapping[str, Records]:
    fap231g = recording("fortiap_fap231g")
    near_the_top = {**fap231g, f"{IF}.16.5": "65|4294967000"}
    return {
        **identities(),
        "fap231g": fap231g,
        "fap231g_later": grown(fap231g, {f"{IF}.10.5": 7_500_000, f"{IF}.16.5": 750_000, f"{IF}.13.5": 60}),
        "near_the_top": near_the_top,
        "over_the_top": {**near_the_top, f"{IF}.16.5": "65|749704"},  # 750 kB later
        "ours": ours(),
        "series_f": of_series("FP999F-v7.4-build0999"),
        "series_g": of_series("FP999G-v7.4-build0999"),
    }


async def test_no_other_device_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "fortiap") == {"fortiap_fap231g"}


async def test_the_whole_report_of_a_fap_231g(device: Device) -> None:
    first, later = await device("fap231g", "fap231g_later", access_point="nanji-001")
    report = {
        "access_point": "nanji-001",
        # sysName, uptime and fapBaseMacAddr were not recorded; the address is that of eth0.
        "device": {
            "vendor": "Fortinet",
            "model": "FP231G",
            "serial": "FP231GTF2409AF83",
            "mac": "04:01:a1:c4:e1:b0",
            "firmware": "v7.4-build0771",
        },
        "system": {"cpu_ratio": 0.06, "memory_used_ratio": 0.56, "temperature_celsius": 50.0},
        "clients": 0,
        "radios": [
            # Without the radio's type, channel 1 of a device that can have 6 GHz is of either band; LibreNMS says 2412.
            # 136 is of 5 GHz alone.
            {"name": "radio1", "channel": 1, "tx_power_dbm": 13.0, "clients": 0},
            {"name": "radio2", "band": "5", "channel": 136, "tx_power_dbm": 15.0, "clients": 0},
            # It scans: LibreNMS shows 0 MHz and 50 dBm.
            {"name": "radio3"},
        ],
        # LibreNMS shows one sensor for both radios of a network.
        "ssids": [
            {"ssid": "AES-HIDDEN-INTERNAL", "radio": "radio1", "clients": 0},
            {"ssid": "HIDDEN-EXTERNAL", "radio": "radio1", "clients": 0},
            {"ssid": "HIDDEN-GUEST", "radio": "radio1", "clients": 0},
            {"ssid": "ABC", "radio": "radio1", "clients": 0},
            {"ssid": "AES-HIDDEN-INTERNAL", "radio": "radio2", "clients": 0},
            {"ssid": "HIDDEN-EXTERNAL", "radio": "radio2", "clients": 0},
            {"ssid": "HIDDEN-GUEST", "radio": "radio2", "clients": 0},
            {"ssid": "ABC", "radio": "radio2", "clients": 0},
        ],
    }
    # Of 50 interfaces two are cables. The second has no link, and the 10 Mb/s that it claims is none.
    assert first == [
        {
            **report,
            "observed_at": FIRST,
            "uplink": {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9},
            "interfaces": [{"name": "eth1", "is_up": False}],
        }
    ]
    still = {
        "rx_bits_per_second": 0.0,
        "tx_bits_per_second": 0.0,
        "rx_errors_per_second": 0.0,
        "tx_errors_per_second": 0.0,
        "rx_drops_per_second": 0.0,
        "tx_drops_per_second": 0.0,
    }
    assert later == [
        {
            **report,
            "observed_at": LATER,
            "interval_seconds": 60.0,
            "uplink": {
                **still,
                "name": "eth0",
                "is_up": True,
                "speed_bits_per_second": 1e9,
                "rx_bits_per_second": 1e6,
                "tx_bits_per_second": 1e5,
                "rx_drops_per_second": 1.0,
            },
            "interfaces": [{**still, "name": "eth1", "is_up": False}],
        }
    ]


async def test_traffic_survives_a_counter_that_turns_over(device: Device) -> None:
    _, (later,) = await device("near_the_top", "over_the_top")
    assert later["uplink"]["tx_bits_per_second"] == 1e5


async def test_none_is_made_up_where_the_counter_went_back(device: Device) -> None:
    _, (later,) = await device("fap231g_later", "fap231g")
    assert "rx_bits_per_second" not in later["uplink"]


async def test_radios_of_three_bands_and_one_that_is_off(device: Device) -> None:
    (reports,) = await device("ours")
    assert reports == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Fortinet",
                "model": "FP999K",
                "serial": "FP999KTEST000001",
                "mac": "00:00:5e:00:53:01",
                "firmware": "v7.6-build0999",
                "name": "test-ap",
            },
            "system": {"uptime_seconds": 10000.0},  # a temperature of 0 is a sensor that is not there
            "clients": 12,
            "radios": [
                {
                    "name": "radio1",
                    "is_up": True,
                    "band": "2.4",
                    "channel": 1,
                    "width_mhz": 20,
                    "standard": "802.11ax",
                    "tx_power_dbm": 17.0,
                    "clients": 3,
                },
                {
                    "name": "radio2",
                    "is_up": True,
                    "band": "5",
                    "channel": 149,
                    "width_mhz": 80,
                    "standard": "802.11ax",
                    "clients": 7,
                },
                {
                    "name": "radio3",
                    "is_up": True,
                    "band": "6",
                    "channel": 37,
                    "width_mhz": 160,
                    "standard": "802.11ax",
                    "tx_power_dbm": 23.0,
                    "clients": 2,
                },
                {"name": "radio4", "is_up": False, "band": "5", "clients": 0},
            ],
            "ssids": [
                {"ssid": "SEOUL", "radio": "radio1", "clients": 3},
                {"ssid": "SEOUL", "radio": "radio2", "clients": 7},
                {"ssid": "SEOUL_Secure", "radio": "radio3", "clients": 2},
            ],
        }
    ]


async def test_a_channel_tells_the_band_only_where_there_is_no_6_ghz(device: Device) -> None:
    ((with_none,),) = await device("series_f")
    ((with_some,),) = await device("series_g")
    assert [radio.get("band") for radio in with_none["radios"]] == ["2.4", "5"]
    assert [radio.get("band") for radio in with_some["radios"]] == [None, None]
