"""Causes that checks show: of the way to the gateway, of DNS, portal and RADIUS. Pure.

What fails at all access points of a site, or of the fleet, is what they share. What fails at one alone is not: there
the device, its radio or its cable is at fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.evidence import Evidence, ProbeEvidence
from collector.legacy.causes_judgement import (
    RULED_OUT,
    Cause,
    Judgement,
    Missing,
    Scope,
    found,
    insufficient,
)
from collector.legacy.causes_reach import Reach, Site
from collector.legacy.causes_thresholds import CauseThresholds
from collector.legacy.reasons import Reason, reason

CHECKED: Mapping[Cause, tuple[str, Missing]] = {
    Cause.BACKHAUL_BAD: ("gateway", Missing.GATEWAY),
    Cause.DNS: ("dns", Missing.DNS),
    Cause.PORTAL: ("portal", Missing.PORTAL),
    Cause.RADIUS: ("radius", Missing.RADIUS),
}
"""Of each cause that checks show, the kind of the checks and what is missing without them."""
_RESTS_ON: Mapping[str, tuple[str, ...]] = {"dns": ("gateway",), "portal": ("gateway", "dns"), "radius": ("gateway",)}
"""A check fails wherever one that it rests on does; only what it fails beyond that is its own."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the checks of one kind show at one access point; no reason is no trouble. `is_failing` says that they fail
    or lose packets, and not only that they are slow."""

    reason: Reason | None
    is_failing: bool = False


def checks_of(evidence: Evidence, kind: str, thresholds: CauseThresholds) -> ProbeEvidence | None:
    """Its checks of that kind, where enough of them were good or bad. A gateway that never answers while the portal
    behind it can be reached only keeps silent: its checks say nothing."""
    checks = evidence.probes.get(kind)
    if checks is None or checks.good_checks + checks.bad_checks < thresholds.fewest_checks:
        return None
    if kind == "gateway" and not checks.good_checks and (portal := checks_of(evidence, "portal", thresholds)):
        return checks if portal.bad_checks > portal.good_checks else None
    return checks


def trouble_of(evidence: Evidence, kind: str, thresholds: CauseThresholds, *, is_line_full: bool) -> Trouble | None:
    """What its checks of that kind show; None where there are too few.

    A line that is full makes everything behind it slow in busy hours, so that slowness there is no trouble of its own.
    What fails or is lost is counted over all hours, and is.
    """
    checks = checks_of(evidence, kind, thresholds)
    if checks is None:
        return None
    bad_ratio, loss_ratio, seconds = checks.bad_ratio or 0.0, checks.loss_ratio, checks.latency_seconds
    if kind == "gateway" and loss_ratio is not None and loss_ratio >= thresholds.loss_ratio:
        return Trouble(reason("cause.gateway_loss", loss_ratio=loss_ratio), is_failing=True)
    if bad_ratio - _bad_below(evidence, kind, thresholds) >= thresholds.bad_ratio:
        return Trouble(reason(f"cause.{kind}_failing", bad_ratio=bad_ratio), is_failing=True)
    slow_from = {"gateway": thresholds.gateway_seconds, "dns": thresholds.dns_seconds}.get(kind)
    if is_line_full or seconds is None or slow_from is None:
        return Trouble(None)
    is_slow = seconds - _seconds_below(evidence, kind, thresholds) >= slow_from
    return Trouble(reason(f"cause.{kind}_slow", latency_milliseconds=1000 * seconds) if is_slow else None)


@dataclass(frozen=True, slots=True)
class Check:
    """The checks of one kind all over the fleet: what they show at each access point, and how far it reaches."""

    missing: Missing
    troubles: Mapping[str, Trouble | None]
    reach: Reach


def check_all(
    evidence: Mapping[str, Evidence],
    sites: Mapping[str, Site],
    cause: Cause,
    thresholds: CauseThresholds,
    *,
    behind_full: frozenset[str],
) -> Check:
    """What the checks that show this cause say everywhere; `behind_full` are the access points behind a full line."""
    kind, missing = CHECKED[cause]
    troubles = {
        place: trouble_of(each, kind, thresholds, is_line_full=place in behind_full) for place, each in evidence.items()
    }
    symptoms = {place: None if trouble is None else trouble.reason is not None for place, trouble in troubles.items()}
    return Check(missing, troubles, Reach(symptoms, sites, thresholds))


def judge_check(check: Check, access_point: str) -> Judgement:
    """What fails at one access point alone is no cause beside it: that is the device, its radio or its cable."""
    trouble = check.troubles[access_point]
    if trouble is None:
        return insufficient(check.missing)
    if trouble.reason is None:
        return RULED_OUT
    scope = check.reach.of(access_point)
    if scope is None:
        return insufficient(Missing.NEIGHBOURS)
    return RULED_OUT if scope is Scope.ALONE else found(scope, trouble.reason, reason(f"cause.shared_by_{scope}"))


def _bad_below(evidence: Evidence, kind: str, thresholds: CauseThresholds) -> float:
    """The share of bad checks that is explained by what the check rests on."""
    below = [checks_of(evidence, other, thresholds) for other in _RESTS_ON.get(kind, ())]
    return max((checks.bad_ratio or 0.0 for checks in below if checks is not None), default=0.0)


def _seconds_below(evidence: Evidence, kind: str, thresholds: CauseThresholds) -> float:
    """What of the time goes by on the way to the gateway, in busy hours."""
    gateway = None if kind == "gateway" else checks_of(evidence, "gateway", thresholds)
    return 0.0 if gateway is None else gateway.latency_seconds or 0.0
