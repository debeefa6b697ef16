"""From the people on a simulated access point to what each of its radios does. Pure.

Called by `agent.simulation.access_point`.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import NamedTuple

from agent.simulation.airtime import IDLE, Airtime, retry_ratio, serve
from agent.simulation.device import Box
from agent.simulation.faults import FaultKind
from agent.simulation.hardware import RadioModel
from agent.simulation.uplink import Uplink
from agent.wire import Band

_DEAD_BAND: Band = "5"
_NOISY_BAND: Band = "2.4"
_NOISY_DBM = -74.0
_NOISY_OTHERS_RATIO = 0.68
_QUIET_DBM: Mapping[Band, float] = MappingProxyType({"2.4": -93.0, "5": -96.0, "6": -97.0})
_MOST_OTHERS_RATIO = 0.5


class Crowd(NamedTuple):
    """The people on an access point. Each asks for `download_bits_per_second`, and for `upload_share` of it up; those
    on the open network get nothing while the portal fails."""

    clients: int
    secure_share: float
    download_bits_per_second: float
    upload_share: float
    is_portal_up: bool


class Air(NamedTuple):
    """What is around an access point: the part of each band's airtime that others use, always and for each unit of
    activity, and nine standard normal numbers, three for a radio, by which this place differs now."""

    others: Mapping[Band, tuple[float, float]]
    activity: float
    wobble: Sequence[float]


class RadioState(NamedTuple):
    """One radio over the interval; `secure_clients` of its clients are on the encrypted network."""

    model: RadioModel
    channel: int
    clients: int
    secure_clients: int
    airtime: Airtime
    retry_ratio: float
    noise_dbm: float


class _Channel(NamedTuple):
    """A radio's channel without the radio."""

    number: int
    others_ratio: float
    noise_dbm: float
    damaged_ratio: float


def radio_states(
    box: Box, crowd: Crowd, air: Air, *, uplink: Uplink, faults: frozenset[FaultKind]
) -> tuple[RadioState, ...]:
    """What the box's radios do with the crowd, as far as the uplink lets them."""
    radios = box.hardware.radios
    split = _split(crowd.clients, radios, air.wobble)
    states = []
    for position, (radio, number, clients) in enumerate(zip(radios, box.channels, split, strict=True)):
        is_noisy = "noisy_channel" in faults and radio.band == _NOISY_BAND
        channel = _channel(air, position, radio.band, number=number, is_noisy=is_noisy)
        if "radio_dead" in faults and radio.band == _DEAD_BAND:
            states.append(RadioState(radio, number, 0, 0, IDLE, 0.0, channel.noise_dbm))
        else:
            states.append(_serving(radio, channel, crowd, min(clients, radio.max_clients)))
    passed = uplink.passed_share(
        sum(state.airtime.tx_bits_per_second for state in states),
        sum(state.airtime.rx_bits_per_second for state in states),
    )
    if passed < 1.0:
        states = [state._replace(airtime=state.airtime.throttled(passed)) for state in states]
    return tuple(states)


def _split(clients: int, radios: Sequence[RadioModel], wobble: Sequence[float]) -> list[int]:
    """Whole clients for each radio, by its share of them."""
    weights = [radio.client_share * math.exp(0.2 * more) for radio, more in zip(radios, wobble, strict=False)]
    per_weight = clients / sum(weights)
    edges = [0, *(round(edge * per_weight) for edge in accumulate(weights))]
    return [upper - lower for lower, upper in pairwise(edges)]


def _channel(air: Air, position: int, band: Band, *, number: int, is_noisy: bool) -> _Channel:
    always, by_activity = air.others[band]
    others_ratio = (always + by_activity * air.activity) * math.exp(0.25 * air.wobble[3 + position])
    noise_wobble = air.wobble[6 + position]
    if not is_noisy:
        noise_dbm = _QUIET_DBM[band] + noise_wobble + 6.0 * others_ratio
        return _Channel(number, min(others_ratio, _MOST_OTHERS_RATIO), noise_dbm, 0.0)
    others_ratio = min(max(_NOISY_OTHERS_RATIO + 0.03 * noise_wobble, others_ratio), 0.8)
    return _Channel(number, others_ratio, _NOISY_DBM + 1.5 * noise_wobble, 0.15)


def _serving(radio: RadioModel, channel: _Channel, crowd: Crowd, clients: int) -> RadioState:
    secure_clients = round(clients * crowd.secure_share)
    served = clients if crowd.is_portal_up else secure_clients
    download_bits_per_second = served * crowd.download_bits_per_second
    airtime = serve(
        radio,
        clients,
        download_bits_per_second=download_bits_per_second,
        upload_bits_per_second=download_bits_per_second * crowd.upload_share,
        others_ratio=channel.others_ratio,
    )
    retries = retry_ratio(radio, airtime.busy_ratio) + channel.damaged_ratio
    return RadioState(radio, channel.number, clients, secure_clients, airtime, retries, channel.noise_dbm)
