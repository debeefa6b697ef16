"""Puts the radios and probes of a simulated access point into the words of the wire. Pure; rounding happens here.

Called by `agent.simulation.access_point`.
"""

from collections.abc import Iterable

from agent.simulation.radios import RadioState
from agent.wire import Probe, Radio, Ssid

_OPEN_SSID = "SEOUL"
_SECURE_SSID = "SEOUL_Secure"


def radio(state: RadioState) -> Radio:
    """The radio as it would report itself."""
    model, airtime = state.model, state.airtime
    rx_ratio, tx_ratio = round(airtime.rx_ratio, 4), round(airtime.tx_ratio, 4)
    # Rounded apart, its own parts could come to more than the whole.
    busy_ratio = min(max(round(airtime.busy_ratio, 4), rx_ratio + tx_ratio), 1.0)
    return Radio(
        name=model.name,
        band=model.band,
        channel=state.channel,
        width_mhz=model.width_mhz,
        standard=model.standard,
        tx_power_dbm=model.tx_power_dbm,
        noise_dbm=round(state.noise_dbm),
        busy_ratio=busy_ratio,
        rx_ratio=rx_ratio,
        tx_ratio=tx_ratio,
        clients=state.clients,
        retry_ratio=round(state.retry_ratio, 4),
        rx_bits_per_second=round(airtime.rx_bits_per_second),
        tx_bits_per_second=round(airtime.tx_bits_per_second),
    )


def ssids(states: Iterable[RadioState]) -> tuple[Ssid, ...]:
    """Both networks of the city on every radio."""
    return tuple(
        Ssid(ssid=ssid, radio=state.model.name, clients=clients)
        for state in states
        for ssid, clients in (
            (_OPEN_SSID, state.clients - state.secure_clients),
            (_SECURE_SSID, state.secure_clients),
        )
    )


def probes(*, latency_seconds: float | None, is_portal_up: bool) -> tuple[Probe, ...]:
    """The checks of the gateway, which answers after `latency_seconds` or not at all, and of the portal behind it."""
    if latency_seconds is None:
        return (
            Probe(kind="gateway", is_ok=False, failure="no answer", loss_ratio=1.0),
            Probe(kind="portal", is_ok=False, failure="network unreachable"),
        )
    gateway = Probe(kind="gateway", is_ok=True, latency_seconds=round(latency_seconds, 5), loss_ratio=0.0)
    if not is_portal_up:
        return gateway, Probe(kind="portal", is_ok=False, failure="no answer within 5 s")
    # A page takes name look-up, handshakes and a server's time where the gateway takes one round trip.
    return gateway, Probe(kind="portal", is_ok=True, latency_seconds=round(0.04 + 12 * latency_seconds, 4))
