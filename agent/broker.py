"""How one connects to the MQTT broker: its settings, TLS, and the protocol version it turns out to speak.

A leaf beside the wire: the agent's uplink and the collector's subscriber both stand on it.
"""

import asyncio
import logging
import math
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

import agent.light_mqtt  # noqa: F401  # isort: skip
from aiomqtt import Client, MqttCodeError, MqttError, ProtocolVersion, Will
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from pydantic import AfterValidator, Field, model_validator

from agent.settings import Contradiction, ReadableFile, SettingsModel

CONNECT_TIMEOUT_SECONDS = 5.0
ANSWER_TIMEOUT_SECONDS = 10.0
LEAVE_TIMEOUT_SECONDS = 2.0

# The client tells of every disconnection as well; whoever uses it does, with the reason.
_client_logger = logging.getLogger("agent.broker.client")
_client_logger.setLevel(logging.ERROR)

_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_SCHEMES = ("mqtt://", "mqtts://")
_UNSUPPORTED_VERSION = {1, 132}


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    if url != url.strip() or not url.startswith(_SCHEMES) or not parts.hostname:
        raise ValueError("must look like mqtt://host:1883 or mqtts://host:8883")
    try:
        parts.hostname.encode("idna")
    except UnicodeError as error:
        raise ValueError("the host's name cannot be looked up") from error
    if parts.username or parts.password:
        raise ValueError("must not hold a user or password; use username and password_file")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("must end after the port")
    _port_of(parts)
    return url


def _port_of(parts: SplitResult) -> int:
    try:
        port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port must be a number from 1 to 65535")
    return port


class BrokerSettings(SettingsModel):
    """The `[broker]` table. `protocol = "auto"` tries MQTT 5 first and 3.1.1 where that fails."""

    url: Annotated[str, AfterValidator(_check_url)] = "mqtt://127.0.0.1:1883"
    username: Annotated[str, Field(min_length=1)] | None = None
    password_file: ReadableFile | None = None
    ca_file: ReadableFile | None = None
    certificate_file: ReadableFile | None = None
    key_file: ReadableFile | None = None
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    keepalive_seconds: Annotated[int, Field(ge=5, le=3600)] = 30

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """TLS files need a TLS url; a certificate and its key go together."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        is_tls = str(document.get("url", "")).startswith("mqtts://")
        for key in ("ca_file", "certificate_file", "key_file"):
            if key in document and not is_tls:
                yield (key,), "needs a url that begins with mqtts://"
        if ("certificate_file" in document) != ("key_file" in document):
            present, missing = sorted(("certificate_file", "key_file"), key=lambda key: key not in document)
            yield (present,), f"goes together with {missing}; add it"

    @model_validator(mode="after")
    def _check_files(self) -> "BrokerSettings":
        """What the files hold can be used: a mistake in them is told at the start, not at every connection."""
        try:
            _read_password(self.password_file)
            if (self.certificate_file is None) == (self.key_file is None):
                _tls_context(self)
        except BrokerError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def host(self) -> str:
        """The broker's host name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The broker's TCP port."""
        return _port_of(urlsplit(self.url))


class ClientCertificate(NamedTuple):
    """The files that a client shows to the broker as its own."""

    certificate_file: Path
    key_file: Path


class BrokerError(Exception):
    """The broker cannot be reached, refused the connection, or it broke. Trying again may help."""


class Connector:
    """Opens connections to one broker for one client id, and remembers which protocol version it spoke.

    Sessions are clean: the broker is to hold nothing that the agents hold already.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        identifier: str,
        *,
        default_username: str | None = None,
        new_client: Callable[..., Client] = Client,
    ) -> None:
        """`new_client` is called with what aiomqtt's client is made of."""
        self._new_client = new_client
        self._settings = settings
        self._identifier = identifier
        self._username = settings.username or default_username
        self._protocol = ProtocolVersion.V311 if settings.protocol == "3.1.1" else ProtocolVersion.V5

    @asynccontextmanager
    async def connect(
        self, will: Will | None = None, certificate: ClientCertificate | None = None
    ) -> AsyncIterator[Client]:
        """A connected client, with another certificate than that of the settings where one is given. Raises
        BrokerError, from within the block as well when the connection breaks."""
        client = self._client(will, certificate)
        try:
            await self._enter(client)
            yield client
        except MqttError as error:
            raise BrokerError(f"{self._settings.url}: {error}") from error
        finally:
            await _leave(client)

    async def _enter(self, client: Client) -> None:
        try:
            async with _answered_within(CONNECT_TIMEOUT_SECONDS):
                await client.__aenter__()
        except MqttError as error:
            self._reconsider_protocol(error)
            raise
        except UnicodeError as error:
            raise MqttError("its name cannot be looked up") from error

    def _client(self, will: Will | None, certificate: ClientCertificate | None) -> Client:
        settings = self._settings
        if certificate is not None:
            settings = settings.model_copy(update=certificate._asdict())
        is_v5 = self._protocol is ProtocolVersion.V5
        return self._new_client(
            settings.host,
            settings.port,
            username=self._username,
            password=_read_password(settings.password_file),
            identifier=self._identifier,
            protocol=self._protocol,
            will=will,
            clean_session=None if is_v5 else True,
            clean_start=True if is_v5 else MQTT_CLEAN_START_FIRST_ONLY,
            timeout=math.inf,  # see _answered_within
            keepalive=settings.keepalive_seconds,
            tls_context=_tls_context(settings),
            logger=_client_logger,
        )

    def _reconsider_protocol(self, error: MqttError) -> None:
        """A broker that knows 3.1.1 only refuses version 5, or (amqtt 0.12) waits for the rest of a packet that it
        misreads until we give up."""
        cause = error.__cause__
        is_unreachable = isinstance(cause, OSError) and not isinstance(cause, TimeoutError)
        if self._settings.protocol != "auto" or is_unreachable:
            return
        code = getattr(error.rc, "value", error.rc) if isinstance(error, MqttCodeError) else None
        if code is None or code in _UNSUPPORTED_VERSION:
            is_v5 = self._protocol is ProtocolVersion.V5
            self._protocol = ProtocolVersion.V311 if is_v5 else ProtocolVersion.V5


async def publish(client: Client, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
    """Publish, and wait for the broker's word where the QoS has one. Raises MqttError."""
    async with _answered_within(ANSWER_TIMEOUT_SECONDS):
        await client.publish(topic, payload, qos=qos, retain=retain)


async def subscribe(client: Client, topic: str) -> None:
    """Subscribe with QoS 1. Raises MqttError, for a broker that refuses as well."""
    async with _answered_within(ANSWER_TIMEOUT_SECONDS):
        granted = await client.subscribe(topic, qos=1)
    if any(getattr(code, "is_failure", False) for code in granted):
        raise MqttError(f"the broker refuses a subscription to {_shown(topic)}; check its access control list")


def _shown(topic: str) -> str:
    """A topic filter without the name under which a subscription is shared, which is nobody else's to know."""
    return re.sub(r"^\$share/[^/]*/", "$share/…/", topic)


@asynccontextmanager
async def _answered_within(seconds: float) -> AsyncIterator[None]:
    """A time limit that a cancellation survives. aiomqtt's own stands on asyncio.wait_for, which on Python 3.11 lets
    a cancellation vanish when the answer arrives in the same turn of the loop; whoever cancelled then waits forever."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise MqttError(f"no answer within {seconds:g} s") from error


async def _leave(client: Client) -> None:
    """Close the connection, also one that was not answered: its socket is open."""
    try:
        async with _answered_within(LEAVE_TIMEOUT_SECONDS):
            await client.__aexit__(None, None, None)
    except MqttError:
        return  # it was gone already, and whoever used it has been told


def _read_password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerError(f"{path} cannot be read: {error}") from error


def _no_passphrase() -> str:
    raise ValueError("its key is locked with a passphrase, which nobody is there to type")


def _tls_context(settings: BrokerSettings) -> ssl.SSLContext | None:
    if not settings.url.startswith("mqtts:"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file, password=_no_passphrase)
    except (OSError, ValueError) as error:
        raise BrokerError(f"TLS files of {settings.url} cannot be used: {error}") from error
    return context
