"""A VictoriaMetrics whose snapshots take a key: which `hangang backup` has from a file, and tells nobody."""

import json
import logging
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import VictoriaMetrics
from harness import free_port, write_collector
from state_files import open_state

from collector.cli.command import run

KEY = "한강 & key=of+the%tests"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    engine = VictoriaMetrics(tmp_path / "one", f"-snapshotAuthKey={KEY}")
    engine.start()
    line = b"wifi_report,access_point=lab-001 clients=1 1700000000000"
    urllib.request.urlopen(f"{engine.url}/api/v2/write?precision=ms", line, timeout=30).close()
    yield engine
    engine.kill()


def snapshots(engine: VictoriaMetrics) -> object:
    form = urllib.parse.urlencode({"authKey": KEY}).encode()
    with urllib.request.urlopen(f"{engine.url}/snapshot/list", form, timeout=30) as answer:
        return json.loads(answer.read())["snapshots"]


def backup_of(engine: VictoriaMetrics, folder: Path) -> tuple[Path, list[str]]:
    """The archive, and the command that makes it but for the key."""
    here, archive = folder / "here", folder / "backup.tar"
    (here / "data").mkdir(parents=True)
    open_state(here / "data" / "state.sqlite").dispose()
    store = f'[embedded_broker]\n[store]\nkind = "influx"\nengine = "victoriametrics"\nurl = "{engine.url}"'
    path = write_collector(here, store, web_port=free_port())
    data = folder / "one" / "victoria-metrics"
    return archive, ["backup", "--config", str(path), "--to", str(archive), "--victoria-data", str(data)]


def test_a_backup_without_the_key_is_refused_in_words(
    tmp_path: Path, engine: VictoriaMetrics, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, command = backup_of(engine, tmp_path)
    wrong, empty, missing = (tmp_path / name for name in ("wrong.key", "empty.key", "missing.key"))
    wrong.write_text("one-of-another-engine\n")
    empty.write_text("\n")
    refused = f"{engine.url}: VictoriaMetrics wants another key for its snapshots; name a file with that of"
    told = {
        None: refused,
        wrong: refused,
        empty: f"{empty}: is empty",
        missing: f"{missing}: cannot be read: No such file",
        tmp_path: f"{tmp_path}: cannot be read: Is a directory",
    }
    before = sorted(tmp_path.iterdir())
    for file, words in told.items():
        assert run([*command, "--lang", "en", *([] if file is None else ["--victoria-key-file", str(file)])]) == 1
        printed = capsys.readouterr()
        assert (printed.out, words in printed.err) == ("", True), printed.err
        assert "one-of-another-engine" not in printed.err
    assert run([*command, "--lang", "ko"]) == 1
    assert "다른 키를 요구합니다" in capsys.readouterr().err
    assert not archive.exists()
    assert sorted(tmp_path.iterdir()) == before, "nothing of it is left"
    assert snapshots(engine) == []


def test_a_backup_with_the_key_shows_it_nowhere(
    tmp_path: Path,
    engine: VictoriaMetrics,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    archive, command = backup_of(engine, tmp_path)
    file = tmp_path / "snapshots.key"
    file.write_text(f"{KEY}\r\n")
    assert run([*command, "--lang", "en", "--victoria-key-file", str(file)]) == 0
    assert run(["backup", "--verify", str(archive)]) == 0
    assert snapshots(engine) == [], "it takes the snapshot away again"
    content, printed = archive.read_bytes(), capsys.readouterr()
    assert b"points/data/" in content
    for form in (KEY, urllib.parse.quote(KEY), urllib.parse.quote_plus(KEY)):
        assert form.encode() not in content
        assert form not in printed.out + printed.err + caplog.text
