"""What `hangang alerts` prints of alerts and rules: tables and sentences of the API's answers. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.cli.terminal import columns, printable
from collector.korean_time import KST

UNKNOWN = "-"
MORE = "there are more; --limit shows more of them"
_HEADER = ("ID", "SINCE (KST)", "SEVERITY", "RULE", "ABOUT", "STATE", "WHAT")
_DELIVERIES = ("ID", "MADE (KST)", "ENDPOINT", "KIND", "STATE", "ATTEMPTS", "PROBLEM")
_RULES = ("RULE", "SEVERITY", "JUDGES", "RAISED AFTER", "ENDS AFTER", "SETTINGS")
_OF_EVERY_RULE = frozenset({"is_enabled", "severity", "raise_after_seconds", "clear_after_seconds"})
_HOLDS = {
    "silence": "silence {by}",
    "maintenance": "maintenance {by}",
    "outage": "the site's outage, alert {by}",
    "parent": "{by}, through which it is connected, is silent",
    "acknowledged": "{by} takes care of it",
    "recovering": "it is well again, and not yet for long enough",
}
Told = Mapping[str, Any]


def alerts_told(answer: Told, language: str) -> str:
    """Alerts as a table."""
    if not answer["alerts"]:
        return "no alerts"
    lines = [columns([_HEADER, *(_row(alert, language) for alert in answer["alerts"])])]
    return "\n".join(lines + (["", MORE] if answer["next"] else []))


def in_full(alert: Told, language: str) -> str:
    """All of one alert."""
    lines = [f"alert {alert['id']}: {alert['rule']}, {alert['severity']}, {state_of(alert)}"]
    lines += [f"  {label:<14} {printable(text)}" for label, text in _facts(alert, language) if text]
    if alert["deliveries"]:
        lines += ["told", *(f"  {line}" for line in deliveries_table(alert["deliveries"]).splitlines())]
    return "\n".join(lines)


def acknowledged(alert: Told) -> str:
    """That somebody takes care of it."""
    return f"alert {alert['id']}: {state_of(alert)}"


def released(alert: Told) -> str:
    """That nobody does any more."""
    return f"alert {alert['id']}: nobody takes care of it any more; {state_of(alert)}"


def rules_told(answer: Told, *, is_one: bool) -> str:
    """All rules as a table, or one with each of its keys and where its default comes from."""
    rules: Sequence[Told] = answer["rules"]
    if not rules:
        return "there is no such rule; `hangang alerts rules` lists them"
    if not is_one:
        return columns([_RULES, *map(_rule_row, rules)])
    return "\n".join(line for rule in rules for line in _rule(rule))


def deliveries_table(deliveries: Sequence[Told]) -> str:
    """Deliveries, a line each."""
    return columns([_DELIVERIES, *map(_delivery_row, deliveries)])


def state_of(alert: Told) -> str:
    """Whether it fires, and why nobody is told, or since when it is over."""
    if not alert["is_firing"]:
        why = "gone" if alert["end"] == "gone" else "well again"
        return f"ended {minute(alert['ended_at'])}, {why}"
    state = "flapping" if alert["is_flapping"] else "fires"
    held = alert["held_back"]
    if held is None:
        return state
    until = f" until {minute(held['until'])}" if held["until"] else ""
    return f"{state}, held back{until}: {_HOLDS[held['hold']].format(by=printable(held['by']))}"


def minute(instant: str | None) -> str:
    """In Korea."""
    return UNKNOWN if instant is None else f"{datetime.fromisoformat(instant).astimezone(KST):%Y-%m-%d %H:%M}"


def _row(alert: Told, language: str) -> tuple[str, ...]:
    about = printable(alert["subject"]) or "the collector"
    state = state_of(alert)
    return (
        alert["id"],
        minute(alert["since"]),
        alert["severity"],
        alert["rule"],
        about,
        state,
        printable(alert["texts"][language]["what"]),
    )


def _facts(alert: Told, language: str) -> Iterator[tuple[str, str | None]]:
    texts, acknowledgement = alert["texts"][language], alert["acknowledgement"]
    yield "what", texts["what"]
    yield "where", texts["where"]
    yield "since", texts["since"]
    yield "lasted", texts["how_long"]
    yield "how bad", texts["how_bad"]
    yield "likely cause", texts["cause"]
    yield "people", texts["people"]
    yield "access points", ", ".join(alert["members"])
    yield "unknown since", alert["unknown_since"] and minute(alert["unknown_since"])
    if acknowledgement is not None:
        yield "taken care of", f"by {acknowledgement['by']} since {minute(acknowledgement['at'])}"
        yield "comment", " ".join(acknowledgement["comment"].split())
    yield "page", alert["url"]
    yield "runbook", alert["runbook_url"]


def _delivery_row(delivery: Told) -> tuple[str, ...]:
    state = "under way" if delivery["is_under_way"] else delivery["state"]
    return (
        delivery["id"],
        minute(delivery["made_at"]),
        delivery["endpoint"],
        delivery["kind"],
        state,
        str(delivery["attempts"]),
        printable(delivery["problem"] or UNKNOWN),
    )


def _rule_row(rule: Told) -> tuple[str, ...]:
    settings = {each["key"]: each["value"] for each in rule["settings"]}
    others = [f"{key} {_value(value)}" for key, value in settings.items() if key not in _OF_EVERY_RULE]
    return (
        rule["kind"],
        rule["severity"] if rule["is_enabled"] else "off",
        rule["scope"],
        f"{settings['raise_after_seconds']:g} s",
        f"{settings['clear_after_seconds']:g} s",
        ", ".join(others),
    )


def _rule(rule: Told) -> Iterator[str]:
    yield f"{rule['kind']}: {rule['name_en']}, {rule['name_ko']}"
    yield f"  judges {rule['scope']}" + (f", in {rule['unit']}" if rule["unit"] else "")
    for each in rule["settings"]:
        is_own = each["value"] != each["default"]
        yield f"  {each['key']} = {_value(each['value'])}" + (f", not {_value(each['default'])}" if is_own else "")
        if each["source"]:
            yield f"    {each['source']}"
    if rule["runbook_url"]:
        yield f"  runbook {rule['runbook_url']}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
