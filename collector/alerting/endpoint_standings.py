"""How the endpoints of the configuration stand, for pages and API: of the address of one, the host and no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import Engine

from collector.alerting.receivers import Receiver
from collector.state.delivery_desk import DeliveryState, unfinished
from collector.state.endpoint_states import EndpointState, endpoint_states_of


class Standing(StrEnum):
    """Whether notices are sent there: it is `open`; somebody has `paused` it; it is `disabled`, for its receiver has
    said that it is gone; or it is open, but the newest call has failed."""

    OPEN = "open"
    PAUSED = "paused"
    DISABLED = "disabled"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class EndpointStanding:
    """One endpoint. `waiting` notices are to be sent yet, `dead` ones are not tried any more."""

    receiver: Receiver
    state: EndpointState
    waiting: int
    dead: int

    @property
    def host(self) -> str:
        """Where its receiver is; the rest of the address may be a secret."""
        return urlsplit(self.receiver.secrets.url).hostname or ""

    @property
    def standing(self) -> Standing:
        """How it stands, in a word."""
        if self.state.disabled_at is not None:
            return Standing.DISABLED
        if self.state.paused_at is not None:
            return Standing.PAUSED
        return Standing.OPEN if self.state.problem is None else Standing.FAILING


def standings(state: Engine, receivers: Iterable[Receiver]) -> tuple[EndpointStanding, ...]:
    """All of them, in the order of the configuration."""
    states, counts = endpoint_states_of(state), unfinished(state)
    return tuple(
        EndpointStanding(
            receiver,
            states.get(receiver.name, EndpointState(receiver.name)),
            waiting=counts.get(receiver.name, {}).get(DeliveryState.WAITING, 0),
            dead=counts.get(receiver.name, {}).get(DeliveryState.DEAD, 0),
        )
        for receiver in receivers
    )
