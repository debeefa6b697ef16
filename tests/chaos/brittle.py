"""A database that dies with the collector, or breaks, at any commit; and evaluations that stand between two of their
statements while others go on: see `chaos.alert_world`."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Engine, event


class Killed(BaseException):  # nothing of the collector's may catch it
    """The collector died just there."""


class Held:
    """One evaluation in its own thread, that stops where it is told to: while it stands, the loop goes on."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._turn, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._work = work
        self._result: tuple[Any, BaseException | None] | None = None
        self.thread = threading.Thread(target=self._run, name="evaluation")

    def start(self) -> None:
        """Until it stands, or has ended."""
        self.thread.start()
        self._stands.acquire()

    def stand(self) -> None:
        """In its thread: let the others go on."""
        self._stands.release()
        self._turn.acquire()

    def go_on(self) -> None:
        """Until it stands again, or has ended."""
        self._turn.release()
        self._stands.acquire()

    @property
    def is_over(self) -> bool:
        return self._result is not None

    def result(self) -> Any:
        self.thread.join()
        assert self._result is not None
        value, error = self._result
        if error is not None:
            raise error
        return value

    def _run(self) -> None:
        try:
            self._result = (self._work(), None)
        except BaseException as error:  # noqa: BLE001  # handed on to the loop
            self._result = (None, error)
        self._stands.release()


class Brittle:
    """One engine, while it is `watched`. Once `is_dead`, it does nothing any more."""

    def __init__(self, engine: Engine) -> None:
        self.is_dead = False
        self._engine = engine
        self._commits_to_live: tuple[int, bool] | None = None
        self._commits_to_doubt: tuple[int, bool] | None = None
        self._held: Held | None = None
        self._stands_at: int | None = None
        self._statements = 0
        self._has_locks = False

    def die_at_commit(self, number: int, is_after: bool) -> None:
        """The collector dies with the commit of this number, counted from now."""
        self._commits_to_live = (number, is_after)

    def doubt_commit(self, number: int, is_after: bool) -> None:
        """The connection breaks with the commit of this number, counted from now: nobody hears whether it was made."""
        self._commits_to_doubt = (number, is_after)

    def forgive(self) -> None:
        """Nothing dies or is in doubt any more."""
        self._commits_to_live = self._commits_to_doubt = None

    def hold(self, work: Callable[[], Any], stands_at: int | None) -> Held:
        """Work that has begun in a thread of its own, and stands before its statement of this number."""
        self._stands_at, self._statements, self._has_locks = stands_at, 0, False
        self._held = Held(work)
        self._held.start()
        return self._held

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """With the database under our hands."""
        dialect: Any = self._engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            dies_after, breaks_after = self._strike(), self._break()
            commit(connection)
            if dies_after:
                self._die()
            if breaks_after:
                raise _broken(dialect)

        def before(_: Any, __: Any, statement: str, *___: Any) -> None:
            if self.is_dead:
                raise Killed
            self._stand_before(statement)

        def ended(_: Any) -> None:
            if self._is_evaluating:
                self._has_locks = False

        dialect.do_commit = do_commit
        events = {"before_cursor_execute": before, "commit": ended, "rollback": ended}
        for name, listener in events.items():
            event.listen(self._engine, name, listener)
        try:
            yield
        finally:
            del dialect.do_commit
            for name, listener in events.items():
                event.remove(self._engine, name, listener)

    @property
    def _is_evaluating(self) -> bool:
        return self._held is not None and threading.current_thread() is self._held.thread

    def _strike(self) -> bool:
        """Whether the collector dies after this commit; raises Killed where it dies before."""
        if self.is_dead:
            raise Killed
        if self._commits_to_live is None:
            return False
        number, is_after = self._commits_to_live
        self._commits_to_live = (number - 1, is_after)
        if number > 1:
            return False
        self._commits_to_live = None
        if not is_after:
            self._die()
        return True

    def _break(self) -> bool:
        """Whether the connection breaks after this commit; raises where it does before."""
        if self._commits_to_doubt is None:
            return False
        number, is_after = self._commits_to_doubt
        self._commits_to_doubt = (number - 1, is_after) if number > 1 else None
        if number == 1 and not is_after:
            raise _broken(self._engine.dialect)
        return number == 1

    def _die(self) -> None:
        self.is_dead = True
        raise Killed

    def _stand_before(self, statement: str) -> None:
        """Where the evaluator is told to stand. Not where it holds locks: whoever waits for them would never go on."""
        if not self._is_evaluating or self._held is None:
            return
        self._statements += 1
        if self._stands_at is not None and self._statements >= self._stands_at and not self._has_locks:
            self._stands_at = None
            self._held.stand()
        # PostgreSQL locks what is read for update, SQLite what is written.
        if not statement.startswith("SELECT") or "FOR UPDATE" in statement:
            self._has_locks = True


def _broken(dialect: Any) -> Exception:
    """What the driver says of a connection that broke."""
    error: Exception = dialect.loaded_dbapi.OperationalError("the connection broke")
    return error
