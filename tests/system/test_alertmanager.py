"""A real Alertmanager, which is pushed to, and sends a webhook of its own on."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from alert_cities import City, city
from alert_delivery import AlertDelivery, alert_delivery
from harness import eventually, free_port, is_listening, program
from webhook_receiver import WebhookReceiver

from collector.alerts.formats.alertmanager import HOLDS_FOR

SILENT = "access_point_silent"
HOLDS_FOR_SECONDS = 4.0
"""By Alertmanager's clock, where the collector's is behind: what is pushed is nearly over when it comes."""
REFRESHED_EVERY_SECONDS = 1.0
AT_ONCE = {
    "judged": (SILENT,),
    "rules": {SILENT: {"clear_after_seconds": 0}},
    "wait_seconds": 0,
    "public_url": "https://wifi.example",
}


class Alertmanager:
    """The program with a folder of its own. It tells its receiver of every group as soon as it can."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder / "alertmanager"
        self._configuration = folder / "alertmanager.yml"
        self._configuration.write_text(
            json.dumps(  # JSON is YAML
                {
                    "global": {"resolve_timeout": "1s"},
                    "route": {
                        "receiver": "ours",
                        "group_by": ["alertname", "site"],
                        "group_wait": "0s",
                        "group_interval": "1s",
                        "repeat_interval": "1h",
                    },
                    "receivers": [{"name": "ours", "webhook_configs": [{"url": webhook_url}]}],
                }
            )
        )
        self._program = program("prometheus-alertmanager")
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._process = subprocess.Popen(
            [
                self._program,
                f"--config.file={self._configuration}",
                f"--storage.path={self._folder}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await eventually(lambda: is_listening(self.port))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """As if its disk had gone with it."""
        shutil.rmtree(self._folder)

    def firing(self) -> list[str]:
        """The alerts that it holds to fire now, by their names."""
        with urlopen(f"{self.url}/api/v2/alerts?active=true", timeout=5) as answer:
            return sorted(each["labels"]["alertname"] for each in json.load(answer))

    def push(self, alert: dict[str, Any]) -> None:
        """As somebody else who never says it again."""
        body = json.dumps([alert]).encode()
        urlopen(Request(f"{self.url}/api/v2/alerts", body, {"content-type": "application/json"}), timeout=5).close()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def alertmanager(tmp_path: Path, receiver: WebhookReceiver) -> Iterator[Alertmanager]:
    program = Alertmanager(tmp_path, receiver.url)
    yield program
    program.kill()


def behind() -> datetime:
    """The collector's clock."""
    return datetime.now(UTC) - HOLDS_FOR + timedelta(seconds=HOLDS_FOR_SECONDS)


def park(clock: datetime) -> City:
    return city({"park": 3}, now=clock)


def told(receiver: WebhookReceiver, rule: str = SILENT) -> list[str]:
    """What Alertmanager has said of a rule, in order."""
    return [each.body["status"] for each in list(receiver.came) if each.body["groupLabels"]["alertname"] == rule]


async def until_it_fires(delivery: AlertDelivery, receiver: WebhookReceiver) -> None:
    delivery.see(park(behind()).silent("park-002").snapshot())
    await eventually(lambda: told(receiver) == ["firing"])


async def until_it_is_over(delivery: AlertDelivery, receiver: WebhookReceiver) -> None:
    before = told(receiver)
    delivery.see(park(behind()).snapshot())
    await eventually(lambda: told(receiver) == [*before, "resolved"])


async def test_what_fires_is_sent_on_and_its_end_too_in_the_form_that_we_write_as_well(
    tmp_path: Path, alertmanager: Alertmanager, receiver: WebhookReceiver
) -> None:
    with WebhookReceiver() as ours:
        endpoints = [
            {"name": "pushed", "kind": "alertmanager", "url": alertmanager.url},
            {"name": "ours", "kind": "alertmanager_webhook", "url": ours.url},
        ]
        await alertmanager.start()
        async with alert_delivery(tmp_path, park(behind()).layout.inventory, endpoints, clock=behind, **AT_ONCE) as it:
            await until_it_fires(it, receiver)
            await until_it_is_over(it, receiver)
            await it.until_all_has_arrived()
    pairs = list(zip([each.body for each in receiver.came], [each.body for each in ours.came], strict=True))
    assert [body["status"] for body, _ in pairs] == ["firing", "resolved"]
    for theirs, written in pairs:
        assert shape(written) == shape(theirs)
        assert list_of_alerts(written) == list_of_alerts(theirs)
        same = ("version", "status", "receiver", "groupLabels", "commonLabels", "commonAnnotations", "truncatedAlerts")
        assert {key: written[key] for key in same} == {key: theirs[key] for key in same}
    (firing, resolved) = (body["alerts"][0] for body, _ in pairs)
    assert firing["labels"] == {
        "alertname": SILENT,
        "subject": "park-002",
        "access_point": "park-002",
        "site": "park",
        "site_kind": "park",
        "district": "mapo",
        "severity": "warning",
    }
    assert resolved["fingerprint"] == firing["fingerprint"]
    assert firing["generatorURL"].startswith("https://wifi.example/alerts/")


async def test_what_is_refreshed_goes_on_and_what_nobody_repeats_ends(
    tmp_path: Path, alertmanager: Alertmanager, receiver: WebhookReceiver
) -> None:
    endpoints = [{"name": "pushed", "kind": "alertmanager", "url": alertmanager.url}]
    await alertmanager.start()
    async with alert_delivery(
        tmp_path,
        park(behind()).layout.inventory,
        endpoints,
        clock=behind,
        refreshed_every_seconds=REFRESHED_EVERY_SECONDS,
        **AT_ONCE,
    ) as delivery:
        await until_it_fires(delivery, receiver)
        ends_at = datetime.now(UTC) + timedelta(seconds=HOLDS_FOR_SECONDS)
        alertmanager.push({"labels": {"alertname": "not_repeated"}, "endsAt": ends_at.isoformat()})
        await eventually(lambda: alertmanager.firing() == [SILENT, "not_repeated"])
        await eventually(lambda: alertmanager.firing() == [SILENT])
        assert told(receiver) == ["firing"]
        await until_it_is_over(delivery, receiver)
        assert alertmanager.firing() == []


async def test_an_alertmanager_that_has_lost_its_memory_knows_again(
    tmp_path: Path, alertmanager: Alertmanager, receiver: WebhookReceiver
) -> None:
    endpoints = [{"name": "pushed", "kind": "alertmanager", "url": alertmanager.url}]
    await alertmanager.start()
    async with alert_delivery(
        tmp_path,
        park(behind()).layout.inventory,
        endpoints,
        clock=behind,
        refreshed_every_seconds=REFRESHED_EVERY_SECONDS,
        **AT_ONCE,
    ) as delivery:
        await until_it_fires(delivery, receiver)
        alertmanager.kill()
        alertmanager.forget()
        await alertmanager.start()
        await eventually(lambda: told(receiver) == ["firing", "firing"])
        first, again = (each.body["alerts"] for each in receiver.came)
        assert [alert["fingerprint"] for alert in again] == [alert["fingerprint"] for alert in first]
        await until_it_is_over(delivery, receiver)


def shape(body: Any) -> Any:
    """Keys and types. What may be called as it pleases is only of which types it is."""
    if isinstance(body, dict):
        return {key: _texts(each) if key.endswith(("Labels", "Annotations", "labels", "annotations")) else shape(each)
                for key, each in body.items()}  # fmt: skip
    if isinstance(body, list):
        return [shape(each) for each in body]
    return type(body).__name__


def _texts(table: dict[str, Any]) -> set[str]:
    return {type(text).__name__ for text in table.values()}


def list_of_alerts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The alerts, with instants as such: how many digits a second has is up to who writes it."""
    instants = ("startsAt", "endsAt")
    return [{**each, **{key: datetime.fromisoformat(each[key]) for key in instants}} for each in body["alerts"]]
