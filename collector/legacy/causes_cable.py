"""Whether the cable is at fault, by the errors that the uplink counts or by what is lost behind it. Pure."""

from collector.evidence import Evidence
from collector.legacy.causes_alone import is_itself_full, uplink_of
from collector.legacy.causes_checks import Check
from collector.legacy.causes_judgement import RULED_OUT, Judgement, Missing, Scope, State, found, insufficient
from collector.legacy.causes_thresholds import CauseThresholds
from collector.legacy.reasons import reason


def judge_cable(evidence: Evidence, gateway: Check, access_point: str, thresholds: CauseThresholds) -> Judgement:
    """Errors on the uplink, or a way to the gateway that loses packets at this access point and not at its neighbours,
    where neither its own traffic nor its processor explain that."""
    errors, losing = _judge_errors(evidence, thresholds), _judge_losing(evidence, gateway, access_point, thresholds)
    if State.FOUND in {errors.state, losing.state}:
        return found(Scope.ALONE, *errors.reasons, *losing.reasons)
    missing = errors.missing + losing.missing
    return insufficient(*missing) if missing else RULED_OUT


def _judge_losing(evidence: Evidence, gateway: Check, access_point: str, thresholds: CauseThresholds) -> Judgement:
    trouble = gateway.troubles[access_point]
    if trouble is None:
        return insufficient(gateway.missing)
    if not trouble.is_failing or trouble.reason is None or is_itself_full(evidence, thresholds):
        return RULED_OUT
    scope = gateway.reach.of(access_point)
    if scope is None:
        return insufficient(Missing.NEIGHBOURS)
    if scope is not Scope.ALONE:
        return RULED_OUT
    return found(scope, trouble.reason, reason("cause.not_shared"))


def _judge_errors(evidence: Evidence, thresholds: CauseThresholds) -> Judgement:
    """Errors on the uplink, for what flows through it: a cable, a plug, or two ends that differ about duplex."""
    uplink = uplink_of(evidence, thresholds)
    if uplink is None or uplink.errors_per_second is None:
        return insufficient(Missing.UPLINK_ERRORS)
    errors, flow = uplink.errors_per_second, uplink.flow_bits_per_second
    if errors < thresholds.uplink_errors_per_second:
        return RULED_OUT
    if flow is None:
        return insufficient(Missing.UPLINK_FLOW)
    if errors < thresholds.uplink_error_ratio * flow:
        return RULED_OUT
    return found(Scope.ALONE, reason("cause.cable_errors", errors_per_minute=60 * errors, flow_bits_per_second=flow))
