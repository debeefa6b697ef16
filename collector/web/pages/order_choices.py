"""What the forms of orders offer to choose from."""

from typing import get_args

from sqlalchemy import Engine

from collector.access.roles import PERMISSIONS, Permission, Role
from collector.state.accounts import people
from inventory.catalogue.entries import Poe
from inventory.wiring import Cable

UPLINKS_BITS_PER_SECOND = (1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000)
POE_CLASSES: tuple[str, ...] = get_args(Poe)
CABLE_CLASSES: tuple[str, ...] = get_args(Cable)


def technicians(state: Engine) -> tuple[str, ...]:
    """Who can be sent: those who may do the work and are not locked out, technicians before the others. Blocks."""
    able = [
        person
        for person in people(state)
        if person.locked_out_at is None and Permission.WORK in PERMISSIONS[person.role]
    ]
    return tuple(person.name for person in sorted(able, key=lambda person: person.role is not Role.TECHNICIAN))
