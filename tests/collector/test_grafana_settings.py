"""Pages lead to Grafana where there is one that can ask the store, and nowhere else."""

from pathlib import Path

import pytest

from agent.settings import SettingsError
from collector.config import WithDuckDB, WithInflux, load_settings
from collector.web.board_links import BoardLinks, board_links

ENGINE = '[store]\nkind = "influx"\nengine = "victoriametrics"\nurl = "http://127.0.0.1:8428"\n'
URL = "https://grafana.example.org"


def settings(folder: Path, web: str, store: str = ENGINE) -> WithDuckDB | WithInflux:
    path = folder / "collector.toml"
    path.write_text(f"[embedded_broker]\n{store}[web]\n{web}\n", encoding="utf-8")
    return load_settings(path)


@pytest.mark.parametrize("url", [URL, f"{URL}/", f"{URL}//"])
def test_pages_know_where_grafana_is_and_what_it_asks(tmp_path: Path, url: str) -> None:
    links = board_links(settings(tmp_path, f'grafana_url = "{url}"'))
    assert links == BoardLinks(URL, "victoriametrics")
    influxdb = ENGINE.replace("victoriametrics", "influxdb")
    assert board_links(settings(tmp_path, f'grafana_url = "{url}"', influxdb)) == BoardLinks(URL, "influxdb")


@pytest.mark.parametrize("store", [ENGINE, ""])
def test_without_grafana_they_lead_nowhere(tmp_path: Path, store: str) -> None:
    assert board_links(settings(tmp_path, "", store)) is None


@pytest.mark.parametrize(
    ("url", "store", "told"),
    [
        ("grafana.example.org", ENGINE, "web.grafana_url: must look like https://grafana.example.org"),
        ("javascript:alert(1)", ENGINE, "web.grafana_url: must look like https://grafana.example.org"),
        (f"{URL}/?orgId=1", ENGINE, "web.grafana_url: must look like https://grafana.example.org"),
        ("https://ops:secret@grafana.example.org", ENGINE, "web.grafana_url: must not hold a user or a password"),
        (URL, "", "web.grafana_url: Grafana cannot ask DuckDB"),
        (URL, '[store]\nkind = "duckdb"\n', "web.grafana_url: Grafana cannot ask DuckDB"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_mistake(tmp_path: Path, url: str, store: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, f'grafana_url = "{url}"', store)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)
