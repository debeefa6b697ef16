"""Where attacks happen: the hard broker, a collector behind it, and an honest agent that sends all the while."""

from pathlib import Path

from attacked_broker import Attacked, certify, frame, published
from enrolled_broker import Enrolment
from forked_programs import ForkedCommand
from harness import eventually, metric, status
from honest_agent import HonestAgent

from agent.wire import topic_for

ATTACKER = "mallory"
"""An agent with a certificate of its own, and no good intentions."""
POISON = 66
"""The number of a frame that lies retained at the broker since before the collector came."""


class Scene:
    """The hard broker, the collector, the honest agent, and an attacker with a certificate of its own. A poisoned frame
    lies retained at the broker since before the collector came."""

    def __init__(self, folder: Path) -> None:
        self.enrolment = Enrolment(folder)
        arguments = ("collector", "--config", str(self.enrolment.config))
        self.enrolment.collector = ForkedCommand(folder, "collector", "collector.cli.main", *arguments)
        self.hard = Attacked(self.enrolment, self.enrolment.port, self.enrolment.log)
        self.honest = HonestAgent(self.enrolment)
        certify(self.enrolment, ATTACKER)

    async def start(self) -> None:
        self.enrolment.start_broker()
        async with self.hard.client(ATTACKER) as attacker:
            assert await published(attacker, topic_for(ATTACKER, "frame"), frame(ATTACKER, POISON), retain=True) < 0x80
        self.enrolment.collector.start()
        await eventually(lambda: status(f"http://127.0.0.1:{self.enrolment.web_port}/readyz") == 200, within_seconds=60)
        self.honest.process.start()
        await self.honest.until_more_is_stored()

    def counted(self, name: str, label: str) -> float:
        """What the collector counts."""
        return metric(self.enrolment.web_port, name.format(label))

    def stop(self) -> None:
        self.honest.process.kill()
        self.enrolment.stop()
