"""The `[store]` table of kind influx: what it may say, and what it is told."""

from pathlib import Path

import pytest

from agent.settings import SettingsError, check
from collector.influx.settings import InfluxSettings


def read(folder: Path, **keys: object) -> InfluxSettings:
    return check(InfluxSettings, {"kind": "influx", **keys}, folder / "collector.toml", below="store")


def mistakes(folder: Path, **keys: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, **keys)
    return [f"{mistake.key}: {mistake.problem}" for mistake in caught.value.mistakes]


def test_one_victoriametrics_needs_its_address_only(tmp_path: Path) -> None:
    settings = read(tmp_path, engine="victoriametrics", url="http://127.0.0.1:8428/")
    assert settings.url == settings.asked_at == "http://127.0.0.1:8428"
    assert settings.watched == ("http://127.0.0.1:8428/metrics",)
    assert settings.settles_within_seconds == 15
    assert settings.token() is None


def test_influxdb_is_on_disk_when_it_answers(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    settings = read(tmp_path, engine="influxdb", url="https://host/x", org="seoul", token_file="token")
    assert settings.watched == ()
    assert settings.settles_within_seconds == 0
    assert settings.token() == "abc"


def test_a_cluster_has_three_addresses(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        engine="victoriametrics",
        url="http://vminsert:8480/insert/0/influx",
        query_url="http://vmselect:8481/select/0/prometheus",
        watch=["http://vmstorage-1:8482/metrics", "http://vmstorage-2:8482/metrics"],
        settle_seconds=20,
    )
    assert settings.asked_at == "http://vmselect:8481/select/0/prometheus"
    assert len(settings.watched) == 2
    assert settings.settles_within_seconds == 20


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"engine": "victoriametrics", "url": "http://vminsert:8480/insert/0/influx"}, ["add query_url", "add watch"]),
        ({"engine": "victoriametrics", "url": "http://h:8428", "watch": []}, ["name the /metrics"]),
        ({"engine": "victoriametrics", "url": "http://h:8428", "org": "seoul"}, ["remove it", "needs token_file"]),
        ({"engine": "influxdb", "url": "http://h:8086", "org": "seoul"}, ["needs token_file"]),
        ({"engine": "influxdb", "url": "h:8086"}, ["must look like"]),
        ({"engine": "influxdb", "url": "http://me:pw@h:8086"}, ["use token_file"]),
        ({"engine": "influxdb", "url": "http://h:8086/?org=seoul"}, ["must end after the path"]),
        ({"engine": "influxdb", "url": "http://h:0"}, ["the port must be"]),
        ({"engine": "influxdb", "url": "http://h:99999"}, ["the port must be"]),
        ({"engine": "questdb", "url": "http://h:8086"}, ["victoriametrics"]),
        ({"engine": "influxdb", "url": "http://h:8086", "bucket": ""}, ["at least 1"]),
        ({"engine": "influxdb", "url": "http://h:8086", "tokens": "x"}, ["unknown key"]),
        ({}, ["required", "required"]),
    ],
)
def test_a_mistake_is_told_with_its_remedy(tmp_path: Path, keys: dict[str, object], told: list[str]) -> None:
    found = mistakes(tmp_path, **keys)
    assert len(found) == len(told)
    assert all(words in mistake for words, mistake in zip(told, found, strict=True))


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe", "한".encode()])
def test_a_file_without_a_token_is_told_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    [mistake] = mistakes(tmp_path, engine="influxdb", url="http://h:8086", token_file="token")
    assert "token" in mistake
    assert "two words" not in mistake
