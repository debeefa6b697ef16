"""What a collector knows of certificates: those of its own enrolment, by a broker that shows one of them."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from enrolled_broker import Enrolment
from harness import eventually, free_port, metric, write_collector
from sqlalchemy import insert
from state_files import open_state

from collector.certificates.known import Holder, KnownCertificate
from collector.certificates.reading import read_certificates, shown_by_broker
from collector.certificates.watch import CertificateWatch
from collector.cli.doctor import examine
from collector.cli.finding import Verdict
from collector.config import WithDuckDB, WithInflux, load_settings
from collector.enrolment.authority import make_authority, make_key
from collector.enrolment.folders import Folders
from collector.metrics import Metrics
from collector.state.enrolment_tables import certificates
from inventory import load_inventory

DAY = timedelta(days=1)
FIRING = 'hangang_alerts_firing{rule="certificate_ending",severity="warning"'
EXPIRES = 'hangang_certificate_expires_timestamp_seconds{holder="broker"'


@pytest.fixture
def enrolment(tmp_path: Path) -> Iterator[Enrolment]:
    made = Enrolment(tmp_path)
    try:
        yield made
    finally:
        made.stop()


def settings_of(enrolment: Enrolment) -> WithDuckDB | WithInflux:
    return load_settings(enrolment.config)


def read(enrolment: Enrolment) -> dict[str, KnownCertificate]:
    settings = settings_of(enrolment)
    shown = asyncio.run(shown_by_broker(settings.broker_settings))
    return {each.key: each for each in read_certificates(settings, shown)}


def end_in(enrolment: Enrolment, left: timedelta) -> datetime:
    """Give the broker a certificate that ends then, which it does not read before it is told."""
    folders = Folders(enrolment.files, enrolment.files / "broker")
    begun_at = datetime.now(UTC) - 800 * DAY
    authority = make_authority(begun_at)
    issued = authority.certify_client("broker", make_key().public_key(), begun_at, 800 * DAY + left)
    (folders.broker / "server.crt").write_text(issued.certificate_pem)
    return issued.valid_until


def left_days(certificate: KnownCertificate) -> float:
    assert certificate.ends_at is not None
    return (certificate.ends_at - datetime.now(UTC)) / DAY


def test_all_that_lie_in_the_folders_are_read(enrolment: Enrolment) -> None:
    known = read(enrolment)
    assert sorted(known) == ["authority", "broker", "collector/collector", "collector/second"]
    assert {key: round(left_days(each)) for key, each in known.items()} == {
        "authority": 7300,
        "broker": 820,
        "collector/collector": 820,
        "collector/second": 820,
    }


def test_the_brokers_is_the_one_that_it_shows(enrolment: Enrolment) -> None:
    """One that was renewed and not read again ends as if nobody had done anything."""
    enrolment.start_broker()
    end_in(enrolment, 5 * DAY)
    assert round(left_days(read(enrolment)["broker"])) == 820
    enrolment.stop()
    assert round(left_days(read(enrolment)["broker"])) == 5


def test_what_cannot_be_read_is_known_to_be_there(enrolment: Enrolment) -> None:
    (enrolment.files / "broker" / "server.crt").write_text("none")
    assert read(enrolment)["broker"] == KnownCertificate(Holder.BROKER)


def test_without_tls_there_are_none(tmp_path: Path) -> None:
    path = write_collector(tmp_path, '[broker]\nurl = "mqtt://127.0.0.1:1"', web_port=free_port())
    settings = load_settings(path)
    assert asyncio.run(shown_by_broker(settings.broker_settings)) is None
    assert read_certificates(settings, None) == ()


class Watched:
    """A watch over an enrolment, without a collector."""

    def __init__(self, enrolment: Enrolment) -> None:
        self.settings = settings_of(enrolment)
        self.metrics = Metrics()
        self.state = open_state(self.settings.state_path)
        self.watch = CertificateWatch(
            settings=self.settings,
            inventory=load_inventory(self.settings.collector.inventory),
            state=self.state,
            metrics=self.metrics,
            clock=lambda: datetime.now(UTC),
        )

    async def look(self) -> dict[str, KnownCertificate]:
        """Once more."""
        before = self.watch.known
        step = asyncio.create_task(self.watch.run())
        await eventually(lambda: self.watch.known is not before)
        step.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await step
        assert self.watch.known is not None
        return {each.key: each for each in self.watch.known.all}


async def test_what_cannot_be_read_any_more_stays_as_it_was(enrolment: Enrolment) -> None:
    watched = Watched(enrolment)
    assert watched.watch.known is None
    first = await watched.look()
    (enrolment.files / "broker" / "server.crt").write_text("none")
    assert await watched.look() == first
    (enrolment.files / "second.crt").unlink()
    assert sorted(await watched.look()) == ["authority", "broker", "collector/collector"]
    assert f"{EXPIRES}}} " in watched.metrics.render().decode()
    watched.state.dispose()


async def test_a_collector_tells_that_the_brokers_ends(enrolment: Enrolment) -> None:
    """By its file, for no broker runs."""
    until = end_in(enrolment, 9 * DAY)
    enrolment.collector.start()
    await eventually(lambda: metric(enrolment.web_port, EXPIRES) == until.timestamp(), within_seconds=60)
    await eventually(lambda: metric(enrolment.web_port, FIRING) == 1, within_seconds=60)


def examined(enrolment: Enrolment) -> dict[str, tuple[Verdict, str]]:
    found = [each for each in examine(enrolment.config) if each.check == "certificates"]
    return {each.text.partition(":")[0]: (each.verdict, each.text) for each in found}


def test_the_doctor_tells_the_days_left_and_what_to_do(enrolment: Enrolment) -> None:
    found = examined(enrolment)
    assert [*found] == ["authority", "broker", "collector collector", "collector second"]
    assert {verdict for verdict, _ in found.values()} == {Verdict.OK}
    assert re.match(r"broker: 8(?:19|20)\.\d days left, until 20", found["broker"][1])
    end_in(enrolment, 20 * DAY)
    (enrolment.files / "second.crt").write_text("none")
    found = examined(enrolment)
    assert found["broker"][0] is Verdict.WARN
    assert re.search(r"(20\.0|19\.9) days left.*hangang enroll init", found["broker"][1])
    assert found["collector second"][0] is Verdict.UNSURE
    end_in(enrolment, -DAY)
    verdict, text = examined(enrolment)["broker"]
    assert (verdict, "ended at" in text, "hangang enroll init" in text) == (Verdict.FAIL, True, True)
    assert text.endswith(
        "; then reload the broker, start the collector again, and restart Caddy (in containers proxy), which serves "
        "the pages with the broker's"
    )


def test_the_doctor_warns_by_the_thresholds_of_the_alert(enrolment: Enrolment) -> None:
    end_in(enrolment, 20 * DAY)
    with enrolment.config.open("a") as file:
        file.write("[alerts.rules.certificate_ending]\nraise_below_seconds = 864000\n")
    assert examined(enrolment)["broker"][0] is Verdict.OK


def test_the_doctor_names_agents_that_have_not_renewed(enrolment: Enrolment) -> None:
    """Those of the inventory that have no password."""
    now = datetime.now(UTC)
    left = {"lab-001": 17, "lab-002": 19, "gone-001": 5}
    rows = [
        {"serial": agent, "agent": agent, "issued_at": now + (days - 90) * DAY, "valid_until": now + days * DAY}
        for agent, days in left.items()
    ]
    state = open_state(settings_of(enrolment).state_path)
    with state.begin() as connection:
        connection.execute(insert(certificates), rows)
    state.dispose()
    (told,) = [text for verdict, text in examined(enrolment).values() if verdict is Verdict.WARN]
    assert re.search(r"by days left: lab-001 \((17\.0|16\.9)\);", told)
    (enrolment.files / "broker" / "passwords").write_text("lab-001:$7$101$x$y\n")
    assert Verdict.WARN not in {verdict for verdict, _ in examined(enrolment).values()}
