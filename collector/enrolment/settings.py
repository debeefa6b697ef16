"""The `[enrolment]` table: where the authority lies, for how long it certifies, and how agents reach the broker."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from agent.broker import BrokerSettings
from agent.settings import RelativePath, SettingsModel

DEFAULT_PORT = 8883
_LONGEST_DAYS = 825
_LOOKS = "must look like mqtts://broker.example.org:8883"


def _broker_url(url: str) -> str:
    try:
        BrokerSettings(url=url)  # as the agents that are told it will take it
    except ValueError as error:
        raise ValueError(_LOOKS) from error
    if not url.startswith("mqtts://"):
        raise ValueError(_LOOKS)
    return url.rstrip("/")


class EnrolmentSettings(SettingsModel):
    """What the broker is to read lies in `broker_folder`, the rest in `folder`; both in the data folder unless they are
    named. `broker_url` is told to agents; without it, it is the first name of the broker's certificate. `days` is for
    how long an agent is certified. Who comes with a password comes to `password_port`."""

    folder: RelativePath | None = None
    broker_folder: RelativePath | None = None
    broker_url: Annotated[str, AfterValidator(_broker_url)] | None = None
    days: Annotated[float, Field(gt=0, le=_LONGEST_DAYS)] = 90.0
    password_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    max_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000

    @property
    def life(self) -> timedelta:
        """For how long an agent's certificate is good."""
        return timedelta(days=self.days)

    @property
    def broker_host(self) -> str | None:
        """The name in the broker's address, where that is configured."""
        return None if self.broker_url is None else urlsplit(self.broker_url).hostname

    @property
    def broker_port(self) -> int:
        """Where the broker takes agents with certificates."""
        return (None if self.broker_url is None else urlsplit(self.broker_url).port) or DEFAULT_PORT
