"""Certificates and what is known of their ends. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Holder(StrEnum):
    """Whose it is."""

    AUTHORITY = "authority"
    BROKER = "broker"
    COLLECTOR = "collector"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """`name` tells one collector or agent from another. Both instants are None while it has never been read. `trouble`
    is what an agent has told of a renewal that failed, and has not been followed by one that did not."""

    holder: Holder
    name: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    trouble: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other: `broker`, `agent/yeouido-017`."""
        return f"{self.holder}/{self.name}" if self.name else self.holder.value


class KnownCertificates:
    """In rows, with columns that are made once: a city has one of each agent. What is not known is NaN."""

    def __init__(self, certificates: Iterable[KnownCertificate]) -> None:
        self.all = tuple(certificates)
        self.rows = {each.key: row for row, each in enumerate(self.all)}
        self.holders = np.array([each.holder.value for each in self.all], dtype=np.str_)
        self.ends_at_seconds = _seconds(each.ends_at for each in self.all)
        self.life_seconds: Floats = self.ends_at_seconds - _seconds(each.begins_at for each in self.all)

    def left_seconds(self, now: datetime) -> Floats:
        """For how long each is still good; below zero where it has ended."""
        left: Floats = self.ends_at_seconds - now.timestamp()
        return left


def _seconds(instants: Iterable[datetime | None]) -> Floats:
    return np.array([np.nan if at is None else at.timestamp() for at in instants], dtype=np.float64)
