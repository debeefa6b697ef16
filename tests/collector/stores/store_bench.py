"""A store on an engine, for what every store keeps to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engines import BUCKET, ORG, TOKEN
from writing import write

from agent.wire import Interface, Report
from collector.influx.settings import InfluxSettings
from collector.stores import FrameKey, Store, StoredFrame, StoredReport

HOUR = timedelta(hours=1)
WEIRD = [
    "unknown/gw-a/회의실 AP",
    "unknown/gw-a/a, b = c",
    "unknown/gw-a/back\\slash",
    "unknown/gw-a/ends with one\\",
    "unknown/gw-a/two\\\\and one\\,",
    'unknown/gw-a/it\'s "quoted"',
    "unknown/gw-a/100% %s {0} $1 [a-z]+ (x|y)/.*",
    "unknown/gw-a/\\Q{x}\\E",
]
"""Names that mean something to an engine."""


@dataclass(frozen=True)
class Bench:
    """A store on an engine. Each test has days of its own, for the engines are shared and never emptied."""

    store: Store
    start: datetime
    flush: Callable[[], None]

    def at(self, seconds: float) -> datetime:
        return self.start + timedelta(seconds=seconds)

    def report(
        self, access_point: str, seconds: float, *, down: float | None = None, clients: int | None = None
    ) -> StoredReport:
        uplink = None if down is None else Interface(name="eth0", rx_bits_per_second=down, tx_bits_per_second=down / 10)
        at = self.at(seconds)
        return StoredReport(access_point, at, False, Report(observed_at=at, uplink=uplink, clients=clients))

    def frame(self, *reports: StoredReport, sequence: int = 1) -> StoredFrame:
        return StoredFrame(FrameKey("gw-a", "00c0ffee", sequence), self.start, reports, ())

    async def write(self, *reports: StoredReport, sequence: int = 1) -> None:
        assert list(await write(self.store, [self.frame(*reports, sequence=sequence)])) == []
        self.flush()


def influx_settings(engine: str, url: str, folder: Path) -> InfluxSettings:
    """Of a store on an engine of the tests."""
    document: dict[str, object] = {"engine": engine, "url": url, "bucket": BUCKET, "timeout_seconds": 20}
    if engine == "influxdb":
        (folder / "token").write_text(f"{TOKEN}\n")
        document |= {"org": ORG, "token_file": str(folder / "token")}
    return InfluxSettings.model_validate(document)
