"""Whether the line behind a site is at its ceiling. Pure.

Nobody reports a line's speed. What shows it are tests of throughput, which run at night and find the line idle: where
the best of a site's access points reaches clearly less than its uplink has negotiated, the limit lies behind the
uplink, and the test has found it. The line is full when the site's access points together carry about as much in their
busy hours, while neither their air nor their processors are full.

The busy hours of an access point are its own, so that their sum is rather too high. A site that carries far more than
the best test found proves that the tests have a limit of their own, a processor or the server, and says nothing about
the line; neither do tests that reach the uplink's own speed.
"""

from collections.abc import Mapping

from collector.evidence import Evidence
from collector.legacy.causes_alone import is_calm, negotiated, uplink_of
from collector.legacy.causes_judgement import RULED_OUT, Judgement, Missing, Scope, found, insufficient
from collector.legacy.causes_thresholds import CauseThresholds
from collector.legacy.reasons import reason


def judge_line(evidence: Mapping[str, Evidence], site: frozenset[str], thresholds: CauseThresholds) -> Judgement:
    """Of the site of these access points."""
    members = [evidence.get(place, Evidence()) for place in sorted(site)]
    tested = [(line, speed) for each in members for line, speed in [_test(each, thresholds)] if line is not None]
    known = [(line, speed) for line, speed in tested if speed is not None]
    if not known:
        return insufficient(Missing.UPLINK_SPEED if tested else Missing.THROUGHPUT)
    line, speed = max(known)
    flows = [uplink.flow_bits_per_second for each in members if (uplink := uplink_of(each, thresholds)) is not None]
    told = [flow for flow in flows if flow is not None]
    flow = sum(told)
    if flow < thresholds.full_ratio * line:
        return RULED_OUT if len(told) == len(members) else insufficient(Missing.UPLINK_FLOW)
    if line > thresholds.below_uplink_ratio * speed or flow > thresholds.beyond_test_ratio * line:
        return insufficient(Missing.LINE_SPEED)
    calm = [is_it for each in members if (is_it := is_calm(each, thresholds)) is not None]
    if not calm:
        return insufficient(Missing.AIRTIME, Missing.CPU)
    if sum(calm) < thresholds.shared_ratio * len(calm):
        return RULED_OUT
    return found(
        Scope.SITE,
        reason(
            "cause.backhaul_full", flow_bits_per_second=flow, line_bits_per_second=line, speed_bits_per_second=speed
        ),
    )


def _test(evidence: Evidence, thresholds: CauseThresholds) -> tuple[float | None, float | None]:
    """What tests of throughput reach from an access point, and the speed of the uplink that they went through."""
    tests = evidence.probes.get("throughput")
    if tests is None or tests.good_checks < thresholds.fewest_tests:
        return None, None
    return tests.throughput_bits_per_second, negotiated(evidence, thresholds)
