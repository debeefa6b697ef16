"""What the alert desk refuses, as the API tells it."""

from collections.abc import Iterator
from contextlib import contextmanager

from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.web.problems import ProblemError

_STATUSES = {
    AlertProblem.NO_SUCH_ALERT: 404,
    AlertProblem.NO_SUCH_SILENCE: 404,
    AlertProblem.NO_SUCH_MAINTENANCE: 404,
    AlertProblem.NO_SUCH_ENDPOINT: 404,
    AlertProblem.NO_SUCH_DELIVERY: 404,
    AlertProblem.BAD_VALUE: 422,
}


@contextmanager
def refusals_told() -> Iterator[None]:
    """What the desk refuses is raised as ProblemError."""
    try:
        yield
    except AlertDeskError as error:
        raise problem_of(error) from error


def problem_of(error: AlertDeskError) -> ProblemError:
    """A refusal as a problem. What is wrong with a value is told as it is where FastAPI finds it."""
    mistakes = [
        {"where": ".".join(str(part) for part in ("body", *place)), "what": words} for place, words in error.mistakes
    ]
    return ProblemError(
        _STATUSES.get(error.problem, 409),
        str(error),
        kind=error.problem.replace("_", "-"),
        members={"mistakes": mistakes} if mistakes else None,
    )
