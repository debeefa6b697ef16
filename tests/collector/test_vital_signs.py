"""The figures of reports beside readings: written in few bytes, read back in columns."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np

from agent.wire import Interface, Probe, Radio, Report, System, encode
from collector.readings import KeptProbe, Reading, probes_together, with_probes
from collector.vital_signs import DEVICE, NOTHING, RADIO, VitalSigns, empty, is_in_use, unpacked, vital_signs

NOON = datetime(2026, 7, 15, 3, tzinfo=UTC)
FULL = Report(
    observed_at=NOON,
    interval_seconds=60.0,
    system=System(uptime_seconds=3600.0, cpu_ratio=0.5, memory_used_ratio=0.25, temperature_celsius=47.5),
    uplink=Interface(
        name="eth0",
        is_up=True,
        speed_bits_per_second=1e9,
        max_speed_bits_per_second=2.5e9,
        is_full_duplex=False,
    ),
    radios=(
        Radio(
            name="wlan0",
            is_up=True,
            band="2.4",
            channel=6,
            noise_dbm=-95.0,
            busy_ratio=0.75,
            rx_ratio=0.25,
            tx_ratio=0.125,
            clients=7,
            retry_ratio=0.0625,
            rx_bits_per_second=1024.0,
            tx_bits_per_second=4096.0,
        ),
        Radio(name="wlan1", is_up=False, tx_ratio=0.0),
    ),
)
CONTROLLER = Report(observed_at=NOON, access_points=12)


def values(figures: np.void) -> dict[str, float | None]:
    """Columns of a row by name, what is absent as None: NaN is not equal to itself."""
    known = {name: float(figures[name]) for name in figures.dtype.names or ()}
    return {name: None if math.isnan(value) else value for name, value in known.items()}


def test_the_figures_of_reports_are_read_back_in_columns() -> None:
    devices, radios, counts = unpacked([vital_signs(FULL), NOTHING, vital_signs(CONTROLLER)])
    assert counts.tolist() == [2, 0, 0]
    unknown = dict.fromkeys(DEVICE.names or ())
    assert [values(row) for row in devices] == [
        {
            "uptime_seconds": 3600.0,
            "cpu_ratio": 0.5,
            "memory_used_ratio": 0.25,
            "temperature_celsius": 47.5,
            "uplink_is_up": 1.0,
            "uplink_bits_per_second": 1e9,
            "uplink_max_bits_per_second": 2.5e9,
            "uplink_is_full_duplex": 0.0,
            "radios_rx_bits_per_second": 1024.0,
            "radios_tx_bits_per_second": 4096.0,
            "is_controller": 0.0,
        },
        unknown,
        unknown | {"is_controller": 1.0},
    ]
    assert [values(row) for row in radios] == [
        {
            "is_up": 1.0,
            "band": values(radios[0])["band"],
            "channel": 6.0,
            "noise_dbm": -95.0,
            "busy_ratio": 0.75,
            "rx_ratio": 0.25,
            "tx_ratio": 0.125,
            "own_ratio": 0.375,
            "clients": 7.0,
            "retry_ratio": 0.0625,
            "rx_bits_per_second": 1024.0,
            "tx_bits_per_second": 4096.0,
            "traffic_bits_per_second": 5120.0,
        },
        dict.fromkeys(RADIO.names or ()) | {"is_up": 0.0, "tx_ratio": 0.0, "own_ratio": 0.0},
    ]
    assert abs(float(radios[0]["band"]) - 2.4) < 1e-6


def test_the_traffic_of_a_device_is_that_of_its_radios_as_far_as_it_is_known() -> None:
    def signs(*received: float | None) -> VitalSigns:
        radios = [Radio(name=f"wlan{number}", rx_bits_per_second=bits) for number, bits in enumerate(received)]
        return vital_signs(Report(observed_at=NOON, radios=tuple(radios)))

    devices, radios, _ = unpacked([signs(1024.0, None, 2048.0), signs(None), signs(), signs(0.0)])
    expected = [3072.0, math.nan, math.nan, 0.0]
    assert np.array_equal(devices["radios_rx_bits_per_second"], np.array(expected), equal_nan=True)
    assert np.isnan(devices["radios_tx_bits_per_second"]).all()
    expected = [1024.0, math.nan, 2048.0, math.nan, 0.0]
    assert np.array_equal(radios["traffic_bits_per_second"], np.array(expected), equal_nan=True)


def test_nothing_at_all_is_read_back_as_nothing() -> None:
    devices, radios, counts = unpacked([])
    assert (len(devices), len(radios), len(counts)) == (0, 0, 0)
    assert values(empty(RADIO, 1)[0]) == dict.fromkeys(RADIO.names or ())


def test_speeds_of_ethernet_over_copper_are_kept_exactly() -> None:
    speeds = [1e7, 1e8, 1e9, 2.5e9, 5e9, 1e10]
    told = [
        vital_signs(Report(observed_at=NOON, uplink=Interface(name="eth0", speed_bits_per_second=speed)))
        for speed in speeds
    ]
    assert unpacked(told).devices["uplink_bits_per_second"].tolist() == speeds


def test_a_radio_is_in_use_by_any_sign_of_life_and_not_by_what_is_absent() -> None:
    radios = empty(RADIO, 6)
    for row, field in enumerate(("clients", "busy_ratio", "own_ratio", "traffic_bits_per_second")):
        radios[field][row] = 0.5
    radios["clients"][5] = 0.0
    assert is_in_use(radios).tolist() == [True, True, True, True, False, False]


def test_devices_that_call_their_radios_the_same_share_the_names() -> None:
    one, other = vital_signs(FULL), vital_signs(FULL.model_copy(update={"observed_at": NOON + timedelta(minutes=1)}))
    assert one.radios is other.radios


def test_a_reading_keeps_its_figures_whatever_becomes_of_it() -> None:
    reading = Reading.of(FULL, NOON, NOON, "gw")
    probe = Reading.of(Report(observed_at=NOON, probes=(Probe(kind="dns", target="a"),)), NOON, NOON, "gw")
    assert reading.signs == vital_signs(FULL)
    assert reading.settled().signs == reading.signs
    assert with_probes(reading, probe.probes).signs == reading.signs
    assert Reading.restored(encode(FULL), NOON, NOON, "gw").signs == reading.signs
    assert (probe.signs, probes_together(probe, probe).signs) == (NOTHING, NOTHING)


def test_a_probe_is_kept_with_what_rules_judge_by() -> None:
    probes = (
        Probe(kind="dns", target="a", server="b", is_ok=False, failure="no answer"),
        Probe(kind="throughput", direction="download", is_ok=True, throughput_bits_per_second=9e7),
        Probe(kind="gateway", outcome="not_permitted"),
    )
    report = Report(observed_at=NOON, probes=probes)
    expected = [
        (("dns", "a", "b", None), False, None),
        (("throughput", None, None, "download"), True, 9e7),
        (("gateway", None, None, None), None, None),
    ]

    def told(kept: tuple[KeptProbe, ...]) -> list[tuple[object, ...]]:
        return [(probe.subject, probe.is_ok, probe.throughput_bits_per_second) for probe in kept]

    reading = Reading.of(report, NOON, NOON, "gw")
    assert told(reading.probes) == expected
    restored = Reading.restored(reading.encoded, NOON, NOON, "gw")
    assert told(restored.probes) == expected
    assert reading._replace(origin=b"") == restored._replace(origin=b"")
