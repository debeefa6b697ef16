"""Frequencies, channels and bands: the numbers of IEEE 802.11, and what a number alone does not tell."""

import pytest

from agent.channels import band_of_channel, band_of_mhz, channel_of_mhz


@pytest.mark.parametrize(
    ("mhz", "band", "channel"),
    [
        (2412, "2.4", 1),
        (2472, "2.4", 13),
        (2484, "2.4", 14),
        (5180, "5", 36),
        (5825, "5", 165),
        (5885, "5", 177),
        (5935, "6", 2),
        (5955, "6", 1),
        (7115, "6", 233),
        (2433, "2.4", None),  # between two channels
        (900, None, None),
        (0, None, None),
    ],
)
def test_a_frequency_tells_band_and_channel(mhz: int, band: str | None, channel: int | None) -> None:
    assert (band_of_mhz(mhz), channel_of_mhz(mhz)) == (band, channel)


def test_without_6_ghz_a_channel_tells_its_band() -> None:
    assert [band_of_channel(channel) for channel in (0, 1, 14, 15, 36, 165, 177, 233)] == [
        *(None, "2.4", "2.4", None),
        *("5", "5", "5", None),
    ]
