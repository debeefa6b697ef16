"""Notices in words, in both languages. Where a rule's own words do not matter, it is one that there is no more."""

import re
from datetime import timedelta
from typing import Any

import pytest
from alert_notices import NOW, YEOUIDO, ended_alert, notice_of, notices, told_alert
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.rules import Unit
from collector.alerts.telling.alerts import tell_alert
from collector.alerts.telling.links import Links, checked_grafana_url, checked_runbooks_url
from collector.alerts.telling.notices import Link, tell
from collector.alerts.telling.plain_text import plain
from collector.alerts.telling.sample import sample_notice, sample_notices
from collector.alerts.telling.shown import by_name, in_unit, length, moment
from collector.alerts.telling.wording import Facts, RuleWording, Variant, facts_of, phrases, said, wording_of

LINKS = Links("https://wifi.example.org", "https://grafana.example.org/d/x?site={site}&ap={access_point}")


def old(**changes: Any) -> Any:
    return told_alert(rule="gone_rule", **changes)


def titles(notice: Notice) -> tuple[str, str]:
    return tell(notice, "ko", LINKS).title, tell(notice, "en", LINKS).title


def test_one_alert_is_told_whole() -> None:
    (alert,) = tell(notice_of(old(is_flapping=True, members=("a-1", "a-2"))), "en", LINKS).alerts
    assert dict(alert.rows("en")) == {
        "Where": "Yeouido Hangang Park, Yeongdeungpo-gu · 물빛광장 17 (yeouido-017) · 옥상 · radio0",
        "Since": "2026-07-03 13:40 KST",
        "How bad": "Value 0.8; threshold 0.8",
        "Likely cause": "Not known.",
        "Affected": "31 connected devices",
        "Access points": "a-1, a-2",
        "Note": "It keeps changing between bad and well.",
    }
    assert (alert.what, alert.action) == ("Something is wrong.", "Look at the alert's page for what is known.")
    assert (alert.page_url, alert.grafana_url, alert.runbook_url) == (
        "https://wifi.example.org/alerts/alert-1",
        "https://grafana.example.org/d/x?site=yeouido&ap=yeouido-017",
        "https://wifi.example.org/runbooks/gone_rule",
    )


def test_values_are_told_in_the_rules_unit() -> None:
    alert = tell_alert(told_alert(), "ko", LINKS)
    assert "82%" in f"{alert.what} {alert.how_bad}"
    assert "75%" in (alert.how_bad or "")


def test_what_has_ended_says_how_long_it_lasted_and_nothing_of_causes() -> None:
    over = ended_alert(rule="gone_rule", since=NOW - timedelta(hours=26))
    rows = dict(tell_alert(over, "ko", LINKS).rows("ko"))
    assert rows == {
        "위치": "영등포구 여의도한강공원 · 물빛광장 17 (yeouido-017) · 옥상 · radio0",
        "시작": "2026-07-02 12:05 KST",
        "지속 시간": "1일 2시간 (2026-07-03 14:05 KST까지)",
    }


@pytest.mark.parametrize(
    ("notice", "korean", "english"),
    [
        (
            notice_of(old()),
            "[주의] 기타 이상 · 여의도한강공원 · yeouido-017",
            "[Warning] Other trouble · Yeouido Hangang Park · yeouido-017",
        ),
        (
            notice_of(*[old()] * 1200),
            "[주의] 기타 이상 · 여의도한강공원 · 진행 중 1,200건",
            "[Warning] Other trouble · Yeouido Hangang Park · 1,200 firing",
        ),
        (
            notice_of(old(), old(), ended_alert(rule="gone_rule"), kind=NoticeKind.CHANGED),
            "[주의] 기타 이상 · 여의도한강공원 · 진행 중 2건 · 해소 1건",
            "[Warning] Other trouble · Yeouido Hangang Park · 2 firing · 1 ended",
        ),
        (
            notice_of(ended_alert(rule="gone_rule"), kind=NoticeKind.ENDED),
            "[해소] 기타 이상 · 여의도한강공원 · yeouido-017",
            "[Ended] Other trouble · Yeouido Hangang Park · yeouido-017",
        ),
        (
            notice_of(old(subject="", where=None), where=None),
            "[주의] 기타 이상 · 수집기",
            "[Warning] Other trouble · The collector",
        ),
        (
            notice_of(old(subject="gateway-9", where=None), where=None),
            "[주의] 기타 이상 · gateway-9",
            "[Warning] Other trouble · gateway-9",
        ),
        (sample_notice("ops", "n", NOW), "[시험] 시험 알림 · 수집기", "[Test] Test notice · The collector"),
    ],
)
def test_titles(notice: Notice, korean: str, english: str) -> None:
    assert titles(notice) == (korean, english)


def test_people_are_summed_over_what_fires() -> None:
    told = tell(notice_of(old(people=10), old(people=None), ended_alert(people=99)), "en", LINKS)
    assert told.summary == "Something is wrong. Affected: 10 connected devices."


def test_one_device_is_one_device() -> None:
    assert tell_alert(old(people=1), "en", LINKS).people == "1 connected device"


def test_a_district_that_has_no_english_name_keeps_its_own() -> None:
    nowhere = YEOUIDO.model_copy(update={"district": "성남시"})
    assert tell_alert(old(where=nowhere), "en", LINKS).where.startswith("Yeouido Hangang Park, 성남시 · ")


def test_nobody_is_not_told_as_somebody() -> None:
    assert tell_alert(old(people=0), "en", LINKS).people is None


def test_more_access_points_than_there_is_room_for_are_counted() -> None:
    members = tuple(f"yeouido-hangang-park-{number:04}" for number in range(1000))
    listed = tell_alert(old(members=members), "en", LINKS).members or ""
    shown = listed.count("yeouido-hangang-park-")
    assert listed.endswith(f"yeouido-hangang-park-{shown - 1:04} and {1000 - shown} more")
    assert 7900 < len(listed) < 8030


def test_links_are_those_that_are_known() -> None:
    nowhere = notice_of(old(where=None), where=None)
    assert tell(nowhere, "en", Links()).links == ()
    assert tell(nowhere, "en", Links(runbooks_url="https://wiki.example.org/{rule}.md")).links == (
        Link("Runbook", "https://wiki.example.org/gone_rule.md"),
    )
    assert Links("https://wifi.example.org", runbooks_url="https://wiki.example.org").runbook("x") == (
        "https://wiki.example.org/x"
    )
    several = [link.label for link in tell(notice_of(old(), old()), "ko", LINKS).links]
    assert several == ["장소 화면", "지도", "Grafana", "대응 안내"]


def test_a_place_without_a_position_is_on_no_map() -> None:
    assert Links().map(YEOUIDO.model_copy(update={"latitude": None, "longitude": None})) is None


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("https://grafana.example.org/{host}", "knows no placeholder but {access_point}, {site}"),
        ("https://grafana.example.org/{site!r}", "knows no placeholder"),
        ("https://grafana.example.org/{site:>99}", "knows no placeholder"),
        ("https://grafana.example.org/{", "brace that is never closed"),
        ("javascript:alert(1)", "must be an address"),
        ("https://u:p@grafana.example.org/", "without a user or a password"),
        ("https://grafana.example.org/|x>", "must not hold spaces"),
    ],
)
def test_a_board_s_address_is_checked(template: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        checked_grafana_url(template)


def test_right_addresses_are_kept() -> None:
    assert checked_grafana_url("https://g.example.org/?s={site}&a={access_point}") == (
        "https://g.example.org/?s={site}&a={access_point}"
    )
    assert checked_runbooks_url("https://wiki.example.org/wifi/") == "https://wiki.example.org/wifi"


@settings(max_examples=100, deadline=None)
@given(notice=notices(), language=st.sampled_from(["ko", "en"]))
def test_whatever_is_told_is_one_line_that_can_be_written_down(notice: Notice, language: Any) -> None:
    told = tell(notice, language, LINKS, at_most=5)
    lines = [
        told.title,
        told.summary,
        told.action,
        *(text for alert in told.alerts for row in alert.rows(language) for text in row),
    ]
    lines += [alert.what for alert in told.alerts]
    assert all(line and line.isprintable() and line == " ".join(line.split()) for line in lines)
    assert len("".join(lines).encode("utf-8")) > 0
    assert len(told.title) <= 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a\r\n\tb\x00c\x1b[31m ", "a b c [31m"),
        ("\u202eevil\u200b\ufeff", "evil"),
        ("\ud800", ""),
        ("한" * 300, "한" * 199 + "…"),
        ("<b> & *x* 물빛광장", "<b> & *x* 물빛광장"),
    ],
)
def test_strangers_text_is_made_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("seconds", "korean", "english"),
    [
        (0, "0초", "0 s"),
        (59.9, "59초", "59 s"),
        (320, "5분 20초", "5 min 20 s"),
        (3600, "1시간", "1 h"),
        (90_061, "1일 1시간", "1 d 1 h"),
        (-5, "0초", "0 s"),
    ],
)
def test_lengths_of_time(seconds: float, korean: str, english: str) -> None:
    assert (length(timedelta(seconds=seconds), "ko"), length(timedelta(seconds=seconds), "en")) == (korean, english)


@pytest.mark.parametrize(
    ("name", "figure", "shown"),
    [
        ("own_ratio", 0.634, "63%"),
        ("best_bits_per_second", 1e9, "1 Gb/s"),
        ("cpu_celsius", 71.25, "71.2 °C"),
        ("noise_dbm", -94.0, "-94 dBm"),
        ("took_milliseconds", 12.0, "12 ms"),
        ("observed_at_seconds", 1_783_055_100.0, "2026-07-03 14:05 KST"),
        ("observed_at_seconds", 1e30, None),
        ("uptime_seconds", 90.0, "1분 30초"),
        ("channel", 36.0, "36"),
        ("channel", float("nan"), None),
        ("channel", float("inf"), None),
        ("failure", "said\nno", "said no"),
        ("failure", " ", None),
    ],
)
def test_details_are_shown_by_the_ending_of_their_names(name: str, figure: str | float, shown: str | None) -> None:
    assert by_name(name, figure, "ko") == shown


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (Unit.RATIO, "1,234,500%"),
        (Unit.SECONDS, "3 h 25 min"),
        (Unit.BITS_PER_SECOND, "12.3 kb/s"),
        (Unit.DBM, "12,345 dBm"),
        (Unit.CELSIUS, "12,345 °C"),
        (Unit.CLIENTS, "12,345"),
        (Unit.COUNT, "12,345"),
        (None, "12,345"),
    ],
)
def test_values_are_shown_in_their_unit(unit: Unit | None, shown: str) -> None:
    assert in_unit(12_345.0, unit, "en") == shown.replace("1,234,500%", "1234500%")
    assert in_unit(float("nan"), unit, "en") is None
    assert in_unit(None, unit, "en") is None


def test_moments_are_korean_time_and_say_so() -> None:
    assert moment(NOW) == "2026-07-03 14:05 KST"


VARIANTS = (
    Variant(ko="{channel}번 {failure}", en="{failure} {channel}"),
    Variant(ko="많음", en="much", at_least={"own_ratio": 0.5}, below={"own_ratio": 0.9}),
    Variant(ko="같음", en="same", equals={"reason": "goodbye"}, knows=("part",)),
    Variant(ko="모름", en="unknown"),
)


@pytest.mark.parametrize(
    ("detail", "part", "expected"),
    [
        ({"channel": 36.0, "failure": "late", "own_ratio": 0.7}, None, "late 36"),
        ({"channel": 36.0, "own_ratio": 0.5}, None, "much"),
        ({"own_ratio": 0.9}, None, "unknown"),
        ({"own_ratio": "0.7"}, None, "unknown"),
        ({"own_ratio": float("nan")}, None, "unknown"),
        ({"reason": "goodbye"}, "radio0", "same"),
        ({"reason": "goodbye"}, None, "unknown"),
        ({}, None, "unknown"),
    ],
)
def test_the_first_variant_that_fits_is_told(detail: dict[str, Any], part: str | None, expected: str) -> None:
    facts = facts_of(told_alert(detail=detail, part=part, members=()), None, "en")
    assert said(VARIANTS, facts, "en") == expected


def test_a_stranger_s_braces_are_only_shown() -> None:
    facts = facts_of(told_alert(detail={"failure": "{value} {0} {x.__class__}", "channel": 1.0}), None, "en")
    assert said(VARIANTS, facts, "en") == "{value} {0} {x.__class__} 1"


WORDING: dict[str, Any] = {
    "name": {"ko": "가", "en": "a"},
    "what": [{"ko": "가", "en": "a"}],
    "ended": [{"ko": "가", "en": "a"}],
    "cause": [{"ko": "가", "en": "a"}],
    "action": {"ko": "가", "en": "a"},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": {"ko": "가"}},
        {"name": {"ko": "가 {value}", "en": "a {value}"}},
        {"what": []},
        {"what": [{"ko": "{value}", "en": "{value}"}]},
        {"what": [{"ko": "{value}", "en": "a"}, {"ko": "가", "en": "a"}]},
        {"what": [{"ko": "가", "en": "a", "below": {"value": 1}}]},
        {"bad": [{"ko": "{value:>9}", "en": "{value:>9}"}]},
        {"bad": [{"ko": "{value.x}", "en": "{value.x}"}]},
        {"bad": [{"ko": "{value", "en": "{value"}]},
        {"bad": [{"ko": "가\n", "en": "a\n"}]},
        {"else": {"ko": "가", "en": "a"}},
    ],
)
def test_wording_that_could_break_is_refused(changes: dict[str, Any]) -> None:
    assert RuleWording.model_validate(WORDING).what[0].is_plain
    with pytest.raises(ValueError, match="validation error"):
        RuleWording.model_validate(WORDING | changes)


def test_a_rule_that_there_is_no_more_still_has_words() -> None:
    assert wording_of("gone_rule") == wording_of("../secrets") == wording_of("_general") == wording_of("")
    assert wording_of("gone_rule").name["en"] == "Other trouble"


def test_samples_hold_one_notice_of_each_kind() -> None:
    assert {notice.kind for notice in sample_notices("ops", NOW)} == set(NoticeKind)


def test_every_phrase_has_both_languages() -> None:
    assert all(words["ko"] and words["en"] for words in phrases().values())
    assert said((), Facts(), "ko") is None
