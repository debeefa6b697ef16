"""Small fleets with a known cause at known access points, and with none at the others: what has to be told apart.

Places are listed by site. A place that names no cause must have none, whatever its neighbours have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cause_places import Air, Checks, Place

from collector.legacy.causes import Cause, Missing


@dataclass(frozen=True, slots=True)
class Case:
    """A place and what must be found: its causes, first what is to be mended first, whether its device is cleared, and
    what has to be among the missing."""

    place: Place
    causes: Sequence[Cause] = ()
    is_device_cleared: bool | None = False
    missing: frozenset[Missing] = frozenset()


Fleet = Mapping[str, Sequence[Case]]


def has(place: Place, *causes: Cause) -> Case:
    """A place with causes that clear its device."""
    return Case(place, causes, is_device_cleared=True)


def unknown(place: Place, *missing: Missing) -> Case:
    """A place of which too little is known."""
    return Case(place, (), None, frozenset(missing))


GOOD = Place()
HEALTHY = Case(GOOD)
UPDATED = Case(replace(GOOD, starts_at=(52.1,)))

BUSY = replace(GOOD, air=(Air("2.4", 0.3, 0.2, 12), Air("5", 0.85, 0.05, 60, retry_ratio=0.12)), cpu_ratio=0.7)
OLD = replace(GOOD, speed_bits_per_second=100e6, port_bits_per_second=100e6, test_bits_per_second=94e6)
OLD_AND_FULL = replace(OLD, flow_bits_per_second=92e6)
SLOW = replace(GOOD, speed_bits_per_second=100e6, test_bits_per_second=94e6)
NIGHTLY = tuple(24 * day + 5.5 for day in range(7))
CUT = replace(GOOD, starts_at=NIGHTLY, is_off=(1, 2, 3, 4), test_bits_per_second=None)
UNSTEADY = replace(GOOD, starts_at=tuple(5.5 + 13 * number for number in range(12)))
NOONS = tuple(24 * day + 13.5 for day in range(1, 6))
PORTAL_DOWN = replace(GOOD, portal=Checks(bad_ratio=0.6))
RETRYING = replace(PORTAL_DOWN, air=(Air("2.4", 0.15, 0.2, 6, 0.45), Air("5", 0.25, 0.1, 20, 0.5)))
DNS_SLOW = replace(GOOD, dns=Checks(seconds=0.35))
RADIUS_REJECTS = replace(GOOD, radius=Checks(bad_ratio=1.0))
LOSING = replace(GOOD, gateway=Checks(bad_ratio=0.06, loss_ratio=0.05))
FAR_GATEWAY = replace(GOOD, gateway=Checks(seconds=0.26, loss_ratio=0.0), dns=Checks(seconds=0.27))
ERRORS = replace(GOOD, errors_per_second=4.0)
CROWDED = (Air("2.4", 0.1, 0.7, 8), Air("5", 0.2, 0.6, 15))
UNCHECKED = replace(GOOD, gateway=None, dns=None, portal=None, radius=None)
LINE = replace(GOOD, test_bits_per_second=190e6, flow_bits_per_second=48e6)
QUEUEING = replace(LINE, gateway=Checks(seconds=0.18, loss_ratio=0.004), dns=Checks(seconds=0.3))

JUST_UNDER = (
    replace(GOOD, starts_at=(20.5, 70.5), temperature_celsius=84.9),
    replace(GOOD, starts_at=NOONS[:2], temperature_celsius=84.0),
    replace(GOOD, flow_bits_per_second=790e6, port_bits_per_second=2.5e9),
    replace(GOOD, errors_per_second=0.59),
    replace(GOOD, air=(Air("2.4", 0.3, 0.49, 6), Air("5", 0.3, 0.49, 20))),
    replace(GOOD, air=(Air("2.4", 0.1, 0.8, 24), Air("5", 0.2, 0.1, 76))),
    replace(GOOD, gateway=Checks(bad_ratio=0.095, loss_ratio=0.019)),
)
JUST_UNDER_TOGETHER = replace(
    GOOD,
    gateway=Checks(seconds=0.095, loss_ratio=0.019),
    dns=Checks(0.095, seconds=0.185),
    portal=Checks(0.095),
    radius=Checks(0.095),
)
JUST_OVER = (
    has(replace(GOOD, temperature_celsius=85.1), Cause.HEAT),
    has(replace(GOOD, starts_at=NOONS[:3], temperature_celsius=70.1), Cause.HEAT),
    has(replace(GOOD, flow_bits_per_second=810e6, port_bits_per_second=2.5e9), Cause.SLOW_UPLINK),
    has(replace(GOOD, errors_per_second=0.61), Cause.CABLE),
    has(replace(GOOD, air=(Air("2.4", 0.3, 0.51, 6), Air("5", 0.3, 0.51, 20))), Cause.CROWDED_CHANNEL),
    has(replace(GOOD, air=(Air("2.4", 0.1, 0.8, 26), Air("5", 0.2, 0.1, 74))), Cause.CROWDED_CHANNEL),
    has(replace(GOOD, gateway=Checks(loss_ratio=0.021)), Cause.CABLE),
)
JUST_OVER_TOGETHER = {
    "b": [has(replace(GOOD, gateway=Checks(seconds=0.105)), Cause.BACKHAUL_BAD)] * 3,
    "c": [has(replace(GOOD, gateway=Checks(bad_ratio=0.105)), Cause.BACKHAUL_BAD)] * 3,
    "d": [has(replace(GOOD, dns=Checks(seconds=0.11)), Cause.DNS)] * 3,
    "e": [has(replace(GOOD, dns=Checks(0.105)), Cause.DNS)] * 3,
    "f": [has(replace(GOOD, portal=Checks(0.105)), Cause.PORTAL)] * 3,
    "g": [has(replace(GOOD, radius=Checks(0.105)), Cause.RADIUS)] * 3,
}
EVERYTHING_BAD = Place(
    speed_bits_per_second=100e6,
    errors_per_second=50.0,
    air=CROWDED,
    temperature_celsius=95.0,
    starts_at=tuple(2.05 + 3 * number for number in range(15)),
    gateway=Checks(bad_ratio=0.5, loss_ratio=0.4),
    dns=Checks(bad_ratio=0.9),
    portal=Checks(bad_ratio=1.0),
    radius=Checks(bad_ratio=1.0),
    hours=48,
)

SCENARIOS: Mapping[str, Fleet] = {
    "nothing is the matter": {"a": [HEALTHY] * 3, "b": [HEALTHY] * 2},
    "busy with its own traffic is need": {"a": [Case(BUSY), HEALTHY, HEALTHY]},
    "an old device's port can no more": {"a": [Case(OLD), Case(OLD_AND_FULL), HEALTHY]},
    "100 Mb/s on a gigabit port, by the catalogue": {"a": [has(SLOW, Cause.SLOW_UPLINK), HEALTHY, HEALTHY]},
    "100 Mb/s on a gigabit port, by the device": {
        "a": [
            has(replace(SLOW, max_speed_bits_per_second=1e9, port_bits_per_second=None), Cause.SLOW_UPLINK),
            Case(replace(OLD, max_speed_bits_per_second=100e6, port_bits_per_second=1e9)),
            HEALTHY,
        ]
    },
    "100 Mb/s, and nobody knows the port": {
        "a": [unknown(replace(SLOW, port_bits_per_second=None), Missing.PORT_SPEED), HEALTHY, HEALTHY]
    },
    "a gigabit that is used up on a faster port": {
        "a": [
            has(replace(GOOD, flow_bits_per_second=850e6, port_bits_per_second=2.5e9), Cause.SLOW_UPLINK),
            Case(replace(GOOD, port_bits_per_second=2.5e9)),
            HEALTHY,
        ]
    },
    "one bad device in a good site": {"a": [Case(RETRYING), HEALTHY, HEALTHY, HEALTHY], "b": [HEALTHY, HEALTHY]},
    "two devices of six, and the portal is not to blame": {"a": [Case(RETRYING)] * 2 + [HEALTHY] * 4},
    "no checks at one place": {
        "a": [unknown(UNCHECKED, Missing.GATEWAY, Missing.DNS, Missing.PORTAL, Missing.RADIUS), HEALTHY, HEALTHY]
    },
    "the portal is down at one site": {"a": [has(PORTAL_DOWN, Cause.PORTAL)] * 4, "b": [HEALTHY] * 3},
    "the portal is down at a site, and one place has luck": {
        "a": [has(PORTAL_DOWN, Cause.PORTAL)] * 3 + [HEALTHY],
        "b": [HEALTHY] * 2,
    },
    "the portal is down all over the city": {
        "a": [has(PORTAL_DOWN, Cause.PORTAL)] * 3,
        "b": [has(PORTAL_DOWN, Cause.PORTAL)] * 2,
        "c": [has(PORTAL_DOWN, Cause.PORTAL)],
    },
    "the portal fails at a large site and at one place elsewhere": {
        "a": [has(PORTAL_DOWN, Cause.PORTAL)] * 5,
        "b": [Case(RETRYING), HEALTHY, HEALTHY],
    },
    "DNS is slow everywhere": {"a": [has(DNS_SLOW, Cause.DNS)] * 3, "b": [has(DNS_SLOW, Cause.DNS)] * 2},
    "DNS fails, and the portal with it": {
        "a": [has(replace(GOOD, dns=Checks(0.4), portal=Checks(0.4)), Cause.DNS)] * 3,
        "b": [HEALTHY] * 2,
    },
    "DNS fails, and the portal by itself": {
        "a": [has(replace(GOOD, dns=Checks(0.3), portal=Checks(0.9)), Cause.DNS, Cause.PORTAL)] * 3,
        "b": [HEALTHY] * 2,
    },
    "RADIUS rejects": {"a": [has(RADIUS_REJECTS, Cause.RADIUS)] * 3, "b": [HEALTHY] * 2},
    "RADIUS rejects one place alone": {"a": [Case(RADIUS_REJECTS), HEALTHY, HEALTHY]},
    "power is cut by night": {"a": [has(CUT, Cause.POWER)] * 4, "b": [HEALTHY] * 2},
    "one restart for an update": {"a": [UPDATED] * 4, "b": [UPDATED] * 2},
    "one alone restarts again and again": {"a": [Case(UNSTEADY, [Cause.POWER], None), HEALTHY, HEALTHY]},
    "a hot noon without restarts": {"a": [Case(replace(GOOD, temperature_celsius=76.0))] * 3},
    "a hot noon with restarts": {
        "a": [has(replace(GOOD, temperature_celsius=76.0, starts_at=NOONS), Cause.HEAT)] * 2 + [HEALTHY]
    },
    "too hot for any part, and not yet restarting": {
        "a": [has(replace(GOOD, temperature_celsius=91.0), Cause.HEAT), HEALTHY, HEALTHY]
    },
    "restarts without a thermometer": {
        "a": [
            Case(replace(UNSTEADY, temperature_celsius=None), [Cause.POWER], None, frozenset({Missing.TEMPERATURE})),
            HEALTHY,
            HEALTHY,
        ]
    },
    "both channels are crowded": {"a": [has(replace(GOOD, air=CROWDED), Cause.CROWDED_CHANNEL), HEALTHY, HEALTHY]},
    "one channel is crowded, and hardly anybody is on it": {
        "a": [Case(replace(GOOD, air=(Air("2.4", 0.05, 0.8, 3), Air("5", 0.3, 0.1, 30)))), HEALTHY, HEALTHY]
    },
    "one channel is crowded, and most are on it": {
        "a": [
            has(replace(GOOD, air=(Air("2.4", 0.2, 0.6, 24), Air("5", 0.1, 0.1, 6))), Cause.CROWDED_CHANNEL),
            HEALTHY,
            HEALTHY,
        ]
    },
    "one channel is crowded, and nobody counts clients": {
        "a": [
            unknown(replace(GOOD, air=(Air("2.4", 0.2, 0.6, None), Air("5", 0.1, 0.1, None))), Missing.CLIENTS),
            HEALTHY,
        ]
    },
    "airtime is not told": {
        "a": [
            unknown(replace(GOOD, air=(Air("2.4", 0.2, None, 5), Air("5", 0.3, None, 20))), Missing.AIRTIME),
            HEALTHY,
        ]
    },
    "errors on one uplink": {"a": [has(ERRORS, Cause.CABLE), HEALTHY, HEALTHY]},
    "the ends of an old uplink differ about duplex": {
        "a": [has(replace(OLD, is_full_duplex=False, errors_per_second=9.0), Cause.CABLE), Case(OLD), HEALTHY]
    },
    "packets are lost at one place alone": {"a": [has(LOSING, Cause.CABLE), HEALTHY, HEALTHY]},
    "packets are lost at one place, whose processor is full": {
        "a": [Case(replace(LOSING, cpu_ratio=0.97)), HEALTHY, HEALTHY]
    },
    "packets are lost all over a site": {"a": [has(LOSING, Cause.BACKHAUL_BAD)] * 4, "b": [HEALTHY] * 2},
    "the gateway keeps silent, and all behind it is well": {
        "a": [unknown(replace(GOOD, gateway=Checks(bad_ratio=1.0, loss_ratio=1.0)), Missing.GATEWAY)] * 3,
        "b": [HEALTHY] * 2,
    },
    "the line is down half of the time": {
        "a": [
            has(
                replace(GOOD, gateway=Checks(0.5, loss_ratio=0.5), dns=Checks(0.5), portal=Checks(0.5)),
                Cause.BACKHAUL_BAD,
            )
        ]
        * 3,
        "b": [HEALTHY] * 2,
    },
    "the gateway is slow all over a site, and DNS behind it": {
        "a": [has(FAR_GATEWAY, Cause.BACKHAUL_BAD)] * 3,
        "b": [HEALTHY] * 2,
    },
    "packets are lost at the only place of a site": {"a": [unknown(LOSING, Missing.NEIGHBOURS)], "b": [HEALTHY] * 3},
    "the line is full in the evening": {"a": [has(QUEUEING, Cause.BACKHAUL_FULL)] * 4, "b": [HEALTHY] * 2},
    "the line of a small place is full": {
        "a": [has(replace(LINE, test_bits_per_second=90e6, flow_bits_per_second=86e6), Cause.BACKHAUL_FULL)],
        "b": [HEALTHY] * 2,
    },
    "the line is slow, and nobody needs more": {"a": [Case(replace(LINE, flow_bits_per_second=20e6))] * 4},
    "the line is full, and so is the air": {
        "a": [Case(replace(LINE, air=BUSY.air, flow_bits_per_second=60e6))] * 3,
        "b": [HEALTHY] * 2,
    },
    "tests are slow, and the site carries far more": {
        "a": [Case(replace(LINE, flow_bits_per_second=140e6), missing=frozenset({Missing.LINE_SPEED}))] * 3
    },
    "no tests of throughput": {
        "a": [Case(replace(GOOD, test_bits_per_second=None), missing=frozenset({Missing.THROUGHPUT}))] * 3
    },
    "two causes at one place": {
        "a": [
            has(
                replace(SLOW, errors_per_second=4.0, air=CROWDED), Cause.SLOW_UPLINK, Cause.CABLE, Cause.CROWDED_CHANNEL
            )
        ]
        + [HEALTHY] * 2
    },
    "a site's power, and the city's DNS": {
        "a": [has(replace(CUT, dns=Checks(0.3)), Cause.POWER, Cause.DNS)] * 3,
        "b": [has(replace(GOOD, dns=Checks(0.3)), Cause.DNS)] * 3,
    },
    "a site's power, and one of it too hot": {
        "a": [has(CUT, Cause.POWER)] * 3 + [has(replace(CUT, temperature_celsius=88.0), Cause.HEAT)],
    },
    "a bad line, and one cable with errors": {
        "a": [has(replace(LOSING, errors_per_second=4.0), Cause.CABLE, Cause.BACKHAUL_BAD)]
        + [has(LOSING, Cause.BACKHAUL_BAD)] * 3,
    },
    "everything just below its threshold": {
        "a": [Case(place) for place in JUST_UNDER],
        "b": [Case(JUST_UNDER_TOGETHER)] * 3,
    },
    "everything just above its threshold": {"a": [*JUST_OVER, HEALTHY], **JUST_OVER_TOGETHER},
    "two days are too few": {
        "a": [unknown(EVERYTHING_BAD, Missing.STARTS, Missing.UPLINK_SPEED, Missing.AIRTIME, Missing.GATEWAY)] * 3
    },
}
