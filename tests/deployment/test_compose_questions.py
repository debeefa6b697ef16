"""What Grafana reaches of the points in deploy/compose: vmauth, which hands on questions and nothing that writes,
deletes or copies. By its own file and flags, in front of an engine that does all that for whoever asks."""

import base64
import json
import re
import struct
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_file import FOLDER, mount_of, networks_of, services
from engines import VictoriaMetrics
from harness import eventually, free_port, is_listening, program

SERVICES = services()
SERVICE = SERVICES["vmauth"]
KEY_FILE = "file:///run/secrets/victoriametrics_key"
KEY = "of-the-tests"
UPSTREAM = "http://victoriametrics:8428"
LINE = b"forged_NN,access_point=lab-001 v=1 1700000000000"
MILLISECONDS = "precision=ms"
HONEST = '{"metric":{"__name__":"honest","site":"lab"},"values":[7],"timestamps":[1700000000000]}'
FORGED = '{"metric":{"__name__":"forged_NN"},"values":[1],"timestamps":[1700000000000]}'


def as_remote_write() -> bytes:
    """One sample, in the protocol by which a Prometheus writes: a message, as one literal of snappy."""
    sample = struct.pack("<cd", b"\t", 1.0) + b"\x10\x80\xd0\x95\xff\xbc\x31"
    label = b"\x0a\x08__name__\x12\x09forged_NN"
    series = b"\x0a" + bytes([len(label)]) + label + b"\x12" + bytes([len(sample)]) + sample
    message = b"\x0a" + bytes([len(series)]) + series
    return bytes([len(message), (len(message) - 1) << 2]) + message


WRITES = {
    "/api/v1/import": FORGED.encode(),
    "/api/v1/import/prometheus": b"forged_NN 1 1700000000000\n",
    "/api/v1/import/csv?format=1:metric:forged_NN,2:time:unix_s": b"1,1700000000\n",
    "/api/v1/write": as_remote_write(),
    f"/write?{MILLISECONDS}": LINE,
    f"/api/v2/write?{MILLISECONDS}": LINE,
    f"/influx/write?{MILLISECONDS}": LINE,
    f"/influx/api/v2/write?{MILLISECONDS}": LINE,
    "/prometheus/api/v1/import": FORGED.encode(),
    "//api/v1/import": FORGED.encode(),
}
"""Ways to write, and what is sent; NN stands for a number."""
DISGUISED = (
    "/api/v1/query/../import",
    "/api/v1/query/%2e%2e/import",
    "/api/v1/query%2f..%2fimport",
    "/api/v1/query/..;/import",
    "/api/v1/label/x/../../import",
    "/api/v1/label/..%2f..%2fimport",
    "/api/v1/label/../../../api/v1/import/values",
    "/api/v1/label/x%2fvalues%2f..%2f..%2f..%2fimport",
    "/api/v1/import/../import",
    "/./api/v1/import",
    "/%61pi/v1/import",
    "/api/v1/import%3f/api/v1/query",
    "/api/v1/import?/api/v1/query",
    "/api/v1/import%0a/api/v1/query",
    "/api/v1/import#/api/v1/query",
    "http://victoriametrics:8428/api/v1/import",
)
OF_THE_ENGINE = (
    "/",
    "/api/v1/admin/tsdb/delete_series",
    "/api/v1/admin/status/metric_names_stats/reset",
    "/api/v1/export",
    "/api/v1/export/csv",
    "/api/v1/export/native",
    "/api/v1/series/count",
    "/api/v1/status/active_queries",
    "/api/v1/status/top_queries",
    "/api/v1/status/tsdb",
    "/api/v1/targets",
    "/datadog/api/v1/series",
    "/debug/pprof/cmdline",
    "/federate",
    "/flags",
    "/graphite/tags/tagSeries",
    "/internal/force_flush",
    "/internal/force_merge",
    "/internal/resetRollupResultCache",
    "/metrics",
    "/snapshot/create",
    "/snapshot/delete_all",
    "/snapshot/list",
    "/tags/delSeries",
    "/vmui/",
    "/-/reload",
)
QUESTIONS = {
    "/api/v1/query": "query=honest&time=1700000000",
    "/api/v1/query_range": "query=honest&start=1699999980&end=1700000040&step=60",
    "/api/v1/query_exemplars": "query=honest&start=1699999980&end=1700000040",
    "/api/v1/series": "match[]=honest&start=1699999000&end=1700001000",
    "/api/v1/labels": "start=1699999000&end=1700001000",
    "/api/v1/label/site/values": "match[]=honest&start=1699999000&end=1700001000",
    "/api/v1/label/__name__/values": "start=1699999000&end=1700001000",
    "/api/v1/metadata": "limit=10",
    "/api/v1/rules": "",
    "/api/v1/status/buildinfo": "",
}


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    status: int
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]


class Vmauth:
    """By the service's command and file, with the engine's address in it.

    One that is as old as Debian's 1.79.5 knows no `unauthorized_user`: it has the same as a user without a password,
    whom every request names. Nor does it read keys from files; old and new ones take the key itself.
    """

    def __init__(self, folder: Path, engine: VictoriaMetrics) -> None:
        self.port = free_port()
        path = program("vmauth")
        mount = mount_of(SERVICE, "/etc/vmauth/vmauth.yml")
        assert mount is not None
        text = (FOLDER / mount.source).read_text(encoding="utf-8")
        assert text.count(UPSTREAM) == 1
        text = text.replace(UPSTREAM, engine.url)
        self.headers = {}
        if b"unauthorized_user" not in Path(path).read_bytes():
            text = json.dumps({"users": [{"username": "grafana"} | yaml.safe_load(text)["unauthorized_user"]]})
            self.headers = {"Authorization": f"Basic {base64.b64encode(b'grafana:').decode()}"}
        file, self.log = folder / "vmauth.yml", folder / "vmauth.log"
        file.write_text(text, encoding="utf-8")
        places = {mount.target: str(file), ":8427": f"127.0.0.1:{self.port}", KEY_FILE: KEY}
        command = [str(word) for word in SERVICE["command"]]
        for place, instead in places.items():
            assert place in " ".join(command)
            command = [word.replace(place, instead) for word in command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([path, *command], stdout=log, stderr=log)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """One without keys, in which is one point."""
    engine = VictoriaMetrics(tmp_path)
    engine.start()
    assert asked(engine.port, "POST", "/api/v1/import", HONEST.encode()).status == 204
    engine.flush()
    yield engine
    engine.kill()


@pytest.fixture
async def vmauth(engine: VictoriaMetrics, tmp_path: Path) -> AsyncIterator[Vmauth]:
    vmauth = Vmauth(tmp_path, engine)
    await eventually(lambda: is_listening(vmauth.port) or vmauth.process.poll() is not None)
    assert vmauth.process.poll() is None, vmauth.log.read_text()
    yield vmauth
    vmauth.process.kill()
    vmauth.process.wait()


def asked(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """With the path as it stands, dots and all."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    found = Answer(answer.status, answer.read())
    connection.close()
    return found


def names(engine: VictoriaMetrics) -> set[str]:
    """Of the metrics that are stored."""
    engine.flush()
    return {json.loads(line)["metric"]["__name__"] for line in engine.series()}


def forgeries(*paths: str) -> Iterator[tuple[str, str, str, bytes]]:
    """The name of a metric, and a request that would write it: each way to write by GET and by POST; or, by paths that
    are told, the first of them."""
    ways = [(path, WRITES["/api/v1/import"]) for path in paths] or [*WRITES.items()]
    numbered = enumerate((method, path, body) for path, body in ways for method in ("GET", "POST"))
    for number, (method, path, body) in numbered:
        yield f"forged_{number:02}", method, path.replace("NN", f"{number:02}"), body.replace(b"NN", b"%02d" % number)


def test_the_engine_itself_takes_points_from_whoever_reaches_it(engine: VictoriaMetrics) -> None:
    """What the other tests try does something where nothing is in its way, by GET as well."""
    forged = set()
    for name, method, path, body in forgeries():
        assert asked(engine.port, method, path, body).status < 300, path
        forged.add(name)
    assert {name.removesuffix("_v") for name in names(engine)} == {"honest", *forged}
    assert asked(engine.port, "GET", "/api/v1/admin/tsdb/delete_series?match[]=honest").status == 204
    assert "honest" not in names(engine)


def test_what_grafana_asks_is_answered_as_the_engine_answers(vmauth: Vmauth, engine: VictoriaMetrics) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, query in QUESTIONS.items():
        expected = asked(engine.port, "GET", f"{path}?{query}")
        assert expected.status == 200
        for answer in (
            asked(vmauth.port, "GET", f"{path}?{query}", headers=vmauth.headers),
            asked(vmauth.port, "POST", path, query.encode(), form | vmauth.headers),
        ):
            assert (answer.status, answer.data) == (200, expected.data), path
    found = asked(vmauth.port, "GET", f"/api/v1/query?{QUESTIONS['/api/v1/query']}", headers=vmauth.headers).data
    assert [each["metric"] for each in found["result"]] == [{"__name__": "honest", "site": "lab"}]


def test_no_path_is_open_that_the_questions_are_not_asked_by() -> None:
    text = (FOLDER / "vmauth.yml").read_text(encoding="utf-8")
    (only,) = yaml.safe_load(text)["unauthorized_user"]["url_map"]
    assert only.keys() == {"src_paths", "url_prefix"}
    assert {re.sub(r"/label/\w+/", r"/label/\\w+/", path) for path in QUESTIONS} == {*only["src_paths"]}


def test_nobody_writes_through_it(vmauth: Vmauth, engine: VictoriaMetrics) -> None:
    for _, method, path, body in [*forgeries(), *forgeries(*DISGUISED)]:
        for sent in (body, None):
            assert asked(vmauth.port, method, path, sent, vmauth.headers).status >= 400, path
    assert names(engine) == {"honest"}


def test_nobody_deletes_copies_or_looks_at_the_engine_through_it(vmauth: Vmauth, engine: VictoriaMetrics) -> None:
    for path in OF_THE_ENGINE:
        for method, body in (("GET", None), ("GET", b"match[]=honest"), ("POST", b"match[]=honest")):
            headers = {"Content-Type": "application/x-www-form-urlencoded"} | vmauth.headers
            answer = asked(vmauth.port, method, f"{path}?match[]=honest&path=honest&authKey=guessed", body, headers)
            assert answer.status >= 400, path
            assert b"7 1700000000000" not in answer.body
    assert names(engine) == {"honest"}
    assert json.loads(asked(engine.port, "GET", "/snapshot/list").body)["snapshots"] == []


def test_it_says_nothing_of_who_was_refused(vmauth: Vmauth) -> None:
    headers = {"X-Forwarded-For": "192.0.2.77"} | vmauth.headers
    assert asked(vmauth.port, "GET", "/api/v1/import", headers=headers).status >= 400
    vmauth.process.terminate()
    vmauth.process.wait()
    assert vmauth.log.read_text(encoding="utf-8") == ""


def test_it_is_of_the_engines_version_and_grafana_has_no_other_way() -> None:
    tags = {name: SERVICES[name]["image"].partition(":")[2] for name in ("victoriametrics", "vmauth", "vmalert")}
    assert len({*tags.values()}) == 1
    assert SERVICES["grafana"]["environment"]["HANGANG_VICTORIAMETRICS_URL"] == "http://vmauth:8427"
    networks = {name: networks_of(SERVICES[name]) for name in ("grafana", "vmauth", "victoriametrics")}
    assert networks["grafana"] & networks["victoriametrics"] == set()
    assert networks["grafana"] & networks["vmauth"] == {"questions"}
