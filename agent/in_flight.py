"""What has been sent and is not acknowledged, and when it is due again. Pure; the uplink tells it what happens.

Live frames are sent alone, and each is due for itself. Of the backlog one bundle is on the way at most; where it goes
unanswered, its frames are no longer on the way, and the next bundle, which begins with the same frames, waits longer.

How long is waited for an Ack is learned. A collector that makes sure of its database, or has a whole city to listen to,
may take longer than the settings say, and it would not be helped by having to hear everything twice.
"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass

_MAX_RESEND_SECONDS = 300.0
_ON_THE_WAY_SECONDS = 2.0
"""What was sent a moment ago is not sent again because the collector is heard of: its Ack may be on the way."""
_HASTENED_WITHIN_SECONDS = 1.0
_PATIENCE_FACTOR = 2.0
_PATIENCE_KEPT_RATIO = 0.75
"""How much of what was learned is left by an Ack that came soon."""


@dataclass(slots=True)
class _Flight:
    """How often it was sent, when first and last, and when it is due again."""

    sends: int = 0
    first_sent: float = 0.0
    sent: float = 0.0
    due: float = 0.0


class _Patience:
    """How long an Ack is waited for: the configured time, or longer where Acks have taken nearly that long."""

    def __init__(self, at_least_seconds: float) -> None:
        self.seconds = at_least_seconds
        self._at_least_seconds = at_least_seconds

    def learn(self, latency_seconds: float) -> None:
        """An Ack has taken so long."""
        learned = max(_PATIENCE_FACTOR * latency_seconds, _PATIENCE_KEPT_RATIO * self.seconds)
        self.seconds = max(self._at_least_seconds, min(_MAX_RESEND_SECONDS, learned))


class InFlight:
    """One agent's. All times are seconds of the monotonic clock; `now` is its reading."""

    def __init__(self, *, ack_timeout_seconds: float, jitter: random.Random) -> None:
        self._random = jitter
        self._alone: dict[int, _Flight] = {}
        self._alone_patience = _Patience(ack_timeout_seconds)
        self._bundled: set[int] = set()
        self._bundle = _Flight()
        self._bundle_patience = _Patience(ack_timeout_seconds)
        self._first_sent: dict[int, float] = {}
        self._heard = 0.0
        self._is_silent = False

    @property
    def ids(self) -> Collection[int]:
        """The frames that are on the way."""
        return self._alone.keys() | self._bundled

    @property
    def alone(self) -> int:
        """How many of them were sent alone."""
        return len(self._alone)

    @property
    def has_bundle(self) -> bool:
        """Whether some of them were sent in a bundle."""
        return bool(self._bundled)

    def was_sent(self, frame_id: int) -> bool:
        """Whether this process has sent the frame before."""
        return frame_id in self._first_sent

    def next_due(self) -> float | None:
        """When the first of what is on the way is due again; None where nothing is."""
        return min((flight.due for flight in self._flights()), default=None)

    def send_alone(self, frame_id: int, now: float) -> None:
        """A frame is sent now, in a message of its own."""
        flight = self._alone.setdefault(frame_id, _Flight())
        self._depart(flight, self._alone_patience, now)
        self._first_sent.setdefault(frame_id, now)

    def send_bundle(self, frame_ids: Collection[int], now: float) -> None:
        """These frames are sent now, in one message."""
        self._bundled = set(frame_ids)
        self._depart(self._bundle, self._bundle_patience, now)
        for frame_id in frame_ids:
            self._first_sent.setdefault(frame_id, now)

    def expire(self, now: float) -> list[int]:
        """What is due: the frames that were sent alone, for the caller to send again or to release. A bundle that is
        due is released here."""
        self._is_silent |= any(flight.due <= now and flight.sent >= self._heard for flight in self._flights())
        if self._bundle.due <= now:
            self._bundled.clear()
        return [frame_id for frame_id, flight in self._alone.items() if flight.due <= now]

    def release(self, frame_id: int) -> None:
        """A frame that was sent alone counts as on the way no longer."""
        self._alone.pop(frame_id, None)

    def hear(self, now: float, *, is_greeting: bool, bundle_within_seconds: float) -> None:
        """An Ack has come. After a silence, or where the collector introduces itself, what was sent before may have
        reached nobody: it is due soon, the bundle within a time that keeps a city's agents apart."""
        if is_greeting or self._is_silent:
            for flight in self._alone.values():
                self._hasten(flight, _HASTENED_WITHIN_SECONDS, now)
            self._hasten(self._bundle, bundle_within_seconds, now)
            self._bundle.sends = 0
        self._is_silent = False
        self._heard = now

    def acknowledge(self, frame_ids: Collection[int], now: float) -> None:
        """These frames are stored, or refused. One Ack teaches once: by the frame that has waited longest for it."""
        if not frame_ids:
            return
        if not self._bundled.isdisjoint(frame_ids):
            self._bundled.difference_update(frame_ids)
            self._bundle_patience.learn(now - self._bundle.first_sent)
            self._bundle.sends = 0
        else:
            first_sent = [self._first_sent[frame_id] for frame_id in frame_ids if frame_id in self._first_sent]
            self._alone_patience.learn(now - min(first_sent, default=now))
        for frame_id in frame_ids:
            self._first_sent.pop(frame_id, None)
            self._alone.pop(frame_id, None)

    def begin_anew(self, now: float) -> None:
        """Nothing is on the way on a new connection, and all of it may have arrived."""
        self._alone.clear()
        self._bundled.clear()
        self._bundle.sends = 0
        self._is_silent = False
        self._first_sent = dict.fromkeys(self._first_sent, now)

    def forget_below(self, frame_id: int) -> None:
        """Of the frames with lower ids, none is spooled any more but what is on the way."""
        gone = {sent for sent in self._first_sent if sent < frame_id}
        for sent in gone.difference(self.ids):
            del self._first_sent[sent]

    def _flights(self) -> Iterable[_Flight]:
        return (*self._alone.values(), self._bundle) if self._bundled else self._alone.values()

    def _depart(self, flight: _Flight, patience: _Patience, now: float) -> None:
        if flight.sends == 0:
            flight.first_sent = now
        flight.sends += 1
        flight.sent = now
        wait = min(_MAX_RESEND_SECONDS, patience.seconds * 2.0 ** min(flight.sends - 1, 16))
        flight.due = now + wait * self._random.uniform(1.0, 1.25)

    def _hasten(self, flight: _Flight, within_seconds: float, now: float) -> None:
        if now - flight.sent > _ON_THE_WAY_SECONDS:
            flight.due = min(flight.due, now + self._random.uniform(0, within_seconds))
