"""The pictures in the README: of the demo as it runs, in a real browser.

`make pictures` waits until the demo has told a whole day, and renews them; in the suite they are made of what is there
at once, and go with the test's folder.
"""

import asyncio
import os
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from demonstration import demo, log_ins, orders_in, status_at
from harness import Command, eventually, free_port
from playwright.sync_api import Browser, Page, expect
from web_chromium import chromium, window

from collector.cli.asking import ask
from collector.config import load_settings
from inventory.demo import REPLACED

REPOSITORY = Path(__file__).parents[2]
IS_RENEWING = os.environ.get("PICTURES") == "renew"
TOLD_WITHIN_SECONDS = 1_200.0
WIDE, PHONE = (1280, 900), (390, 844)
SEEN_BY = "planner"
"""Who may see all of these but the list, which is the technician's."""
PICTURES = {
    "overview": ("/", SEEN_BY, WIDE),
    "access-point": (f"/access-points/{REPLACED}", SEEN_BY, WIDE),
    "access-points": ("/access-points?sort=clients&order=descending", SEEN_BY, WIDE),
    "orders": ("/orders", SEEN_BY, WIDE),
    "order": ("/orders/1", SEEN_BY, WIDE),
    "work-list": ("/work-lists", "technician", PHONE),
}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Command, str]]:
    """A demo that has given out its orders, and its address; a whole day of it, where the pictures are renewed."""
    port = free_port()
    started = demo(tmp_path, port)
    started.start()
    try:
        _await(lambda: "Log in" in started.log.read_text() and len(orders_in(tmp_path)) == 9)
        if IS_RENEWING:
            _await(lambda: _buckets(tmp_path) >= 143 and status_at(tmp_path, REPLACED) == "verifying")
        yield started, f"http://127.0.0.1:{port}"
    finally:
        started.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.timeout(TOLD_WITHIN_SECONDS + 120)
def test_the_main_pages_of_the_demo(running: tuple[Command, str], browser: Browser, tmp_path: Path) -> None:
    folder = REPOSITORY / "docs" / "pictures" if IS_RENEWING else tmp_path
    folder.mkdir(exist_ok=True)
    command, url = running
    for picture, (path, who, size) in PICTURES.items():
        with window(browser, url, width=size[0], height=size[1]) as context:
            page = context.new_page()
            _log_in(page, who, log_ins(command)[who])
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            page.screenshot(path=folder / f"{picture}.png")
        assert _size(folder / f"{picture}.png") == size


def test_the_readme_shows_each_picture_and_each_is_there() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for name, (_, _, size) in PICTURES.items():
        assert f"(docs/pictures/{name}.png)" in readme
        assert _size(REPOSITORY / "docs" / "pictures" / f"{name}.png") == size


def _log_in(page: Page, name: str, password: str) -> None:
    page.goto("/login")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/")


def _buckets(folder: Path) -> int:
    """How many spans of ten minutes of the last day the city has told of."""
    return len(ask(load_settings(folder / "files" / "collector.toml"), "/api/v1/overview/day")["points"])


def _await(claim: Callable[[], bool]) -> None:
    """Until a claim holds. In a thread of its own, for Playwright has a loop running in this one."""
    thread = threading.Thread(target=lambda: asyncio.run(eventually(claim, within_seconds=TOLD_WITHIN_SECONDS)))
    thread.start()
    thread.join()
    assert claim()


def _size(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG (its specification, 11.2.1)."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:24])
    return width, height
