"""The influx store asked: what an engine's answers come to where they are none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from collector.influx.settings import InfluxSettings
from collector.stores import StoreError
from collector.stores.influx import InfluxStore, open_store

AT = datetime(2026, 5, 2, 12, tzinfo=UTC)
ENGINES = ["victoriametrics", "influxdb"]


@contextmanager
def saying(status: int, body: bytes, asked: list[str]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def store_at(url: str, engine: str) -> InfluxStore:
    return open_store(InfluxSettings.model_validate({"engine": engine, "url": "http://127.0.0.1:9", "query_url": url}))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("status", "body", "named"),
    [
        (401, b"", "token_file"),
        (404, b"", "query_url"),
        (302, b"", "query_url"),
        (500, b"out of memory", "out of memory"),
        (422, b"too many points", "too many points"),
        (200, b"<html>", "query_url"),
        (200, b"[]", "query_url"),
        (200, b'{"results": 1}', "query_url"),
    ],
)
async def test_an_answer_that_is_none_is_told(engine: str, status: int, body: bytes, named: str) -> None:
    with saying(status, body, []) as url:
        store = store_at(url, engine)
        with pytest.raises(StoreError, match=named) as caught:
            store.traffic(["a-1"], AT, AT + timedelta(hours=1), 600)
        assert not caught.value.is_permanent
        assert store.is_healthy() == (status == 200)
        await store.close()


async def test_an_error_within_an_answer_of_influxdb_is_told() -> None:
    body = b'{"results":[{"statement_id":0,"error":"database not found: wifi"}]}'
    with saying(200, body, []) as url:
        store = store_at(url, "influxdb")
        with pytest.raises(StoreError, match=r"database not found: wifi.*bucket"):
            store.hourly_usage(["a-1"], AT, AT + timedelta(hours=1))
        await store.close()


@pytest.mark.parametrize(("engine", "path"), [("victoriametrics", "/api/v1/query_range"), ("influxdb", "/query")])
async def test_a_path_before_the_engines_own_is_kept(engine: str, path: str) -> None:
    asked: list[str] = []
    body = b'{"data": {"result": []}, "results": [{}]}'
    with saying(200, body, asked) as url:
        store = store_at(f"{url}/select/0/prometheus", engine)
        assert store.traffic(["a-1"], AT, AT + timedelta(hours=1), 600) == []
        await store.close()
    assert asked == [f"/select/0/prometheus{path}"]
