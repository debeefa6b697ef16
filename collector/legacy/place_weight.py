"""What a place weighs beside its need: whom it serves, and how many come there. Pure.

Facilities for digitally vulnerable people weigh more, and so do sites with many visitors. Where nobody knows how many
come, the place weighs as one in the middle of the fleet does: it is neither preferred nor put back for what is unknown.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from collector.evidence import Evidence
from collector.legacy.reasons import Reason, reason
from collector.legacy.score_settings import ScoreSettings, as_shown
from inventory.models import Inventory, Site, SiteKind

MIDDLE = 0.5
FEWEST_COUNTED = 0.5
"""Of a site's access points: where fewer count their clients, nobody knows how many come."""


@dataclass(frozen=True, slots=True)
class PlaceWeight:
    """`visitors_rank` is the site's among all sites of which it is known, from 0, the fewest visitors, to 1."""

    kind: SiteKind
    visitors_rank: float | None
    settings: ScoreSettings

    @property
    def of_kind(self) -> float:
        """How many times any other site it weighs for whom it serves."""
        return as_shown(1 + self.settings.inclusion_weight) if self._is_for_inclusion else 1.0

    @property
    def of_visitors(self) -> float:
        """How many times a site in the middle it weighs for its visitors; 1 where they are not known."""
        rank = MIDDLE if self.visitors_rank is None else self.visitors_rank
        return as_shown(1 + self.settings.visitors_weight * (rank - MIDDLE))

    @property
    def heaviest(self) -> float:
        """Both of the heaviest place that there can be, together."""
        of_visitors = 1 + self.settings.visitors_weight * (1 - MIDDLE)
        return as_shown(1 + self.settings.inclusion_weight) * as_shown(of_visitors)

    @property
    def value(self) -> float:
        """Above 0, to 1 for the heaviest place that there can be, in three digits."""
        return as_shown(self.of_kind * self.of_visitors / self.heaviest)

    @property
    def formula(self) -> str:
        """How both make the value, such as `1.5 × 1.1 / 1.875 = 0.88`."""
        return f"{self.of_kind:g} × {self.of_visitors:g} / {self.heaviest:g} = {self.value:g}"

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """For whom, and how many."""
        kind = reason("weight.inclusion", kind_times=self.of_kind) if self._is_for_inclusion else reason("weight.other")
        if self.visitors_rank is None:
            return kind, reason("weight.visitors_unknown")
        return kind, reason("weight.visitors", fewer_ratio=self.visitors_rank, visitors_times=self.of_visitors)

    @property
    def _is_for_inclusion(self) -> bool:
        return self.kind in self.settings.inclusion_kinds


def weight_of(site: Site, visitors_rank: float | None, settings: ScoreSettings) -> PlaceWeight:
    """Of every access point of the site; `visitors_rank` is one of `visitors_ranks`, or None."""
    return PlaceWeight(site.kind, visitors_rank, settings)


def visitors_ranks(inventory: Inventory, evidence: Mapping[str, Evidence]) -> dict[str, float]:
    """By site, of all that count their clients: the share of the other sites that have fewer, those with as many
    counted half. `evidence` is by access point. A single site stands in the middle."""
    visitors = {
        site: counted for site in inventory.sites if (counted := _visitors(inventory, evidence, site)) is not None
    }
    in_order = sorted(visitors.values())
    return {site: _rank(in_order, counted) for site, counted in visitors.items()}


def _rank(in_order: list[float], counted: float) -> float:
    if len(in_order) == 1:
        return MIDDLE
    fewer, not_more = bisect_left(in_order, counted), bisect_right(in_order, counted)
    return (fewer + (not_more - fewer - 1) / 2) / (len(in_order) - 1)


def _visitors(inventory: Inventory, evidence: Mapping[str, Evidence], site: str) -> float | None:
    """Clients in busy hours of all access points of the site, those that do not count them taken for the mean of those
    that do."""
    places = inventory.access_points_of(site)
    usages = [of_place.usage for place in places if (of_place := evidence.get(place.id)) is not None]
    counted = [usage.clients for usage in usages if usage is not None and usage.clients is not None]
    if not counted or len(counted) < FEWEST_COUNTED * len(places):
        return None
    return sum(counted) / len(counted) * len(places)
