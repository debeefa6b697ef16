"""When a certificate's end is told of, and how urgently."""

from datetime import timedelta

import pytest
from alert_cities import NOON, City, city, states

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.verdicts import State, Verdicts
from collector.alerts.rules import certificate_ending
from collector.certificates.known import Holder, KnownCertificate, KnownCertificates

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SERVER_DAYS, AGENT_DAYS, AUTHORITY_DAYS = 820, 90, 7300


def certificate(holder: Holder, left: timedelta, days: float, name: str = "", trouble: str = "") -> KnownCertificate:
    ends_at = NOON + left
    return KnownCertificate(holder, name, ends_at - timedelta(days=days), ends_at, trouble)


def knowing(*certificates: KnownCertificate) -> City:
    return city({"park": 2}).collector(certificates=KnownCertificates(certificates))


def judged(*certificates: KnownCertificate) -> Verdicts:
    return certificate_ending.judge(knowing(*certificates).snapshot(), certificate_ending.Settings())


@pytest.mark.parametrize(
    ("holder", "days", "limit"),
    [
        (Holder.BROKER, SERVER_DAYS, 30 * DAY),
        (Holder.COLLECTOR, SERVER_DAYS, 30 * DAY),
        (Holder.AUTHORITY, AUTHORITY_DAYS, 365 * DAY),
        (Holder.AGENT, AGENT_DAYS, 18 * DAY),
        (Holder.BROKER, AGENT_DAYS, 18 * DAY),
        (Holder.AGENT, 1, timedelta(days=0.2)),
    ],
)
def test_it_is_bad_below_its_limit(holder: Holder, days: float, limit: timedelta) -> None:
    assert [*states(judged(certificate(holder, limit, days))).values()] == [State.GOOD]
    assert [*states(judged(certificate(holder, limit - SECOND, days))).values()] == [State.BAD]
    assert [*states(judged(certificate(holder, -DAY, days))).values()] == [State.BAD]


@pytest.mark.parametrize(
    ("holder", "left", "severity"),
    [
        (Holder.BROKER, 8 * DAY, None),
        (Holder.BROKER, 7 * DAY - SECOND, Severity.CRITICAL),
        (Holder.COLLECTOR, -DAY, Severity.CRITICAL),
        (Holder.AUTHORITY, 6 * DAY, Severity.CRITICAL),
        (Holder.AGENT, -DAY, None),
    ],
)
def test_it_gets_worse_but_for_one_agent(holder: Holder, left: timedelta, severity: Severity | None) -> None:
    assert judged(certificate(holder, left, 820)).severity(0) is severity


def test_an_agents_is_told_where_its_access_point_is_and_with_what_it_says() -> None:
    its = certificate(Holder.AGENT, 2 * DAY, AGENT_DAYS, "park-001", "the disk is full")
    gateway = certificate(Holder.AGENT, 2 * DAY, AGENT_DAYS, "gw-park")
    broker = certificate(Holder.BROKER, 2 * DAY, SERVER_DAYS)
    verdicts = judged(its, gateway, broker)
    assert [verdicts.subjects.subject(row) for row in range(3)] == [
        Subject("agent/park-001", "park", "park-001"),
        Subject("agent/gw-park", "park"),
        Subject("broker"),
    ]
    assert verdicts.detail(0) == {
        "holder": "agent",
        "name": "park-001",
        "ends_at_seconds": (NOON + 2 * DAY).timestamp(),
        "trouble": "the disk is full",
    }
    assert verdicts.values is not None
    assert verdicts.values.tolist() == [2 * 86_400.0] * 3


def test_what_was_never_read_is_not_known() -> None:
    assert states(judged(KnownCertificate(Holder.BROKER))) == {"broker": State.UNKNOWN}


def test_before_the_first_look_nothing_is_judged_and_nothing_has_gone() -> None:
    verdicts = certificate_ending.judge(city({"park": 1}).snapshot(), certificate_ending.Settings())
    assert states(verdicts) == {}
    assert verdicts.subjects.row("broker") is None
    assert verdicts.subjects.is_known("broker")


def test_one_that_is_there_no_longer_has_gone() -> None:
    assert not judged(certificate(Holder.BROKER, DAY, 820)).subjects.is_known("agent/park-001")
