"""Whether an access point is busy: what is known decides, what is unknown does not."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.probing_throughput.business import FRESH, BusyLimits, why_busy
from agent.wire import Interface, Radio, Report

NOW = datetime(2026, 5, 2, 3, 0, tzinfo=UTC)
LIMITS = BusyLimits(clients=5, bits_per_second=5e6, busy_ratio=0.5)


def report(**fields: object) -> Report:
    return Report.model_validate({"observed_at": NOW, **fields})


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (report(clients=6), "6 clients are connected, more than 5"),
        (report(radios=(Radio(name="a", clients=4), Radio(name="b", clients=2), Radio(name="c"))), "6 clients"),
        (report(uplink=Interface(name="eth0", tx_bits_per_second=6e6)), "6.0 Mb/s are flowing, more than 5"),
        (
            report(
                radios=(Radio(name="a", tx_bits_per_second=3e6), Radio(name="b", tx_bits_per_second=4e6)),
                uplink=Interface(name="eth0"),
            ),
            "7.0 Mb/s",
        ),
        (report(tx_bits_per_second=8e6, uplink=Interface(name="eth0")), "8.0 Mb/s"),
        (
            report(clients=0, radios=(Radio(name="a", busy_ratio=0.2), Radio(name="b", busy_ratio=0.6))),
            "60% of a radio",
        ),
    ],
)
def test_what_is_above_its_limit_is_told(seen: Report, said: str) -> None:
    assert said in (why_busy(seen, LIMITS, NOW) or "")


@pytest.mark.parametrize(
    "seen",
    [
        None,
        report(),
        report(clients=5, radios=(Radio(name="a", busy_ratio=0.5, clients=50),)),
        report(uplink=Interface(name="eth0", rx_bits_per_second=5e6, tx_bits_per_second=5e6)),
        report(
            uplink=Interface(name="eth0", rx_bits_per_second=1e6),
            radios=(Radio(name="a", tx_bits_per_second=9e6),),  # the uplink knows better what flows
        ),
    ],
)
def test_at_its_limits_or_unknown_it_is_not_known_to_be_busy(seen: Report | None) -> None:
    assert why_busy(seen, LIMITS, NOW) is None


def test_an_old_report_says_nothing_of_the_present() -> None:
    assert why_busy(report(clients=50), LIMITS, NOW + FRESH) is not None
    assert why_busy(report(clients=50), LIMITS, NOW + FRESH + timedelta(seconds=1)) is None
