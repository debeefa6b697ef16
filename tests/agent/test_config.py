"""The configuration as a whole: what its tables may not be together, and what follows from all of them."""

from pathlib import Path

import pytest

from agent.config import Configuration, load_configuration
from agent.settings import SettingsError

AGENT = '[agent]\nid = "gw-a"\n'


def load(folder: Path, text: str) -> Configuration:
    path = folder / "agent.toml"
    path.write_text(text)
    return load_configuration(path)


def mistakes(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    return {mistake.key: mistake.problem for mistake in caught.value.mistakes}


def snmp(host: str, access_point: str | None = None, port: int = 161) -> str:
    place = "" if access_point is None else f'access_point = "{access_point}"\n'
    return f'[[sources]]\nkind = "snmp"\nhost = "{host}"\nport = {port}\ncommunity = "c"\n{place}'


@pytest.mark.parametrize(
    ("table", "numbers"),
    [
        ('[[sources]]\nkind = "host"\n', (1, 0)),
        ('[[probes]]\nkind = "gateway"\n', (0, 1)),
        ('[traps]\ncommunities = ["c"]\n', (0, 0)),
    ],
)
def test_a_source_or_a_probe_or_traps_are_enough(tmp_path: Path, table: str, numbers: tuple[int, int]) -> None:
    configuration = load(tmp_path, AGENT + table)
    assert (len(configuration.sources), len(configuration.probes)) == numbers


def test_an_agent_with_nothing_to_tell_of_is_a_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path, AGENT) == {"sources": "required; add a table [[sources]], or [[probes]], or [traps]"}


def test_mistakes_of_all_tables_are_told_at_once(tmp_path: Path) -> None:
    text = """
probes = {kind = "dns"}
sources = ["host", {kind = "radio"}, {kind = "host", colour = "red"}]
[traps]
port = 0
"""
    assert mistakes(tmp_path, text) == {
        "agent.id": "required; add it",
        "probes": "must be a list of tables; write each as [[probes]]",
        "sources[0]": "Input should be a valid dictionary",
        "sources[1].kind": "unknown kind 'radio' (there are: host, openwrt, simulated, snmp)",
        "sources[2].colour": "unknown key; remove it or correct its spelling",
        "traps.communities_file": "required; add it, or `communities`, or `users` for SNMPv3",
        "traps.port": "Input should be greater than or equal to 1",
    }


def test_two_sources_never_report_on_one_place(tmp_path: Path) -> None:
    site = """
[[sources]]
kind = "simulated"
site = "a"
setting = "indoor"
access_points = [{ id = "a-1", generation = "wifi5" }, { id = "a-2", generation = "wifi5" }]
"""
    text = AGENT + snmp("192.0.2.1", "a-2") + site + '[[sources]]\nkind = "host"\naccess_point = "a-1"\n'
    assert mistakes(tmp_path, text) == {
        "sources[1].access_points[1].id": "a-2 is reported on by snmp-0 already; give one of them another",
        "sources[2].access_point": "a-1 is reported on by simulated-1 already; give one of them another",
    }


def test_traps_come_from_the_place_of_the_device_at_their_address(tmp_path: Path) -> None:
    text = AGENT + snmp("2001:DB8::1", "a-1") + snmp("ap.example", "a-2") + snmp("192.0.2.9")
    assert load(tmp_path, text).places_by_address() == {"2001:db8::1": "a-1"}


def test_an_address_with_several_devices_behind_it_is_no_place(tmp_path: Path) -> None:
    text = AGENT + snmp("192.0.2.1", "a-1", 1161) + snmp("192.0.2.1", "a-2", 1162) + snmp("192.0.2.2", "a-3")
    assert load(tmp_path, text).places_by_address() == {"192.0.2.2": "a-3"}
