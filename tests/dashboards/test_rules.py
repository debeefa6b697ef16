"""The rules for Prometheus and vmalert: read by both, fire when they should and only then, and say the right site."""

import subprocess
from pathlib import Path
from typing import Any

import yaml
from harness import program

from collector.alerts.rules import airtime_high, site_outage
from dashboards.rules.alerts import ALERTS, AlertRule
from dashboards.rules.recording import RECORDINGS
from dashboards.rules.writing import ALERT_FILE, RECORDING_FILE, rule_files, write_rules

DEPLOYED = Path(__file__).parents[2] / "deploy" / "rules"
SITE = 'site="yeouido",kind="park"'
OTHER = 'site="mapo-library",kind="library"'
STATE = "wifi_site_state"

CASES: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str] | None]] = {
    "collector_silent": (
        {'hangang_collector_is_connected{collector="one"}': "1x10 _x30"},
        {
            'hangang_collector_is_connected{collector="one"}': "1x40",
            'hangang_collector_is_connected{collector="two"}': "1 _x40",
        },
        {},
    ),
    "collector_disconnected": (
        {
            'hangang_collector_is_connected{collector="one"}': "0x40",
            'hangang_collector_is_connected{collector="two"}': "1x40",
        },
        {'hangang_collector_is_connected{collector="one"}': "1x40"},
        {"collector": "one"},
    ),
    "store_refuses": (
        {'hangang_collector_write_failures{collector="one"}': "1x40"},
        {'hangang_collector_write_failures{collector="one"}': "0x40"},
        {"collector": "one"},
    ),
    "frames_wait": (
        {'hangang_collector_pending_frames{collector="one"}': "6000x40"},
        {'hangang_collector_pending_frames{collector="one"}': "6000 10 6000 10x40"},
        {"collector": "one"},
    ),
    "quarantine_grows": (
        {
            'hangang_quarantine_quarantined{collector="one",reason="not_json"}': "5x40",
            'hangang_quarantine_quarantined{collector="two",reason="not_json"}': "5x40",
        },
        {'hangang_quarantine_quarantined{collector="one",reason="not_json"}': "5x40"},
        {},
    ),
    "nobody_judges": (
        {"hangang_alerts_evaluation_seconds_count": "0x40"},
        {"hangang_alerts_evaluation_seconds_count": "30x40"},
        {},
    ),
    "rule_fails": (
        {"hangang_alerts_rule_failures": "1x40"},
        {"hangang_alerts_rule_failures": "0x40"},
        {},
    ),
    "outbox_stuck": (
        {"hangang_alerts_outbox_age_seconds": "0+60x40"},
        {"hangang_alerts_outbox_age_seconds": "400 0 400 0 400 0 400 0x40"},
        {},
    ),
    "notices_given_up": (
        {"hangang_alerts_dead_letters": "2x40"},
        {"hangang_alerts_dead_letters": "2 0x40"},
        {},
    ),
    "spool_grows": (
        {
            'hangang_agent_spooled_frames{agent="gw-one"}': "2000x60",
            'hangang_agent_spooled_frames{agent="gw-two"}': "3x60",
        },
        {'hangang_agent_spooled_frames{agent="gw-one"}': " ".join(["2000x8 3"] * 7)},
        {"agent": "gw-one"},
    ),
    "site_outage": (
        {
            f"{STATE}_silent{{{SITE}}}": "7x40",
            f"{STATE}_access_points{{{SITE}}}": "13x40",
            f"{STATE}_silent{{{OTHER}}}": "1x40",
            f"{STATE}_access_points{{{OTHER}}}": "1x40",
        },
        {f"{STATE}_silent{{{SITE}}}": "6x40", f"{STATE}_access_points{{{SITE}}}": "13x40"},
        {"site": "yeouido", "kind": "park"},
    ),
    "site_often_silent": (
        {f"wifi_site_reported_seconds{{{SITE}}}": "270x2000", f"wifi_site_expected_seconds{{{SITE}}}": "300x2000"},
        {f"wifi_site_reported_seconds{{{SITE}}}": "290x2000", f"wifi_site_expected_seconds{{{SITE}}}": "300x2000"},
        {"site": "yeouido", "kind": "park"},
    ),
    "checks_failing": (
        {
            f'wifi_site_check_failed_checks{{{SITE},check="portal"}}': "3x80",
            f'wifi_site_check_checks{{{SITE},check="portal"}}': "5x80",
        },
        {
            f'wifi_site_check_failed_checks{{{SITE},check="portal"}}': "2x80",
            f'wifi_site_check_checks{{{SITE},check="portal"}}': "5x80",
        },
        {"site": "yeouido", "kind": "park", "check": "portal"},
    ),
    "airtime_high": (
        {
            f'wifi_site_band_busy_ratio_sum{{{SITE},band="5"}}': "8x80",
            f'wifi_site_band_busy_ratio_count{{{SITE},band="5"}}': "10x80",
        },
        {
            f'wifi_site_band_busy_ratio_sum{{{SITE},band="5"}}': "7x80",
            f'wifi_site_band_busy_ratio_count{{{SITE},band="5"}}': "10x80",
        },
        {"site": "yeouido", "kind": "park", "band": "5"},
    ),
}
"""By rule: series, a value a minute, under which it fires, and under which it does not; and the labels that it fires
with."""


def test_what_is_deployed_is_what_the_definitions_say() -> None:
    assert {name: (DEPLOYED / name).read_text(encoding="utf-8") for name in rule_files()} == dict(rule_files()), (
        "the rules under deploy/ are stale: run make dashboards"
    )


def test_prometheus_and_vmalert_read_them(tmp_path: Path) -> None:
    write_rules(tmp_path)
    names = sorted(str(path) for path in tmp_path.iterdir())
    _succeeds([program("promtool"), "check", "rules", "--lint-fatal", *names])
    _succeeds([program("vmalert"), "-dryRun", *(f"-rule={name}" for name in names)])


def test_every_rule_has_a_case_and_every_name_once() -> None:
    assert set(CASES) == {rule.key for rule in ALERTS}
    names = [rule.name for rule in ALERTS] + [recording.name for recording in RECORDINGS]
    assert len(names) == len(set(names))


def test_every_rule_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    write_rules(tmp_path)
    cases = []
    for rule in ALERTS:
        firing, quiet, labels = CASES[rule.key]
        at = "26h" if rule.window == "1d" else "50m" if rule.lasting == "15m" else "35m"
        cases += [_alert_case(firing, at, rule, labels), _alert_case(quiet, at, rule, None)]
    _succeeds(_unit_test(tmp_path, cases))


def test_what_is_recorded_is_the_share_over_all_and_not_the_mean_of_shares(tmp_path: Path) -> None:
    write_rules(tmp_path)
    series = {
        f"wifi_site_reported_seconds{{{SITE}}}": "3000x300",
        f"wifi_site_expected_seconds{{{SITE}}}": "3000x300",
        f"wifi_site_reported_seconds{{{OTHER}}}": "0x300",
        f"wifi_site_expected_seconds{{{OTHER}}}": "1000x300",
        f"wifi_site_clients{{{SITE}}}": "40x300",
        f"wifi_site_clients{{{OTHER}}}": "2x300",
    }
    expected = [
        ("city:wifi_availability:ratio30d", [("city:wifi_availability:ratio30d", 0.75)]),
        ("city:wifi_clients:sum", [("city:wifi_clients:sum", 42)]),
        (
            "site:wifi_availability:ratio1d",
            [
                (f"site:wifi_availability:ratio1d{{{SITE}}}", 1),
                (f"site:wifi_availability:ratio1d{{{OTHER}}}", 0),
            ],
        ),
    ]
    case = _case(series) | {
        "promql_expr_test": [
            {
                "expr": name,
                "eval_time": "2h",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in samples],
            }
            for name, samples in expected
        ]
    }
    _succeeds(_unit_test(tmp_path, [case]))


def test_thresholds_of_sites_are_those_of_the_rules_that_the_collector_judges_by() -> None:
    by_key = {rule.key: rule for rule in ALERTS}
    assert by_key["airtime_high"].above == airtime_high.Settings().raise_above_ratio
    outage, settings = by_key["site_outage"], site_outage.Settings()
    assert outage.above == settings.raise_above_ratio
    assert outage.also is not None
    assert outage.also[1] == settings.at_least - 1


def _case(series: dict[str, str]) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
    }


def _alert_case(series: dict[str, str], at: str, rule: AlertRule, labels: dict[str, str] | None) -> dict[str, Any]:
    """`labels` is None where nothing is to fire."""
    samples = []
    if labels is not None:
        told = {"alertname": rule.name, "alertstate": "firing", "severity": rule.severity, **labels}
        samples = [{"labels": _series("ALERTS", told), "value": 1}]
    firing = f'ALERTS{{alertname="{rule.name}",alertstate="firing"}}'
    return _case(series) | {"promql_expr_test": [{"expr": firing, "eval_time": at, "exp_samples": samples}]}


def _series(name: str, labels: dict[str, str]) -> str:
    told = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{told}}}"


def _unit_test(folder: Path, cases: list[dict[str, Any]]) -> list[str]:
    document = {"rule_files": [RECORDING_FILE, ALERT_FILE], "evaluation_interval": "1m", "tests": cases}
    path = folder / "tests.yml"
    path.write_text(yaml.safe_dump(document))
    return [program("promtool"), "test", "rules", str(path)]


def _succeeds(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
