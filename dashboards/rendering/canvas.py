"""What a board is drawn with: the board, its engine and its words. Handed to everything that draws a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.models.common import DataSourceRef

from dashboards.engines import DATA_SOURCE_TYPES, Engine, Language
from dashboards.panels import Board, Panel
from dashboards.words import BoardPhrases, PanelPhrases, SharedPhrases, WordsError

_Phrase = TypeVar("_Phrase")


@dataclass(frozen=True, slots=True)
class Canvas:
    """A board for one engine in one language."""

    board: Board
    engine: Engine
    language: Language
    phrases: BoardPhrases
    shared: SharedPhrases

    @property
    def data_source(self) -> DataSourceRef:
        """That which is chosen above the board."""
        return DataSourceRef(type_val=DATA_SOURCE_TYPES[self.engine], uid="${datasource}")

    def words(self, panel: Panel) -> PanelPhrases:
        """What a panel says. Raises WordsError where it has no words."""
        return self._found(self.phrases.panels, panel.key, "panels")

    def row_heading(self, key: str) -> str:
        """What is above a row. Raises WordsError likewise."""
        return self._found(self.phrases.rows, key, "rows")

    def annotation_name(self, key: str) -> str:
        """What marked instants are called. Raises WordsError likewise."""
        return self._found(self.phrases.annotations, key, "annotations")

    def column_heading(self, panel: Panel, key: str) -> str:
        """What is above a column, by the panel's own words or those of all boards. Raises WordsError likewise."""
        own = self.words(panel).columns
        if key not in own and key in self.shared.columns:
            return self.shared.columns[key]
        return self._found(own, key, f"panels.{panel.key}: columns")

    def tag_heading(self, tag: str) -> str:
        """What is above a column that tells a tag. Raises WordsError likewise."""
        if tag not in self.shared.tags:
            raise WordsError(f"shared.{self.language}.toml: tags: {tag} is missing")
        return self.shared.tags[tag]

    def _found(self, among: Mapping[str, _Phrase], key: str, where: str) -> _Phrase:
        if key not in among:
            raise WordsError(f"{self.board.key}.{self.language}.toml: {where}: {key} is missing")
        return among[key]
