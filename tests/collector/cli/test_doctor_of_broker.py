"""`hangang doctor` beside a collector at a broker that takes the name in a certificate for the client's id: a collector
has one connection there at a time."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from enrolled_broker import Enrolment
from harness import eventually, status

from collector.cli.doctor import examine
from collector.cli.finding import Verdict


@pytest.fixture
def enrolment(tmp_path: Path) -> Iterator[Enrolment]:
    enrolment = Enrolment(tmp_path)
    try:
        enrolment.start_broker()
        yield enrolment
    finally:
        enrolment.stop()


def found_of_broker(enrolment: Enrolment) -> tuple[Verdict, str]:
    (found,) = [finding for finding in examine(enrolment.config) if finding.check == "broker"]
    return found.verdict, found.text


def test_the_collector_keeps_its_connection(enrolment: Enrolment) -> None:
    enrolment.collector.start()
    ready = f"http://127.0.0.1:{enrolment.web_port}/readyz"
    asyncio.run(eventually(lambda: status(ready) == 200, within_seconds=60))
    url = f"mqtts://127.0.0.1:{enrolment.port}"
    assert found_of_broker(enrolment) == (Verdict.OK, f"the running collector is connected to {url}")
    assert enrolment.log.read_text().count(" as collector ") == 1
    assert enrolment.collector.stop() == 0
    assert "subscriber_disconnected" not in enrolment.collector.log.read_text()
    assert found_of_broker(enrolment) == (Verdict.OK, f"{url} takes connections")
    assert enrolment.log.read_text().count(" as collector ") == 2
