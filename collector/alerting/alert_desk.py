"""What people do about alerts, for pages and API alike: acknowledge, silence, plan maintenance, pause and try
endpoints, send again what did not arrive. Blocks; is called in threads. Whether somebody may is found out before, and
noted after.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine

from collector.alerting.alert_refusals import AlertDeskError, AlertProblem, misread, mistaken
from collector.alerting.ids import new_id
from collector.alerting.receivers import Receiver, named
from collector.alerts.alert import Acknowledgement
from collector.alerts.holding.maintenance import Maintenance
from collector.alerts.holding.matching import Matcher, unknown_names
from collector.alerts.holding.remarks import Remark
from collector.alerts.holding.silences import LONGEST_SILENCE, Silence
from collector.alerts.holding.suppression import Suppression
from collector.alerts.rules import rules
from collector.alerts.telling.sample import sample_notice
from collector.state import alerts, delivery_desk, endpoint_states, suppressions
from collector.state.delivery_desk import DeliveryState, Replay
from collector.state.outbox import put_in
from inventory import Inventory

_REMARK: TypeAdapter[str] = TypeAdapter(Remark)


class AlertDesk:
    """Acts on one state database. `receivers` are the endpoints of the configuration."""

    def __init__(
        self, *, state: Engine, inventory: Inventory, receivers: Sequence[Receiver], clock: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._inventory = inventory
        self._receivers = receivers
        self._clock = clock

    def suppression(self) -> Suppression:
        """What holds notices back right now, for whoever shows of an open alert why nobody is told of it."""
        now = self._clock()
        return Suppression(
            now,
            silences=suppressions.silences_until(self._state, now),
            maintenance=suppressions.planned_maintenance(self._state),
            alerts=alerts.open_alerts(self._state),
            inventory=self._inventory,
        )

    def acknowledge(self, alert_id: str, by: str, comment: str = "") -> Acknowledgement:
        """Somebody takes care of a firing alert: nothing new of it is told. Whoever did before is replaced. Raises
        AlertDeskError."""
        said = comment.strip()
        if said:
            with _mistakes_told("comment"):
                said = _REMARK.validate_python(said)
        acknowledgement = Acknowledgement(by, self._clock(), said)
        if not alerts.acknowledge(self._state, alert_id, acknowledgement):
            is_known = bool(alerts.alerts_of(self._state, [alert_id]))
            raise AlertDeskError(AlertProblem.NOT_FIRING if is_known else AlertProblem.NO_SUCH_ALERT, alert_id)
        return acknowledgement

    def release(self, alert_id: str) -> None:
        """Nobody takes care of it any more. Raises AlertDeskError."""
        if not alerts.release(self._state, alert_id):
            is_known = bool(alerts.alerts_of(self._state, [alert_id]))
            raise AlertDeskError(AlertProblem.NOT_ACKNOWLEDGED if is_known else AlertProblem.NO_SUCH_ALERT, alert_id)

    def make_silence(self, document: Mapping[str, Any], by: str) -> Silence:
        """Hold back notices for a while. The document has `matcher`, `ends_at` and `comment`, and may have `starts_at`,
        which is now otherwise. Raises AlertDeskError, with all that is wrong with it."""
        now = self._clock()
        said = {"starts_at": now} | {key: value for key, value in document.items() if value is not None}

        def make(id_: str) -> Silence:
            return Silence.model_validate(said | {"id": id_, "by": by, "made_at": now})

        with _mistakes_told():
            silence = make("0")
        mistakes = self._unknown_in(silence.matcher)
        if silence.is_over(now):
            mistakes.append((("ends_at",), "is over by now; choose a later end"))
        if silence.starts_at > now + LONGEST_SILENCE:
            mistakes.append((("starts_at",), f"is more than {LONGEST_SILENCE.days} days away; choose an earlier one"))
        if mistakes:
            raise mistaken(mistakes)
        return suppressions.add_silence(self._state, make)

    def end_silence(self, silence_id: str, by: str) -> Silence:
        """End one now. Raises AlertDeskError."""
        try:
            ended = suppressions.end_silence(self._state, silence_id, by, self._clock())
        except ValueError as error:
            raise AlertDeskError(AlertProblem.SILENCE_OVER, silence_id) from error
        if ended is None:
            raise AlertDeskError(AlertProblem.NO_SUCH_SILENCE, silence_id)
        return ended

    def plan_maintenance(self, document: Mapping[str, Any], by: str) -> Maintenance:
        """Hold back notices while works are under way. The document has `name`, `matcher`, `when` and `comment`. Raises
        AlertDeskError, with all that is wrong with it."""
        now = self._clock()

        def make(id_: str) -> Maintenance:
            return Maintenance.model_validate({**document, "id": id_, "by": by, "made_at": now})

        with _mistakes_told():
            works = make("0")
        mistakes = self._unknown_in(works.matcher)
        if works.is_over(now):
            mistakes.append((("when",), "is over by now; choose later times"))
        if mistakes:
            raise mistaken(mistakes)
        return suppressions.add_maintenance(self._state, make)

    def take_back_maintenance(self, maintenance_id: str) -> Maintenance:
        """Plan it no more, nor go on with it. Raises AlertDeskError."""
        taken_back = suppressions.take_back_maintenance(self._state, maintenance_id)
        if taken_back is None:
            raise AlertDeskError(AlertProblem.NO_SUCH_MAINTENANCE, maintenance_id)
        return taken_back

    def pause(self, endpoint: str, by: str) -> None:
        """Send nothing there until it is opened again; what is to be told waits. Raises AlertDeskError."""
        self._receiver(endpoint)
        if endpoint_states.endpoint_state(self._state, endpoint).paused_at is not None:
            raise AlertDeskError(AlertProblem.ALREADY_PAUSED, endpoint)
        endpoint_states.pause(self._state, endpoint, by, self._clock())

    def reopen(self, endpoint: str) -> int:
        """Send there again, whether it was paused or its receiver said that it is gone. How many notices that had to
        wait are tried now. Raises AlertDeskError."""
        self._receiver(endpoint)
        if not endpoint_states.reopen(self._state, endpoint):
            raise AlertDeskError(AlertProblem.ENDPOINT_OPEN, endpoint)
        return delivery_desk.hasten(self._state, endpoint, self._clock())

    def test(self, endpoint: str) -> str:
        """Have a notice sent that says that it is a test; the id of its delivery. Raises AlertDeskError."""
        self._receiver(endpoint)
        if not endpoint_states.endpoint_state(self._state, endpoint).is_open:
            raise AlertDeskError(AlertProblem.ENDPOINT_CLOSED, endpoint)
        now = self._clock()
        notice = sample_notice(endpoint, new_id("notice"), now)
        with self._state.begin() as connection:
            put_in(connection, notice, now)
        return notice.id

    def replay(self, delivery_id: str) -> None:
        """Have a dead delivery tried again from the beginning, with the same id. Raises AlertDeskError."""
        delivery = delivery_desk.delivery_of(self._state, delivery_id)
        if delivery is None:
            raise AlertDeskError(AlertProblem.NO_SUCH_DELIVERY, delivery_id)
        if delivery.state is not DeliveryState.DEAD:
            raise AlertDeskError(AlertProblem.NOT_DEAD, delivery_id)
        self._receiver(delivery.endpoint)
        came_of_it = delivery_desk.replay(self._state, delivery_id, self._clock())
        if came_of_it is Replay.UNKNOWN:
            raise AlertDeskError(AlertProblem.NOT_DEAD, delivery_id)
        if came_of_it is Replay.OVER:
            raise AlertDeskError(AlertProblem.TROUBLE_OVER, delivery_id)

    def _receiver(self, endpoint: str) -> Receiver:
        found = named(self._receivers, endpoint)
        if found is None:
            raise AlertDeskError(AlertProblem.NO_SUCH_ENDPOINT, endpoint)
        return found

    def _unknown_in(self, matcher: Matcher) -> list[tuple[tuple[str | int, ...], str]]:
        found = unknown_names(matcher, rules=rules(), inventory=self._inventory)
        return [(("matcher", *place), problem) for place, problem in found]


@contextmanager
def _mistakes_told(*below: str) -> Iterator[None]:
    """What pydantic finds is raised as AlertDeskError, for what stands at the place `below`."""
    try:
        yield
    except ValidationError as error:
        raise misread(error, below) from error
