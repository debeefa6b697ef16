"""Faults, one by one: what can go wrong with a process, a network or a disk, how a schedule of it is drawn by lot, and
how it is carried out. All that is random is drawn beforehand, so that a schedule can be read and had again."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from chaos.disks import Disk
from chaos.installation import Installation
from chaos.supervision import Process, Supervisor
from proxy import HttpProxy, TcpProxy

_SLOW_BYTES_PER_SECOND = 2_000.0
_OF_LINKS = ("cut", "hold", "slow", "refuse")
_OF_HTTP = ("answer 500", "answer 503", "lose answers")
_LASTS_SECONDS = {"kill": (0.1, 1.5), "freeze": (1.0, 4.0), "cut": (0.5, 1.5), "fill": (2.0, 4.0)}
_OTHERS_LAST_SECONDS = (1.0, 4.0)

Targets = Mapping[str, Sequence[str]]
"""What each kind of fault can strike. To kill an agent is another kind than to kill a broker; so with disks to fill."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with what, how long after the beginning of its round, and for how long."""

    kind: str
    target: str
    begins_after_seconds: float
    lasts_seconds: float

    def __str__(self) -> str:
        return f"{self.kind} {self.target} after {self.begins_after_seconds:.1f} s for {self.lasts_seconds:.1f} s"


def possible_faults(tested: Installation) -> Targets:
    """All that can go wrong with an installation."""
    targets: dict[str, list[str]] = {}
    for name, process in tested.processes.items():
        targets.setdefault(f"kill {name.split()[0]}", []).append(name)
        if isinstance(process, Supervisor):
            targets.setdefault("freeze", []).append(name)
    for name, link in tested.links.items():
        for kind in _OF_LINKS + (_OF_HTTP if isinstance(link, HttpProxy) else ()):
            targets.setdefault(kind, []).append(name)
    for name in tested.disks:
        targets.setdefault(f"fill {name}", []).append(name)
    return targets


def draw_schedule(lot: random.Random, targets: Targets, rounds: int) -> list[tuple[Fault, ...]]:
    """Rounds of one or two faults. Every kind of fault comes before any comes again, as far as the rounds suffice, and
    those that kill first of all; which of its targets a fault strikes, which other it meets, when and for how long is
    drawn by lot, and the order of the rounds as well."""
    twice = min(rounds, max(rounds // 2, len(targets) - rounds))
    counts = [2] * twice + [1] * (rounds - twice)
    deck = sorted(lot.sample(sorted(targets), len(targets)), key=lambda kind: not kind.startswith("kill"))
    schedule = []
    for count in counts:
        faults: list[Fault] = []
        while len(faults) < count:
            fault = _draw_fault(lot, deck, targets, [_thing(fault.target) for fault in faults])
            if fault is None:
                deck += lot.sample(sorted(targets), len(targets))
            else:
                faults.append(fault)
        schedule.append(tuple(faults))
    lot.shuffle(schedule)
    return schedule


def _draw_fault(lot: random.Random, deck: list[str], targets: Targets, taken: Sequence[str]) -> Fault | None:
    """The first kind on the deck that can strike something else than what is struck already; None where none can."""
    for kind in deck:
        free = [target for target in targets[kind] if _thing(target) not in taken]
        if free:
            deck.remove(kind)
            name = kind.split()[0] if kind.startswith(("kill", "fill")) else kind
            lasts = lot.uniform(*_LASTS_SECONDS.get(name, _OTHERS_LAST_SECONDS))
            return Fault(name, lot.choice(free), begins_after_seconds=lot.uniform(0, 1.5), lasts_seconds=lasts)
    return None


def _thing(target: str) -> str:
    """What must not be struck twice at once: a process, a link, a disk. An agent and its disk are one thing: what a
    full disk has refused is counted in memory until the disk takes the count, and a kill in between loses it. It was
    never accepted, but the account would not come out to the unit."""
    return target.removeprefix("agent ")


async def strike(tested: Installation, fault: Fault) -> None:
    """Carry a fault out, from the beginning of its round to its end."""
    await asyncio.sleep(fault.begins_after_seconds)
    async with _in_force(tested, fault):
        await asyncio.sleep(fault.lasts_seconds)


@contextlib.asynccontextmanager
async def _in_force(tested: Installation, fault: Fault) -> AsyncIterator[None]:
    if fault.target in tested.links:
        link = tested.links[fault.target]
        await _break_link(link, fault.kind)
        yield
        await link.heal()
        if fault.kind == "cut":
            link.cut()
    elif fault.target in tested.processes:
        process = tested.processes[fault.target]
        _stop_process(process, fault.kind)
        yield
        await _go_on(process, fault.kind)
    else:
        disk: Disk = tested.disks[fault.target]
        disk.keep_full()
        yield
        await disk.empty()


def _stop_process(process: Process, kind: str) -> None:
    if kind == "freeze":
        assert isinstance(process, Supervisor)
        process.freeze()
    else:
        process.kill()


async def _go_on(process: Process, kind: str) -> None:
    if kind == "freeze":
        assert isinstance(process, Supervisor)
        process.thaw()
    elif isinstance(process, Supervisor):
        process.start()
    else:
        await asyncio.to_thread(process.start)  # which waits until it listens


async def _break_link(link: TcpProxy, kind: str) -> None:
    if kind == "cut":
        link.cut()
    elif kind == "hold":
        link.hold()
    elif kind == "slow":
        link.slow(_SLOW_BYTES_PER_SECOND)
    elif kind == "refuse":
        await link.refuse()
    else:
        assert isinstance(link, HttpProxy)
        _answer_for_server(link, kind)


def _answer_for_server(link: HttpProxy, kind: str) -> None:
    if kind == "lose answers":
        link.lose_answers()
    elif kind == "answer 503":
        link.fail(503, Retry_After="1")
    else:
        link.fail(500)
