"""What the demo costs the machine it runs on, and how soon its pages answer, with 700 access points every 10 s."""

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from harness import Command, eventually, free_port, metric
from processes import processor_seconds
from rig import IS_QUICK

SECONDS = 1.0 if IS_QUICK else 60.0
REQUESTS = 5 if IS_QUICK else 40
REPORTS_FIRST = 10 if IS_QUICK else 1400
"""Twice from each access point, so that what is measured is its daily life."""


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


async def test_processor_time_and_page_times(tmp_path: Path, note: Callable[[str, float], None]) -> None:
    port = free_port()
    demo = Command(
        tmp_path, "demo", "collector.cli.main", "demo", "--port", str(port), "--folder", str(tmp_path / "files")
    )
    launched = time.monotonic()
    demo.start()
    try:
        await eventually(lambda: "Log in" in demo.log.read_text())
        note("demo_seconds_to_greeting", time.monotonic() - launched)
        await eventually(lambda: metric(port, "hangang_collector_reports_stored_total") >= REPORTS_FIRST)
        pids = family(demo.pid)
        assert len(pids) == 3
        used, began = sum(map(processor_seconds, pids)), time.monotonic()
        await eventually(lambda: time.monotonic() - began >= SECONDS, within_seconds=2 * SECONDS)
        cores = (sum(map(processor_seconds, pids)) - used) / (time.monotonic() - began)
        note("demo_cores", cores)
        for name, times in (await page_times(port, demo.log.read_text())).items():
            note(f"page_{name}_p50_milliseconds", statistics.median(times) * 1000)
            note(f"page_{name}_p95_milliseconds", statistics.quantiles(times, n=20)[-1] * 1000)
            assert statistics.median(times) <= 0.100
        assert demo.stop() == 0
    finally:
        demo.kill()
    assert cores <= 0.5


async def page_times(port: int, greeting: str) -> dict[str, list[float]]:
    """Seconds to the last byte of each page, while the fleet goes on reporting."""
    match = re.search(r"Log in\s+(\S+) / (\S+)", greeting)
    assert match is not None
    times: dict[str, list[float]] = {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
        form = (await browser.get("/login")).text
        hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
        await browser.post("/login", data=hidden | {"name": match[1], "password": match[2]})
        for name, path in (
            ("overview", "/"),
            ("site", "/sites/yeouido"),
            ("access_point", "/access-points/yeouido-017"),
        ):
            for _ in range(REQUESTS):
                began = time.perf_counter()
                answer = await browser.get(path)
                times.setdefault(name, []).append(time.perf_counter() - began)
                assert (answer.status_code, answer.url.path) == (200, path)
    return times
