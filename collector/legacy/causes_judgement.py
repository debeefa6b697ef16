"""What can be at fault around a device, and what was found out about it. Pure types, of `collector.legacy.causes`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from collector.legacy.reasons import Reason, reason


class Cause(StrEnum):
    """What is to be mended instead of the device, first what the others rest on."""

    POWER = "power"
    HEAT = "heat"
    SLOW_UPLINK = "slow_uplink"
    CABLE = "cable"
    BACKHAUL_FULL = "backhaul_full"
    BACKHAUL_BAD = "backhaul_bad"
    CROWDED_CHANNEL = "crowded_channel"
    DNS = "dns"
    PORTAL = "portal"
    RADIUS = "radius"


class Missing(StrEnum):
    """What was not told, or not for long enough, and left a cause undecided."""

    STARTS = "starts"
    TEMPERATURE = "temperature"
    UPLINK_SPEED = "uplink_speed"
    PORT_SPEED = "port_speed"
    """The fastest that the device's port can, which neither the device says nor the catalogue knows."""
    UPLINK_FLOW = "uplink_flow"
    UPLINK_ERRORS = "uplink_errors"
    AIRTIME = "airtime"
    CLIENTS = "clients"
    CPU = "cpu"
    THROUGHPUT = "throughput"
    LINE_SPEED = "line_speed"
    """Tests end at a limit that is not the line's; how much the line can is not known from them."""
    GATEWAY = "gateway"
    DNS = "dns"
    PORTAL = "portal"
    RADIUS = "radius"
    NEIGHBOURS = "neighbours"
    """Nobody else at the site is checked: whether others have the same is not known."""


class Scope(StrEnum):
    """How far a cause reaches."""

    ALONE = "alone"
    SITE = "site"
    FLEET = "fleet"


class State(StrEnum):
    """What is known of a cause."""

    FOUND = "found"
    RULED_OUT = "ruled_out"
    INSUFFICIENT = "insufficient"
    """There is no evidence either way."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One cause at one access point. `scope` and `reasons` are of a cause that was found, `missing` of one that is not
    decided."""

    state: State
    scope: Scope | None = None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Missing, ...] = ()


RULED_OUT = Judgement(State.RULED_OUT)


def found(scope: Scope, *reasons: Reason) -> Judgement:
    """A cause, how far it reaches, and what shows it."""
    return Judgement(State.FOUND, scope, reasons)


def insufficient(*missing: Missing) -> Judgement:
    """Not decided, for want of this."""
    return Judgement(State.INSUFFICIENT, missing=missing)


@dataclass(frozen=True, slots=True)
class Finding:
    """All causes of one access point, judged.

    `is_device_cleared` is True where a cause explains what its users feel, False where all that is needed to say so was
    ruled out and the device remains. It is None where evidence is missing, and where nothing but the device's own
    restarts was found: its feed or the device itself may be at fault.
    """

    judgements: Mapping[Cause, Judgement]
    is_device_cleared: bool | None

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Those found, first what should be mended first."""
        return tuple(cause for cause in Cause if self.judgements[cause].state is State.FOUND)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What shows them, in the same order."""
        return tuple(each for cause in self.causes for each in self.judgements[cause].reasons)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What was not known and left causes undecided, each once."""
        wanted = {lacking for judgement in self.judgements.values() for lacking in judgement.missing}
        return tuple(lacking for lacking in Missing if lacking in wanted)

    @property
    def missing_reasons(self) -> tuple[Reason, ...]:
        """The same, to be told."""
        return tuple(reason(f"cause.missing_{lacking}") for lacking in self.missing)
