"""A notice that says that it is a test: sent by whoever tries an endpoint, and rendered when a template is checked.
Pure."""

from datetime import UTC, datetime, timedelta

from collector.alerts.alert import End, Severity
from collector.alerts.notice import Notice, NoticeKind, ToldAlert, Where
from collector.alerts.telling.wording import TEST
from inventory.models import SiteKind

SAMPLE_AT = datetime(2026, 7, 3, 5, 5, tzinfo=UTC)
"""When samples are made that are never sent."""
_WHERE = Where(
    site="yeouido",
    site_kind=SiteKind.PARK,
    district="영등포구",
    site_name_ko="여의도한강공원",
    site_name_en="Yeouido Hangang Park",
    access_point="yeouido-001",
    access_point_name="물빛광장 1",
    floor="1층",
    latitude=37.5285,
    longitude=126.9327,
)


def sample_notice(endpoint: str, id: str, at: datetime) -> Notice:  # noqa: A002  # what it is called everywhere
    """For an endpoint that somebody tries: nothing is wrong, and it is about no place."""
    alert = ToldAlert(
        id=id, rule=TEST, subject="", severity=Severity.INFO, is_firing=True, since=at, fired_at=at, people=None
    )
    return Notice(
        id=id,
        thread=id,
        endpoint=endpoint,
        kind=NoticeKind.TEST,
        rule=TEST,
        where=None,
        severity=Severity.INFO,
        made_at=at,
        alerts=(alert,),
    )


def sample_notices(endpoint: str, at: datetime) -> tuple[Notice, ...]:
    """One of each sort that a format must be able to write down: with a place and without, begun, changed and ended,
    with all that may be known and with nothing of it, and letters that break markup. They are never sent."""
    began = at - timedelta(minutes=25)
    firing = ToldAlert(
        id="sample-1",
        rule="access_point_silent",
        subject="yeouido-001",
        part='radio "0" <&> {{ }}',
        severity=Severity.CRITICAL,
        is_firing=True,
        where=_WHERE,
        since=began,
        fired_at=began,
        value=300.0,
        threshold=60.0,
        people=12,
        members=("yeouido-001", "yeouido-002"),
        detail={"failure": 'said "no" & <left> {% x %} \\', "channel": 36.0},
    )
    ended = firing.model_copy(update={"id": "sample-2", "is_firing": False, "ended_at": at, "end": End.WELL})
    bare = ToldAlert(
        id="sample-3",
        rule="collector_behind",
        subject="",
        severity=Severity.WARNING,
        is_firing=True,
        since=at,
        fired_at=at,
    )
    notice = sample_notice(endpoint, "sample", at)
    at_a_place = notice.model_copy(update={"where": _WHERE, "rule": "access_point_silent"})
    return (
        notice,
        at_a_place.model_copy(update={"kind": NoticeKind.BEGUN, "alerts": (firing,), "severity": Severity.CRITICAL}),
        at_a_place.model_copy(update={"kind": NoticeKind.CHANGED, "alerts": (firing, ended)}),
        at_a_place.model_copy(update={"kind": NoticeKind.ENDED, "alerts": (ended,)}),
        notice.model_copy(update={"kind": NoticeKind.BEGUN, "alerts": (bare,), "rule": bare.rule}),
        notice.model_copy(update={"kind": NoticeKind.ALIVE, "alerts": (), "rule": "watchdog"}),
    )
