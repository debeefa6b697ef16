"""Peak PHY rates against the figures that the standards print, in Mb/s to a tenth."""

import pytest

from inventory.catalogue.phy import (
    NoSuchRateError,
    PhyStandard,
    most_streams,
    peak_phy_rate_bits_per_second,
    phy_rate_bits_per_second,
    widest_mhz,
)

HT = {  # IEEE Std 802.11-2020, tables 19-27 to 19-34: one stream by MCS 0 to 7, guard interval of 800 and of 400 ns
    (20, 800): (6.5, 13.0, 19.5, 26.0, 39.0, 52.0, 58.5, 65.0),
    (20, 400): (7.2, 14.4, 21.7, 28.9, 43.3, 57.8, 65.0, 72.2),
    (40, 800): (13.5, 27.0, 40.5, 54.0, 81.0, 108.0, 121.5, 135.0),
    (40, 400): (15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 135.0, 150.0),
}
VHT = {  # tables 21-29 to 21-60
    (20, 800): (6.5, 13.0, 19.5, 26.0, 39.0, 52.0, 58.5, 65.0, 78.0, None),
    (20, 400): (7.2, 14.4, 21.7, 28.9, 43.3, 57.8, 65.0, 72.2, 86.7, None),
    (40, 800): (13.5, 27.0, 40.5, 54.0, 81.0, 108.0, 121.5, 135.0, 162.0, 180.0),
    (40, 400): (15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 135.0, 150.0, 180.0, 200.0),
    (80, 800): (29.3, 58.5, 87.8, 117.0, 175.5, 234.0, 263.3, 292.5, 351.0, 390.0),
    (80, 400): (32.5, 65.0, 97.5, 130.0, 195.0, 260.0, 292.5, 325.0, 390.0, 433.3),
    (160, 800): (58.5, 117.0, 175.5, 234.0, 351.0, 468.0, 526.5, 585.0, 702.0, 780.0),
    (160, 400): (65.0, 130.0, 195.0, 260.0, 390.0, 520.0, 585.0, 650.0, 780.0, 866.7),
}
HE = {  # IEEE Std 802.11ax-2021, tables 27-111 and following, for a whole channel without DCM
    (20, 800): (8.6, 17.2, 25.8, 34.4, 51.6, 68.8, 77.4, 86.0, 103.2, 114.7, 129.0, 143.4),
    (20, 1600): (8.1, 16.3, 24.4, 32.5, 48.8, 65.0, 73.1, 81.3, 97.5, 108.3, 121.9, 135.4),
    (20, 3200): (7.3, 14.6, 21.9, 29.3, 43.9, 58.5, 65.8, 73.1, 87.8, 97.5, 109.7, 121.9),
    (40, 800): (17.2, 34.4, 51.6, 68.8, 103.2, 137.6, 154.9, 172.1, 206.5, 229.4, 258.1, 286.8),
    (80, 800): (36.0, 72.1, 108.1, 144.1, 216.2, 288.2, 324.3, 360.3, 432.4, 480.4, 540.4, 600.5),
    (80, 3200): (30.6, 61.3, 91.9, 122.5, 183.8, 245.0, 275.6, 306.3, 367.5, 408.3, 459.4, 510.4),
    (160, 800): (72.1, 144.1, 216.2, 288.2, 432.4, 576.5, 648.5, 720.6, 864.7, 960.8, 1080.9, 1201.0),
}
EHT = {  # IEEE Std 802.11be-2024, clause 36.5: as HE, with 4096-QAM and 320 MHz
    (20, 800): (*HE[(20, 800)], 154.9, 172.1),
    (80, 800): (*HE[(80, 800)], 648.5, 720.6),
    (160, 800): (*HE[(160, 800)], 1297.1, 1441.2),
    (320, 800): (144.1, 288.2, 432.4, 576.5, 864.7, 1152.9, 1297.1, 1441.2, 1729.4, 1921.6, 2161.8, 2402.0,
                 2594.1, 2882.4),
}  # fmt: skip
OFDM = {(20, 800): (6.0, 9.0, 12.0, 18.0, 24.0, 36.0, 48.0, 54.0)}  # table 17-4
TABLES: list[tuple[PhyStandard, dict[tuple[int, int], tuple[float | None, ...]]]] = [
    ("802.11a", OFDM),  # type: ignore[list-item]
    ("802.11g", OFDM),  # type: ignore[list-item]
    ("802.11n", HT),  # type: ignore[list-item]
    ("802.11ac", VHT),
    ("802.11ax", HE),  # type: ignore[list-item]
    ("802.11be", EHT),  # type: ignore[list-item]
]
VHT_EXCLUDED = {  # "not valid" in the tables of VHT, by width, MCS and streams
    *((20, 9, streams) for streams in (1, 2, 4, 5, 7, 8)),
    (80, 6, 3),
    (80, 6, 7),
    (80, 9, 6),
    (160, 9, 3),
}


@pytest.mark.parametrize(("standard", "table"), TABLES, ids=[standard for standard, _ in TABLES])
def test_one_stream_is_as_printed(
    standard: PhyStandard, table: dict[tuple[int, int], tuple[float | None, ...]]
) -> None:
    for (width, guard), rates in table.items():
        for mcs, printed in enumerate(rates):
            if printed is None:
                with pytest.raises(NoSuchRateError, match=f"no MCS {mcs} with 1 streams at {width} MHz"):
                    phy_rate_bits_per_second(standard, mcs, streams=1, width_mhz=width, guard_nanoseconds=guard)
                continue
            rate = phy_rate_bits_per_second(standard, mcs, streams=1, width_mhz=width, guard_nanoseconds=guard)
            assert rate / 1e6 == pytest.approx(printed, abs=0.0501), (width, guard, mcs)
        with pytest.raises(NoSuchRateError, match="mcs"):
            phy_rate_bits_per_second(standard, len(rates), streams=1, width_mhz=width, guard_nanoseconds=guard)


def test_vht_leaves_out_what_the_standard_calls_not_valid() -> None:
    excluded = set()
    for width in (20, 40, 80, 160):
        for mcs in range(10):
            for streams in range(1, 9):
                try:
                    phy_rate_bits_per_second("802.11ac", mcs, streams=streams, width_mhz=width, guard_nanoseconds=400)
                except NoSuchRateError:
                    excluded.add((width, mcs, streams))
    assert excluded == VHT_EXCLUDED


@pytest.mark.parametrize(
    ("standard", "streams", "width", "megabits"),
    [
        ("802.11a", 1, 20, 54.0),
        ("802.11n", 2, 20, 144.4),
        ("802.11n", 2, 40, 300.0),
        ("802.11n", 3, 40, 450.0),
        ("802.11n", 4, 40, 600.0),
        ("802.11ac", 1, 20, 86.7),
        ("802.11ac", 3, 20, 288.9),
        ("802.11ac", 2, 80, 866.7),
        ("802.11ac", 3, 80, 1300.0),
        ("802.11ac", 4, 80, 1733.3),
        ("802.11ac", 6, 80, 2340.0),  # MCS 8, for 9 is not valid
        ("802.11ac", 3, 160, 2340.0),
        ("802.11ac", 8, 160, 6933.3),
        ("802.11ax", 2, 80, 1201.0),
        ("802.11ax", 4, 80, 2402.0),
        ("802.11ax", 4, 160, 4803.9),
        ("802.11ax", 8, 160, 9607.8),
        ("802.11be", 2, 320, 5764.7),
        ("802.11be", 4, 320, 11529.4),
        ("802.11be", 8, 320, 23058.8),
    ],
)
def test_peaks_are_those_of_data_sheets(standard: PhyStandard, streams: int, width: int, megabits: float) -> None:
    peak = peak_phy_rate_bits_per_second(standard, streams=streams, width_mhz=width)
    assert peak / 1e6 == pytest.approx(megabits, abs=0.0501)


def test_more_streams_and_wider_channels_are_never_slower() -> None:
    for standard, _ in TABLES:
        widths = [width for width in (20, 40, 80, 160, 320) if width <= widest_mhz(standard)]
        for streams in range(1, most_streams(standard) + 1):
            rates = [peak_phy_rate_bits_per_second(standard, streams=streams, width_mhz=width) for width in widths]
            assert rates == sorted(rates)
            if streams > 1:
                fewer = [
                    peak_phy_rate_bits_per_second(standard, streams=streams - 1, width_mhz=width) for width in widths
                ]
                assert all(more >= less for more, less in zip(rates, fewer, strict=True))


@pytest.mark.parametrize(
    ("standard", "streams", "width", "told"),
    [
        ("802.11n", 5, 40, "802.11n has no streams 5; it has 1, 2, 3, 4"),
        ("802.11n", 2, 80, "802.11n has no width_mhz 80; it has 20, 40"),
        ("802.11ax", 2, 320, "802.11ax has no width_mhz 320; it has 20, 40, 80, 160"),
        ("802.11b", 1, 20, "no rates are known of '802.11b'"),
    ],
)
def test_what_the_standard_does_not_have_is_told(standard: PhyStandard, streams: int, width: int, told: str) -> None:
    with pytest.raises(NoSuchRateError, match=told):
        peak_phy_rate_bits_per_second(standard, streams=streams, width_mhz=width)
