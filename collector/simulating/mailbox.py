"""An outbox without a database: what is planned is put in, and arrives when it is told to. Pure.

It keeps threads as `collector.state.outbox` and `collector.state.deliveries` do.
"""

from collections.abc import Iterable
from dataclasses import replace

from collector.alerts.notice import Notice
from collector.alerts.planning.planner import Planned
from collector.alerts.planning.threads import Conversation, Thread, Waiting


class Mailbox:
    """`threads` are those that are not over."""

    def __init__(self) -> None:
        self.threads: dict[Conversation, Thread] = {}

    def put(self, changes: Iterable[Planned]) -> list[Notice]:
        """Change threads as planned; the notices that are new."""
        return [notice for notice in map(self._change, changes) if notice is not None]

    def deliver(self) -> None:
        """Everything that waits arrives."""
        for conversation, thread in list(self.threads.items()):
            believed = thread.believed_in_the_end
            if believed:
                self.threads[conversation] = replace(thread, believed=believed, waits=())
            else:
                del self.threads[conversation]

    def _change(self, change: Planned) -> Notice | None:
        known = self.threads.pop(change.conversation, None)
        if change.is_over:
            return None
        thread = known or Thread(change.thread, change.conversation, frozenset())
        waits = tuple(each for each in thread.waits if each.notice.id not in change.folded)
        told_at = thread.told_at
        if change.notice is not None:
            due_at = change.due_at or change.notice.made_at
            waiting = Waiting(change.notice, is_claimed=False, attempts=0, due_at=due_at)
            waits, told_at = (*waits, waiting), change.notice.made_at
        self.threads[change.conversation] = replace(thread, waits=waits, told_at=told_at)
        return change.notice
