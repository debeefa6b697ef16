"""From what people want to what a radio can give: airtime, throughput and retries. Pure.

Called by `agent.simulation.radios`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Self

from agent.simulation.hardware import RadioModel
from agent.wire import WifiStandard

_USABLE_RATIO = 0.93
"""A channel is full before all of its airtime is in use: gaps between frames and back-off stay."""

# Two networks, each with a beacon of 300 bytes at 6 Mb/s every 102.4 ms.
_BEACON_RATIO = 2 * 300 * 8 / 6e6 / 0.1024

# The part of the highest PHY rate that arrives at phones most of which are far away, once headers, acknowledgements
# and gaps have had theirs; and how many clients, by contending, halve that. OFDMA is what 802.11ax gains here.
_GOODPUT_SHARE: Mapping[WifiStandard, float] = MappingProxyType({"802.11n": 0.11, "802.11ac": 0.13, "802.11ax": 0.19})
_LEGACY_CROWD = 90.0
_OFDMA_CROWD = 300.0
_UPLOAD_RATE_SHARE = 0.6
"""Phones send with less power and fewer antennas than the access point."""


class Airtime(NamedTuple):
    """What a radio did in an interval: airtime received, sent and used by others, and payload in bits a second."""

    rx_ratio: float
    tx_ratio: float
    others_ratio: float
    rx_bits_per_second: float
    tx_bits_per_second: float

    @property
    def busy_ratio(self) -> float:
        """All airtime in use."""
        return self.rx_ratio + self.tx_ratio + self.others_ratio

    def throttled(self, share: float) -> Self:
        """The same with only this share of the traffic, because the uplink passes no more."""
        # Beacons go out whether or not anything else does.
        own_tx_ratio = max(self.tx_ratio - _BEACON_RATIO, 0.0)
        return self._replace(
            rx_ratio=self.rx_ratio * share,
            tx_ratio=self.tx_ratio - own_tx_ratio * (1 - share),
            rx_bits_per_second=self.rx_bits_per_second * share,
            tx_bits_per_second=self.tx_bits_per_second * share,
        )


IDLE = Airtime(0.0, 0.0, 0.0, 0.0, 0.0)
"""A radio that is not there."""


def _capacity_bits_per_second(radio: RadioModel, clients: int) -> float:
    """What a radio could send to this many clients if the whole channel were its own."""
    crowd = _LEGACY_CROWD if radio.is_legacy else _OFDMA_CROWD
    return radio.phy_bits_per_second * _GOODPUT_SHARE[radio.standard] / (1 + clients / crowd)


def serve(
    radio: RadioModel,
    clients: int,
    *,
    download_bits_per_second: float,
    upload_bits_per_second: float,
    others_ratio: float,
) -> Airtime:
    """Share the channel out: what people ask for as long as it fits, ever less of it as the channel fills.

    `others_ratio` is what neighbours would use; they give way to a busy radio as it does to them.
    """
    capacity = _capacity_bits_per_second(radio, clients)
    tx_wanted = download_bits_per_second / capacity
    rx_wanted = upload_bits_per_second / (capacity * _UPLOAD_RATE_SHARE)
    wanted = tx_wanted + rx_wanted
    available = _USABLE_RATIO - _BEACON_RATIO - others_ratio
    # A soft minimum of wanted and available: exact far from the limit, and never above either.
    given = (1 + (wanted / available) ** 4) ** -0.25
    return Airtime(
        rx_ratio=rx_wanted * given,
        tx_ratio=tx_wanted * given + _BEACON_RATIO,
        others_ratio=others_ratio,
        rx_bits_per_second=upload_bits_per_second * given,
        tx_bits_per_second=download_bits_per_second * given,
    )


def retry_ratio(radio: RadioModel, busy_ratio: float) -> float:
    """Frames sent again: few on a quiet channel, one in four or five where legacy clients fight for a full one."""
    return 0.03 + (0.22 if radio.is_legacy else 0.12) * busy_ratio**2
