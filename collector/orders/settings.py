"""The `[orders]` table of the collector's configuration: when a replacement is accepted, and where drivers start."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from agent.settings import Contradiction, SettingsModel
from collector.orders.order import Check
from inventory.models import Latitude, Longitude

Minutes = Annotated[float, Field(ge=0, le=10_080)]
ALWAYS_ASKED = (Check.MODEL, Check.UPLINK, Check.GATEWAY, Check.DNS, Check.PORTAL, Check.THROUGHPUT, Check.CLIENTS)


class OrderSettings(SettingsModel):
    """`silent_after_minutes` without a report of a device that was installed flag its order. A device is accepted once
    `required_checks` have passed and it has reported for `settle_minutes`, and rejected once one of them has failed for
    `reject_after_minutes`. A throughput test has to move `throughput_share` of what the uplink is to negotiate.

    Firmware and serial are checked wherever an order names one, whatever is required. `depot_latitude` and
    `depot_longitude` are where technicians set out from in the morning.
    """

    silent_after_minutes: Annotated[float, Field(ge=1, le=1440)] = 30.0
    settle_minutes: Minutes = 30.0
    reject_after_minutes: Minutes = 60.0
    required_checks: tuple[Check, ...] = ALWAYS_ASKED
    throughput_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    depot_latitude: Latitude | None = None
    depot_longitude: Longitude | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A position is whole."""
        yield from super().contradictions(document)
        if isinstance(document, dict) and ("depot_latitude" in document) != ("depot_longitude" in document):
            yield (), "depot_latitude and depot_longitude come together; add the other one, or remove both"
