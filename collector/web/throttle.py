"""Slows down whoever guesses passwords. Pure but for its memory; used by the login page."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FAILURES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_at: datetime


class LoginThrottle:
    """Counts failures by name and by address. From the fifth on the next has to wait, twice as long each time."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def attempt(self, name: str, address: str, now: datetime) -> timedelta | None:
        """Begin an attempt: None if it may go on, else how long to wait.

        An attempt that may go on counts as failed until `succeed` is called: otherwise as many could be made at once as
        a server takes. One that has to wait counts for nothing, and so does not prolong the wait.
        """
        keys = _keys(name, address)
        wait = max(self._wait(key, now) for key in keys)
        if wait > timedelta(0):
            return wait
        for key in keys:
            self._failures[key] = _Failures(self._count(key, now) + 1, now)
            self._failures.move_to_end(key)
        while len(self._failures) > MAX_KEYS:
            self._failures.popitem(last=False)
        return None

    def succeed(self, name: str, address: str) -> None:
        """The attempt was good: forget the name's failures, and this one of the address. What else came from there
        still counts, or one account would be enough to guess all others."""
        name_key, address_key = _keys(name, address)
        self._failures.pop(name_key, None)
        known = self._failures.get(address_key)
        if known is not None:
            self._failures[address_key] = _Failures(max(0, known.count - 1), known.last_at)

    def _count(self, key: str, now: datetime) -> int:
        """What counts is recent. A failure in the future is of a clock that has been set back since: nobody waits until
        it is reached again."""
        known = self._failures.get(key)
        return known.count if known and timedelta(0) <= now - known.last_at < FORGOTTEN_AFTER else 0

    def _wait(self, key: str, now: datetime) -> timedelta:
        surplus = self._count(key, now) - FREE_FAILURES
        if surplus < 0:
            return timedelta(0)
        delay = min(LONGEST_DELAY, FIRST_DELAY * (1 << min(surplus, 10)))
        return self._failures[key].last_at + delay - now


def _keys(name: str, address: str) -> tuple[str, str]:
    return f"name {name}", f"address {_network(address)}"


def _network(address: str) -> str:
    """An IPv6 customer has a /64 to draw addresses from; that counts as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
