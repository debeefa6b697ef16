"""The demo as a newcomer sees it."""

import asyncio
import re
import shutil
import signal
import socket
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from demonstration import demo, heard_of, log_ins, orders_in, status_at
from forked_programs import run_forked
from harness import eventually, free_port, metric

from inventory.demo import REPLACED

PORT = free_port()
pytestmark = pytest.mark.timeout(240)


@dataclass
class Run:
    """A demo's first run, from its start in an empty folder to Ctrl-C: what it has shown, and what it has left."""

    folder: Path
    greeting: str = ""
    log_ins: dict[str, str] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    agents: list[int] = field(default_factory=list)
    code: int | None = None
    agents_left: list[int] = field(default_factory=list)
    output: str = ""

    async def live(self) -> None:
        running = demo(self.folder, PORT, "--interval", "5s", is_as_typed=True)
        running.start()
        try:
            await eventually(lambda: "Log in" in running.log.read_text(), within_seconds=60)
            self.greeting, self.log_ins = running.log.read_text(), log_ins(running)
            await eventually(lambda: heard_of(self.folder) >= 690, within_seconds=60)
            await eventually(lambda: len(orders_in(self.folder)) == 9)
            self.orders = orders_in(self.folder)
            await self._see("admin", "/sites/yeouido", "/access-points/this-machine")
            await self._see("technician", "/work-lists", "/work-lists/print")
            self.agents = agents_of(running.pid)
            self.code = running.stop(signal.SIGINT)
            self.agents_left = [agent for agent in self.agents if is_alive(agent)]
        finally:
            running.kill()
        self.output = running.log.read_text()

    async def _see(self, who: str, *paths: str) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", follow_redirects=True) as browser:
            page = await log_in(browser, who, self.log_ins[who])
            assert page.status_code == 200
            self.pages[f"first of {who}"] = page.text
            for path in paths:
                self.pages[path] = (await browser.get(path)).text


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("demo"))
    asyncio.run(run.live())
    return run


def test_it_prints_a_page_and_how_to_log_in_shows_the_fleet_and_ends_with_a_summary(first: Run) -> None:
    assert f"http://127.0.0.1:{PORT}/" in first.greeting
    assert first.log_ins.keys() == {"admin", "planner", "technician"}
    assert "Yeouido Hangang Park" in first.pages["first of admin"]
    assert "b/s" in first.pages["first of admin"]
    assert "yeouido-114" in first.pages["/sites/yeouido"]
    assert "Linux" in first.pages["/access-points/this-machine"]
    assert re.search(r"Ran \d+ s: \d+ reports in \d+ frames stored, 0 in quarantine", first.output)


def test_what_it_has_heard_is_stored(first: Run) -> None:
    with duckdb.connect(first.folder / "files" / "data" / "points.duckdb", read_only=True) as points:
        places = points.execute("SELECT count(DISTINCT access_point) FROM reports").fetchone()
    assert places is not None
    assert places[0] >= 690


def test_ctrl_c_ends_it_cleanly_and_its_agents_with_it(first: Run) -> None:
    assert first.code == 0
    assert len(first.agents) == 2
    assert first.agents_left == []
    assert "Traceback" not in first.output
    for log in (first.folder / "files").glob("*.log"):
        assert "Traceback" not in log.read_text(), log


def test_a_technician_has_work(first: Run) -> None:
    assert Counter(order["status"] for order in first.orders) == {"assigned": 7, "planned": 1, "open": 1}
    for order in first.orders:
        assert "demonstration" in order["note"]
        assert order["old"]["vendor"] == "Simulated"
    for page in ("/work-lists", "/work-lists/print"):
        assert REPLACED in first.pages[page]
        assert "yeouido-063" in first.pages[page]


async def test_it_starts_again_on_what_it_left_with_the_same_log_in_and_moves_the_order_of_what_was_replaced(
    first: Run,
) -> None:
    # As if these minutes were over: the device is another one from the start.
    (first.folder / "files" / "data" / "first-start.txt").write_text("2026-05-01T09:00:00+00:00")
    running = demo(first.folder, PORT, "--interval", "5s")
    running.log.unlink()
    running.start()
    try:
        await eventually(lambda: status_at(first.folder, REPLACED) == "verifying", within_seconds=90)
        orders = orders_in(first.folder)
        assert len(orders) == len(first.orders)
        assert [order for order in orders if order["access_point"] != REPLACED] == [
            order for order in first.orders if order["access_point"] != REPLACED
        ]
        assert running.stop() == 0
    finally:
        running.kill()
    assert log_ins(running) == first.log_ins
    assert "Traceback" not in running.log.read_text()


async def test_a_demo_that_is_killed_leaves_no_agents_behind(first: Run) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed: apt-get install util-linux")
    running = demo(first.folder, PORT)
    running.start()
    try:
        await eventually(lambda: metric(PORT, "hangang_collector_frames_total") >= 5)
        children = agents_of(running.pid)
        assert len(children) == 2
    finally:
        running.kill()
    await eventually(lambda: not any(is_alive(child) for child in children))


async def test_it_ends_by_itself_after_as_long_as_was_asked_for(first: Run) -> None:
    running = demo(first.folder, PORT, "--for", "2s")
    running.start()
    try:
        assert running.wait() == 0
    finally:
        running.kill()
    assert "by itself after 2 s" in running.log.read_text()


async def test_ctrl_c_while_it_is_still_loading_ends_it_cleanly_too(tmp_path: Path) -> None:
    running = demo(tmp_path, free_port(), is_as_typed=True)
    running.start()
    try:
        await eventually(lambda: "pydantic_core" in Path(f"/proc/{running.pid}/maps").read_text())
        assert running.stop(signal.SIGINT) == 0
    finally:
        running.kill()
    assert running.log.read_text() == ""


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        running = demo(tmp_path, port)
        running.start()
        assert running.wait() == 1
    assert running.log.read_text() == (
        f"hangang: port {port} for the pages on 127.0.0.1: Address already in use; choose another\n"
    )


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    running = demo(tmp_path, free_port())
    running.start()
    assert running.wait() == 1
    (line,) = running.log.read_text().splitlines()
    assert line.startswith(f"hangang: folder {tmp_path}/files: File exists; name one that can be written: ")


@pytest.mark.parametrize("duration", ["0s", "soon", "-5s", "5 parsecs"])
def test_a_duration_that_is_none_is_refused(tmp_path: Path, duration: str) -> None:
    done = run_forked(tmp_path, "collector.cli.main", "demo", "--for", duration)
    assert done.returncode == 2
    assert "no duration such as" in done.stderr or "expected one argument" in done.stderr


async def log_in(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    form = (await browser.get("/login?lang=en")).text
    hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    return await browser.post("/login", data=hidden | {"name": name, "password": password})


def is_alive(pid: int) -> bool:
    """Whether a process is there, and no zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def agents_of(pid: int) -> list[int]:
    """The agents that a demo has started; it calculates in processes of its own as well."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"agent.main" in Path(f"/proc/{child}/cmdline").read_bytes()]
