"""An event loop whose clock leaps: where everybody waits, the time that they wait for has come. Thousands of seconds of
retries pass in one, and always in the same way.

What is handed to threads is done on the loop itself, `latency` later, and its result is seen as long after: what others
do meanwhile is as it would be with threads, and drawn by whoever gives the latency.
"""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class _Leaping(selectors.DefaultSelector):  # type: ignore[misc,valid-type]  # which one it is depends on the system
    """Never waits: it tells how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.leapt_seconds = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits, and nobody for a time")
            self.leapt_seconds += max(timeout, 0.0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Begins at 0 s. `latency` draws the seconds that a thread takes to begin, and again to be heard of."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        self.latency: Callable[[], float] = lambda: 0.0
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.leapt_seconds

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]  # noqa: ARG002
        """Does the work even where nobody waits for it any more, as a thread would."""
        future = self.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        def work() -> None:
            try:
                result, error = func(*args), None
            except BaseException as caught:  # noqa: BLE001  # handed on to whoever waits
                result, error = None, caught
            self.call_later(self.latency(), settle, result, error)

        self.call_later(self.latency(), work)
        return future
