"""Frequencies, channels and bands of IEEE 802.11, for the sources that are told one and need another. Pure.

6 GHz counts its channels anew (IEEE 802.11-2020, E.1): a channel's number alone says which band it is in only where the
device is known to have no 6 GHz.
"""

from agent.wire import Band


def band_of_mhz(mhz: float) -> Band | None:
    """The band of a channel's centre frequency."""
    if 2400 <= mhz < 2500:
        return "2.4"
    if 4900 <= mhz < 5925:
        return "5"
    if 5925 <= mhz <= 7125:
        return "6"
    return None


def channel_of_mhz(mhz: float) -> int | None:
    """The channel whose centre frequency this is."""
    band = band_of_mhz(mhz)
    if mhz == 2484:
        return 14
    if mhz == 5935:
        return 2  # the one channel of 6 GHz that does not follow the rule
    begins = {"2.4": 2407, "5": 5000, "6": 5950, None: 0}[band]
    channel, rest = divmod(mhz - begins, 5)
    return int(channel) if band is not None and rest == 0 and channel >= 1 else None


def band_of_channel(channel: float) -> Band | None:
    """The band of a channel's number, on a device that has no 6 GHz."""
    if 1 <= channel <= 14:
        return "2.4"
    return "5" if 32 <= channel <= 177 else None
