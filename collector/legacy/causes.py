"""What is to be mended before a device is blamed: power, heat, uplink, cable, line, channel, DNS, portal, RADIUS. Pure.

A place whose trouble has such a cause goes onto the list of what is to be mended, and not onto that of replacements. A
cause is told only on evidence of enough hours and checks; what would have been needed to tell is `missing`, and never
taken for good. Several causes at once are all told, but for those that follow from another: checks that fail no more
often than what they rest on, slowness behind a full line, restarts of a device that is too hot.
"""

from collections.abc import Collection, Mapping

from collector.evidence import Evidence
from collector.legacy.causes_alone import judge_channel, judge_heat, judge_slow_uplink, restarts, usage_of
from collector.legacy.causes_backhaul import judge_line
from collector.legacy.causes_cable import judge_cable
from collector.legacy.causes_checks import CHECKED, Check, check_all, judge_check
from collector.legacy.causes_judgement import (
    RULED_OUT,
    Cause,
    Finding,
    Judgement,
    Missing,
    Scope,
    State,
    found,
    insufficient,
)
from collector.legacy.causes_reach import Reach, Site
from collector.legacy.causes_thresholds import CauseThresholds
from collector.legacy.reasons import reason

__all__ = ["Cause", "CauseThresholds", "Finding", "Judgement", "Missing", "Scope", "State", "find_causes"]

_DEFAULTS = CauseThresholds()
_NOTHING = Evidence()


def find_causes(
    evidence: Mapping[str, Evidence],
    sites: Mapping[str, Collection[str]],
    port_bits_per_second: Mapping[str, float | None],
    thresholds: CauseThresholds = _DEFAULTS,
) -> dict[str, Finding]:
    """Of every access point that belongs to a site or has evidence, in order of their ids.

    `sites` says by a site's id which access points belong to it; `port_bits_per_second` what the catalogue knows of the
    fastest uplink port of each access point's device. The more of the fleet is handed over, the better what its sites
    share is told from what one of them has alone.
    """
    site_of = _site_of_each(evidence, sites)
    all_of_them = {place: evidence.get(place, _NOTHING) for place in site_of}
    lines = {site: judge_line(all_of_them, site, thresholds) for site in set(site_of.values())}
    behind_full = frozenset(place for place, site in site_of.items() if lines[site].state is State.FOUND)
    checks = {cause: check_all(all_of_them, site_of, cause, thresholds, behind_full=behind_full) for cause in CHECKED}
    judged = {
        place: _judge_one(each, place, checks, port_bits_per_second.get(place), thresholds)
        | {Cause.BACKHAUL_FULL: _line_of(each, lines[site_of[place]], thresholds)}
        for place, each in all_of_them.items()
    }
    hot = frozenset(place for place, of_one in judged.items() if of_one[Cause.HEAT].state is State.FOUND)
    power = _judge_power(all_of_them, site_of, hot, thresholds)
    return {place: _finding(of_one | {Cause.POWER: power[place]}, thresholds) for place, of_one in judged.items()}


def _site_of_each(evidence: Mapping[str, Evidence], sites: Mapping[str, Collection[str]]) -> dict[str, Site]:
    site_of = {place: Site({place}) for place in evidence}
    for members in sites.values():
        site = Site(members)
        site_of |= dict.fromkeys(site, site)
    return dict(sorted(site_of.items()))


def _judge_one(
    evidence: Evidence,
    place: str,
    checks: Mapping[Cause, Check],
    port_bits_per_second: float | None,
    thresholds: CauseThresholds,
) -> dict[Cause, Judgement]:
    """All but what is of the site as a whole."""
    return {
        Cause.HEAT: judge_heat(evidence, thresholds),
        Cause.SLOW_UPLINK: judge_slow_uplink(evidence, port_bits_per_second, thresholds),
        Cause.CABLE: judge_cable(evidence, checks[Cause.BACKHAUL_BAD], place, thresholds),
        Cause.CROWDED_CHANNEL: judge_channel(evidence, thresholds),
        **{cause: judge_check(check, place) for cause, check in checks.items()},
    }


def _line_of(evidence: Evidence, line: Judgement, thresholds: CauseThresholds) -> Judgement:
    """A full line is a cause at all of its site's access points, as far as they tell of themselves at all."""
    is_told = line.state is not State.FOUND or usage_of(evidence, thresholds) is not None
    return line if is_told else insufficient(Missing.UPLINK_FLOW)


def _judge_power(
    evidence: Mapping[str, Evidence], site_of: Mapping[str, Site], hot: frozenset[str], thresholds: CauseThresholds
) -> dict[str, Judgement]:
    """Restarts that heat does not explain: at most of a site's access points it is the site's supply, at one alone its
    own feed, or the device. What is switched off and on by a clock every night looks the same."""
    symptoms = {
        place: does_restart and place not in hot
        for place, each in evidence.items()
        if (does_restart := restarts(each, thresholds)) is not None
    }
    reach = Reach(symptoms, site_of, thresholds)
    judged: dict[str, Judgement] = {}
    for place, each in evidence.items():
        has_it = symptoms.get(place)
        if has_it is None:
            judged[place] = insufficient(Missing.STARTS)
        elif not has_it or each.usage is None or each.usage.starts is None:
            judged[place] = RULED_OUT
        else:
            scope = Scope.SITE if reach.is_of_site(place) else Scope.ALONE
            told = reason(f"cause.power_{scope}", starts=each.usage.starts, hours=each.usage.hours)
            judged[place] = found(scope, told)
    return judged


def _finding(judgements: Mapping[Cause, Judgement], thresholds: CauseThresholds) -> Finding:
    causes = [cause for cause in Cause if judgements[cause].state is State.FOUND]
    if any(_clears(cause, judgements[cause]) for cause in causes):
        return Finding(judgements, is_device_cleared=True)
    is_undecided = any(
        judgement.state is State.INSUFFICIENT and cause not in thresholds.dispensable
        for cause, judgement in judgements.items()
    )
    return Finding(judgements, is_device_cleared=None if causes or is_undecided else False)


def _clears(cause: Cause, judgement: Judgement) -> bool:
    """Restarts of one alone are its feed or itself: that has to be looked at, and clears nobody."""
    return not (cause is Cause.POWER and judgement.scope is Scope.ALONE)
