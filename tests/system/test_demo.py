"""The demo as a newcomer sees it."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import httpx
import pytest
from demonstration import demo, heard_of, log_ins, orders_in, status_at
from harness import eventually, free_port, metric

from inventory.demo import REPLACED


async def test_it_prints_a_page_and_how_to_log_in_shows_the_fleet_and_ends_with_a_summary(tmp_path: Path) -> None:
    port = free_port()
    running = demo(tmp_path, port, "--interval", "5s")
    running.start()
    try:
        await eventually(lambda: "Log in" in running.log.read_text())
        greeting = running.log.read_text()
        assert f"http://127.0.0.1:{port}/" in greeting
        await eventually(lambda: heard_of(tmp_path) >= 690)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
            page = await log_in(browser, "admin", log_ins(running)["admin"])
            assert page.status_code == 200
            assert "Yeouido Hangang Park" in page.text
            assert "b/s" in page.text
            site = (await browser.get("/sites/yeouido")).text
            assert "yeouido-114" in site
            here = (await browser.get("/access-points/this-machine")).text
            assert "Linux" in here
        assert running.stop(signal.SIGINT) == 0
    finally:
        running.kill()
    output = running.log.read_text()
    assert re.search(r"Ran \d+ s: \d+ reports in \d+ frames stored, 0 in quarantine", output)
    assert "Traceback" not in output
    for log in (tmp_path / "files").glob("*.log"):
        assert "Traceback" not in log.read_text(), log
    with duckdb.connect(tmp_path / "files" / "data" / "points.duckdb", read_only=True) as points:
        places = points.execute("SELECT count(DISTINCT access_point) FROM reports").fetchone()
    assert places is not None
    assert places[0] >= 690


async def test_ctrl_c_ends_it_cleanly_and_its_agents_with_it(tmp_path: Path) -> None:
    port = free_port()
    running = demo(tmp_path, port)
    running.start()
    try:
        await eventually(lambda: metric(port, "hangang_collector_frames_total") >= 5)
        children = agents_of(running.pid)
        assert len(children) == 2
        assert running.stop(signal.SIGINT) == 0
        assert not any(is_alive(child) for child in children)
    finally:
        running.kill()
    assert "Traceback" not in running.log.read_text()


async def test_ctrl_c_while_it_is_still_loading_ends_it_cleanly_too(tmp_path: Path) -> None:
    running = demo(tmp_path, free_port())
    running.start()
    try:
        await eventually(lambda: "pydantic_core" in Path(f"/proc/{running.pid}/maps").read_text())
        assert running.stop(signal.SIGINT) == 0
    finally:
        running.kill()
    assert running.log.read_text() == ""


async def test_a_demo_that_is_killed_leaves_no_agents_behind(tmp_path: Path) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed: apt-get install util-linux")
    port = free_port()
    running = demo(tmp_path, port)
    running.start()
    try:
        await eventually(lambda: metric(port, "hangang_collector_frames_total") >= 5)
        children = agents_of(running.pid)
        assert len(children) == 2
    finally:
        running.kill()
    await eventually(lambda: not any(is_alive(child) for child in children))


async def test_it_starts_again_on_what_it_left_with_the_same_log_in(tmp_path: Path) -> None:
    port = free_port()
    greetings = []
    for _ in range(2):
        running = demo(tmp_path, port, "--for", "2s")
        running.log.unlink(missing_ok=True)
        running.start()
        assert running.wait() == 0
        greetings.append(log_ins(running))
    assert greetings[0] == greetings[1]
    assert greetings[0].keys() == {"admin", "planner", "technician"}


async def test_a_technician_has_work_and_telemetry_moves_the_order_of_what_was_replaced(tmp_path: Path) -> None:
    port = free_port()
    running = demo(tmp_path, port, "--interval", "5s")
    running.start()
    try:
        await eventually(lambda: "Log in" in running.log.read_text())
        await eventually(lambda: len(orders_in(tmp_path)) == 9)
        planned = orders_in(tmp_path)
        assert Counter(order["status"] for order in planned) == {"assigned": 7, "planned": 1, "open": 1}
        for order in planned:
            assert "demonstration" in order["note"]
            assert order["old"]["vendor"] == "Simulated"
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
            await log_in(browser, "technician", log_ins(running)["technician"])
            for page in ("/work-lists", "/work-lists/print"):
                shown = (await browser.get(page)).text
                assert REPLACED in shown
                assert "yeouido-063" in shown
        assert running.stop() == 0
        # As if these minutes were over: the device is another one from the start.
        (tmp_path / "files" / "data" / "first-start.txt").write_text("2026-05-01T09:00:00+00:00")
        running.start()
        await eventually(lambda: status_at(tmp_path, REPLACED) == "verifying")
        orders = orders_in(tmp_path)
        assert len(orders) == len(planned)
        assert [order for order in orders if order["access_point"] != REPLACED] == [
            order for order in planned if order["access_point"] != REPLACED
        ]
        assert running.stop() == 0
    finally:
        running.kill()
    assert "Traceback" not in running.log.read_text()


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
def test_a_duration_that_is_none_is_refused(duration: str) -> None:
    command = [sys.executable, "-m", "collector.cli.main", "demo", "--for", duration]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
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
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
