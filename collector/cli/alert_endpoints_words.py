"""What `hangang alerts` prints of endpoints, of deliveries, and of a request that would be made. Pure."""

import json
from urllib.parse import urlsplit

from collector.alerts.endpoints.settings import Secrets
from collector.cli.alerts_words import MORE, UNKNOWN, Told, deliveries_table, minute
from collector.cli.answers import as_json
from collector.cli.terminal import columns, printable
from collector.outward.calling import Call

HIDDEN = "***"
_ENDPOINTS = ("NAME", "KIND", "LANGUAGE", "HOST", "STATE", "ARRIVED (KST)", "WAITING", "DEAD", "PROBLEM")
_SHORTEST_SECRET = 8
"""What is shorter is no secret that could be guessed from its absence, and might stand anywhere."""


def endpoints_listed(answer: Told) -> str:
    """Endpoints as a table."""
    if not answer["endpoints"]:
        return "no endpoints; add one to the configuration as [[alerts.endpoints]]"
    return columns([_ENDPOINTS, *map(_endpoint_row, answer["endpoints"])])


def endpoint_told(endpoint: Told) -> str:
    """One in a line."""
    waiting = f", {endpoint['waiting']} waiting" if endpoint["waiting"] else ""
    return f"{endpoint['name']}: {_state_of(endpoint)}{waiting}"


def deliveries_listed(answer: Told) -> str:
    """Deliveries as a table."""
    if not answer["deliveries"]:
        return "no deliveries"
    return "\n".join([deliveries_table(answer["deliveries"])] + (["", MORE] if answer["next"] else []))


def delivery_in_full(delivery: Told, language: str) -> str:
    """One with what it tells."""
    notice = delivery["notice"]
    texts = notice["texts"][language]
    lines = [deliveries_table([delivery]), "", printable(texts["title"]), printable(texts["summary"])]
    lines += [f"  {alert['id']}  {printable(alert['texts'][language]['what'])}" for alert in notice["alerts"]]
    if notice["alerts_left_out"]:
        lines.append(f"  and {notice['alerts_left_out']} more")
    if delivery["state"] == "waiting":
        lines.append(f"tried next: {minute(delivery['due_at'])}")
    return "\n".join(lines)


def request_told(call: Call, secrets: Secrets) -> str:
    """A request as it would be sent, with nothing of the address but its scheme and host, and no secret in it."""
    parts = urlsplit(call.url)
    host = parts.netloc.rpartition("@")[2]
    hidden = _hidden(secrets)
    lines = [f"POST {parts.scheme}://{host}/{HIDDEN}"]
    for name, value in call.headers.items():
        shown = HIDDEN if name.lower() == "authorization" else _without(value, hidden)
        lines.append(f"{name}: {printable(shown)}")
    return "\n".join([*lines, "", _body(_without(call.body.decode("utf-8", "replace"), hidden))])


def _body(text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        return "\n".join(map(printable, text.splitlines()))
    return as_json(document)


def _hidden(secrets: Secrets) -> list[str]:
    """What must not be shown: the address, its path and query, and each line of each secret file; as it is, and as JSON
    writes it. A template is no secret."""
    parts = urlsplit(secrets.url)
    texts = [secrets.url, parts.path, parts.query]
    for key, text in secrets.texts.items():
        if key != "template_file":
            texts += text.splitlines()
    found = {form for text in texts for form in (text.strip(), json.dumps(text.strip())[1:-1])}
    return sorted((text for text in found if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)


def _without(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    return text


def _endpoint_row(endpoint: Told) -> tuple[str, ...]:
    return (
        endpoint["name"],
        endpoint["kind"],
        endpoint["language"],
        endpoint["host"],
        _state_of(endpoint),
        minute(endpoint["delivered_at"]),
        str(endpoint["waiting"]),
        str(endpoint["dead"]),
        printable(endpoint["problem"] or endpoint["disabled_because"] or UNKNOWN),
    )


def _state_of(endpoint: Told) -> str:
    if endpoint["standing"] == "paused":
        return f"paused by {printable(endpoint['paused_by'])} since {minute(endpoint['paused_at'])}"
    if endpoint["standing"] == "disabled":
        return f"disabled since {minute(endpoint['disabled_at'])}: its receiver has said that it is gone"
    if endpoint["standing"] == "failing":
        return f"failing since {minute(endpoint['failed_at'])}"
    state: str = endpoint["standing"]
    return state
