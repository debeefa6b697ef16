"""What the desk and the process that judges tell each other. Both ends are the same program, so that a message is a
pickle, behind its length in four bytes."""

import pickle
import struct
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from collector.legacy.settings import LegacySettings

LENGTH = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Task:
    """By what all subjects are judged."""

    settings: LegacySettings
    today: date


class Judged(NamedTuple):
    """One access point: what follows, and all of it as JSON of `documents.AssessmentTold`."""

    access_point: str
    standing: str
    document: str


def packed(message: object) -> bytes:
    """A message with its length before it."""
    body = pickle.dumps(message)
    return LENGTH.pack(len(body)) + body


def unpacked(body: bytes) -> Any:
    """What a message holds; its length is not part of `body`."""
    return pickle.loads(body)  # noqa: S301  # of the collector that started this process, or of the process it started
