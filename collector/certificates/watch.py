"""The step that looks once an hour when certificates end: for the alerts, and for the metrics. Every collector does."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.certificates.known import Holder, KnownCertificate, KnownCertificates
from collector.certificates.reading import agents_with_passwords, read_certificates, shown_by_broker
from collector.config import CollectorSettings
from collector.metrics import Metrics
from collector.state.agent_certificates import certificates_of_agents
from inventory import Inventory

LOOKS_EVERY_SECONDS = 3600.0
LOOKS_AGAIN_AFTER_SECONDS = 60.0
"""Where nothing could be learned."""
_logger = logging.getLogger(__name__)


class CertificateWatch:
    """`known` is what the last look found, None before the first one. What cannot be read at a look stays as it was: a
    certificate does not change by itself."""

    def __init__(
        self,
        *,
        settings: CollectorSettings,
        inventory: Inventory,
        state: Engine,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._inventory = inventory
        self._state = state
        self._metrics = metrics
        self._clock = clock
        self.known: KnownCertificates | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            rest_seconds = LOOKS_AGAIN_AFTER_SECONDS
            try:
                shown = await shown_by_broker(self._settings.broker_settings)
                self.known = await asyncio.to_thread(self._look, shown)
                self._count(self.known)
                rest_seconds = LOOKS_EVERY_SECONDS
            except SQLAlchemyError as error:
                _logger.warning("certificates_not_looked_at error=%r", str(error.__cause__ or error))
            except Exception:  # the runner: what somebody shows as a certificate must not stop the frames
                _logger.exception("certificates_not_looked_at")
            await asyncio.sleep(rest_seconds)

    def _look(self, shown: bytes | None) -> KnownCertificates:
        known = self.known
        before = {} if known is None else {each.key: each for each in known.all}
        agents = known_agents(self._settings, self._inventory, self._state, self._clock())
        found = (*read_certificates(self._settings, shown), *agents)
        return KnownCertificates(each if each.ends_at is not None else before.get(each.key, each) for each in found)

    def _count(self, known: KnownCertificates) -> None:
        """The first end among those of each kind of holder."""
        gauge = self._metrics.certificate_expires
        gauge.clear()
        ends: dict[Holder, float] = {}
        for each in known.all:
            if each.ends_at is not None:
                ends[each.holder] = min(ends.get(each.holder, float("inf")), each.ends_at.timestamp())
        for holder, end in ends.items():
            gauge.labels(holder.value).set(end)


def known_agents(
    settings: CollectorSettings, inventory: Inventory, state: Engine, now: datetime
) -> list[KnownCertificate]:
    """The certificates of agents that are in the inventory and need one. Raises SQLAlchemyError."""
    others = agents_with_passwords(settings)
    return [
        each
        for each in certificates_of_agents(state, now)
        if each.name not in others and (each.name in inventory.access_points or each.name in inventory.agents)
    ]
