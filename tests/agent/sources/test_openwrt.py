"""The source openwrt, on recorded devices of our own: what it reports, what it leaves out, and what it never says."""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import FrozenClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.openwrt.commands import RecordedCommands, file_name
from agent.openwrt.reading import Reader
from agent.settings import SettingsError, check
from agent.sources import Source, SourceError
from agent.sources.openwrt import Settings, open_source
from agent.wire import Distribution, Interface, Radio, Report, Ssid, StandardClients, encode

RECORDED = Path(__file__).resolve().parents[1] / "openwrt" / "recorded"
EXPECTED = RECORDED.parent / "expected"

IwInterface = tuple[str, str, str, str]


class Box:
    """A recorded device, its clock, and the source that reads it."""

    def __init__(self, root: Path, clock: FrozenClock, **keys: object) -> None:
        self.root, self.clock = root, clock
        table = {"kind": "openwrt", "access_point": "lab-001", "root": root, **keys}
        self.source: Source = open_source(Settings.model_validate(table), clock)

    def record(self, name: str) -> None:
        """Lay one of our recordings over what is there."""
        shutil.copytree(RECORDED / name, self.root, dirs_exist_ok=True)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def answer(self, *argv: str, text: str) -> None:
        self.write({f"commands/{file_name(argv)}": text})

    async def read(self) -> Report:
        (report,) = await self.source.read()
        return report

    async def read_later(self, seconds: float = 60) -> Report:
        self.clock.advance(seconds)
        return await self.read()


@pytest.fixture
def box(tmp_path: Path, clock: FrozenClock) -> Box:
    return Box(tmp_path / "box", clock)


def expected(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))
    return document


def document(report: Report) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(encode(report))
    return told


def iw_dev(*interfaces: IwInterface) -> str:
    """`iw dev` of (phy, name, type, channel line)."""
    text = ""
    for phy, name, kind, channel in interfaces:
        text += (
            f"{phy}\n\tInterface {name}\n\t\tifindex 9\n\t\taddr 02:4c:41:42:00:10\n\t\tssid {name}\n\t\ttype {kind}\n"
        )
        text += f"\t\tchannel {channel}\n\t\ttxpower 20.00 dBm\n" if channel else ""
    return text


def station(address: str, name: str = "wlan0", **lines: object) -> str:
    told = "".join(f"\t{key.replace('_', ' ')}:\t{value}\n" for key, value in lines.items())
    return f"Station {address} (on {name})\n{told}"


ON_6 = "6 (2437 MHz), width: 20 MHz, center1: 2437 MHz"
ON_36 = "36 (5180 MHz), width: 80 MHz, center1: 5210 MHz"
ONE_RADIO = iw_dev(("phy#0", "wlan0", "AP", ON_6))
SOMEONE = "02:c1:1e:27:00:01"


# Whole devices


async def test_a_three_band_device_at_its_first_reading(box: Box) -> None:
    box.record("three_band_ax")
    assert document(await box.read()) == expected("three_band_ax_first")


async def test_a_three_band_device_at_its_second_reading(box: Box) -> None:
    box.record("three_band_ax")
    await box.read()
    box.record("three_band_ax_later")
    assert document(await box.read_later()) == expected("three_band_ax_second")


async def test_an_old_device_that_has_no_more_than_a_board_and_iwinfo(box: Box) -> None:
    box.record("old_n")
    assert document(await box.read()) == expected("old_n")


def test_the_command_once_prints_the_report_of_a_recorded_device(tmp_path: Path) -> None:
    shutil.copytree(RECORDED / "three_band_ax", tmp_path / "device")
    configuration = tmp_path / "agent.toml"
    configuration.write_text('[agent]\nid = "lab-001"\n[[sources]]\nkind = "openwrt"\nroot = "device"\n')
    argv = [sys.executable, "-m", "agent.main", "once", "--config", str(configuration)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    first = expected("three_band_ax_first")
    assert (told["access_point"], told["clients"], told["device"]) == ("lab-001", 5, first["device"])
    assert [radio["band"] for radio in told["radios"]] == ["2.4", "5", "6"]
    assert [(ssid["ssid"], ssid["clients"]) for ssid in told["ssids"]] == [
        ("SEOUL", 2),
        ("SEOUL_Secure", 2),
        ("한강", 0),
        ("SEOUL_Secure", 1),
    ]


PROGRAM = """#!/bin/sh
name=$(printf '%s' "${0##*/} $*" | sed 's/[^A-Za-z0-9.-][^A-Za-z0-9.-]*/_/g; s/_$//')
for file in "$DEVICE/commands/$name".*; do
    [ -f "$file" ] && exec cat "$file"
done
exit 4
"""


async def test_on_the_device_itself_the_programs_are_run(
    tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("iw", "ubus"):
        (tmp_path / name).write_text(PROGRAM)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("DEVICE", str(RECORDED / "three_band_ax"))
    source = open_source(Settings(kind="openwrt", command_timeout_seconds=30, timeout_seconds=600), clock)
    (report,) = await source.read()
    await source.close()
    first = expected("three_band_ax_first")
    told = document(report)
    assert (told["radios"], told["ssids"]) == (first["radios"], first["ssids"])
    assert told["device"].items() >= {"model": "Hangang Lab HL-AX3", "vendor": "Hangang Lab"}.items()


async def test_a_device_without_ubus_and_iw_still_tells_of_itself(
    tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (report,) = await open_source(Settings(kind="openwrt"), clock).read()
    assert report.radios == ()
    assert report.system is not None
    assert report.system.uptime_seconds is not None


# What fails


PHY0 = ("radios", 0)
SPOILED: list[tuple[str, dict[tuple[str | int, ...], object]]] = [
    ("iw_phy.txt", {}),  # iwinfo tells what the hardware can as well
    (
        "iw_dev_phy0-ap0_survey_dump.txt",
        {
            (*PHY0, "busy_ratio"): None,
            (*PHY0, "rx_ratio"): None,
            (*PHY0, "tx_ratio"): None,
            (*PHY0, "noise_dbm"): -92.0,  # iwinfo's
        },
    ),
    ("ubus_call_iwinfo_info_device_phy0-ap0.json", {(*PHY0, "standard"): None}),
    ("ubus_call_hostapd.phy1-ap0_get_clients.json", {}),  # the driver tells the same
    ("ubus_call_hostapd.phy1-ap1_get_clients.json", {}),
    (
        "ubus_call_system_board.json",
        {("device", "vendor"): None, ("device", "model"): None, ("device", "firmware"): None},
    ),
    (
        "ubus_call_system_info.json",
        {("system", "uptime_seconds"): None, ("system", "load_1m"): None, ("system", "memory_used_ratio"): None},
    ),
]
GARBAGE = '\x00\ufffd{"clients": [[[ Interface  Station  phy# Wiphy phy'


def put(document: dict[str, Any], place: tuple[str | int, ...], value: object) -> None:
    """Change a value of a document, or take it out."""
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    if value is None:
        del inner[place[-1]]


@pytest.mark.parametrize("text", [None, "", GARBAGE, "[]", "null", "{}"])
@pytest.mark.parametrize(("file", "changes"), SPOILED, ids=[file for file, _ in SPOILED])
async def test_a_command_that_fails_costs_its_own_values(
    box: Box, file: str, changes: dict[tuple[str | int, ...], object], text: str | None
) -> None:
    box.record("three_band_ax")
    for later in (False, True):
        if later:
            box.record("three_band_ax_later")
        path = box.root / "commands" / file
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)
        report = await box.read_later()
    without = expected("three_band_ax_second") | {"observed_at": report.model_dump(mode="json")["observed_at"]}
    for place, value in changes.items():
        put(without, place, value)
    assert document(report) == without


async def test_without_any_command_the_files_still_tell(box: Box) -> None:
    box.record("three_band_ax")
    shutil.rmtree(box.root / "commands")
    report = await box.read()
    assert report.radios == ()
    assert report.clients is None
    assert report.system is not None
    assert report.system.temperature_celsius == 61.5


async def test_where_nothing_can_be_read_the_error_says_what_was_looked_for(box: Box) -> None:
    with pytest.raises(SourceError, match=r"looked for commands/iw_dev, commands/iw_phy, .*`root`"):
        await box.read()


async def test_a_reading_after_one_that_failed_has_no_rates_and_the_next_has(box: Box) -> None:
    with pytest.raises(SourceError):
        await box.read()
    box.record("three_band_ax")
    assert document(await box.read_later())["radios"] == expected("three_band_ax_first")["radios"]
    box.record("three_band_ax_later")
    assert document(await box.read_later())["radios"] == expected("three_band_ax_second")["radios"]


def test_settings_are_checked_and_the_root_is_beside_the_file(tmp_path: Path) -> None:
    made = check(Settings, {"kind": "openwrt", "root": "recorded"}, tmp_path / "agent.toml")
    assert (made.root, made.access_point, made.command_timeout_seconds) == (tmp_path / "recorded", None, 2.0)
    assert check(Settings, {"kind": "openwrt"}, tmp_path / "agent.toml").root == Path("/")
    wrong = {"kind": "openwrt", "access_point": "A b", "command_timeout_seconds": 0, "uplink": "", "iw": "x"}
    with pytest.raises(SettingsError) as caught:
        check(Settings, wrong, tmp_path / "agent.toml")
    assert {mistake.key for mistake in caught.value.mistakes} == wrong.keys() - {"kind"}


# Radios


async def test_radios_that_share_a_phy_are_told_apart_and_those_that_are_off_are_not_hidden(box: Box) -> None:
    ranges = ((0, 2402, 2494), (1, 5170, 5935), (2, 5945, 7125))
    radios = "".join(
        f"\t\t* Idx {index}:\n\t\t\tFrequency Range:  {low} MHz - {high} MHz\n" for index, low, high in ranges
    )
    bands = (
        (1, "Capabilities: 0x9ff", 2412),
        (2, "Capabilities: 0x9ff\n\t\tVHT Capabilities (0x1)\n\t\tEHT Iftypes: AP", 5180),
        (4, "HE Iftypes: AP\n\t\tEHT Iftypes: AP", 5955),
    )
    phy = "Wiphy phy0\n" + "".join(
        f"\tBand {number}:\n\t\t{words}\n\t\tFrequencies:\n\t\t\t* {mhz}.0 MHz [1] (20.0 dBm)\n"
        for number, words, mhz in bands
    )
    box.answer("iw", "phy", text=f"{phy}\tSupported wiphy radios:\n{radios}")
    mld = iw_dev(
        ("phy#0", "ap-mld0", "AP", ON_36), ("phy#0", "phy0.0-ap0", "AP", ON_6), ("phy#0", "phy0.2-ap0", "AP", "")
    )
    box.answer("iw", "dev", text=mld)
    assert (await box.read()).radios == (
        Radio(name="phy0.0", is_up=True, band="2.4", channel=6, width_mhz=20, capability="802.11n", tx_power_dbm=20.0),
        Radio(name="phy0.1", is_up=True, band="5", channel=36, width_mhz=80, capability="802.11be", tx_power_dbm=20.0),
        Radio(name="phy0.2", is_up=False, band="6", capability="802.11be"),
    )


async def test_a_phy_without_any_interface_is_a_radio_that_is_off(box: Box) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    band = "\tBand 2:\n\t\tVHT Capabilities (0x1)\n\t\tFrequencies:\n\t\t\t* 5180 MHz [36] (20.0 dBm)\n"
    box.answer("iw", "phy", text=f"Wiphy phy0\nWiphy phy10\n{band}Wiphy phy2\n")
    off = [radio for radio in (await box.read()).radios if not radio.is_up]
    assert off == [
        Radio(name="phy2", is_up=False),
        Radio(name="phy10", is_up=False, band="5", capability="802.11ac"),
    ]


async def test_six_gigahertz_is_never_guessed_from_a_channel_number(box: Box) -> None:
    box.answer("ubus", "call", "iwinfo", "devices", text='{"devices": ["wlan0", "wlan1", "wlan2"]}')
    for name, info in (
        ("wlan0", {"channel": 5, "hwmodes": ["ax"], "mode": "Master", "phy": "phy0"}),
        ("wlan1", {"channel": 5, "hwmodes": ["b", "g", "n"], "mode": "Master", "phy": "phy1"}),
        ("wlan2", {"channel": 5, "frequency": 5975, "hwmodes": ["ax"], "mode": "Master", "phy": "phy2"}),
    ):
        box.answer("ubus", "call", "iwinfo", "info", f'{{"device":"{name}"}}', text=json.dumps(info))
    radios = (await box.read()).radios
    assert [(radio.channel, radio.band) for radio in radios] == [(5, None), (5, "2.4"), (5, "6")]


async def test_without_iw_ubus_tells_of_radio_stations_and_airtime(box: Box) -> None:
    device = '{"device":"wlan0"}'
    rate = {"ht": True, "vht": False, "rate": 144400, "bytes": 1000, "packets": 1000, "retries": 10, "failed": 5}
    heard = {"mac": SOMEONE.upper(), "signal": 4294967229, "authorized": True, "rx": rate, "tx": rate}
    box.answer("ubus", "call", "iwinfo", "devices", text='{"devices": ["wlan0"]}')
    info = {"phy": "phy0", "ssid": "SEOUL", "mode": "Master", "frequency": 2412, "channel": 1, "htmode": "HT40+"}
    box.answer("ubus", "call", "iwinfo", "info", device, text=json.dumps(info | {"txpower": 0, "noise": 161}))
    status = {"status": "ENABLED", "freq": 2412, "airtime": {"time": 60_000, "time_busy": 1_000, "utilization": 9}}
    for later in (False, True):
        if later:
            rate |= {"bytes": 1000 + 75_000, "packets": 1090, "retries": 20, "failed": 14}
            status["airtime"] = {"time": 120_000, "time_busy": 16_000, "utilization": 9}
        box.answer("ubus", "call", "iwinfo", "assoclist", device, text=json.dumps({"results": [heard]}))
        box.answer("ubus", "call", "hostapd.wlan0", "get_status", text=json.dumps(status))
        report = await box.read_later()
    (radio,) = report.radios
    assert (radio.width_mhz, radio.standard, radio.tx_power_dbm, radio.noise_dbm) == (40, "802.11n", None, None)
    assert (radio.busy_ratio, radio.rx_ratio, radio.retry_ratio, radio.failure_ratio) == (0.25, None, 0.1, 0.1)
    assert radio.client_signal_dbm is not None
    assert radio.client_signal_dbm.counts == (0, 0, 0, 0, 1, 0, 0, 0, 0)  # 4294967229 is -67 without its sign
    assert report.ssids == (
        Ssid(ssid="SEOUL", radio="phy0", clients=1, rx_bits_per_second=10_000, tx_bits_per_second=10_000),
    )


async def test_a_survey_that_knows_the_noise_alone_leaves_the_time_to_hostapd(box: Box) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    heard = "Survey data from wlan0\n\tfrequency: 2437 MHz [in use]\n\tnoise: -97 dBm\n"
    box.answer("iw", "dev", "wlan0", "survey", "dump", text=heard)
    for time, busy in ((60_000, 1_000), (120_000, 16_000)):
        status = {"freq": 2437, "airtime": {"time": time, "time_busy": busy}}
        box.answer("ubus", "call", "hostapd.wlan0", "get_status", text=json.dumps(status))
        (radio,) = (await box.read_later()).radios
    assert (radio.noise_dbm, radio.busy_ratio) == (-97.0, 0.25)


async def test_a_driver_that_only_the_kernel_lists_is_a_radio_and_no_cable(box: Box) -> None:
    def net_dev(count: int) -> str:
        return "".join(f" {name}: {count} 1 0 0 0 0 0 0 {2 * count} 1 0 0 0 0 0 0\n" for name in ("eth1", "wl1"))

    box.write({"proc/net/wireless": " wl1: 0000   5.  -60.  -92.   0 0 0 0 0 0\n", "proc/net/dev": net_dev(1000)})
    await box.read()
    box.write({"proc/net/dev": net_dev(76_000)})
    report = await box.read_later()
    assert report.radios == (Radio(name="wl1", noise_dbm=-92.0, rx_bits_per_second=10_000, tx_bits_per_second=20_000),)
    assert [interface.name for interface in report.interfaces] == ["eth1"]


async def test_interfaces_that_are_no_network_are_no_ssid_and_have_no_clients(box: Box) -> None:
    joined = iw_dev(
        ("phy#0", "mesh0", "mesh point", ON_6), ("phy#0", "sta0", "managed", ON_6), ("phy#0", "ap0", "AP", "")
    )
    box.answer("iw", "dev", text=joined)
    for name in ("mesh0", "sta0", "ap0"):
        box.answer("iw", "dev", name, "station", "dump", text=station(SOMEONE, name))
    report = await box.read()
    assert (report.ssids, report.clients, [radio.is_up for radio in report.radios]) == ((), None, [True])


MLD = """phy#0
\tInterface ap-mld0
\t\tifindex 20
\t\tssid SEOUL
\t\ttype AP
\t\tMLD with links:
\t\t - link ID  0 link addr 02:4c:41:42:00:20
\t\t   channel 6 (2437 MHz), width: 20 MHz, center1: 2437 MHz
\t\t   txpower 20.00 dBm
\t\t - link ID  1 link addr 02:4c:41:42:00:21
\t\t - link ID  2 link addr 02:4c:41:42:00:22
\t\t   channel 37 (6135 MHz), width: 320 MHz, center1: 6105 MHz
\t\tRadios: 0 1 2
"""


async def test_a_multi_link_device_is_on_all_the_radios_of_its_links_and_its_clients_count_once(box: Box) -> None:
    ranges = ((0, 2402, 2494), (1, 5170, 5935), (2, 5945, 7125))
    radios = "".join(
        f"\t\t* Idx {index}:\n\t\t\tFrequency Range:  {low} MHz - {high} MHz\n" for index, low, high in ranges
    )
    box.answer("iw", "phy", text=f"Wiphy phy0\n\tSupported wiphy radios:\n{radios}")
    box.answer("iw", "dev", text=MLD)
    box.answer("iw", "dev", "ap-mld0", "station", "dump", text=station(SOMEONE, "ap-mld0"))
    busy = survey(1000, 0).replace("[in use]", "[in use]\n\tnoise:\t\t\t\t-92 dBm") + survey(1000, 500, mhz=6135)
    box.answer("iw", "dev", "ap-mld0", "survey", "dump", text=busy)
    await box.read()
    busy = busy.replace("active time: 1000", "active time: 61000").replace("busy time: 500", "busy time: 30500")
    box.answer("iw", "dev", "ap-mld0", "survey", "dump", text=busy)
    report = await box.read_later()
    assert [(radio.name, radio.is_up, radio.channel, radio.width_mhz) for radio in report.radios] == [
        ("phy0.0", True, 6, 20),
        ("phy0.1", False, None, None),
        ("phy0.2", True, 37, 320),
    ]
    assert [(radio.busy_ratio, radio.noise_dbm, radio.tx_power_dbm, radio.clients) for radio in report.radios] == [
        (0.0, -92.0, 20.0, 1),
        (None, None, None, None),
        (0.5, None, None, None),
    ]
    assert (report.clients, report.ssids) == (1, (Ssid(ssid="SEOUL", radio="phy0.0", clients=1),))


CLIENTS = {"freq": 5180, "clients": {SOMEONE: {"authorized": True, "ht": True, "vht": True, "signal": -60}}}
HEARD = "Survey data from wlan0\n\tfrequency:\t\t\t5180 MHz [in use]\n\tnoise:\t\t\t\t-95 dBm\n"


@pytest.mark.parametrize(
    ("file", "text", "radio"),
    [
        (
            "iw_dev_wlan0_info.txt",
            f"Interface wlan0\n\tssid SEOUL\n\ttype AP\n\twiphy 0\n\tchannel {ON_36}\n",
            Radio(name="phy0", is_up=True, band="5", channel=36, width_mhz=80),
        ),
        (
            "ubus_call_iwinfo_info_device_wlan0.json",
            '{"phy": "phy0", "mode": "Master", "channel": 36, "frequency": 5180, "htmode": "HE80"}',
            Radio(name="phy0", is_up=True, band="5", channel=36, width_mhz=80, standard="802.11ax"),
        ),
        ("iw_dev_wlan0_survey_dump.txt", HEARD, Radio(name="wlan0", is_up=True, band="5", channel=36, noise_dbm=-95)),
        (
            "ubus_call_hostapd.wlan0_get_clients.json",
            json.dumps(CLIENTS),
            Radio(
                name="wlan0",
                is_up=True,
                band="5",
                channel=36,
                clients=1,
                clients_by_standard=(StandardClients(standard="802.11ac", clients=1),),
                client_signal_dbm=Distribution(
                    bounds=(-85, -80, -75, -70, -65, -60, -55, -50), counts=(0, 0, 0, 0, 0, 1, 0, 0, 0)
                ),
            ),
        ),
        (
            "iw_dev_wlan0_station_dump.txt",
            station(SOMEONE, rx_bitrate="6.0 MBit/s"),
            Radio(
                name="wlan0",
                clients=1,
                client_rx_phy_rate_bits_per_second=Distribution(
                    bounds=(6e6, 24e6, 54e6, 150e6, 300e6, 600e6, 1200e6, 2400e6), counts=(1, 0, 0, 0, 0, 0, 0, 0, 0)
                ),
            ),
        ),
    ],
)
async def test_one_recording_alone_tells_what_is_in_it(box: Box, file: str, text: str, radio: Radio) -> None:
    box.write({file: text})
    assert (await box.read()).radios == (radio,)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("ubus_call_iwinfo_assoclist_device_wlan0.json", json.dumps({"results": [{"mac": SOMEONE, "signal": -60}]})),
        ("iwinfo_wlan0_assoclist.txt", f"{SOMEONE}  -60 dBm / -95 dBm (SNR 35)  10 ms ago\n"),
        ("iw_dev_wlan0_station_dump.txt", station(SOMEONE)),
        ("ubus_call_hostapd.wlan0_get_clients.json", json.dumps({"clients": {SOMEONE: {"authorized": True}}})),
    ],
)
async def test_a_list_of_clients_alone_counts_them(box: Box, file: str, text: str) -> None:
    box.write({file: text})
    report = await box.read()
    assert (report.clients, [(radio.name, radio.clients) for radio in report.radios]) == (1, [("wlan0", 1)])


async def test_the_counters_of_stations_alone_make_rates(box: Box) -> None:
    for frames, retries in ((100, 1), (190, 11)):
        box.answer("iw", "dev", "wlan0", "station", "dump", text=counted(frames, retries, tx_bytes=frames * 1000))
        report = await box.read_later()
    assert (report.clients, report.radios[0].clients, report.radios[0].retry_ratio) == (1, 1, 0.1)


async def test_what_is_no_list_of_stations_is_not_nobody(box: Box) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    for text, clients in (("", 0), ("command failed: No such device (-19)\n", None)):
        box.answer("iw", "dev", "wlan0", "station", "dump", text=text)
        assert (await box.read()).clients == clients


async def test_a_network_that_is_not_started_has_no_clients_whatever_lists_them(box: Box) -> None:
    down = 'wlan0     ESSID: "SEOUL"\n          Mode: Master  Channel: unknown (unknown)\n          PHY name: phy0\n'
    box.answer("iwinfo", text=down)
    box.answer("iw", "dev", "wlan0", "station", "dump", text="")
    report = await box.read()
    assert (report.radios, report.ssids, report.clients) == ((Radio(name="phy0"),), (), None)


async def test_vht_at_2_4_gigahertz_is_nowhere_802_11ac(box: Box) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    info = {"phy": "phy0", "htmode": "VHT20", "hwmodes": ["b", "g", "n", "ac"]}
    box.answer("ubus", "call", "iwinfo", "info", '{"device":"wlan0"}', text=json.dumps(info))
    box.answer("ubus", "call", "hostapd.wlan0", "get_clients", text=json.dumps(CLIENTS | {"freq": 2437}))
    (radio,) = (await box.read()).radios
    assert (radio.standard, radio.capability) == ("802.11n", "802.11n")
    assert radio.clients_by_standard == (StandardClients(standard="802.11n", clients=1),)


# Counters


def survey(active: int, busy: int, *, mhz: int = 2437, in_use: str = " [in use]") -> str:
    return (
        f"Survey data from wlan0\n\tfrequency: {mhz} MHz{in_use}\n\tchannel active time: {active} ms\n"
        f"\tchannel busy time: {busy} ms\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "busy_ratio"),
    [
        (survey(1000, 100), survey(61_000, 15_100), 0.25),
        (survey(54_995, 432), survey(32_592, 254), None),  # the firmware began anew
        (survey(2**32 - 30_000, 50), survey(30_000, 6_050), 0.1),  # 32 bits, full
        (survey(1000, 100), survey(61_000, -5), None),
        (survey(1000, 100), survey(2**64 - 1, 2**64 - 1), None),
        (survey(1000, 100), survey(61_000, 161_000), None),  # busier than there was time
        (survey(1000, 100), survey(1000, 100), None),
        (survey(1000, 100), survey(1_000_000_000, 500_000_000), None),  # 11 days in a minute
        (survey(1000, 100), survey(601_000, 150_100), 0.25),  # a recording that is played ten times as fast
        (survey(2**32 - 900_000_000, 50), survey(1000, 50), None),  # anew, near the top of 32 bits
        (survey(253_053_261, 14_986_490_482_870_210), survey(253_113_261, 14_986_490_482_885_210), 0.25),
        (survey(1000, 100, mhz=2412), survey(61_000, 15_100), None),  # another channel's
        (survey(1000, 100, in_use=""), survey(61_000, 15_100, in_use=""), 0.25),  # drivers that mark none
        (survey(1000, 100), survey(61_000, 15_100) + survey(99_000, 99_000, mhz=2412), 0.25),
    ],
)
async def test_airtime(box: Box, before: str, after: str, busy_ratio: float | None) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    box.answer("iw", "dev", "wlan0", "survey", "dump", text=before)
    await box.read()
    box.answer("iw", "dev", "wlan0", "survey", "dump", text=after)
    assert (await box.read_later()).radios[0].busy_ratio == busy_ratio


def counted(frames: int, retries: int, failed: int = 0, **more: object) -> str:
    return station(SOMEONE, tx_packets=frames, tx_retries=retries, tx_failed=failed, **more)


@pytest.mark.parametrize(
    ("before", "after", "ratios"),
    [
        (counted(100, 1), counted(190, 11, 9), (0.1, 0.1)),
        (counted(100, 1), counted(5, 0), (None, None)),  # back, and counted from the beginning
        (counted(100, 1, connected_time=500), counted(190, 11, 9, connected_time=30), (None, None)),
        (counted(100, 1, connected_time=5), counted(190, 11, 9, connected_time=30), (None, None)),  # of 60 s
        (counted(100, 1, connected_time=5), counted(190, 11, 9, connected_time=65), (0.1, 0.1)),
        (counted(100, 1), counted(190, 4294954617), (None, 0.0)),
        (counted(100, 1), counted(190, 11) + "\tLink 0:\n\t\ttx packets:\t9\n\t\ttx retries:\t900\n", (0.1, 0.0)),
        (counted(100, 1, connected_time=5), counted(190, 11, 9, connected_time=5), (0.1, 0.1)),  # a clock that stands
        (counted(411_154, 408_730, 410_342), counted(420_154, 409_730, 426_693), (0.1, None)),  # more than were sent
        (counted(5000, 0), counted(5900, 0), (None, None)),  # a driver that counts no retries
        (counted(100, 1), counted(100, 1), (None, None)),  # nothing sent
        (counted(100, 1), counted(190, 11) + station("02:c1:1e:27:00:02", tx_packets=9, tx_retries=9), (0.1, 0.0)),
        (counted(100, 1), station("02:c1:1e:27:00:02", tx_packets=9, tx_retries=9), (None, None)),
    ],
)
async def test_retries_and_failures(
    box: Box, before: str, after: str, ratios: tuple[float | None, float | None]
) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    box.answer("iw", "dev", "wlan0", "station", "dump", text=before)
    await box.read()
    box.answer("iw", "dev", "wlan0", "station", "dump", text=after)
    radio = (await box.read_later()).radios[0]
    assert (radio.retry_ratio, radio.failure_ratio) == ratios


async def test_clients_are_those_who_were_admitted_and_masked_addresses_count_each(box: Box) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    masked = [station("xx:xx:xx:xx:xx:xx", signal=f"-{level} dBm") for level in (60, 70, 80)]
    box.answer("iw", "dev", "wlan0", "station", "dump", text="".join(masked) + station(SOMEONE, authorized="no"))
    report = await box.read()
    assert (report.clients, report.ssids[0].clients, report.radios[0].clients) == (3, 3, 3)


@pytest.mark.parametrize(
    ("client", "standard"),
    [
        ({"ht": True, "vht": True, "he": True}, "802.11ax"),
        ({"ht": True, "vht": True, "he": True, "eht": True}, "802.11be"),
        ({"ht": True, "vht": False}, "802.11n"),
        ({"ht": False, "vht": False, "rate": {"rx": 54000, "tx": 1000}}, "802.11g"),
        ({"ht": False, "vht": False, "rate": {"rx": 1000, "tx": 1000}}, None),
        ({"rate": {"rx": 54000}}, None),
    ],
)
async def test_the_standard_of_a_client_is_what_it_was_admitted_with(
    box: Box, client: dict[str, object], standard: str | None
) -> None:
    box.answer("iw", "dev", text=ONE_RADIO)
    clients = {"freq": 2437, "clients": {SOMEONE: client}}
    box.answer("ubus", "call", "hostapd.wlan0", "get_clients", text=json.dumps(clients))
    radio = (await box.read()).radios[0]
    assert (radio.clients, [part.standard for part in radio.clients_by_standard]) == (1, [standard] if standard else [])


async def test_an_uplink_at_a_tenth_of_its_speed_is_seen(box: Box) -> None:
    box.record("three_band_ax")
    report = await box.read()
    assert report.uplink == Interface(
        name="lan1", is_up=True, speed_bits_per_second=100e6, max_speed_bits_per_second=1e9, is_full_duplex=True
    )


def ports(**devices: dict[str, object]) -> str:
    return json.dumps(
        {name.replace("_", "-"): {"type": "Network device", "devtype": "dsa", **more} for name, more in devices.items()}
    )


TENTH = {"up": True, "carrier": True, "speed": "100H", "link-supported": ["100baseT-F", "1000baseT-F"]}
UNPLUGGED = {"up": True, "carrier": False, "speed": "-1F"}


async def test_where_no_route_is_known_the_port_that_is_called_wan_is_the_uplink(box: Box) -> None:
    box.answer("ubus", "call", "network.device", "status", text=ports(lan1=UNPLUGGED, wan=TENTH))
    report = await box.read()
    assert report.uplink == Interface(
        name="wan", is_up=True, speed_bits_per_second=100e6, max_speed_bits_per_second=1e9, is_full_duplex=False
    )
    assert [interface.name for interface in report.interfaces] == ["lan1"]


async def test_of_a_bridge_with_several_ports_the_uplink_is_the_one_that_is_plugged_in(box: Box) -> None:
    bridge = {"devtype": "bridge", "type": "bridge", "up": True, "bridge-members": ["lan1", "lan2", "wan"]}
    told = ports(br_lan=bridge, lan1=UNPLUGGED, lan2=TENTH, wan=UNPLUGGED)
    box.answer("ubus", "call", "network.device", "status", text=told)
    box.write({"proc/net/route": "head\nbr-lan\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"})
    uplink = (await box.read()).uplink
    assert uplink is not None
    assert (uplink.name, uplink.speed_bits_per_second) == ("lan2", 100e6)


# What it costs, and what it never says


class CountingCommands:
    """Recorded commands, and how many were asked for."""

    def __init__(self, recorded: RecordedCommands) -> None:
        self._recorded = recorded
        self.asked: list[tuple[str, ...]] = []

    async def run(self, *argv: str) -> str | None:
        self.asked.append(argv)
        return await self._recorded.run(*argv)


async def test_a_reading_takes_few_commands_and_none_that_tells_keys(clock: FrozenClock) -> None:
    recorded = RecordedCommands(RECORDED / "three_band_ax" / "commands")
    await recorded.open()
    commands = CountingCommands(recorded)
    await Reader(commands, clock, patience_seconds=10).read({})
    radios, networks, of_their_own = 3, 4, 1
    assert len(commands.asked) == 5 + 2 * radios + 2 * networks + of_their_own
    assert len(set(commands.asked)) == len(commands.asked)
    assert [argv for argv in commands.asked if "network.wireless" in argv or "scan" in argv] == []


async def test_who_has_waited_long_enough_asks_no_more(clock: FrozenClock) -> None:
    class SlowCommands:
        asked = 0

        async def run(self, *_: str) -> str | None:
            self.asked += 1
            clock.advance(2)
            return None

    commands = SlowCommands()
    await Reader(commands, clock, patience_seconds=5).read({})
    assert commands.asked == 3


SECRET = "hush"
COMMANDS = [
    *(("ubus", "call", *words) for words in (("system", "board"), ("system", "info"), ("network.device", "status"))),
    ("ubus", "call", "network.wireless", "status"),
    *(("iw", word) for word in ("dev", "phy")),
    *(("iw", "dev", "wlan0", *words) for words in (("info",), ("survey", "dump"), ("station", "dump"), ("scan",))),
    ("ubus", "call", "iwinfo", "devices"),
    *(("ubus", "call", "iwinfo", word, '{"device":"wlan0"}') for word in ("info", "assoclist")),
    *(("ubus", "call", "hostapd.wlan0", word) for word in ("get_clients", "get_status")),
    *(("iwinfo",), ("iwinfo", "wlan0", "info"), ("iwinfo", "wlan0", "assoclist")),
]
PERSON = st.sampled_from([f"{SECRET}-kim", f"{SECRET}:aa:bb:cc:dd:ee", f"DHCP-{SECRET}", f"{SECRET}\x00\n{SECRET}"])
SCALAR = st.one_of(
    PERSON, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("18446744073709551615")
)


def client(address: str, number: object) -> dict[str, Any]:
    one_way = {"rate": number, "bytes": number, "packets": number, "retries": number, "failed": number}
    return {
        "mac": address,
        "hostname": address,
        "ip": address,
        "signal": number,
        "authorized": number,
        "ht": number,
        "signature": address,
        "rx": one_way,
        "tx": one_way,
        "bytes": {"rx": number, "tx": number},
        "rate": {"rx": number, "tx": number},
        "packets": one_way,
        "connected_time": number,
    }


@st.composite
def answers(draw: st.DrawFn) -> dict[tuple[str, ...], str]:
    """What the commands print: people's addresses, names and keys in all the places where such can be, and numbers
    of any kind; and for some commands anything at all."""
    who, number = draw(PERSON), draw(SCALAR)
    key = {"radio0": {"up": True, "interfaces": [{"config": {"ssid": "SEOUL", "key": who, "wpa_psk_file": who}}]}}
    info = {"phy": "phy0", "mode": "Master", "channel": 6, "frequency": 2437, "noise": number, "txpower": number}
    info |= {"key": who, "encryption": {"key": who}, "htmode": number, "hwmode": number, "hwmodes": [who, number]}
    lines = dict.fromkeys(("signal", "tx_bitrate", "rx_bytes", "tx_packets", "tx_retries", "connected_time"), number)
    told: dict[tuple[str, ...], object] = dict.fromkeys(COMMANDS, key)
    told |= {
        ("iw", "dev"): f"{ONE_RADIO}\t\tchannel {number}\n\t\tkey {who}\n",
        ("iw", "dev", "wlan0", "station", "dump"): station(who, **lines) + station(SOMEONE, hostname=who, **lines),
        ("iw", "dev", "wlan0", "survey", "dump"): survey(1, 1) + f"\tnoise: {number} dBm\n\tkey: {who}\n",
        (
            "iwinfo",
            "wlan0",
            "assoclist",
        ): f"{who}  {number} dBm / {number} dBm (SNR 1)  1 ms ago\n\tRX: {number} MBit/s\n",
        ("ubus", "call", "system", "board"): {"hostname": who, "kernel": "6.6", "release": {"description": "OpenWrt"}},
        ("ubus", "call", "system", "info"): {"uptime": number, "load": [number], "memory": {"total": number}},
        ("ubus", "call", "network.device", "status"): {
            "lan1": {"type": "Network device", "hostname": who, "speed": number, "statistics": {"rx_bytes": number}}
        },
        ("ubus", "call", "iwinfo", "devices"): {"devices": ["wlan0"]},
        ("ubus", "call", "iwinfo", "info", '{"device":"wlan0"}'): info,
        ("ubus", "call", "iwinfo", "assoclist", '{"device":"wlan0"}'): {"results": [client(who, number)]},
        ("ubus", "call", "hostapd.wlan0", "get_clients"): {"freq": 2437, "clients": {who: client(who, number)}},
    }
    texts = {argv: text if isinstance(text, str) else json.dumps(text) for argv, text in told.items()}
    for argv in draw(st.lists(st.sampled_from(COMMANDS), max_size=4)):
        texts[argv] = draw(st.one_of(st.text(), st.just(texts[argv][: len(texts[argv]) // 2]), SCALAR.map(json.dumps)))
    for argv in draw(st.lists(st.sampled_from(COMMANDS), max_size=8)):
        texts.pop(argv, None)
    return texts


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(first=answers(), second=answers())
async def test_nobody_and_no_key_is_ever_named(
    first: dict[tuple[str, ...], str],
    second: dict[tuple[str, ...], str],
    tmp_path: Path,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    box = Box(tmp_path, clock)
    said = ""
    for texts in (first, second):
        shutil.rmtree(tmp_path / "commands", ignore_errors=True)
        for argv, text in texts.items():
            box.answer(*argv, text=text.encode(errors="replace").decode())
        try:
            said += encode(await box.read_later()).decode()
        except SourceError as error:
            said += str(error)
    assert SECRET not in (said + caplog.text).lower()
    assert SOMEONE not in (said + caplog.text).lower()
