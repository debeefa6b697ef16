"""Which tests may run: so many at once, each with its streams. Pure; asked by the application for every request."""

from collections import Counter

STREAMS_AT_MOST = 32
"""Of one test. More would be many clients that share a name, and the limit would be none."""


class Admission:
    """The tests that run now. A test is its name and counts once, however many streams it has."""

    def __init__(self, tests_at_once: int) -> None:
        self._tests_at_once = tests_at_once
        self._streams: Counter[str] = Counter()

    def enter(self, test: str) -> bool:
        """Whether one more stream of a test may begin. One that began must `leave`."""
        if test not in self._streams and len(self._streams) >= self._tests_at_once:
            return False
        if self._streams[test] >= STREAMS_AT_MOST:
            return False
        self._streams[test] += 1
        return True

    def leave(self, test: str) -> None:
        """A stream has ended; with its last stream the test has."""
        self._streams[test] -= 1
        if self._streams[test] <= 0:
            del self._streams[test]
