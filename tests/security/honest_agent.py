"""An honest agent beside an attack: a real process that sends all the while, and what must not have happened to it."""

from pathlib import Path

from attacked_broker import certify
from enrolled_broker import Enrolment
from forked_programs import ForkedCommand
from harness import eventually, free_port, metric
from spooled_ever import begin_counting
from stored_frames import must_be_stored_once

AGENT, PLACE = "gw-lab", "lab-001"
_TABLES = """
[agent]
id = "{agent}"
[broker]
url = "mqtts://127.0.0.1:{port}"
ca_file = "data/enrolment/authority.crt"
certificate_file = "{agent}.crt"
key_file = "{agent}.key"
[spool]
path = "{agent}.spool"
[uplink]
ack_timeout_seconds = 15.0
[metrics]
port = {metrics_port}
[[sources]]
kind = "simulated"
site = "lab"
setting = "indoor"
interval_seconds = 0.25
access_points = [{{ id = "{place}", generation = "wifi5" }}]
"""


class HonestAgent:
    """A gateway of the test's site with four frames a second. What has no answer for 15 s it would send again."""

    def __init__(self, enrolment: Enrolment) -> None:
        self._folder = enrolment.folder
        self._metrics_port = free_port()
        certify(enrolment, AGENT)
        path = self._folder / f"{AGENT}.toml"
        tables = _TABLES.format(agent=AGENT, port=enrolment.port, metrics_port=self._metrics_port, place=PLACE)
        path.write_text(tables)
        begin_counting(self._folder / f"{AGENT}.spool")
        self.process = ForkedCommand(self._folder, AGENT, "agent.main", "run", "--config", str(path))

    async def until_more_is_stored(self, frames: int = 4) -> None:
        """Until so many more have been acknowledged."""
        enough = self._counted("frames_stored_total") + frames
        await eventually(lambda: self._counted("frames_stored_total") >= enough)

    async def must_be_unharmed(self) -> None:
        """It goes on, has had one connection all the time, and no frame has been late, refused or dropped."""
        await self.until_more_is_stored()
        assert self._counted("connections_total") == 1
        kinds = ("frames_resent", "frames_refused", "bundles_sent", "spool_dropped_frames")
        assert {kind: self._counted(f"{kind}_total") for kind in kinds} == dict.fromkeys(kinds, 0.0)

    async def stop(self) -> None:
        """After one more frame."""
        await self.until_more_is_stored(1)
        assert self.process.stop() == 0

    def _counted(self, name: str) -> float:
        return metric(self._metrics_port, f"hangang_agent_{name}")

    def must_be_stored_once(self, points: Path) -> None:
        """Every frame of it, but for what it had no time to send before it stopped."""
        assert must_be_stored_once(AGENT, spool=self._folder / f"{AGENT}.spool", points=points) > 20
