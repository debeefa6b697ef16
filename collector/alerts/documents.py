"""Alerts as JSON, as the state database keeps them. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from collector.alerts.alert import Alert, Subject

_ALERT = TypeAdapter(Alert)


def to_document(alert: Alert) -> dict[str, Any]:
    """An alert in what JSON has: instants are texts of ISO 8601, with their offset."""
    document: dict[str, Any] = _ALERT.dump_python(alert, mode="json")
    return document | {"subject": alert.subject._asdict()}


def from_document(document: Mapping[str, Any]) -> Alert:
    """An alert as it was. Fields that are not known here are left out: a newer version wrote them. Those that are not
    there have their defaults.

    Raises:
        pydantic.ValidationError: it is no alert, which is a ValueError.
    """
    subject = document.get("subject")
    if isinstance(subject, Mapping):
        document = {**document, "subject": {key: subject[key] for key in Subject._fields if key in subject}}
    return _ALERT.validate_python(document)
