"""Nobody is connected at an hour at which there are usually many: an access point that reports, and serves nobody."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.judging.figures import known_figures
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.CLIENTS
SOURCES = {
    "severity": "A judgement of ours: rain or a closed gate empty a place as well; somebody should look in the day.",
    "raise_after_seconds": "A judgement of ours: half an hour of a busy hour without a single client is no chance; "
    "and what is usual at an hour still holds then.",
    "clear_after_seconds": "A judgement of ours: somebody who stays for five minutes is served.",
    "raise_above_usual": "A judgement of ours: where the mean of an hour is usually above 5, in the middle of the last "
    "four weeks, some are always there; below that a quiet hour is quiet by chance.",
}


class Settings(RuleSettings):
    """Nobody is connected to an access point that usually has `raise_above_usual` clients or more at this hour of the
    week."""

    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 300.0
    raise_above_usual: Annotated[float, Field(ge=1, le=10_000)] = 5.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point that counts its clients. An empty one at an hour that is not busy is neither good nor bad:
    somebody who is connected is what shows that it serves."""
    places = snapshot.places
    clients, usual = places.clients, places.usual_clients

    def people(row: int) -> int | None:
        return None if np.isnan(usual[row]) else round(float(usual[row]))

    return Verdicts(
        snapshot.layout,
        states_of(
            bad=(clients == 0) & (usual >= settings.raise_above_usual),
            good=clients > 0,
            known=places.is_heard & ((clients > 0) | ((clients == 0) & ~np.isnan(usual))),
        ),
        clients,
        detail=known_figures({"usual_clients": usual}),
        people=people,
    )
