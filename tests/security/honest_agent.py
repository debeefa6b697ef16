"""An honest agent beside an attack: a real process that sends all the while, and what must not have happened to it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
from attacked_broker import certify
from enrolled_broker import Enrolment
from harness import Command, eventually, free_port, metric

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
    """A gateway of the test's site with four frames a second. What waits for 15 s without an answer it would send again."""

    def __init__(self, enrolment: Enrolment) -> None:
        self._folder = enrolment.folder
        self._metrics_port = free_port()
        certify(enrolment, AGENT)
        path = self._folder / f"{AGENT}.toml"
        tables = _TABLES.format(agent=AGENT, port=enrolment.port, metrics_port=self._metrics_port, place=PLACE)
        path.write_text(tables)
        self.process = Command(self._folder, AGENT, "agent.main", "run", "--config", str(path))

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
        """When nothing waits, or nearly so: what it reads next goes to the spool, and is not sent any more."""
        await self.until_more_is_stored(1)
        assert self.process.stop() == 0

    def _counted(self, name: str) -> float:
        return metric(self._metrics_port, f"hangang_agent_{name}")

    def must_be_stored_once(self, points: Path) -> None:
        """Every frame that it ever wrote, but for those that are in its spool still, which were sent to nobody or not
        acknowledged before it stopped: what has been acknowledged is there once, and nothing is there twice."""
        with closing(sqlite3.connect(self._folder / f"{AGENT}.spool")) as spool:
            (ever,) = spool.execute("SELECT seq FROM sqlite_sequence WHERE name = 'frames'").fetchone()
            left = {row[0] for row in spool.execute("SELECT sequence FROM frames")}
        with duckdb.connect(points, read_only=True) as stored:
            ranges = stored.execute("SELECT first_sequence, last_sequence FROM frames WHERE agent = ?", [AGENT]).fetchall()
            query = "SELECT count(*), count(DISTINCT observed_at) FROM reports WHERE access_point = ?"
            rows, instants = stored.execute(query, [PLACE]).fetchall()[0]
        sequences = [number for first, last in ranges for number in range(first, last + 1)]
        assert len(sequences) == len(set(sequences)), "nothing is stored twice"
        assert set(range(1, ever + 1)) - left <= set(sequences), "nothing that was acknowledged is missing"
        assert rows == instants
        assert len(sequences) > 20
