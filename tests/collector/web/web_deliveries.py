"""Endpoints in every state, and deliveries that have come to every end, for the tests of the pages."""

from datetime import timedelta

from alert_notices import ended_alert, notice_of, told_alert
from sqlalchemy import Engine
from web_city import EVIL, NOW

from collector.alerting.receivers import Receiver
from collector.alerts.alert import Severity
from collector.alerts.endpoints.settings import Secrets, Telling
from collector.alerts.formats import format_of
from collector.alerts.notice import Notice, NoticeKind, Where
from collector.alerts.planning.planner import Planned
from collector.alerts.planning.routing import Route
from collector.alerts.planning.threads import Conversation, Group
from collector.alerts.settings import AlertSettings
from collector.alerts.telling.sample import sample_notice
from collector.state import deliveries, endpoint_states
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in, write_plan
from inventory.models import SiteKind

MINUTE = timedelta(minutes=1)
REFUSAL = "503 Service Unavailable"
LIBRARY = Where(
    site="mapo-library",
    site_kind=SiteKind.LIBRARY,
    district="마포구",
    site_name_ko=f"마포 {EVIL}",
    site_name_en=f"Mapo {EVIL}",
    access_point="mapo-library-01",
    access_point_name=EVIL,
)


def receiver(name: str, language: str = "ko") -> Receiver:
    """An endpoint whose address is a secret, as those of chats are."""
    form = format_of("alertmanager_webhook")
    url = f"https://{name}.example.org/hooks/pssst?token=pssst"
    settings = form.settings.model_validate(
        {"name": name, "kind": form.kind, "language": language, "url": url, "timeout_seconds": 5}
    )
    return Receiver(settings, Secrets(url, {"authorization_file": "Bearer pssst"}), form, Telling())


RECEIVERS = (receiver("ops"), receiver("night", "en"), receiver("old"), receiver("quiet"))
SETTINGS = AlertSettings(
    routes=(
        Route(endpoints=("ops",)),
        Route(
            endpoints=("night",),
            severities=(Severity.CRITICAL,),
            sites=("yeouido", "mapo-library"),
            site_kinds=(SiteKind.PARK,),
            rules=("site_outage", "access_point_silent"),
            hours=("Mon-Fri 18:00-09:00", "Sat,Sun 00:00-24:00"),
        ),
        Route(endpoints=("night", "ops"), rules=("watchdog",)),
        Route(endpoints=("old",), sites=("yeouido", "ttukseom", "mapo-library", "jung-senior"), hours=("22:00-06:00",)),
    )
)
"""Nothing is sent to `quiet`."""


def fill_with_deliveries(state: Engine) -> None:
    """`ops` is open, `night` fails, `old` is gone, `quiet` is paused. Deliveries are called by what became of them."""
    with state.begin() as connection:
        epoch = begin_epoch(connection, NOW)

    def put(name: str, *, thread: str, minutes: int, is_new: bool = True, **changes: object) -> Notice:
        """A notice of a thread, made so many minutes ago."""
        made_at = NOW - minutes * MINUTE
        whole = {"alerts": (told_alert(),), "endpoint": "ops", **changes}
        notice = notice_of(kind=NoticeKind.BEGUN).model_copy(
            update={"id": name, "thread": thread, "made_at": made_at, **whole}
        )
        group = Group(notice.rule, None if notice.where is None else notice.where.site)
        planned = Planned(thread, Conversation(notice.endpoint, group), is_new, notice)
        with state.begin() as connection:
            write_plan(connection, [planned], made_at)
        return notice

    def call(notice: Notice) -> None:
        assert deliveries.claim(state, notice, epoch, notice.made_at)

    begun = put("arrived", thread="t1", minutes=50)
    call(begun)
    deliveries.note_delivered(state, begun, begun.made_at)
    end = put("ended", thread="t1", minutes=40, is_new=False, kind=NoticeKind.ENDED, alerts=(ended_alert(),))
    call(end)
    deliveries.note_delivered(state, end, end.made_at)
    late = put("late", thread="t2", minutes=39, endpoint="night", rule="dns_failing")
    over = {"kind": NoticeKind.ENDED, "alerts": (ended_alert(),)}
    late_end = put("dead-end", thread="t2", minutes=38, is_new=False, endpoint="night", rule="dns_failing", **over)
    for each in (late, late_end):
        call(each)
        deliveries.note_dead(state, each, REFUSAL, each.made_at + MINUTE)
    dead = put("dead", thread="t3", minutes=30, endpoint="night", where=LIBRARY)
    call(dead)
    deliveries.note_dead(state, dead, REFUSAL, dead.made_at + MINUTE)
    again = put("retrying", thread="t4", minutes=10, endpoint="night", rule="noise_high", alerts=(told_alert(),) * 120)
    call(again)
    deliveries.note_failed(state, again, REFUSAL, NOW + 25 * MINUTE)
    put("waiting", thread="t5", minutes=5, rule="cpu_high")
    put("held", thread="t6", minutes=4, endpoint="quiet", rule="cpu_high", where=None)
    call(put("under-way", thread="t7", minutes=3, rule="memory_high"))
    put("folded", thread="t8", minutes=2, rule="reboot_loop")
    with state.begin() as connection:
        planned = Planned("t8", Conversation("ops", Group("reboot_loop", "yeouido")), False, None, ("folded",))
        write_plan(connection, [planned], NOW - MINUTE)
        put_in(connection, sample_notice("ops", "tried", NOW - MINUTE), NOW - MINUTE)
    gone = put("nowhere", thread="t9", minutes=1, endpoint="renamed", where=LIBRARY, rule="uplink_down")
    deliveries.note_dead(state, gone, "there is no such endpoint any more", NOW)
    endpoint_states.note_arrival(state, "ops", NOW - 40 * MINUTE)
    endpoint_states.note_failure(state, "night", REFUSAL, NOW - 10 * MINUTE)
    endpoint_states.note_gone(state, "old", "410 Gone: the receiver wants no more notices", NOW - 90 * MINUTE)
    endpoint_states.pause(state, "quiet", "ops-oh", NOW - 20 * MINUTE)
