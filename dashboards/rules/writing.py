"""The rules as the files that vmalert and Prometheus read: `python -m dashboards.rules.writing FOLDER`."""

import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from dashboards.promql import promql
from dashboards.rules.alerts import ALERTS, AlertRule
from dashboards.rules.alerts import EVERY as JUDGED_EVERY
from dashboards.rules.recording import EVERY as RECORDED_EVERY
from dashboards.rules.recording import RECORDINGS, Recording

RECORDING_FILE = "hangang-recording.yml"
ALERT_FILE = "hangang-alerts.yml"
_HEADER = "# Made by `make dashboards` from dashboards/rules. Changes belong there.\n"
_WIDTH = 1000


def write_rules(folder: Path) -> None:
    """Write both files, replacing those of before. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rule_files().items():
        (folder / name).write_text(text, encoding="utf-8")


def rule_files() -> Mapping[str, str]:
    """The text of each file by its name."""
    return {
        RECORDING_FILE: _file("hangang-recording", RECORDED_EVERY, [_recorded(each) for each in RECORDINGS]),
        ALERT_FILE: _file("hangang-alerts", JUDGED_EVERY, [_alerted(each) for each in ALERTS]),
    }


def _file(name: str, every: str, rules: list[dict[str, Any]]) -> str:
    document = {"groups": [{"name": name, "interval": every, "rules": rules}]}
    return _HEADER + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _recorded(recording: Recording) -> dict[str, Any]:
    return {"record": recording.name, "expr": promql(recording.query, recording.window)}


def _alerted(rule: AlertRule) -> dict[str, Any]:
    korean, english = _words("ko")[rule.key], _words("en")[rule.key]
    return {
        "alert": rule.name,
        "expr": _condition(rule),
        "for": rule.lasting,
        "labels": {"severity": rule.severity},
        "annotations": {
            "summary": english["summary"],
            "description": english["description"],
            "summary_ko": korean["summary"],
            "description_ko": korean["description"],
        },
    }


def _condition(rule: AlertRule) -> str:
    value = promql(rule.query, rule.window)
    if rule.above is not None:
        value = f"{value} > {rule.above:g}"
    elif rule.below is not None:
        value = f"{value} < {rule.below:g}"
    else:
        return f"absent({value})"
    if rule.also is None:
        return value
    query, threshold = rule.also
    on = ", ".join(rule.query.by)
    return f"{value} and on ({on}) {promql(query, rule.window)} > {threshold:g}"


@cache
def _words(language: str) -> Mapping[str, Mapping[str, str]]:
    text = files("dashboards.rules").joinpath(f"wording.{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


if __name__ == "__main__":
    write_rules(Path(sys.argv[1]))
