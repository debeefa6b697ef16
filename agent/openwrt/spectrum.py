"""Bands, channels and standards of Wi-Fi as OpenWrt's tools write them. Pure; for this package's parsers."""

import re
from collections.abc import Iterable

from agent.channels import band_of_mhz, channel_of_mhz
from agent.wire import Band, WifiStandard

_BY_AGE: tuple[WifiStandard, ...] = (
    "802.11b",
    "802.11g",
    "802.11a",
    "802.11n",
    "802.11ac",
    "802.11ax",
    "802.11be",
)
_BY_HT_MODE: dict[str, WifiStandard] = {"HT": "802.11n", "VHT": "802.11ac", "HE": "802.11ax", "EHT": "802.11be"}
_BY_LETTERS: dict[str, WifiStandard] = {standard.removeprefix("802.11"): standard for standard in _BY_AGE}
_HT_MODE = re.compile(r"(HT|VHT|HE|EHT)(20|40|80|160|320)([+-]|-[12]|\+80|_80)?")


def band_of(frequency_mhz: int | None) -> Band | None:
    """The band in which a channel with this centre lies."""
    return None if frequency_mhz is None else band_of_mhz(frequency_mhz)


def channel_of(frequency_mhz: int | None) -> int | None:
    """The number of the 20 MHz channel with this centre."""
    return None if frequency_mhz is None else channel_of_mhz(frequency_mhz)


def band_of_hardware(standards: Iterable[WifiStandard]) -> Band | None:
    """The only band that hardware of these standards can be on, where there is but one.

    802.11b and g are of 2.4 GHz, 802.11a and ac of 5. From 802.11ax on there is 6 GHz as well, and nothing follows.
    """
    found = set(standards)
    if found & {"802.11b", "802.11g"} and not found & {"802.11a", "802.11ac"}:
        return "2.4"
    is_newer = bool(found & {"802.11ax", "802.11be"})
    return "5" if "802.11ac" in found and not is_newer and not found & {"802.11b", "802.11g"} else None


def newest(standards: Iterable[WifiStandard | None]) -> WifiStandard | None:
    """The newest of them."""
    return max((standard for standard in standards if standard is not None), key=_BY_AGE.index, default=None)


def standard_in(band: Band | None, standard: WifiStandard | None) -> WifiStandard | None:
    """What a standard comes to in a band: 802.11ac is for 5 GHz, and its modulation at 2.4 GHz is some vendor's."""
    return "802.11n" if (band, standard) == ("2.4", "802.11ac") else standard


def oldest_first(standards: Iterable[WifiStandard]) -> list[WifiStandard]:
    """The standards in the order of their age."""
    return sorted(standards, key=_BY_AGE.index)


def standards_in(text: str) -> frozenset[WifiStandard]:
    """Those of a list such as `802.11bgn`, `802.11b/g/n`, `ac/n` or `11axg`; none of any other text."""
    letters = text.lower().removeprefix("802.").removeprefix("11").replace("/", "")
    if not re.fullmatch(r"(?:ac|ax|be|[abgn])+", letters):
        return frozenset()
    return frozenset(_BY_LETTERS[word] for word in re.findall(r"ac|ax|be|[abgn]", letters))


def ht_mode(text: str) -> tuple[WifiStandard | None, int | None]:
    """Standard and width in MHz of a mode such as `HE80`, `VHT80+80` or `HT40-`; `NOHT` is 20 MHz and says no more."""
    if text == "NOHT":
        return None, 20
    match = _HT_MODE.fullmatch(text)
    if match is None:
        return None, None
    standard, width_mhz, addition = match.groups()
    return _BY_HT_MODE[standard], 160 if addition in {"+80", "_80"} else int(width_mhz)


def standard_of_rate(text: str) -> WifiStandard | None:
    """What standard a rate is of, as iw describes it: `1080.6 MBit/s 80MHz HE-MCS 10 HE-NSS 2`.

    A rate without MCS proves nothing: whatever the client can, the last frame may have gone at 6 Mb/s.
    """
    match = re.search(r"\b(EHT|HE|VHT)-MCS\b", text)
    if match:
        return _BY_HT_MODE[match.group(1)]
    return "802.11n" if re.search(r"\bMCS \d", text) else None


def legacy_standard(rates_bits_per_second: Iterable[float | None], band: Band | None) -> WifiStandard | None:
    """The standard of a client that is known to be older than 802.11n. In 2.4 GHz it is of 802.11g where it uses a
    rate of that; where it does not, it may be far away or of 802.11b."""
    if band == "5":
        return "802.11a"
    is_ofdm = not {6e6, 9e6, 12e6, 18e6, 24e6, 36e6, 48e6, 54e6}.isdisjoint(rates_bits_per_second)
    return "802.11g" if band == "2.4" and is_ofdm else None
