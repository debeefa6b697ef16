"""Why an order was not opened or changed, as the API tells it."""

from collections.abc import Iterator
from contextlib import contextmanager

from collector.access.identity import Identity
from collector.fieldwork.order_desk import NoSuchOrderError, UnknownPlaceError, UnknownTechnicianError
from collector.orders.life import IllegalMoveError, MissingError, OldSerialError
from collector.orders.permitting import NotYoursError, possible_moves
from collector.state.orders import AlreadyOpenError, StaleOrderError
from collector.web.api.versions import etag
from collector.web.problems import ProblemError


@contextmanager
def refusals_told(identity: Identity) -> Iterator[None]:
    """What the order desk refuses of who asks is raised as ProblemError."""
    try:
        yield
    except NoSuchOrderError as error:
        raise ProblemError(404, str(error), kind="no-such-order") from error
    except UnknownPlaceError as error:
        raise ProblemError(422, str(error), kind="unknown-place", members={"field": "access_point"}) from error
    except UnknownTechnicianError as error:
        raise ProblemError(422, str(error), kind="unknown-technician", members={"field": error.field}) from error
    except NotYoursError as error:
        raise ProblemError(403, str(error), kind="not-yours") from error
    except AlreadyOpenError as error:
        raise ProblemError(409, str(error), kind="already-open", members={"order": error.order}) from error
    except IllegalMoveError as error:
        raise _illegal_move(error, identity) from error
    except OldSerialError as error:
        raise ProblemError(422, str(error), kind="old-serial", members={"field": error.field}) from error
    except MissingError as error:
        detail = f"an order needs {error.field} to become {error.to}; send it along"
        raise ProblemError(422, detail, kind="missing", members={"field": error.field}) from error
    except StaleOrderError as error:
        raise _stale(error) from error


def _illegal_move(error: IllegalMoveError, identity: Identity) -> ProblemError:
    """An order that is only about to be opened has no number yet, and is not told by it."""
    possible = possible_moves(identity, error.order, error.possible)
    can = ", ".join(possible) or "nothing else by you"
    detail = f"an order that is {error.order.status} cannot become {error.to}; it can become: {can}"
    return ProblemError(409, detail, kind="illegal-move", members={"possible": list(possible)})


def _stale(error: StaleOrderError) -> ProblemError:
    members = {
        "order": error.order.model_dump(mode="json"),
        "changes": [change.model_dump(mode="json") for change in error.since],
    }
    detail = f"{error}; look at what was changed, and send your change again for that version"
    return ProblemError(412, detail, kind="stale", members=members, headers={"ETag": etag(error.order.version)})
