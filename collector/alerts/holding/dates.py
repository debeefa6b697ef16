"""Days and instants as people may name them. Pure.

What lies far away is a slip of the pen, and in another zone it may be at no date at all.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

FIRST_YEAR, LAST_YEAR = 2000, 2199

Day = Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))]
Instant = Annotated[
    AwareDatetime, Field(ge=datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), lt=datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC))
]
