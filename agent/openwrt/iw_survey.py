"""Reads `iw dev X survey dump`: how busy the channels were since the radio's start. Pure.

The format is that of iw's survey.c; the counters are the driver's, in ms, of 64 bits as printed, of 32 in some
drivers. A device on which they go backwards has begun anew: `agent.rates` tells.
"""

import re

from agent.openwrt import believable
from agent.openwrt.parts import Airtime

_FREQUENCY = re.compile(r"(\d{4,5})(?:\.\d+)? MHz(?P<is_in_use> \[in use\])?")
_LINE = re.compile(r"^[ \t]+([a-z][a-z ]*):(.*)$", re.MULTILINE)


def parse_survey(text: str) -> list[Airtime]:
    """The channels in their order. Those that the radio never watched have no more than their frequency."""
    blocks = re.split(r"^[ \t]*Survey data from .*$", text, flags=re.MULTILINE)[1:]
    found = [_block(block) for block in blocks]
    return [airtime for airtime in found if airtime is not None]


def _block(text: str) -> Airtime | None:
    lines = {name: value.strip() for name, value in _LINE.findall(text)}
    frequency = _FREQUENCY.match(lines.get("frequency", ""))
    if frequency is None:
        return None
    return Airtime(
        frequency_mhz=int(frequency.group(1)),
        is_in_use=frequency.group("is_in_use") is not None,
        noise_dbm=believable.noise_dbm(lines.get("noise")),
        active_ms=believable.byte_counter(lines.get("channel active time")),
        busy_ms=believable.byte_counter(lines.get("channel busy time")),
        rx_ms=believable.byte_counter(lines.get("channel receive time")),
        tx_ms=believable.byte_counter(lines.get("channel transmit time")),
    )
