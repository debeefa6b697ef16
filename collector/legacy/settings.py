"""The `[legacy]` table of the collector's configuration: by what devices are judged."""

from datetime import date
from typing import Annotated

from pydantic import Field

from agent.settings import SettingsModel
from collector.legacy.causes import CauseThresholds
from collector.legacy.gates import SERVICE_LIFE_YEARS
from collector.legacy.score_settings import ScoreSettings


class LegacySettings(SettingsModel):
    """`evidence_days` are the last whole days that evidence is taken from; `assess_at_hour` is when that is done, every
    day, in Korean time.

    `programme_since` is the first day of the replacement programme in Korea, such as 2026-03-01: only devices that were
    seen to take another's place from then on count as replaced by it. Without it, all that ever were do.
    """

    service_life_years: Annotated[int, Field(ge=1, le=30)] = SERVICE_LIFE_YEARS
    evidence_days: Annotated[int, Field(ge=7, le=90)] = 28
    assess_at_hour: Annotated[int, Field(ge=0, le=23)] = 4
    programme_since: date | None = None
    score: ScoreSettings = ScoreSettings()
    causes: CauseThresholds = CauseThresholds()
