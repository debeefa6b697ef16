"""Why the alert desk does not do something, in words for whoever asked."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import ValidationError

from agent.settings import Contradiction, dotted


class AlertProblem(StrEnum):
    """Why something is not done."""

    NO_SUCH_ALERT = "no_such_alert"
    NOT_FIRING = "not_firing"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    NO_SUCH_SILENCE = "no_such_silence"
    SILENCE_OVER = "silence_over"
    NO_SUCH_MAINTENANCE = "no_such_maintenance"
    NO_SUCH_ENDPOINT = "no_such_endpoint"
    ALREADY_PAUSED = "already_paused"
    ENDPOINT_OPEN = "endpoint_open"
    ENDPOINT_CLOSED = "endpoint_closed"
    NO_SUCH_DELIVERY = "no_such_delivery"
    NOT_DEAD = "not_dead"
    TROUBLE_OVER = "trouble_over"
    BAD_VALUE = "bad_value"


_WORDS = {
    AlertProblem.NO_SUCH_ALERT: "there is no alert {name!r}, or none any more",
    AlertProblem.NOT_FIRING: "the alert {name!r} does not fire; only what fires is acknowledged",
    AlertProblem.NOT_ACKNOWLEDGED: "nobody has acknowledged the alert {name!r}, so there is nothing to take back",
    AlertProblem.NO_SUCH_SILENCE: "there is no silence {name!r}, or none any more",
    AlertProblem.SILENCE_OVER: "the silence {name!r} has ended already; there is nothing to end",
    AlertProblem.NO_SUCH_MAINTENANCE: "no maintenance {name!r} is planned; it may be over, or taken back already",
    AlertProblem.NO_SUCH_ENDPOINT: "the configuration has no endpoint {name!r}",
    AlertProblem.ALREADY_PAUSED: "the endpoint {name!r} is paused already",
    AlertProblem.ENDPOINT_OPEN: "the endpoint {name!r} is open already",
    AlertProblem.ENDPOINT_CLOSED: "nothing is sent to the endpoint {name!r} now; open it first",
    AlertProblem.NO_SUCH_DELIVERY: "there is no delivery {name!r}, or none any more",
    AlertProblem.NOT_DEAD: "the delivery {name!r} is not dead; only what is not tried any more is sent again",
    AlertProblem.TROUBLE_OVER: (
        "what the delivery {name!r} would tell is over by now, and nobody would tell its receiver so; it stays as it is"
    ),
    AlertProblem.BAD_VALUE: "{name}",
}


class AlertDeskError(Exception):
    """It is not done. The message says why, and what to do. `mistakes` are what is wrong with what somebody has
    written, each with its place in it; they come with BAD_VALUE, and with nothing else."""

    def __init__(self, problem: AlertProblem, name: str, mistakes: Iterable[Contradiction] = ()) -> None:
        self.problem = problem
        self.mistakes = tuple(mistakes)
        super().__init__(_WORDS[problem].format(name=name))


def mistaken(mistakes: Iterable[Contradiction]) -> AlertDeskError:
    """The refusal of what is written wrongly."""
    mistakes = tuple(mistakes)
    words = "; ".join(f"{dotted(place)}: {problem}" for place, problem in mistakes)
    return AlertDeskError(AlertProblem.BAD_VALUE, words, mistakes)


def misread(error: ValidationError, below: tuple[str, ...] = ()) -> AlertDeskError:
    """The same, of what pydantic has found in what stands at the place `below`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return mistaken(((*below, *each["loc"]), each["msg"].removeprefix("Value error, ")) for each in found)
