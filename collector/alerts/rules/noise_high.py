"""A radio hears so much noise on its channel that it hears people badly: something that is no Wi-Fi is near."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, above
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.RADIO
UNIT = Unit.DBM
SOURCES = {
    "severity": "A judgement of ours: what makes the noise has to be looked for on the spot, by day.",
    "raise_after_seconds": "A judgement of ours: half an hour outlasts a microwave oven.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin, for such noise comes and goes.",
    "raise_above_dbm": "Cisco's wireless controllers report a radio whose noise is above -70 dBm (profile threshold "
    "for noise). Who is heard at the -65 dBm that networks are planned for is 5 dB above it.",
    "clear_below_dbm": "A judgement of ours: half the power and a little less, more than a steady reading wavers by.",
}
Dbm = Annotated[float, Field(ge=-127, le=0)]


class Settings(RuleSettings):
    """A radio's noise floor is above `raise_above_dbm`."""

    pairs = (("raise_above_dbm", "clear_below_dbm", True),)
    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 1800.0
    raise_above_dbm: Dbm = -70.0
    clear_below_dbm: Dbm = -75.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each radio, by its noise floor."""
    radios = snapshot.radios
    noise = radios["noise_dbm"]
    told = {name: radios[name] for name in ("band", "channel", "busy_ratio", "retry_ratio", "clients")}
    return Verdicts(
        radios,
        above(noise, settings.raise_above_dbm, settings.clear_below_dbm, known=snapshot.radio_is_heard),
        noise,
        settings.raise_above_dbm,
        detail=known_figures(told),
        people=people_in(radios["clients"]),
    )
