"""What a check of `hangang doctor` has found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out. `WARN` is well today, and will not be before long."""

    OK = "ok"
    WARN = "WARN"
    FAIL = "FAIL"
    UNSURE = "?"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        return f"{self.verdict:<4}  {self.check:<13}  {self.text}"
