"""Alerts of every sort at the places of the small city, as an evaluator would have kept them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from web_browser import Pages
from web_city import BARE, EVIL, EVIL_PLACE, FULL, NOW, SILENT

from collector.alerts.alert import Alert, End, Phase, Severity, Subject
from collector.state.alerts import write_alerts

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SITES = {FULL: "yeouido", SILENT: "yeouido", BARE: "yeouido", EVIL_PLACE: "mapo-library", "ttukseom-001": "ttukseom"}


def alert(name: str, rule: str, at: str = "", *, age: timedelta = 3 * HOUR, **fields: Any) -> Alert:
    """One that fires, about an access point, a site, a radio such as `yeouido-001/wlan0`, or the collector."""
    place, _, part = at.partition("/")
    site = SITES.get(place, place or None)
    subject = Subject(at, site, place if place in SITES else None, part or None)
    since = NOW - age
    made: dict[str, Any] = {
        "id": name,
        "rule": rule,
        "subject": subject,
        "severity": Severity.WARNING,
        "phase": Phase.FIRING,
        "since": since,
        "changed_at": since + MINUTE,
        "fired_at": since + MINUTE,
    }
    return Alert(**made | fields)


def ended(name: str, rule: str, at: str, *, age: timedelta, lasted: timedelta, **fields: Any) -> Alert:
    """One that is over."""
    over = {"phase": Phase.RESOLVED, "ended_at": NOW - age + lasted, "end": End.WELL}
    return alert(name, rule, at, age=age, **over | fields)


def keep(state: Engine, *alerts: Alert) -> None:
    """Write them down."""
    with state.begin() as connection:
        write_alerts(connection, alerts, [])


OUTAGE = alert(
    "outage",
    "site_outage",
    "yeouido",
    severity=Severity.CRITICAL,
    value=0.67,
    threshold=0.5,
    people=12,
    members=(SILENT, BARE),
    detail={"silent": 2.0, "known": 3.0},
)
SILENCE_OF_ONE = alert("silent", "access_point_silent", SILENT, value=10_800.0, threshold=180.0, people=7)
AIRTIME = alert(
    "airtime",
    "airtime_high",
    f"{FULL}/wlan0",
    age=2 * HOUR,
    value=0.91,
    threshold=0.75,
    people=30,
    detail={"channel": 6.0, "band": 2.4, "own_ratio": 0.2},
)
AIRTIME_TOO = alert(
    "airtime-too", "airtime_high", f"{FULL}/wlan1", age=HOUR, value=0.8, threshold=0.75, people=5, is_flapping=True
)
EVIL_ALERT = alert(
    "evil",
    "portal_failing",
    EVIL_PLACE,
    age=26 * HOUR,
    severity=Severity.CRITICAL,
    detail={"failure": EVIL, "kind": EVIL},
)
UNKNOWN = alert("unknown", "unknown_device", "", subject=Subject("gw-1/XJ-9"), severity=Severity.INFO, age=DAY)
WATCHDOG = alert("watchdog", "watchdog", "", severity=Severity.INFO, age=9 * DAY)
PENDING = alert("pending", "cpu_high", FULL, age=MINUTE, phase=Phase.PENDING, fired_at=None)
PAST = tuple(
    ended(
        f"past-{day:02}",
        "dns_failing",
        "ttukseom-001",
        age=day * DAY + HOUR,
        lasted=(day % 5 + 1) * 7 * MINUTE,
        severity=list(Severity)[day % 3],
        end=End.GONE if day == 2 else End.WELL,
    )
    for day in range(1, 29, 2)
)
EVERYTHING = (OUTAGE, SILENCE_OF_ONE, AIRTIME, AIRTIME_TOO, EVIL_ALERT, UNKNOWN, WATCHDOG, PENDING, *PAST)


def fill_with_alerts(pages: Pages) -> None:
    """All of these, one acknowledged; a silence, and maintenance under way and to come."""
    keep(pages.services.state, *EVERYTHING)
    desk = pages.services.alert_desk
    desk.acknowledge(UNKNOWN.id, "ops-oh", f"창고에 있는 기기 {EVIL}")
    matcher = {"access_points": [EVIL_PLACE], "rules": ["dns_failing"], "severities": ["warning"]}
    desk.make_silence({"matcher": matcher, "ends_at": NOW + 4 * HOUR, "comment": f"회선 공사 {EVIL}"}, "ops-oh")
    desk.make_silence(
        {"matcher": {"sites": ["ttukseom"]}, "starts_at": NOW + DAY, "ends_at": NOW + 2 * DAY, "comment": "행사"},
        "ops-oh",
    )
    over = desk.make_silence({"matcher": {"is_everything": True}, "ends_at": NOW + HOUR, "comment": "시험"}, "ops-oh")
    desk.end_silence(over.id, "관리자")
    weekly = {
        "kind": "recurring",
        "weekdays": ["sat", "sun"],
        "from_time": "23:00",
        "minutes": 180,
        "first_day": "2026-05-01",
    }
    once = {"kind": "once", "starts_at": NOW - HOUR, "ends_at": NOW + HOUR}
    desk.plan_maintenance(
        {"name": f"전기 점검 {EVIL}", "matcher": {"sites": ["ttukseom"]}, "when": once, "comment": "한전"}, "ops-oh"
    )
    desk.plan_maintenance(
        {"name": "주말 재시작", "matcher": {"site_kinds": ["library"]}, "when": weekly, "comment": "정전 대비"},
        "ops-oh",
    )
