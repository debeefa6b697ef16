"""More people are connected to a radio than it can serve well."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, above
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.RADIO
UNIT = Unit.CLIENTS
SOURCES = {
    "severity": "A judgement of ours: what helps is another access point, and nobody hangs that up at night.",
    "raise_after_seconds": "A judgement of ours: a quarter of an hour outlasts a crowd that walks by.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin, for crowds come in waves.",
    "raise_above_clients": "Networks are commonly planned for 30 to 50 clients to a radio; Cisco Meraki calls more "
    "than 30 to an access point high density.",
    "clear_below_clients": "A judgement of ours: a fifth below what raises, so that a few who come and go do not "
    "begin and end it.",
}
Clients = Annotated[int, Field(ge=0, le=10_000)]


class Settings(RuleSettings):
    """More than `raise_above_clients` are connected to a radio."""

    pairs = (("raise_above_clients", "clear_below_clients", True),)
    raise_after_seconds: float = 900.0
    clear_after_seconds: float = 900.0
    raise_above_clients: Clients = 50
    clear_below_clients: Clients = 40


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each radio that counts its clients."""
    radios = snapshot.radios
    clients = radios["clients"]
    told = {name: radios[name] for name in ("band", "channel", "busy_ratio")}
    return Verdicts(
        radios,
        above(clients, settings.raise_above_clients, settings.clear_below_clients, known=snapshot.radio_is_heard),
        clients,
        settings.raise_above_clients,
        detail=known_figures(told),
        people=people_in(clients),
    )
