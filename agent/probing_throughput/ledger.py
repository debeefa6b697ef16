"""What throughput tests may still move today, on disk: a reservation is written and synced before a byte moves.

One file for an access point, whichever of its checks uses it, in whichever process. Every step takes the file's lock,
reads, judges, and writes the whole anew (temporary file, fsync, rename, fsync of the folder). A reservation counts as
spent from then on; what was not used is given back after the test. A process that is killed in between gives nothing
back, and so can only have spent less than the file says.

The budget is of a local calendar day. That a new day has begun is believed where

- the wall clock says so, and has not been set since the last reservation: it went on by as much as the clock that only
  goes forward, to within CLOCK_TOLERANCE_SECONDS. After a restart of the machine, which begins that clock anew, the
  wall clock is believed alone; or
- that clock has gone on for LONGEST_DAY_SECONDS since the last reservation: then a midnight has passed, whatever the
  wall clock shows.

Otherwise, where the wall clock was set or shows an earlier day, all counts as spent. So it does where the file cannot
be understood: nobody knows what the wall clock was when something was last moved, and only the second rule, or a
restart on a later day than that of the file's last change, ends it. A file that is missing is one that was never
written.

Blocks; to be called in a thread of its own.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from agent.clock import Clock

CLOCK_TOLERANCE_SECONDS = 300.0
LONGEST_DAY_SECONDS = 26 * 3600.0
"""No local day is longer, the one on which clocks are put back included."""
EVERYTHING = 2**53
_CLAIMS_KEPT = 64


class LedgerError(Exception):
    """The ledger cannot be read or written: nothing may be moved. The message names the file and the remedy."""


class BudgetSpent(Exception):  # noqa: N818  # no mistake: it is what a budget is for
    """Too little is left today. The message says why."""


class AlreadyClaimed(Exception):  # noqa: N818  # no mistake: two processes may want the same
    """Somebody else has begun it."""


class _Entry(BaseModel):
    """What the file holds. The three clocks are those of the last reservation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    day: date
    spent_bytes: Annotated[int, Field(ge=0)]
    is_damaged: bool = False
    claims: tuple[str, ...] = ()
    wall: AwareDatetime
    monotonic_seconds: float
    epoch: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Bytes that may be moved, for one claim, on the account of one day."""

    day: date
    reserved_bytes: int
    claim: str


class Ledger:
    """The file of one access point. A claim is a name for what is done at most once, such as a turn's download."""

    def __init__(self, path: Path, clock: Clock, zone: ZoneInfo, *, daily_budget_bytes: int) -> None:
        self._path = path
        self._clock = clock
        self._zone = zone
        self._daily_budget_bytes = daily_budget_bytes

    def is_claimed(self, claim: str) -> bool:
        """Whether it was done, or begun by somebody who was killed. Raises LedgerError."""
        with self._told_in_words(), self._locked():
            entry = self._read()
        return entry is not None and claim in entry.claims

    def reserve(self, claim: str, *, wanted_bytes: int, at_least_bytes: int) -> Reservation:
        """Claim, and take what is wanted out of the day's budget, or what is left where that is enough.

        Raises BudgetSpent where less than `at_least_bytes` is left, AlreadyClaimed, and LedgerError; nothing is claimed
        then.
        """
        with self._told_in_words(), self._locked():
            entry = self._read()
            if entry is not None and claim in entry.claims:
                raise AlreadyClaimed(claim)
            today = self._today(entry)
            left = max(0, self._daily_budget_bytes - today.spent_bytes)
            if left < at_least_bytes:
                if today.epoch != self._clock.epoch:  # from here on, the length of a day can be told
                    self._write(self._stamped(today))
                raise BudgetSpent(self._why_spent(today, left))
            taken = min(wanted_bytes, left)
            spent = {"spent_bytes": today.spent_bytes + taken, "claims": (*today.claims, claim)[-_CLAIMS_KEPT:]}
            self._write(self._stamped(today.model_copy(update=spent)))
        return Reservation(today.day, taken, claim)

    def settle(self, reservation: Reservation, *, used_bytes: int, is_done: bool) -> None:
        """Give back what was not used, and the claim where nothing was done. Raises LedgerError.

        What belongs to a day that is no longer the ledger's is not given back. The entry's clocks stay: they are what
        shows that the wall clock was set meanwhile.
        """
        with self._told_in_words(), self._locked():
            entry = self._read()
            if entry is None:
                return
            unused = max(0, reservation.reserved_bytes - used_bytes) if entry.day == reservation.day else 0
            claims = tuple(claim for claim in entry.claims if is_done or claim != reservation.claim)
            self._write(entry.model_copy(update={"spent_bytes": max(0, entry.spent_bytes - unused), "claims": claims}))

    def _today(self, entry: _Entry | None) -> _Entry:
        """The account of today: a new one where a new day is certain, else what the file says or worse."""
        now = self._clock.wall()
        today = now.astimezone(self._zone).date()
        if entry is None:
            return self._stamped(_Entry(day=today, spent_bytes=0, wall=now, monotonic_seconds=0.0, epoch=""))
        fresh = entry.model_copy(update={"day": today, "spent_bytes": 0, "is_damaged": False})
        is_set = False
        if entry.epoch == self._clock.epoch:
            forward = self._clock.monotonic() - entry.monotonic_seconds
            if forward >= LONGEST_DAY_SECONDS:
                return fresh
            is_set = abs((now - entry.wall).total_seconds() - forward) > CLOCK_TOLERANCE_SECONDS or entry.is_damaged
        if is_set or today < entry.day:
            return entry.model_copy(update={"spent_bytes": EVERYTHING})
        return fresh if today > entry.day else entry

    def _why_spent(self, today: _Entry, left: int) -> str:
        if today.spent_bytes < EVERYTHING:
            return f"{left} of {self._daily_budget_bytes} bytes are left today, too few for a test"
        return (
            f"the clock was set, or {self._path.name} was damaged: what is left today is not known, and counts as "
            f"spent until a new day is certain; remove the file to begin anew"
        )

    def _read(self) -> _Entry | None:
        try:
            text = self._path.read_bytes()
            changed = datetime.fromtimestamp(self._path.stat().st_mtime, self._zone).date()
        except FileNotFoundError:
            return None
        try:
            return _Entry.model_validate_json(text)
        except ValidationError:
            now = self._clock.wall()
            last = max(changed, now.astimezone(self._zone).date())
            blank = _Entry(day=last, spent_bytes=EVERYTHING, is_damaged=True, wall=now, monotonic_seconds=0.0, epoch="")
            self._write(self._stamped(blank))
            return self._stamped(blank)

    def _stamped(self, entry: _Entry) -> _Entry:
        clocks = {"wall": self._clock.wall(), "monotonic_seconds": self._clock.monotonic(), "epoch": self._clock.epoch}
        return entry.model_copy(update=clocks)

    def _write(self, entry: _Entry) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        with new.open("wb") as file:
            file.write(entry.model_dump_json().encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        path = self._path.with_name(f"{self._path.name}.lock")
        lock = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)  # made by root, it serves the agent's own user as well
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerError(
                f"{self._path} cannot be read or written: {error.strerror}; give its folder room and rights"
            ) from error
