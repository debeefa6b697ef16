"""What each endpoint has been told of each group, as far as it matters for what it is told next. Pure.

A thread is what one endpoint is told of one rule at one site, from the first notice to the one that says that all is
over. Read from the state database by `collector.state.outbox`, read by `planning`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from collector.alerts.notice import Notice


class Group(NamedTuple):
    """What is told together: one rule's alerts at one site, or nowhere."""

    rule: str
    site: str | None


class Conversation(NamedTuple):
    """A group as one endpoint hears of it."""

    endpoint: str
    group: Group


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that has not arrived yet. `is_claimed` says that a call is under way; then nothing can be done about it.
    `due_at` is when it is tried next."""

    notice: Notice
    is_claimed: bool
    attempts: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """`believed` are the ids of the alerts that the endpoint may believe to fire, by the calls that were made; what
    `waits`, oldest first, is not among them until its first call. `told_at` is when its newest notice was made."""

    id: str
    conversation: Conversation
    believed: frozenset[str]
    waits: tuple[Waiting, ...] = ()
    told_at: datetime | None = None

    @property
    def claimed(self) -> Waiting | None:
        """The notice that is being delivered just now."""
        return next((each for each in self.waits if each.is_claimed), None)

    @property
    def replaceable(self) -> tuple[Waiting, ...]:
        """Notices that have not arrived, and that nobody is delivering just now."""
        return tuple(each for each in self.waits if not each.is_claimed)

    @property
    def sure_to_be_believed(self) -> frozenset[str]:
        """What it will believe when the notice under way has arrived, and nothing else has."""
        return self._after(() if self.claimed is None else (self.claimed,))

    @property
    def believed_in_the_end(self) -> frozenset[str]:
        """What it will believe when all that waits has arrived."""
        return self._after(self.waits)

    def _after(self, arrived: tuple[Waiting, ...]) -> frozenset[str]:
        believed = self.believed
        for each in arrived:
            believed = believed | {alert.id for alert in each.notice.firing}
            believed = believed - {alert.id for alert in each.notice.ended}
        return believed
