"""The cable of a simulated access point: what it lets through, and what its interface shows. Pure.

Called by `agent.simulation.access_point` and `agent.simulation.radios`.
"""

import math
from typing import NamedTuple

from agent.simulation.hardware import Hardware
from agent.wire import Interface

_OVERHEAD = 1.02
"""Headers of the wired side, and broadcasts that no radio sends on."""
_MANAGEMENT_BITS_PER_SECOND = 4e3
_FULL_DUPLEX_SHARE = 0.94
"""TCP payload on Ethernet with frames of 1,500 bytes, a little below its theoretical 0.949."""
_HALF_DUPLEX_SHARE = 0.55
"""Both directions together, with collisions."""
_COLLISIONS_PER_BIT = 1 / (8 * 1000) / 2000
"""Late collisions damage one in 2,000 frames of 1,000 bytes."""


class Uplink(NamedTuple):
    """What was negotiated; a cable that is down has no speed and carries nothing."""

    is_up: bool
    speed_bits_per_second: float
    is_full_duplex: bool

    def passed_share(self, down_bits_per_second: float, up_bits_per_second: float) -> float:
        """The share, at most 1, of what the radios would carry that fits through the cable."""
        if not self.is_up:
            return 0.0
        filled = self._fill_ratio(down_bits_per_second, up_bits_per_second)
        return min(1.0, 1.0 / filled) if filled > 0 else 1.0

    def latency_seconds(self, down_bits_per_second: float, up_bits_per_second: float, *, wobble: float) -> float | None:
        """A round trip to the gateway, longer as the cable fills; None where there is none. `wobble` is a standard
        normal number."""
        if not self.is_up:
            return None
        filled = self._fill_ratio(down_bits_per_second, up_bits_per_second)
        return 0.0011 * math.exp(0.25 * wobble) * (1 + 25 * min(filled, 1.0) ** 4)

    def interface(self, down_bits_per_second: float, up_bits_per_second: float) -> Interface:
        """The wired interface as it would report itself, while radios send and receive that much in all."""
        if not self.is_up:
            return Interface(name="eth0", is_up=False, rx_bits_per_second=0.0, tx_bits_per_second=0.0)
        rx = round(down_bits_per_second * _OVERHEAD + _MANAGEMENT_BITS_PER_SECOND)
        tx = round(up_bits_per_second * _OVERHEAD + _MANAGEMENT_BITS_PER_SECOND)
        return Interface(
            name="eth0",
            is_up=True,
            speed_bits_per_second=self.speed_bits_per_second,
            is_full_duplex=self.is_full_duplex,
            rx_bits_per_second=rx,
            tx_bits_per_second=tx,
            rx_errors_per_second=0.0 if self.is_full_duplex else round((rx + tx) * _COLLISIONS_PER_BIT, 3),
            tx_errors_per_second=0.0,
        )

    def _fill_ratio(self, down_bits_per_second: float, up_bits_per_second: float) -> float:
        """How full the cable is, by what the radios would carry."""
        if self.is_full_duplex:
            room = self.speed_bits_per_second * _FULL_DUPLEX_SHARE - _MANAGEMENT_BITS_PER_SECOND
            return max(down_bits_per_second, up_bits_per_second) * _OVERHEAD / room
        room = self.speed_bits_per_second * _HALF_DUPLEX_SHARE - 2 * _MANAGEMENT_BITS_PER_SECOND
        return (down_bits_per_second + up_bits_per_second) * _OVERHEAD / room


def uplink_of(hardware: Hardware, *, is_up: bool, is_slow: bool, is_full_duplex_when_slow: bool) -> Uplink:
    """What this hardware's port negotiates; through a damaged cable 100 Mb/s, in half duplex at some places."""
    if is_slow:
        return Uplink(is_up, 100e6, is_full_duplex_when_slow)
    return Uplink(is_up, hardware.uplink_bits_per_second, is_full_duplex=True)
