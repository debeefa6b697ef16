"""A broker that `hangang enroll init` has configured, and what attacks on it need: certificates of all kinds, and a
second broker that lacks one of the settings, to show that an attack works where nothing is in its way."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiomqtt import Client
from enrolled_broker import Enrolment
from harness import free_port, is_listening, program

from agent.wire import Event, Frame, Report, encode
from collector.enrolment.authority import Authority, key_pem_of, make_key
from collector.enrolment.folders import Folders

WITHIN_SECONDS = 20.0
_NOT_AUTHORISED = 0x87


@dataclass(frozen=True)
class Attacked:
    """One broker with the files of an enrolment, and where it logs."""

    enrolment: Enrolment
    port: int
    log: Path

    def client(self, name: str, identifier: str | None = None) -> AbstractAsyncContextManager[Client]:
        """A connection with the certificate that lies under this name."""
        context = self.enrolment._context(name)
        return self.enrolment._client(self.port, context, identifier or name)

    @property
    def told(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace")


def certify(
    enrolment: Enrolment,
    name: str,
    *,
    file: str | None = None,
    by: Authority | None = None,
    ago: timedelta = timedelta(),
    days: float = 1.0,
) -> None:
    """A certificate of the authority itself, or of another one, for any name, without a look at it. It lies where
    `Attacked.client` finds it."""
    by = by or Folders(enrolment.files, enrolment.files / "broker").load_authority()
    key = make_key()
    issued = by.certify_client(name, key.public_key(), datetime.now(UTC) - ago, timedelta(days=days))
    (enrolment.folder / f"{file or name}.crt").write_text(issued.certificate_pem)
    (enrolment.folder / f"{file or name}.key").write_bytes(key_pem_of(key))


@contextmanager
def loosened(enrolment: Enrolment, *without: str, instead: str = "") -> Iterator[Attacked]:
    """A broker beside the hard one with the same files, but without the settings of these names."""
    text = (enrolment.files / "broker" / "mosquitto.conf").read_text().partition("# Agents with passwords.")[0]
    port = free_port()
    lines = [line for line in text.splitlines() if line.split(" ")[0] not in without]
    assert len(text.splitlines()) - len(lines) >= len(without), f"one of {without} is no setting of the hard broker"
    general, listener, its_own = "\n".join(lines).partition(f"listener {enrolment.port}")
    assert listener
    configuration, log = enrolment.folder / f"loose-{port}.conf", enrolment.folder / f"loose-{port}.log"
    configuration.write_text(f"user root\nlog_type all\n{general}listener {port} 127.0.0.1{its_own}\n{instead}")
    with log.open("wb") as file:
        process = subprocess.Popen([program("mosquitto"), "-c", str(configuration)], stdout=file, stderr=file)
    try:
        while not is_listening(port):
            assert process.poll() is None, log.read_text()
        yield Attacked(enrolment, port, log)
    finally:
        process.kill()
        process.wait()


async def published(client: Client, topic: str, payload: bytes = b"anything", *, retain: bool = False) -> int:
    """The broker's answer to a message, as a reason code of MQTT 5: from 0x80 on it is refused."""
    answered = asyncio.get_running_loop().create_future()

    def note(_client: object, _userdata: object, _mid: object, code: object, _properties: object) -> None:
        answered.set_result(int(getattr(code, "value", 0)))

    before, client._client.on_publish = client._client.on_publish, note
    try:
        client._client.publish(topic, payload, qos=1, retain=retain)
        async with asyncio.timeout(WITHIN_SECONDS):
            return int(await answered)
    finally:
        client._client.on_publish = before


def is_refused(code: int) -> bool:
    return code == _NOT_AUTHORISED


def frame(agent: str, sequence: int, *, place: str | None = None, text: str = "planted") -> bytes:
    """A frame that would be stored, with a report and an event."""
    now = datetime.now(UTC)
    report = Report(access_point=place or agent, observed_at=now, clients=sequence)
    event = Event(kind="planted", occurred_at=now, access_point=place or agent, text=text)
    return encode(
        Frame(
            version=1,
            agent=agent,
            boot_id="00bad000",
            sequence=sequence,
            sent_at=now,
            reports=(report,),
            events=(event,),
        )
    )
