"""The pages in a real browser: Debian's chromium, driven by Playwright.

Tests that use it are not async, and stand in files of their own: Playwright's loop would be in the way of theirs.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from harness import free_port, program
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from starlette.applications import Starlette

from collector.web.guard import SESSION_COOKIE


class Served:
    """An application at an address of this machine, until it is stopped."""

    def __init__(self, application: Starlette) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = uvicorn.Config(application, port=port, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        self._application = application
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._server.serve()])
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive()

    def end_streams(self) -> None:
        """As the collector does before it stops."""
        self._loop.call_soon_threadsafe(self._application.state.end_streams)

    def stop(self) -> None:
        """End it, as the collector ends."""
        self.end_streams()
        self._server.should_exit = True
        self._thread.join()
        self._loop.close()


@contextmanager
def served(application: Starlette) -> Iterator[Served]:
    """The application, served meanwhile."""
    serving = Served(application)
    try:
        yield serving
    finally:
        serving.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; without one the test is skipped, or fails where CI=true."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
        )
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser, url: str, *, token: str | None = None, width: int = 1280, height: int = 900, language: str = "ko"
) -> Iterator[BrowserContext]:
    """A window of its own, with cookies of its own; logged in with a session's token."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        locale="ko-KR" if language == "ko" else "en-GB",
        timezone_id="Asia/Seoul",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    if token is not None:
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
    yield context
    context.close()
