"""Causes that an access point's own evidence shows: heat, a slow uplink, a crowded channel. Pure.

Also what other causes are judged by: whether it restarts, and whether anything of its own is at its limit.

Each answers for what was told for long enough, and says what it missed. A symptom is None where it is not known.
"""

from collections.abc import Sequence

from collector.evidence import Evidence, RadioEvidence, UplinkEvidence, UsageEvidence
from collector.legacy.causes_judgement import RULED_OUT, Judgement, Missing, Scope, found, insufficient
from collector.legacy.causes_thresholds import CauseThresholds
from collector.legacy.reasons import reason


def usage_of(evidence: Evidence, thresholds: CauseThresholds) -> UsageEvidence | None:
    """What it carried, where that was told in enough hours."""
    usage = evidence.usage
    return usage if usage is not None and usage.hours >= thresholds.fewest_hours else None


def uplink_of(evidence: Evidence, thresholds: CauseThresholds) -> UplinkEvidence | None:
    """Its uplink, where that was told in enough hours."""
    uplink = evidence.uplink
    return uplink if uplink is not None and uplink.hours >= thresholds.fewest_hours else None


def radios_of(evidence: Evidence, thresholds: CauseThresholds) -> list[RadioEvidence]:
    """Its radios that told of themselves in enough hours; one that was renamed or is new does not count."""
    return [radio for radio in evidence.radios.values() if radio.hours >= thresholds.fewest_hours]


def negotiated(evidence: Evidence, thresholds: CauseThresholds) -> float | None:
    """The uplink's speed in bits a second. A speed of 0 is that of a link that is down, and none."""
    uplink = uplink_of(evidence, thresholds)
    return (uplink.speed_bits_per_second or None) if uplink is not None else None


def restarts(evidence: Evidence, thresholds: CauseThresholds) -> bool | None:
    """Whether it starts again and again."""
    usage = usage_of(evidence, thresholds)
    if usage is None or usage.starts is None:
        return None
    return usage.starts >= thresholds.fewest_starts and usage.starts / usage.hours >= thresholds.start_ratio


def judge_heat(evidence: Evidence, thresholds: CauseThresholds) -> Judgement:
    """Too hot by itself, or warm and restarting, which confirms that it is too much."""
    usage = usage_of(evidence, thresholds)
    if usage is None or usage.temperature_celsius is None:
        return insufficient(Missing.TEMPERATURE)
    temperature = usage.temperature_celsius
    if temperature < thresholds.warm_celsius:
        return RULED_OUT
    does_restart = restarts(evidence, thresholds)
    if does_restart:
        starts, hours = usage.starts or 0, usage.hours
        return found(
            Scope.ALONE,
            reason("cause.heat_restarting", temperature_celsius=temperature, starts=starts, hours=hours),
        )
    if temperature >= thresholds.hot_celsius:
        return found(Scope.ALONE, reason("cause.heat", temperature_celsius=temperature))
    return RULED_OUT if does_restart is False else insufficient(Missing.STARTS)


def judge_slow_uplink(evidence: Evidence, port_bits_per_second: float | None, thresholds: CauseThresholds) -> Judgement:
    """Less was negotiated than the device's port can, and it is less than a gigabit or is used up.

    What the port can the device says itself, or else the catalogue of its model. A device whose port can no more is
    old, and nothing of it can be mended.
    """
    uplink, speed = uplink_of(evidence, thresholds), negotiated(evidence, thresholds)
    if uplink is None or speed is None:
        return insufficient(Missing.UPLINK_SPEED)
    return _judge_speed(uplink, speed, port_bits_per_second, thresholds)


def _judge_speed(
    uplink: UplinkEvidence, speed: float, port_bits_per_second: float | None, thresholds: CauseThresholds
) -> Judgement:
    flow = uplink.flow_bits_per_second
    is_below_gigabit = speed < thresholds.gigabit_bits_per_second
    is_full = None if flow is None else flow >= thresholds.full_ratio * speed
    if not is_below_gigabit and is_full is False:
        return RULED_OUT
    port = uplink.max_speed_bits_per_second or port_bits_per_second
    if port is None:
        return insufficient(Missing.PORT_SPEED)
    if port <= speed:
        return RULED_OUT
    speeds = {"speed_bits_per_second": speed, "port_bits_per_second": port}
    if flow is not None and is_full:
        return found(Scope.ALONE, reason("cause.slow_uplink_full", flow_bits_per_second=flow, **speeds))
    if is_below_gigabit:
        return found(Scope.ALONE, reason("cause.slow_uplink", **speeds))
    return insufficient(Missing.UPLINK_FLOW)


def judge_channel(evidence: Evidence, thresholds: CauseThresholds) -> Judgement:
    """Others take the airtime of radios that a good part of the clients are on. A radio that is busy with its own
    traffic is no crowded channel, whatever `busy_ratio` says: that is need."""
    radios = radios_of(evidence, thresholds)
    crowded = [each for each in radios if (each.foreign_ratio or 0.0) >= thresholds.foreign_ratio]
    are_all_known = bool(radios) and all(radio.foreign_ratio is not None for radio in radios)
    if not crowded:
        return RULED_OUT if are_all_known else insufficient(Missing.AIRTIME)
    clients_ratio = 1.0 if len(crowded) == len(radios) else _clients_ratio(crowded, radios)
    if clients_ratio is None:
        return insufficient(Missing.CLIENTS, *([] if are_all_known else [Missing.AIRTIME]))
    if clients_ratio >= thresholds.crowded_clients_ratio:
        foreign = max(radio.foreign_ratio or 0.0 for radio in crowded)
        told = reason("cause.crowded_channel", foreign_ratio=foreign, clients_ratio=clients_ratio)
        return found(Scope.ALONE, told)
    return RULED_OUT if are_all_known else insufficient(Missing.AIRTIME)


def is_calm(evidence: Evidence, thresholds: CauseThresholds) -> bool | None:
    """Whether neither air nor processor are its limit in busy hours."""
    usage, radios = usage_of(evidence, thresholds), radios_of(evidence, thresholds)
    limits = [(radio.busy_ratio, thresholds.full_radio_ratio) for radio in radios]
    limits.append((None if usage is None else usage.cpu_ratio, thresholds.full_cpu_ratio))
    if any(used is not None and used >= limit for used, limit in limits):
        return False
    return None if not radios or any(used is None for used, _ in limits) else True


def is_itself_full(evidence: Evidence, thresholds: CauseThresholds) -> bool:
    """Whether its processor or its own uplink are known to be at their limit in busy hours, where packets are lost."""
    usage, uplink = usage_of(evidence, thresholds), uplink_of(evidence, thresholds)
    speed = negotiated(evidence, thresholds)
    flow = None if uplink is None else uplink.flow_bits_per_second
    is_uplink_full = flow is not None and speed is not None and flow >= thresholds.full_ratio * speed
    cpu_ratio = None if usage is None else usage.cpu_ratio
    return is_uplink_full or (cpu_ratio is not None and cpu_ratio >= thresholds.full_cpu_ratio)


def _clients_ratio(some: Sequence[RadioEvidence], radios: Sequence[RadioEvidence]) -> float | None:
    """Of all the clients in busy hours, the share that is on some of the radios; of no clients that is none."""
    counts = [radio.clients for radio in radios]
    if any(count is None for count in counts):
        return None
    total = sum(count or 0.0 for count in counts)
    return sum(radio.clients or 0.0 for radio in some) / total if total else 0.0
