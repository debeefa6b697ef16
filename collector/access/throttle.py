"""How long whoever guesses passwords has to wait. Pure; what is remembered of it is in `collector.state.guesses`."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FAILURES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Failures:
    """How often logging in has failed, for a name or from an address, and when last."""

    count: int
    last_at: datetime

    def counting(self, now: datetime) -> int:
        """What counts is recent. A failure in the future is of a clock that has been set back since: nobody waits until
        it is reached again."""
        return self.count if timedelta(0) <= now - self.last_at < FORGOTTEN_AFTER else 0

    def wait(self, now: datetime) -> timedelta:
        """How long the next attempt has to wait; nothing or less where it need not. From the fifth failure on it does,
        twice as long each time."""
        surplus = self.counting(now) - FREE_FAILURES
        if surplus < 0:
            return timedelta(0)
        delay = min(LONGEST_DELAY, FIRST_DELAY * (1 << min(surplus, 10)))
        return self.last_at + delay - now


def keys_of(name: str, address: str) -> tuple[str, str]:
    """Under what an attempt counts: the name, and where it comes from."""
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
