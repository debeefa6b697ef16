"""From where on something around a device counts as a cause: `[legacy.causes]` in the collector's configuration. Pure.

A quantity that reaches its threshold counts. Sources are named where there is one; what is judgement says so, and why.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from agent.settings import Contradiction, SettingsModel
from collector.legacy.causes_judgement import Cause

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class CauseThresholds(SettingsModel):
    """The `[legacy.causes]` table. The defaults are for evidence of some weeks."""

    fewest_hours: Count = 72
    """Of three days the busiest twentieth is three or four hours, from which a peak can be told (judgement)."""
    fewest_checks: Count = 288
    """Checks of a kind that were good or bad: a day's at the probes' own interval of 300 s. Of so many a share of 10 %
    has a standard error of 1.8 points."""
    fewest_tests: Count = 3
    """Successful tests of throughput, of which one runs in a night (judgement)."""

    shared_ratio: Share = 0.75
    """Of the access points checked at a site, and of the sites of the fleet, how many must have the same for it to be
    what they share: of two and of three all, of four three, as one may be just below its threshold (judgement)."""

    fewest_starts: Count = 6
    start_ratio: Share = 0.03
    """Hours in which it had just started, and their share. A start shows in two hours at most, so that this is three
    starts or more, and one in less than three days. Updates and a weekly restart stay below it, a cut every night comes
    to 8 % (judgement)."""

    hot_celsius: Positive = 85.0
    """Where electronic parts of the industrial range (-40 to 85 °C) are at their end; outdoor devices are made of
    those."""
    warm_celsius: Positive = 70.0
    """Where parts of the commercial range (0 to 70 °C) are at their end: heat only if the device restarts as well."""

    gigabit_bits_per_second: Positive = 1e9
    """Less than this is negotiated by a port that can more only for want of a pair of wires or a setting."""
    full_ratio: Share = 0.8
    """A link or a line that is so full in an hour's mean is full in many of its minutes (judgement)."""

    uplink_error_ratio: Positive = 1e-8
    """Errors for each bit that flows. The Ethernet standard allows no more, and Cisco's IE3500 switches raise an alarm
    there unless told otherwise (configuration guide 17.17, switch alarms)."""
    uplink_errors_per_second: Positive = 0.01
    """36 an hour: a few whenever a quiet link comes up do not count (judgement)."""

    loss_ratio: Share = 0.02
    """Of the packets to the gateway. With it a connection of 1,460 bytes a segment and 20 ms keeps 5 Mb/s, whatever the
    access point can (Mathis et al. 1997, The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm)."""
    gateway_seconds: Positive = 0.1
    """In busy hours, to the gateway: as much as ITU-T Y.1541 allows a whole path in its class 0."""
    dns_seconds: Positive = 0.1
    """In busy hours, beyond what the gateway takes. Others call a look-up slow from 50 ms on (Rimscout) and bad at
    100 ms."""
    bad_ratio: Share = 0.1
    """Of the checks of gateway, DNS, portal or RADIUS. Microsoft lets devices pass that fail to connect in 6 % of their
    attempts ("Percent of WiFi connection failures"); a tenth is clearly more (judgement)."""

    foreign_ratio: Share = 0.5
    """Airtime that others take: the limit of use for video (Plasma Cloud, channel utilization) is reached before the
    access point itself sends anything."""
    crowded_clients_ratio: Share = 0.25
    """Of the clients, those on crowded radios: a 2.4 GHz that hardly anybody uses explains nothing (judgement)."""

    full_radio_ratio: Share = 0.75
    """Airtime in use from which on the air is the limit: for data, by the same guideline."""
    full_cpu_ratio: Share = 0.9
    """Processor in use from which on the device is the limit: others warn above 90 %."""
    below_uplink_ratio: Share = 0.8
    """A test of throughput is limited beyond the uplink where it reaches no more of its speed than this. HTTP over TCP
    comes to 94 % at best: 1,448 bytes of 1,538 on the wire."""
    beyond_test_ratio: Annotated[float, Field(gt=1)] = 1.25
    """A site that carries so many times the best test has a line that can more than tests do (judgement)."""

    dispensable: tuple[Cause, ...] = (Cause.HEAT, Cause.RADIUS, Cause.BACKHAUL_FULL)
    """A device may be blamed without evidence on these; what is missing is told all the same. Many devices have no
    thermometer, open networks no RADIUS, and tests of throughput run at few places (judgement)."""

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Warm is below hot."""
        yield from super().contradictions(document)
        if isinstance(document, dict):
            warm, hot = document.get("warm_celsius", 70.0), document.get("hot_celsius", 85.0)
            if isinstance(warm, int | float) and isinstance(hot, int | float) and warm > hot:
                yield ("warm_celsius",), "must not be above hot_celsius; lower it, or raise hot_celsius"
