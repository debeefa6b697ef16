"""What an installation goes through: rounds of faults, until all has recovered, and the account at the end."""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from chaos.accounts import Stored, account_for, strangers
from chaos.faults import Fault, draw_schedule, possible_faults, strike
from chaos.installation import Installation
from chaos.witness import Witness

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "5"))
SEED = int(os.environ.get("CHAOS_SEED", random.randrange(2**32)))
SECONDS_AT_MOST = 60 * (ROUNDS + 4)


@dataclass(frozen=True, slots=True)
class Ordeal:
    """One installation's. `worst` are rounds that are known to be hard and come first; `after_each` says what must
    have become of reports before the next round begins: `written`, or `stored`."""

    name: str
    worst: Sequence[tuple[Fault, ...]]
    report_every_seconds: float
    after_each: str

    def say(self, text: str) -> None:
        """Into the captured output, which pytest shows with a failure."""
        print(f"{time.strftime('%H:%M:%S')} {self.name}: {text}", flush=True)

    async def live_through(self, tested: Installation) -> None:
        """All rounds; then the agents send what they have, and everything ends in good order."""
        drawn = draw_schedule(random.Random(SEED), possible_faults(tested), ROUNDS - len(self.worst))
        self.say(f"CHAOS_SEED={SEED} CHAOS_ROUNDS={ROUNDS}")
        tested.start(report_every_seconds=self.report_every_seconds)
        await tested.until_reports_are(self.after_each)
        for number, faults in enumerate([*self.worst, *drawn], start=1):
            self.say(f"round {number}: {', and '.join(str(fault) for fault in faults)}")
            async with asyncio.TaskGroup() as group:
                for fault in faults:
                    group.create_task(strike(tested, fault), name=str(fault))
            await tested.until_reports_are(self.after_each)
        ended = [f"{collector.name} {collector.process.exits} times" for collector in tested.collectors]
        self.say(f"ended by themselves: {', '.join(ended)}; draining")
        await tested.drain()

    def assert_all_is_accounted_for(self, tested: Installation, stored: Stored, witness: Witness) -> None:
        """By the journals of the agents, which have ended."""
        journals = tested.journals()
        accounts = [
            account_for(agent, journal, stored, witness, may_drop=agent in tested.disks)
            for agent, journal in journals.items()
        ]
        problems = [f"{account.agent}: {problem}" for account in accounts for problem in account.problems]
        problems += strangers(journals, stored)
        for line in [*accounts, *problems]:
            self.say(str(line))
        assert not problems, f"{self.name}: {len(problems)} problems, told in the output"
        assert min(len(journal.frames) for journal in journals.values()) > ROUNDS / self.report_every_seconds
