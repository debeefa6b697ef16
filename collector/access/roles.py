"""The roles that people have, and what each may do. Pure; the one place that says so.

Each page and each call of the API names the permission that it needs; who lacks it is refused. Which orders a
technician may change is a question of the order as well: see `collector.orders.permitting`.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """Something that somebody may do. The names are the scopes of API tokens as well."""

    READ = "read"
    """See what is measured, judged and ordered."""
    CONTACTS = "contacts"
    """See whom to call at a site, and how to get in."""
    WORK = "work"
    """Do what an order asks for: begin, hold, finish. A technician with their own orders only."""
    PLAN = "plan"
    """Open, plan, assign, accept, reject and cancel orders; write down contacts and access notes."""
    FINDINGS = "findings"
    """See unknown devices and refused messages."""
    ALERTS = "alerts"
    """Acknowledge and silence alerts, plan maintenance, pause and try endpoints, send dead deliveries again."""
    MEASURE = "measure"
    """Have it measured whether replacements kept their promise, which reads weeks of a city."""
    PEOPLE = "people"
    """Let people in, give them roles, and lock them out."""
    AUDIT = "audit"
    """See who did what."""


class Role(StrEnum):
    """What somebody is to the programme."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    PLANNER = "planner"
    OPS = "ops"
    ADMIN = "admin"


_READ = frozenset({Permission.READ})
PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: _READ,
        Role.TECHNICIAN: _READ | {Permission.WORK},
        Role.PLANNER: _READ
        | {Permission.CONTACTS, Permission.WORK, Permission.PLAN, Permission.FINDINGS, Permission.MEASURE},
        Role.OPS: _READ | {Permission.CONTACTS, Permission.FINDINGS, Permission.ALERTS, Permission.AUDIT},
        Role.ADMIN: frozenset(Permission),
    }
)
"""What each role may. Whom to call at a site a technician sees on their own orders, without the permission for all."""
