"""Children that evaluate and send until they die, and the receiver that they send to: see `chaos.alert_child`."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from chaos.alert_child import SILENT, Order
from chaos.alert_receivers import Record, verified

from collector.outward.calling import Call

_TESTS = Path(__file__).parent.parent


class Receiver:
    """Listens on this machine. It takes what it answers with 2xx. `before_answer` is asked for the status of each, by
    the id of the notice, and may take its time. Once it has been told of all that is silent, the city is well, by the
    file `is_well` if there is to be one."""

    def __init__(self, is_well: Path | None, before_answer: Callable[[str], int] = lambda _: 204) -> None:
        self.record = Record()
        self.sent: list[str] = []
        self.problems: list[str] = []
        self._is_well = is_well
        self._before_answer = before_answer
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    status = receiver.take(Call("", headers, body, 0.0))
                    self.send_response(status)
                    self.end_headers()
                except OSError:
                    return  # who called is dead
                except AssertionError as error:
                    receiver.problems.append(str(error))

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def take(self, call: Call) -> int:
        notice_id, body = verified(call, datetime.now(UTC))
        with self._lock:
            self.sent.append(notice_id)
        status = self._before_answer(notice_id)
        if 200 <= status < 300:
            with self._lock:
                self.record.take(notice_id, body)
                begun = {alert for (_, alert), is_firing in self.record.told() if is_firing}
                if self._is_well is not None and len(begun) == len(SILENT):
                    self._is_well.touch()
        return status

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Children:
    """Begets one child at a time."""

    def __init__(self) -> None:
        self._child: int | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chaos.alert_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_TESTS.parent,
            env={**os.environ, "PYTHONPATH": f"{_TESTS}:{_TESTS.parent}"},
        )

    def begin(self, order: Order) -> int:
        """The process id of a new child."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        self._child = int(self._read())
        return self._child

    def end(self) -> int:
        """Wait until it ends: its exit code, or the signal, negative."""
        code = int(self._read())
        self._child = None
        return code

    def close(self) -> None:
        """Leave none behind."""
        if self._child is not None:
            os.kill(self._child, signal.SIGKILL)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()
