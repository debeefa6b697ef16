"""The engine of deploy/compose with the keys that it is started with: without one it does nothing but take points and
answer questions, and with them it is backed up as docs/backup.md says. On Debian's, which takes a key where a newer one
is given its file."""

import re
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from compose_file import REPOSITORY, commands_of, follow, services
from engines import VictoriaMetrics
from harness import program

COMMAND = [str(word) for word in services()["victoriametrics"]["command"]]
KEY_FILE = "/run/secrets/victoriametrics_key"
KEYS = [word for word in COMMAND if re.match(r"-[\w.]+AuthKey=", word)]


def guarded() -> dict[str, list[str]]:
    """Paths by the flag that guards them, as docs/stores.md tells; of those with anything behind them, one."""
    text = (REPOSITORY / "docs" / "stores.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(-[\w.]+AuthKey)` \| (.+?): .+ \|$", text, re.MULTILINE)
    some = {"/snapshot/…": "/snapshot/create", "/debug/pprof/…": "/debug/pprof/cmdline"}
    return {flag: [some.get(path, path) for path in re.findall(r"`(\S+)`", cell)] for flag, cell in rows}


@pytest.fixture
def key(prepared: Path) -> str:
    return (prepared / "local" / "secrets" / Path(KEY_FILE).name).read_text(encoding="utf-8")


@pytest.fixture
def engine(key: str, tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """With one point in it, which questions find."""
    (tmp_path / "engine").mkdir()
    flags = [word.replace(f"file://{KEY_FILE}", key) for word in KEYS]
    engine = VictoriaMetrics(tmp_path / "engine", *flags)
    engine.start()
    line = b"wifi_report,access_point=lab-001 clients=7 1700000000000"
    urllib.request.urlopen(f"{engine.url}/api/v2/write?precision=ms", line, timeout=30).close()
    assert asked(engine, "/internal/force_flush", key) < 300
    yield engine
    engine.kill()


def asked(engine: VictoriaMetrics, path: str, key: str | None = None) -> int:
    """The status of an answer to a plain GET that would delete the point where it may."""
    query = {"match[]": "wifi_report_clients", "path": "wifi_report_clients"} | ({"authKey": key} if key else {})
    try:
        with urllib.request.urlopen(f"{engine.url}{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_document_tells_of_every_key() -> None:
    assert {word.partition("=")[0] for word in KEYS} == guarded().keys()
    assert {word.partition("=")[2] for word in KEYS} == {f"file://{KEY_FILE}"}


def test_without_the_key_nothing_is_deleted_copied_or_shown(engine: VictoriaMetrics, key: str) -> None:
    paths = [path for paths in guarded().values() for path in paths]
    assert {path: status for path in paths if (status := asked(engine, path)) < 400} == {}
    assert {path: status for path in paths if (status := asked(engine, path, "another")) < 400} == {}
    assert len(engine.series()) == 1
    assert asked(engine, "/metrics") == 200  # which the collector reads
    assert asked(engine, "/api/v1/admin/tsdb/delete_series", key) == 204
    assert engine.series() == []


def test_it_is_backed_up_as_the_document_says(
    engine: VictoriaMetrics, key: str, prepared: Path, tmp_path: Path
) -> None:
    (commands,) = [block for block in commands_of("backup.md") if "/snapshot/" in block]
    places = {
        "http://127.0.0.1:8428": engine.url,
        "/victoria-metrics-data": str(tmp_path / "engine" / "victoria-metrics"),
        KEY_FILE: str(prepared / "local" / "secrets" / Path(KEY_FILE).name),
        "/var/lib/hangang-broker": str(prepared),
        "/var/lib/hangang ": f"{prepared} ",
        "local.tar .env local": f"local.tar -C {prepared} .env local",
    }
    for place, instead in places.items():
        assert place in commands
        commands = commands.replace(place, instead)
    folder = tmp_path / "backup"
    folder.mkdir()
    in_container = 'shift 4; if [ "$1" = pg_dump ]; then echo dumped; else exec "$@"; fi'
    fetch = f'exec {program("curl")} --fail --silent --show-error "$4"'  # of wget -q -O - URL
    follow(commands, folder, docker=in_container, sudo='exec "$@"', wget=fetch)
    files = [path for path in folder.iterdir() if path.is_file()]
    assert {path.name for path in files} == {"broker.tar", "collector.tar", "local.tar", "points.tar", "state.dump"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    with tarfile.open(folder / "points.tar") as archive:
        assert any(name.startswith("./data/small/") for name in archive.getnames())
    with urllib.request.urlopen(f"{engine.url}/snapshot/list?authKey={key}", timeout=30) as answer:
        assert b'"snapshots":[]' in answer.read().replace(b"\n", b""), "it takes the snapshot away again"
