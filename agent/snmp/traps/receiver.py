"""The receiver of SNMP traps and informs: the limits on what is taken in, and the Events that come of it.

Run by `agent.main` as one of its tasks; `note` is the framer's, which sends the events with the next frames.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.clock import Clock
from agent.snmp.traps.counts import RefusalLog, TrapCounts
from agent.snmp.traps.limits import SenderBuckets, SenderLimits, TokenBucket
from agent.snmp.traps.listening import Address, TrapError, answer, bound_socket, host_of
from agent.snmp.traps.naming import meaning_of
from agent.snmp.traps.notification import Notification, Refusal
from agent.snmp.traps.settings import TrapSettings
from agent.wire import Event

if TYPE_CHECKING:
    from agent.snmp.traps.engine import TrapEngine

_logger = logging.getLogger(__name__)

MAX_DATAGRAM_BYTES = 8192
"""What is larger is not opened: it could hold a thousand variables, and the agent up for a tenth of a second."""
EVENTS_PER_MINUTE_OF_ALL = 600
"""From all senders together, so that no flood fills the spool."""
_DATAGRAMS_AT_ONCE = 400
_DATAGRAMS_PER_SECOND = 100.0  # each takes pysnmp a few milliseconds: a flood may use a part of one processor
_DATAGRAMS_AT_ONCE_OF_ONE = 200  # half: whoever floods leaves the others theirs
_DATAGRAMS_PER_SECOND_OF_ONE = 50.0
_DATAGRAMS_IN_A_TURN = 8
_TICK_SECONDS = 1.0
_TELL_SECONDS = 60.0


class TrapReceiver:
    """Turns notifications into Events for `note`.

    `place_of` says to which access point an IP address belongs, for the devices that are one.
    """

    def __init__(
        self, settings: TrapSettings, note: Callable[[Event], None], place_of: Callable[[str], str | None], clock: Clock
    ) -> None:
        self.counts = TrapCounts()
        self.has_bound = asyncio.Event()
        self._settings = settings
        self._note = note
        self._place_of = place_of
        self._clock = clock
        self._limits = SenderLimits(
            events_per_minute=settings.events_per_minute, events_per_minute_of_all=EVENTS_PER_MINUTE_OF_ALL
        )
        self._gate = TokenBucket(_DATAGRAMS_AT_ONCE, _DATAGRAMS_PER_SECOND)
        self._gate_of_each = SenderBuckets(_DATAGRAMS_AT_ONCE_OF_ONE, _DATAGRAMS_PER_SECOND_OF_ONE)
        self._log = RefusalLog(self.counts, seconds=_TELL_SECONDS)
        self._unopened_untold = 0
        self._dropped_since_seconds: float | None = None

    async def run(self) -> None:
        """Receive until cancelled. Raises TrapError where the port cannot be had, or a file with a secret has gone."""
        receiving = bound_socket(self._settings.address, self._settings.port)
        loop = asyncio.get_running_loop()
        try:
            engine = _open_engine(self._settings, lambda datagram, sender: answer(receiving, datagram, sender))
            loop.add_reader(receiving, self._read, receiving, engine)
            self.has_bound.set()
            _logger.info("traps_receiving address=%s port=%d", self._settings.address, self._settings.port)
            while True:
                await asyncio.sleep(_TICK_SECONDS)
                engine.tick(self._clock.monotonic())
                self._tell_what_is_due()
        finally:
            loop.remove_reader(receiving)
            receiving.close()
            self._tell_dropped()

    def _read(self, receiving: socket.socket, engine: "TrapEngine") -> None:
        """Called by the event loop where something has come: a few datagrams, then it is others' turn."""
        for _ in range(_DATAGRAMS_IN_A_TURN):
            try:
                datagram, sender = receiving.recvfrom(MAX_DATAGRAM_BYTES + 1)
            except BlockingIOError:
                break
            except OSError as error:
                # What the network says of an earlier answer, such as that its port is closed.
                _logger.debug("trap_socket_error error=%r", error.strerror)
                break
            self._take(datagram, sender, engine)
        self._tell_what_is_due()

    def _take(self, datagram: bytes, sender: Address, engine: "TrapEngine") -> None:
        self.counts.received += 1
        now_seconds, host = self._clock.monotonic(), host_of(sender)
        if not self._gate_of_each.take(host, now_seconds) or not self._gate.take(now_seconds):
            self.counts.unopened += 1
            self._unopened_untold += 1
            self._note_drop()
            return
        outcome = self._open(datagram, sender, engine)
        if isinstance(outcome, Notification):
            self._tell(outcome, host)
        elif outcome is Refusal.UNAUTHORISED:
            self.counts.unauthorised += 1
        elif outcome is Refusal.MALFORMED:
            self.counts.malformed += 1

    def _open(self, datagram: bytes, sender: Address, engine: "TrapEngine") -> Notification | Refusal | None:
        if len(datagram) > MAX_DATAGRAM_BYTES:
            return Refusal.MALFORMED
        try:
            return engine.receive(datagram, sender)
        except Exception as error:  # noqa: BLE001  # the runner: what one datagram does to pysnmp must not stop the others
            self._log.note_defect(error)
            return Refusal.MALFORMED

    def _tell(self, notification: Notification, sender: str) -> None:
        meaning = meaning_of(notification)
        if meaning.kind == "client":
            self.counts.clients += 1
        elif self._limits.allows(sender, self._clock.monotonic()):
            self.counts.noted += 1
            self._note(
                Event(
                    kind=meaning.kind,
                    occurred_at=self._clock.wall(),
                    # What happened to an access point behind the sender did not happen at the sender's place.
                    access_point=self._place_of(sender) if meaning.device is None else None,
                    device=meaning.device,
                    subject=meaning.subject,
                    text=meaning.text,
                )
            )
        else:
            self.counts.limited += 1
            self._note_drop()

    def _note_drop(self) -> None:
        if self._dropped_since_seconds is None:
            self._dropped_since_seconds = self._clock.monotonic()

    def _tell_what_is_due(self) -> None:
        now_seconds = self._clock.monotonic()
        self._log.tell(now_seconds)
        since_seconds = self._dropped_since_seconds
        if since_seconds is not None and now_seconds - since_seconds >= _TELL_SECONDS:
            self._tell_dropped()

    def _tell_dropped(self) -> None:
        """One event for each place that said too much, and one for all that are no place, without their addresses."""
        dropped: Counter[str | None] = Counter()
        for sender, count in self._limits.take_dropped().items():
            dropped[self._place_of(sender) if sender else None] += count
        if self._unopened_untold:
            dropped[None] += self._unopened_untold
        self._unopened_untold = 0
        self._dropped_since_seconds = None
        for place, count in dropped.items():
            now = self._clock.wall()
            self._note(Event(kind="traps_dropped", occurred_at=now, access_point=place, subject=place, count=count))


def _open_engine(settings: TrapSettings, send: Callable[[bytes, Address], None]) -> "TrapEngine":
    """The engine for the settings. Only here is pysnmp imported."""
    try:
        from agent.snmp.traps.engine import TrapEngine  # noqa: PLC0415  # an agent without traps does not pay for it
        from agent.snmp.traps.users import UserKeyring  # noqa: PLC0415
    except ImportError as error:
        raise TrapError("traps: need pysnmp; install hangang-wifi[snmp], or remove the table `[traps]`") from error
    try:
        return TrapEngine(settings.community_names(), UserKeyring(settings.users), send)
    except OSError as error:
        raise TrapError(f"traps: {error.filename} cannot be read: {error.strerror}") from error
