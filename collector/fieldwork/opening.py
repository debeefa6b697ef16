"""What an order begins with: what is known of the place, and what the replacement plan says. Pure."""

from dataclasses import dataclass
from datetime import datetime

from agent.wire import Device as ToldDevice
from collector.legacy.documents import AssessmentTold, FitTold, Sentence
from collector.legacy.four_times import Change
from collector.orders.order import OldDevice, Order, Status
from collector.readings import Reading
from inventory.catalogue import Catalogue, CatalogueModel
from inventory.models import AccessPoint, Device
from inventory.wiring import CABLE_BITS_PER_SECOND, Cable

_MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a place when an order is opened there: what hangs there by the inventory and by the newest
    reading, and what was judged of it, with its rank."""

    place: AccessPoint
    device: Device | None
    reading: Reading | None
    told: AssessmentTold | None
    rank: int | None


def new_order(number: int, known: Known, catalogue: Catalogue, *, by: str, now: datetime) -> Order:
    """An open order of the first version. The model is the one that fits best there, to be changed by the planner."""
    fit = known.told.fits[0] if known.told and known.told.fits else None
    model = catalogue.find(fit.vendor, fit.model) if fit else None
    uplink = _uplink(known.place, model, fit)
    return Order(
        id=number,
        version=1,
        access_point=known.place.id,
        site=known.place.site,
        status=Status.OPEN,
        rank=known.rank,
        why=_reasons(known.told) if known.told else (),
        old=_old_device(known),
        vendor=fit.vendor if fit else None,
        model=fit.model if fit else None,
        uplink_bits_per_second=uplink,
        poe=model.poe.value if model and model.poe else None,
        cable=_cable(uplink) if uplink else None,
        changes=fit.changes if fit else (),
        watch_from=now,
        opened_at=now,
        opened_by=by,
        changed_at=now,
        changed_by=by,
    )


def _reasons(told: AssessmentTold) -> tuple[Sentence, ...]:
    """Why it goes, in the words of the plan: what is over, then what people feel there, then what another brings."""
    gates = [gate.reason for gate in told.gates if gate.state == "closed"]
    factors = [
        reason for factor in (told.score.need, told.score.benefit, told.score.weight) for reason in factor.reasons
    ]
    return tuple([*gates, *factors][:_MOST_REASONS])


def _old_device(known: Known) -> OldDevice:
    """As it reports itself, else as the inventory has it."""
    report = known.reading.report if known.reading else None
    told = (report.device if report else None) or ToldDevice()
    recorded = known.device
    return OldDevice(
        vendor=told.vendor or (recorded.vendor if recorded else None),
        model=told.model or (recorded.model if recorded else None),
        serial=told.serial or (recorded.serial if recorded else None),
        mac=told.mac or (recorded.mac if recorded else None),
    )


def _uplink(place: AccessPoint, model: CatalogueModel | None, fit: FitTold | None) -> int | None:
    """What the model can, or the port to which it is wired where that stays and has less."""
    if model is None or model.uplink_bits_per_second is None or fit is None:
        return None
    fastest = max(model.uplink_bits_per_second.value)
    port = place.port_bits_per_second
    return fastest if port is None or Change.SWITCH_PORT in fit.changes else min(fastest, port)


def _cable(bits_per_second: int) -> Cable:
    """The least class that carries this."""
    return min(
        (cable for cable, carries in CABLE_BITS_PER_SECOND.items() if carries >= bits_per_second),
        key=CABLE_BITS_PER_SECOND.__getitem__,
    )
