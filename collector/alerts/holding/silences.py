"""Silences: somebody says until when, and why, nobody is to be told of certain alerts. Pure.

Kept by the state database as JSON, made and ended on pages and by the API.
"""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from collector.alerts.holding.dates import Instant
from collector.alerts.holding.matching import Restricted
from collector.alerts.holding.remarks import Remark

LONGEST_SILENCE = timedelta(days=90)
"""A judgement of ours: whoever does not want to hear of something for longer than a quarter wants another rule or
another route, and what nobody remembers must end by itself."""


class Silence(BaseModel):
    """Holds back notices of alerts that its matcher has, from `starts_at`, and not at `ends_at` any more. `by` is who
    made it, at `made_at`; who ended it earlier, and when, stands beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    matcher: Restricted
    starts_at: Instant
    ends_at: Instant
    comment: Remark
    by: Annotated[str, Field(min_length=1)]
    made_at: AwareDatetime
    ended_early_at: AwareDatetime | None = None
    ended_early_by: str | None = None

    @field_validator("ends_at")
    @classmethod
    def _is_of_some_length(cls, ends_at: datetime, info: ValidationInfo) -> datetime:
        starts_at = info.data.get("starts_at")
        if starts_at is None:
            return ends_at  # which has been told
        if ends_at <= starts_at:
            raise ValueError("is not after starts_at; choose a later end")
        if ends_at - starts_at > LONGEST_SILENCE:
            raise ValueError(
                f"is more than {LONGEST_SILENCE.days} days after starts_at; choose an earlier end, or maintenance that "
                "recurs"
            )
        return ends_at

    @property
    def until(self) -> datetime:
        """When it ends, or has ended, whichever way."""
        return self.ends_at if self.ended_early_at is None else min(self.ends_at, self.ended_early_at)

    def is_active(self, now: datetime) -> bool:
        """Whether it holds anything back now."""
        return self.starts_at <= now < self.until

    def is_over(self, now: datetime) -> bool:
        """Whether it will not hold anything back any more."""
        return now >= self.until

    def ended_early(self, *, by: str, at: datetime) -> "Silence":
        """The same, ended now; one that was to begin later never does. Raises ValueError where it is over."""
        if self.is_over(at):
            raise ValueError(f"the silence {self.id} has ended already; there is nothing to end")
        return self.model_copy(update={"ended_early_at": at, "ended_early_by": by})
