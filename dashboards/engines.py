"""The engines and languages that boards are made for, and the names by which Grafana knows them: uids of boards,
folders and data sources are fixed, so that making a board anew replaces it and links stay right. Pure.
"""

from typing import Literal, get_args

from dashboards.panels import BoardKey

Engine = Literal["victoriametrics", "influxdb"]
Language = Literal["ko", "en"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
LANGUAGES: tuple[Language, ...] = get_args(Language)

DATA_SOURCE_TYPES: dict[Engine, Literal["prometheus", "influxdb"]] = {
    "victoriametrics": "prometheus",
    "influxdb": "influxdb",
}
"""What Grafana calls the plugin that asks the engine."""
DATA_SOURCE_UIDS: dict[Engine, str] = {
    "victoriametrics": "hangang-victoriametrics",
    "influxdb": "hangang-influxdb",
}
_SHORT: dict[Engine, str] = {"victoriametrics": "vm", "influxdb": "influx"}
_FOLDERS: dict[Language, str] = {"ko": "한강 공공와이파이", "en": "Hangang public Wi-Fi"}


def board_uid(key: BoardKey, engine: Engine, language: Language) -> str:
    """The uid of a board, such as `hangang-vm-access-point-ko`; Grafana allows 40 characters."""
    return f"hangang-{_SHORT[engine]}-{key.replace('_', '-')}-{language}"


def folder_uid(engine: Engine, language: Language) -> str:
    """The uid of the folder that the boards of an engine in a language lie in."""
    return f"hangang-{_SHORT[engine]}-{language}"


def folder_title(engine: Engine, language: Language) -> str:
    """What that folder is called. Titles of folders side by side differ, as Grafana before 11 asks for."""
    return _FOLDERS[language] if engine == "victoriametrics" else f"{_FOLDERS[language]} (InfluxDB)"
