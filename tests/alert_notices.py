"""Notices as tests need them: one of a kind that can be read, and random ones that hold all that may go wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from collector.alerts.alert import End, Severity
from collector.alerts.notice import Notice, NoticeKind, ToldAlert, Where
from inventory.models import SiteKind

NOW = datetime(2026, 7, 3, 5, 5, tzinfo=UTC)
YEOUIDO = Where(
    site="yeouido",
    site_kind=SiteKind.PARK,
    district="영등포구",
    site_name_ko="여의도한강공원",
    site_name_en="Yeouido Hangang Park",
    access_point="yeouido-017",
    access_point_name="물빛광장 17",
    floor="옥상",
    latitude=37.5285,
    longitude=126.9327,
)


def told_alert(**changes: Any) -> ToldAlert:
    """A radio whose channel is full, for 25 minutes by now."""
    whole: dict[str, Any] = {
        "id": "alert-1",
        "rule": "airtime_high",
        "subject": "yeouido-017/radio0",
        "part": "radio0",
        "severity": Severity.WARNING,
        "is_firing": True,
        "where": YEOUIDO,
        "since": NOW - timedelta(minutes=25),
        "fired_at": NOW - timedelta(minutes=10),
        "value": 0.82,
        "threshold": 0.75,
        "people": 31,
        "detail": {"channel": 36.0, "own_ratio": 0.6},
    }
    return ToldAlert(**(whole | changes))


def ended_alert(**changes: Any) -> ToldAlert:
    """The same, over."""
    return told_alert(is_firing=False, ended_at=NOW, end=End.WELL, **changes)


def notice_of(*alerts: ToldAlert, kind: NoticeKind = NoticeKind.BEGUN, **changes: Any) -> Notice:
    """What an endpoint is told of these."""
    whole: dict[str, Any] = {
        "id": "notice-1",
        "thread": "thread-1",
        "endpoint": "ops",
        "kind": kind,
        "rule": alerts[0].rule if alerts else "airtime_high",
        "where": YEOUIDO.model_copy(update={"access_point": None, "access_point_name": None, "floor": None}),
        "severity": Severity.WARNING,
        "made_at": NOW,
        "alerts": alerts,
    }
    return Notice(**(whole | changes))


NASTY = (
    "<!channel> & <https://evil.example|click>",
    "**bold** _it_ `code` [x](http://evil.example) # - > | ~~",
    '{{ 7 * 7 }} {% for x in y %} {value} {0} "quoted" \\ \\u0041',
    "줄\n바꿈\r\n탭\t\x00\x1b[31m\x7f",
    "\u202eright to left\u202c \u200b zero \ufeff",
    "&" * 300,
    "한" * 300,
    "😀" * 300,
    "\ud800 alone",
    "",
)
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
ids = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,30}[a-z0-9]\Z")
times = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(0)).map(lambda back: NOW + back)
numbers = st.one_of(st.none(), st.floats(width=32), st.floats(allow_nan=True, allow_infinity=True))
RULES = ("airtime_high", "site_outage", "watchdog", "dns_failing", "gone_rule", "test")


@st.composite
def places(draw: st.DrawFn) -> Where:
    """Anywhere, under any name."""
    has_position = draw(st.booleans())
    return Where(
        site=draw(ids),
        site_kind=draw(st.sampled_from(SiteKind)),
        district=draw(texts),
        site_name_ko=draw(texts),
        site_name_en=draw(texts),
        access_point=draw(st.one_of(st.none(), ids)),
        access_point_name=draw(st.one_of(st.none(), texts)),
        floor=draw(st.one_of(st.none(), texts)),
        latitude=draw(st.floats(-90, 90)) if has_position else None,
        longitude=draw(st.floats(-180, 180)) if has_position else None,
    )


@st.composite
def told_alerts(draw: st.DrawFn) -> ToldAlert:
    """Firing or ended, with all that may be known or without."""
    is_firing = draw(st.booleans())
    return ToldAlert(
        id=draw(ids),
        rule=draw(st.sampled_from(RULES)),
        subject=draw(texts),
        part=draw(st.one_of(st.none(), texts)),
        severity=draw(st.sampled_from(Severity)),
        is_firing=is_firing,
        is_flapping=draw(st.booleans()),
        end=None if is_firing else draw(st.sampled_from(End)),
        where=draw(st.one_of(st.none(), places())),
        since=draw(times),
        fired_at=draw(times),
        ended_at=None if is_firing else draw(times),
        value=draw(numbers),
        threshold=draw(numbers),
        people=draw(st.one_of(st.none(), st.integers(0, 10_000))),
        members=tuple(
            f"{name}-{place:03}" for name in [draw(ids)] for place in range(draw(st.sampled_from([0, 0, 3, 700])))
        ),
        detail=draw(st.dictionaries(st.sampled_from(_DETAILS), st.one_of(texts, st.floats()), max_size=4)),
    )


_DETAILS = (
    "channel",
    "own_ratio",
    "failure",
    "observed_at_seconds",
    "uptime_seconds",
    "best_bits_per_second",
    "noise_dbm",
)


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """Any notice; some of very many alerts."""
    alerts = draw(st.lists(told_alerts(), min_size=0, max_size=4)) * draw(st.sampled_from([1, 1, 1, 1, 40]))
    return Notice(
        id=draw(ids),
        thread=draw(st.one_of(ids, st.just("t" * 400))),
        endpoint="ops",
        kind=draw(st.sampled_from(NoticeKind)),
        rule=draw(st.sampled_from(RULES)),
        where=draw(st.one_of(st.none(), places())),
        severity=draw(st.sampled_from(Severity)),
        made_at=NOW,
        alerts=tuple(alerts),
    )
