"""Templates of one's own: what they see, what they may not, and how their mistakes are found at the start."""

import json
from pathlib import Path
from typing import Any

import pytest
from alert_notices import NOW, notice_of, told_alert

from agent.settings import SettingsError
from collector.alerts.endpoints.settings import ComposeError, Outgoing, Secrets, Telling
from collector.alerts.endpoints.tables import check_endpoints, read_secrets
from collector.alerts.formats import format_of
from collector.alerts.notice import Notice
from collector.alerts.telling.links import Links

TELLING = Telling(Links("https://wifi.example.org"))


def endpoint_with(folder: Path, template: str, **keys: Any) -> Any:
    (folder / "own.j2").write_text(template, encoding="utf-8")
    table = {"name": "own", "kind": "template", "url": "https://own.example.org/in", "template_file": "own.j2"}
    (endpoint,) = check_endpoints([table | {"language": "en"} | keys], folder / "collector.toml")
    return endpoint


def rendered(folder: Path, template: str, notice: Notice, **keys: Any) -> Outgoing:
    endpoint = endpoint_with(folder, template, **keys)
    return format_of("template").compose(notice, endpoint, read_secrets(endpoint), TELLING, NOW)


def test_a_template_sees_words_and_facts(tmp_path: Path) -> None:
    template = """{
      "text": {{ told.title | tojson }},
      "rows": {{ told.alerts[0].rows | tojson if told.alerts else '[]' }},
      "korean": {{ webhook.data.texts.ko.title | tojson }},
      "people": {{ webhook.data.alerts | selectattr('people') | map(attribute='people') | sum }},
      "runbook": {{ told.links[-1].url | tojson if told.links else 'null' }}
    }"""
    outgoing = rendered(tmp_path, template, notice_of(told_alert(rule="gone_rule")))
    assert json.loads(outgoing.body) == {
        "text": "[Warning] Other trouble · Yeouido Hangang Park · yeouido-017",
        "rows": [
            ["Where", "Yeouido Hangang Park, Yeongdeungpo-gu · 물빛광장 17 (yeouido-017) · 옥상 · radio0"],
            ["Since", "2026-07-03 13:40 KST"],
            ["How bad", "Value 0.8; threshold 0.8"],
            ["Likely cause", "Not known."],
            ["Affected", "31 connected devices"],
        ],
        "korean": "[주의] 기타 이상 · 여의도한강공원 · yeouido-017",
        "people": 31,
        "runbook": "https://wifi.example.org/runbooks/gone_rule",
    }
    assert outgoing.headers == {"content-type": "application/json"}


def test_other_types_are_sent_as_they_are(tmp_path: Path) -> None:
    outgoing = rendered(
        tmp_path,
        "{{ told.state }}: {{ told.summary }}\n",
        notice_of(told_alert(rule="gone_rule")),
        content_type="text/plain",
    )
    assert (outgoing.body, outgoing.headers) == (b"Warning: Something is wrong.\n", {"content-type": "text/plain"})


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ told.titel }}", "has no attribute 'titel'"),
        ("{% for alert in told.alerts %}{{ alert.wath }}{% endfor %}", "has no attribute 'wath'"),
        ("\n{% if %}", "line 2: "),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ told.alerts[0].what | tojson }}", "(for a notice of kind alive)"),
        ('{"text": "{{ told.alerts[0].rows if told.alerts }}"', "makes no JSON"),
        ('{"text": {{ told.title }}}', "write texts as {{ text | tojson }}"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ told.title + 1 }}", "TypeError"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
        ("{% include 'other' %}", "no loader"),
        ("{{ told.title.__class__.__mro__ }}", "unsafe"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ told.alerts.append(1) }}", "unsafe"),
        ("{{ range(10) }}", "'range' is undefined"),
        ("{{ namespace(x=1) }}", "'namespace' is undefined"),
        ("{{ 'x' * 300000 }}", "makes more than 262,144 letters"),
        ("{{ told.alerts | random }}", "No filter named 'random'"),
    ],
)
def test_mistakes_are_found_at_the_start(tmp_path: Path, template: str, problem: str) -> None:
    endpoint = endpoint_with(tmp_path, template)
    with pytest.raises(SettingsError) as caught:
        read_secrets(endpoint)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'own.j2'}: ")


def test_what_still_goes_wrong_later_is_told_as_such(tmp_path: Path) -> None:
    endpoint = endpoint_with(tmp_path, "{{ told.alerts[7].what }}")
    secrets = Secrets("https://own.example.org/in", {"template_file": "{{ told.alerts[7].what }}"})
    with pytest.raises(ComposeError):
        format_of("template").compose(notice_of(told_alert()), endpoint, secrets, TELLING, NOW)
