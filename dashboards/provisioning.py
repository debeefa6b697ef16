"""The files by which a Grafana has data source, folders, boards and contact point from its start, as it reads them from
its provisioning folder: `python -m dashboards.provisioning FOLDER`.

What differs from place to place comes from Grafana's environment; the variables are told at the head of each file.
Alerts are not routed here: a file of routes replaces all routes that people have made.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboards.engines import (
    DATA_SOURCE_TYPES,
    DATA_SOURCE_UIDS,
    ENGINES,
    LANGUAGES,
    Engine,
    folder_title,
    folder_uid,
)

BOARDS_AT = "/etc/hangang/dashboards"
"""Where Grafana finds what `dashboards/generated` has."""
CONTACT_POINT = "hangang-ops"
_MADE = "# Made by `make dashboards` from dashboards/provisioning.py. Changes belong there.\n"
_REFRESH_SECONDS = 60
_DATA_SOURCES: dict[Engine, dict[str, Any]] = {
    "victoriametrics": {
        "name": "Hangang VictoriaMetrics",
        "url": "${HANGANG_VICTORIAMETRICS_URL}",
        "jsonData": {"httpMethod": "POST", "timeInterval": "60s", "prometheusType": "Prometheus"},
    },
    "influxdb": {
        "name": "Hangang InfluxDB",
        "url": "${HANGANG_INFLUXDB_URL}",
        "database": "${HANGANG_INFLUXDB_BUCKET}",
        "jsonData": {
            "dbName": "${HANGANG_INFLUXDB_BUCKET}",
            "httpMode": "POST",
            "timeInterval": "60s",
            "httpHeaderName1": "Authorization",
        },
        "secureJsonData": {"httpHeaderValue1": "Token ${HANGANG_INFLUXDB_TOKEN}"},
    },
}
_ENVIRONMENT: dict[Engine, str] = {
    "victoriametrics": "# HANGANG_VICTORIAMETRICS_URL: such as http://victoriametrics:8428\n",
    "influxdb": "# HANGANG_INFLUXDB_URL: such as http://influxdb:8086; HANGANG_INFLUXDB_BUCKET: such as wifi;\n"
    "# HANGANG_INFLUXDB_TOKEN: may read the bucket. InfluxDB 2 maps a database of the bucket's name to it.\n",
}


def write_provisioning(folder: Path) -> None:
    """Write the files of every engine, each a provisioning folder of its own. Raises OSError."""
    for name, text in provisioning_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def provisioning_files() -> Mapping[str, str]:
    """The text of every file, by its path below the folder."""
    return {
        f"{engine}/{kind}/hangang.yaml": text
        for engine in ENGINES
        for kind, text in {
            "datasources": _file(_data_source(engine), _ENVIRONMENT[engine]),
            "dashboards": _file(_providers(engine)),
            "alerting": _file(
                _contact_point(),
                "# HANGANG_OPS_WEBHOOK_URL: who is told; HANGANG_OPS_WEBHOOK_TOKEN: sent as bearer token.\n",
            ),
        }.items()
    }


def _file(document: dict[str, Any], environment: str = "") -> str:
    return _MADE + environment + yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def _data_source(engine: Engine) -> dict[str, Any]:
    source = {
        "uid": DATA_SOURCE_UIDS[engine],
        "type": DATA_SOURCE_TYPES[engine],
        "access": "proxy",
        "isDefault": False,
        "editable": False,
    }
    return {"apiVersion": 1, "datasources": [_DATA_SOURCES[engine] | source]}


def _providers(engine: Engine) -> dict[str, Any]:
    providers = [
        {
            "name": folder_uid(engine, language),
            "orgId": 1,
            "folder": folder_title(engine, language),
            "folderUid": folder_uid(engine, language),
            "type": "file",
            "disableDeletion": False,
            "allowUiUpdates": False,
            "updateIntervalSeconds": _REFRESH_SECONDS,
            "options": {"path": f"{BOARDS_AT}/{engine}/{language}"},
        }
        for language in LANGUAGES
    ]
    return {"apiVersion": 1, "providers": providers}


def _contact_point() -> dict[str, Any]:
    receiver = {
        "uid": CONTACT_POINT,
        "type": "webhook",
        "disableResolveMessage": False,
        "settings": {
            "url": "${HANGANG_OPS_WEBHOOK_URL}",
            "httpMethod": "POST",
            "authorization_scheme": "Bearer",
            "authorization_credentials": "${HANGANG_OPS_WEBHOOK_TOKEN}",
        },
    }
    return {
        "apiVersion": 1,
        "contactPoints": [{"orgId": 1, "name": CONTACT_POINT, "receivers": [receiver]}],
    }


if __name__ == "__main__":
    write_provisioning(Path(sys.argv[1]))
