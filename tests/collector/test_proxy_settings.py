"""Who is believed about who asks is named with care: a mistake would let anybody say who they are."""

from pathlib import Path

import pytest

from agent.settings import SettingsError
from collector.config import load_settings


def settings_file(folder: Path, web: str) -> Path:
    path = folder / "collector.toml"
    path.write_text(f"[embedded_broker]\n[web]\n{web}\n", encoding="utf-8")
    return path


def test_nobody_is_believed_by_itself(tmp_path: Path) -> None:
    assert load_settings(settings_file(tmp_path, "")).web.proxies == ()


def test_addresses_and_networks_are_taken(tmp_path: Path) -> None:
    web = load_settings(
        settings_file(tmp_path, 'url = "https://wifi.example.org"\nproxies = ["::1", "10.0.0.0/28"]')
    ).web
    assert (web.url, web.proxies) == ("https://wifi.example.org", ("::1", "10.0.0.0/28"))


@pytest.mark.parametrize(
    ("web", "told"),
    [
        ('proxies = ["proxy.example.org"]', "web.proxies[0]: must be an IP address or a network"),
        ('proxies = ["*"]', "web.proxies[0]: must be an IP address or a network"),
        ('proxies = ["127.0.0.1", "0.0.0.0/0"]', "web.proxies[1]: is everybody"),
        ('proxies = ["::/0"]', "web.proxies[0]: is everybody"),
        ('proxies = ["10.0.0.1/8"]', "web.proxies[0]: must be an IP address or a network"),
        ('url = "https://wifi.example.org"', "web.url: needs proxies"),
        ('url = "HTTPS://wifi.example.org"\nproxies = []', "web.url: needs proxies"),
    ],
)
def test_what_would_believe_everybody_or_nobody_is_a_mistake(tmp_path: Path, web: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(settings_file(tmp_path, web))
    assert told in str(refused.value)
