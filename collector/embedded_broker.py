"""The broker within: amqtt in the collector's process, for a demo or a single machine without a server to install.

It knows neither users nor rights, and is bound to the loopback interface only.
"""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class EmbeddedBrokerError(Exception):
    """The embedded broker cannot start; the message says why and what to do."""


@asynccontextmanager
async def embedded_broker(address: str, port: int) -> AsyncIterator[None]:
    """Serve MQTT 3.1.1 on the address while the block runs. Raises EmbeddedBrokerError."""
    from amqtt.broker import Broker  # noqa: PLC0415  # 3 MB that a collector beside Mosquitto does without
    from amqtt.errors import BrokerError as AmqttBrokerError  # noqa: PLC0415  # the same

    _check_is_free(address, port)
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{address}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    try:
        await broker.start()
    except AmqttBrokerError as error:
        raise EmbeddedBrokerError(f"the embedded broker cannot start on {address}:{port}: {error}") from error
    try:
        yield
    finally:
        await broker.shutdown()


def _check_is_free(address: str, port: int) -> None:
    """amqtt tells of a taken port with a traceback; this tells it in a line."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            message = f"port {port} for the embedded broker on {address}: {error.strerror}; choose another"
            raise EmbeddedBrokerError(message) from error
