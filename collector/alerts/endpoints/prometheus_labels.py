"""An alert as Alertmanager knows alerts: by labels, which tell one from another and so never change while it lasts,
with annotations for what may. Pure; shared by the two formats that speak Alertmanager's language."""

from collections.abc import Mapping
from datetime import UTC, datetime

from collector.alerts.alert import Severity
from collector.alerts.endpoints.settings import Telling
from collector.alerts.notice import ToldAlert, Where
from collector.alerts.telling.alerts import AlertTold
from collector.alerts.telling.plain_text import cut, plain

_FNV_OFFSET, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
_SEPARATOR = b"\xff"
_ANNOTATION_LETTERS = 2000

NOT_ENDED = "0001-01-01T00:00:00Z"
"""Go's zero time, which Alertmanager writes where an alert has no end."""


def labels_of(alert: ToldAlert, where: Where | None, telling: Telling) -> dict[str, str]:
    """`severity` is what the rule is configured with: an alert's own may rise while it lasts, and would make another
    alert of it. What is empty is left out, as Alertmanager does."""
    severity = telling.severities.get(alert.rule, alert.severity)
    labels = {
        "alertname": plain(alert.rule),
        "subject": plain(alert.subject),
        "severity": Severity(severity).value,
        "site": "" if where is None else plain(where.site),
        "site_kind": "" if where is None else where.site_kind.value,
        "district": "" if where is None else plain(where.district),
        "access_point": plain((where.access_point if where is not None else None) or ""),
        "radio": plain(alert.part or ""),
    }
    return {name: text for name, text in labels.items() if text}


def annotations_of(alert: ToldAlert, told: AlertTold) -> dict[str, str]:
    """What is told of it, in the endpoint's language, and its figures."""
    known = {
        "summary": told.title,
        "description": told.what,
        "where": told.where,
        "how_bad": told.how_bad,
        "cause": told.cause,
        "action": told.action,
        "people": None if alert.people is None else str(alert.people),
        "members": told.members,
        "value": None if alert.value is None else f"{alert.value:g}",
        "threshold": None if alert.threshold is None else f"{alert.threshold:g}",
        "current_severity": alert.severity.value,
        "is_flapping": "true" if alert.is_flapping else None,
        "map_url": told.map_url,
        "dashboard_url": told.grafana_url,
        "runbook_url": told.runbook_url,
    }
    return {name: text if name == "members" else cut(text, _ANNOTATION_LETTERS) for name, text in known.items() if text}


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fingerprint(labels: Mapping[str, str]) -> str:
    """As Prometheus computes it: 64 bits of FNV-1a over names and values in order
    (https://pkg.go.dev/github.com/prometheus/common/model#LabelSet.Fingerprint)."""
    hashed = _FNV_OFFSET
    content = b"".join(name.encode() + _SEPARATOR + labels[name].encode() + _SEPARATOR for name in sorted(labels))
    for byte in content:
        hashed = ((hashed ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{hashed:016x}"


def shared(tables: list[dict[str, str]]) -> dict[str, str]:
    """What all of them have, and with the same value."""
    if not tables:
        return {}
    first, *others = tables
    return {name: text for name, text in first.items() if all(other.get(name) == text for other in others)}
