"""Who else has the same: whether a symptom is one access point's own, its site's or the fleet's. Pure."""

from collections.abc import Mapping

from collector.legacy.causes_judgement import Scope
from collector.legacy.causes_thresholds import CauseThresholds

Symptoms = Mapping[str, bool | None]
"""By access point: whether it has a symptom; None where that is not known."""
Site = frozenset[str]
"""A site is its access points; one that belongs to none is a site by itself."""


class Reach:
    """How far one symptom reaches: worked out for the fleet once, asked for each access point that has it."""

    def __init__(self, symptoms: Symptoms, sites: Mapping[str, Site], thresholds: CauseThresholds) -> None:
        """`sites` tells of each access point at which site it is."""
        self._sites = sites
        judged: dict[Site, list[bool]] = {}
        for access_point, has_it in symptoms.items():
            if has_it is not None:
                judged.setdefault(sites[access_point], []).append(has_it)
        self._judged = judged
        self._having = {
            site for site, symptomatic in judged.items() if _is_most(sum(symptomatic), len(symptomatic), thresholds)
        }
        self._is_of_fleet = len(self._having) > 1 and _is_most(len(self._having), len(judged), thresholds)

    def is_of_site(self, access_point: str) -> bool:
        """Whether most of several at its site have it."""
        site = self._sites[access_point]
        return site in self._having and len(self._judged[site]) > 1

    def of(self, access_point: str) -> Scope | None:
        """Of an access point that has the symptom. None where nobody else at its site was judged, and where most of the
        sites do not have it either."""
        if self._is_of_fleet:
            return Scope.FLEET
        if len(self._judged[self._sites[access_point]]) < 2:
            return None
        return Scope.SITE if self.is_of_site(access_point) else Scope.ALONE


def _is_most(having: int, judged: int, thresholds: CauseThresholds) -> bool:
    return having >= thresholds.shared_ratio * judged
