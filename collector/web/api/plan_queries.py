"""Which places of the judgement a call asks for."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from collector.legacy.documents import Standing
from collector.replacement.book import Selection
from inventory.models import SiteKind


class SelectionAsked(BaseModel):
    """What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    standing: Standing | None = None
    site: Annotated[str | None, Field(max_length=63)] = None
    district: Annotated[str | None, Field(max_length=100, description="In Korean, such as 영등포구")] = None
    kind: SiteKind | None = None
    text: Annotated[str | None, Field(max_length=100, description="Looked for in ids and names")] = None

    @property
    def selection(self) -> Selection:
        """As the plan takes it."""
        return Selection(
            standing=self.standing,
            site=self.site or None,
            district=self.district or None,
            kind=self.kind,
            text=(self.text or "").strip() or None,
        )
