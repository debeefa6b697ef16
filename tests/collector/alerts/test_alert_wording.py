"""Every alert that a rule can make is told whole, in both languages, in words that somebody understands at night."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from alert_cities import NOON, City, city
from hypothesis import given
from hypothesis import strategies as st

from collector.alerts.alert import Severity
from collector.alerts.judging.verdicts import State
from collector.alerts.notice import ToldAlert
from collector.alerts.rules import rules
from collector.alerts.telling import wording
from collector.alerts.telling.shown import Language
from collector.alerts.telling.wording import Facts, RuleWording, Variant, facts_of, said, wording_of
from collector.certificates.known import Holder, KnownCertificate, KnownCertificates

LANGUAGES: tuple[Language, ...] = get_args(Language)
SITE = {"park": 2}
PLACE = "park-001"
DAY_SECONDS = 86_400.0
SENTENCES = ("what", "ended", "bad", "cause")
BENDING_PARTICLES = r"\}(이|가|을|를|은|는|과|와|으로|로|이나|나|이라|라)(?![가-힣])"
"""Those that go by how the word before them ends, which nobody knows of what is filled in."""
each_rule = pytest.mark.parametrize("kind", list(rules()))
each_language = pytest.mark.parametrize("language", LANGUAGES)


def place(**columns: float) -> City:
    return city(SITE).place(PLACE, **columns)


def radio(**figures: float) -> City:
    return city(SITE).radio(PLACE, "wlan0", **figures)


def silent_radio(is_reported: bool = True, **figures: float) -> City:
    """Beside one that works."""
    beside = city(SITE).radio(PLACE, "wlan1", is_up=1, clients=9, used_for_seconds=0, worked_for_seconds=0)
    return beside.radio(
        PLACE,
        "wlan0",
        is_reported=is_reported,
        used_for_seconds=2 * DAY_SECONDS,
        worked_for_seconds=3600,
        **figures,
    )


def check(kind: str, **told: Any) -> City:
    return city(SITE).check(kind, PLACE, is_ok=0, **told)


def agent(**word: Any) -> City:
    return city(SITE).agent("gw-park", **word)


def clock(**offset: float) -> City:
    return agent(clock_offset=timedelta(**offset), clock_measured_at=NOON)


def unknown(**device: Any) -> City:
    return city(SITE).unknown_device("gw-park/x", "gw-park", known_for_seconds=3 * DAY_SECONDS, **device)


def certificate(holder: Holder, name: str = "", *, left_seconds: float = DAY_SECONDS, trouble: str = "") -> City:
    ends_at = NOON + timedelta(seconds=left_seconds)
    known = KnownCertificate(holder, name, ends_at - timedelta(days=820), ends_at, trouble)
    return city(SITE).collector(certificates=KnownCertificates([known]))


def on_channel(**figures: float) -> tuple[City, ...]:
    """With band and channel, of both sorts, and without."""
    return (
        radio(**figures),
        radio(**figures, band=float(np.float32(2.4)), channel=6),
        radio(**figures, band=5, channel=36),
    )


CITIES: Mapping[str, Callable[[], tuple[City, ...]]] = {
    "access_point_silent": lambda: (
        city(SITE).silent(PLACE, clients=7),
        city(SITE).silent(PLACE, has_said_goodbye=True),
    ),
    "site_outage": lambda: (city(SITE).silent("park"), city(SITE).silent("park", clients=3)),
    "radio_silent": lambda: (
        silent_radio(is_up=0),
        silent_radio(is_up=0, band=5, channel=100),
        silent_radio(is_up=0, band=float(np.float32(2.4)), channel=6),
        silent_radio(is_reported=False),
        silent_radio(is_up=1, clients=0, busy_ratio=0, own_ratio=0, traffic_bits_per_second=0),
        silent_radio(is_up=1, clients=0, busy_ratio=0, own_ratio=0, traffic_bits_per_second=0, band=5, channel=36),
    ),
    "no_clients": lambda: (place(clients=0, usual_clients=23.5),),
    "uplink_down": lambda: (place(uplink_is_up=0), place(uplink_is_up=0, clients=3)),
    "uplink_slow": lambda: (
        place(uplink_bits_per_second=1e8, best_uplink_bits_per_second=1e9),
        place(uplink_bits_per_second=1e8, best_uplink_bits_per_second=1e9, uplink_is_full_duplex=0),
        place(uplink_is_full_duplex=0),
        city(SITE).place(PLACE, uplink_bits_per_second=5e8, best_uplink_bits_per_second=1e9, uplink_is_full_duplex=1),
    ),
    "reboot_loop": lambda: (
        place(restarts=5, uptime_seconds=200),
        place(restarts=5, uptime_seconds=200, temperature_celsius=91.5),
        place(restarts=5, uptime_seconds=200, temperature_celsius=35),
    ),
    "airtime_high": lambda: (
        *on_channel(busy_ratio=0.92),
        *on_channel(busy_ratio=0.92, own_ratio=0.7, clients=30),
        *on_channel(busy_ratio=0.92, own_ratio=0.1),
        *on_channel(busy_ratio=0.92, own_ratio=0.4),
    ),
    "retries_high": lambda: (
        *on_channel(retry_ratio=0.5),
        *on_channel(retry_ratio=0.5, noise_dbm=-70),
        *on_channel(retry_ratio=0.5, busy_ratio=0.8),
        *on_channel(retry_ratio=0.5, clients=1),
        *on_channel(retry_ratio=0.5, noise_dbm=-95, busy_ratio=0.2, clients=12),
    ),
    "noise_high": lambda: (*on_channel(noise_dbm=-65), *on_channel(noise_dbm=-65, retry_ratio=0.4)),
    "clients_over_capacity": lambda: (*on_channel(clients=88), *on_channel(clients=1088, busy_ratio=0.5)),
    "cpu_high": lambda: (
        place(cpu_ratio=0.99),
        place(cpu_ratio=0.99, clients=2, uptime_seconds=90_000),
        place(cpu_ratio=0.99, clients=60, uptime_seconds=90_000),
    ),
    "memory_high": lambda: (
        place(memory_used_ratio=0.99),
        place(memory_used_ratio=0.99, uptime_seconds=90 * DAY_SECONDS),
        place(memory_used_ratio=0.99, uptime_seconds=3600, clients=70),
    ),
    "temperature_high": lambda: (
        place(temperature_celsius=96.4),
        place(temperature_celsius=96.4, cpu_ratio=0.95),
        place(temperature_celsius=96.4, cpu_ratio=0.1, clients=4),
    ),
    "portal_failing": lambda: (check("portal"), check("portal", failure="the certificate has expired")),
    "dns_failing": lambda: (check("dns"), check("dns", failure="10.0.0.53 does not answer")),
    "gateway_failing": lambda: (check("gateway"), check("gateway", failure="answers 1 of 5 echo requests {x}")),
    "throughput_low": lambda: tuple(
        city(SITE).place(PLACE, **uplink).check("throughput", PLACE, download_bits_per_second=7.25e6)
        for uplink in ({}, {"uplink_bits_per_second": 1e8}, {"uplink_bits_per_second": 1e9})
    ),
    "clock_wrong": lambda: (clock(minutes=20), clock(hours=-3), clock(days=20_000)),
    "unknown_device": lambda: (
        unknown(),
        unknown(name="AP-7"),
        unknown(serial="XJ-9"),
        unknown(vendor="Nobody", model="M-1", serial="XJ-9", name="AP-7"),
    ),
    "foreign_place": lambda: (
        agent(foreign_reports=4, foreign_at=NOON),
        agent(foreign_reports=4, foreign_at=NOON, foreign_detail="gw-park may not speak for hall-001"),
    ),
    "spool_dropping": lambda: (agent(dropped=1200, dropped_at=NOON),),
    "certificate_ending": lambda: (
        certificate(Holder.AUTHORITY),
        certificate(Holder.BROKER),
        certificate(Holder.BROKER, left_seconds=-1),
        certificate(Holder.COLLECTOR, "collector"),
        certificate(Holder.AGENT, "gw-park"),
        certificate(Holder.AGENT, "park-001", trouble="no space left on device"),
    ),
    "collector_behind": lambda: (
        city(SITE).collector(commit_delay_seconds=75.0, pending_frames=1200),
        city(SITE).collector(commit_delay_seconds=75.0, pending_frames=1200, deferred_frames=9),
        city(SITE).collector(problems=("the store cannot be written: disk full",)),
        city(SITE).collector(commit_delay_seconds=float("nan"), problems=("not connected to the broker yet",)),
    ),
    "watchdog": lambda: (city(SITE),),
}
"""Of each rule, cities in which something is bad: with nothing more known than it takes, with all that may be known,
and with what makes a difference to its words."""


@cache
def alerts(kind: str) -> tuple[ToldAlert, ...]:
    """What the rule finds bad in these cities, as alerts."""
    rule = rules()[kind]
    found = tuple(
        _alerts(kind, judged) for judged in (rule.judge(c.snapshot(), rule.settings()) for c in CITIES[kind]())
    )
    assert all(found), "a rule finds nothing bad in a city that was made for it"
    return tuple(alert for each in found for alert in each)


def _alerts(kind: str, verdicts: Any) -> list[ToldAlert]:
    return [_alert(kind, verdicts, int(row)) for row in np.flatnonzero(verdicts.states == State.BAD)]


def _alert(kind: str, verdicts: Any, row: int) -> ToldAlert:
    subject = verdicts.subjects.subject(row)
    value = None if verdicts.values is None else float(verdicts.values[row])
    return ToldAlert(
        id="a",
        rule=kind,
        subject=subject.key,
        part=subject.part,
        severity=verdicts.severity(row) or Severity.WARNING,
        is_firing=True,
        since=NOON,
        fired_at=NOON,
        value=None if value is None or np.isnan(value) else value,
        threshold=verdicts.threshold,
        people=verdicts.people(row),
        members=verdicts.members(row),
        detail=dict(verdicts.detail(row)),
    )


def words(kind: str) -> RuleWording:
    found = wording_of(kind)
    assert found is not None
    return found


def facts(alert: ToldAlert, language: Language) -> Facts:
    return facts_of(alert, rules()[alert.rule].unit, language)


def variants(kind: str) -> Iterator[tuple[str, Variant]]:
    for sentence in SENTENCES:
        for variant in getattr(words(kind), sentence):
            yield sentence, variant


def asks_for(variant: Variant) -> set[str]:
    """What has to be known for it to be told."""
    return {*variant.placeholders, *variant.knows, *variant.at_least, *variant.below, *variant.equals}


def sentences(kind: str) -> Iterator[tuple[str, str]]:
    """Everything that is said of a rule, by language."""
    wording = words(kind)
    for language in LANGUAGES:
        yield language, wording.action[language]
        yield from ((language, variant[language]) for name, variant in variants(kind) if name != "bad")


def test_there_are_words_for_each_rule_and_for_no_other() -> None:
    files = {path.stem for path in Path(wording.__file__).parent.glob("*.toml")}
    assert {name for name in files if not name.startswith("_")} == set(rules())
    assert set(CITIES) == set(rules())


@each_rule
def test_words_ask_only_for_what_the_rule_may_tell(kind: str) -> None:
    may_tell = {name for alert in alerts(kind) for name in facts(alert, "en").raw}
    asked = {name for _, variant in variants(kind) for name in asks_for(variant)}
    assert asked <= may_tell


@each_rule
def test_each_variant_is_told_of_some_alert(kind: str) -> None:
    """But for the plain ones, which stand in for what is always known today."""
    for name in SENTENCES:
        every = getattr(words(kind), name)
        told = {_first_that_fits(every, alert) for alert in alerts(kind)}
        assert [variant.en for variant in every if not variant.is_plain and variant.en not in told] == []


def _first_that_fits(every: tuple[Variant, ...], alert: ToldAlert) -> str | None:
    for variant in every:
        if said([variant], facts(alert, "en"), "en") is not None:
            return variant.en
    return None


@each_language
@each_rule
def test_every_alert_is_told_whole(kind: str, language: Language) -> None:
    for alert in alerts(kind):
        known = facts(alert, language)
        what, ended, cause = (said(getattr(words(kind), name), known, language) for name in ("what", "ended", "cause"))
        assert what
        assert ended
        assert cause
        for sentence in (what, ended, cause, said(words(kind).bad, known, language) or ""):
            assert "nan" not in sentence.lower().split()
            assert "None" not in sentence
            assert len(sentence) <= 200


@given(st.data())
def test_whatever_is_missing_there_are_words(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(rules())))
    alert = data.draw(st.sampled_from(alerts(kind)))
    kept = data.draw(st.sets(st.sampled_from(sorted(alert.detail)))) if alert.detail else set()
    lost = data.draw(st.sets(st.sampled_from(["value", "threshold", "people", "part"])))
    less = alert.model_copy(
        update={"detail": {key: alert.detail[key] for key in kept}, **dict.fromkeys(lost)},
    )
    for language in LANGUAGES:
        for name in ("what", "ended", "cause"):
            assert said(getattr(words(kind), name), facts(less, language), language)


@each_rule
def test_a_name_fits_into_a_line(kind: str) -> None:
    name = words(kind).name
    assert 2 <= len(name.en.split()) <= 6
    assert len(name.ko) <= 20
    assert re.search(r"[가-힣]", name.ko)
    assert not name.en.endswith(".")
    assert name.en[0].isupper()


@each_rule
def test_sentences_are_whole_polite_and_plain(kind: str) -> None:
    for language, sentence in sentences(kind):
        assert len(sentence) <= 160, sentence
        assert not re.search(r"https?:|[*_`<>]", re.sub(r"\{\w+\}", "", sentence)), sentence
        whole = sentence.rstrip().endswith(".") or sentence.endswith("}")
        assert whole, sentence
        if language == "ko":
            assert re.search(r"(다|시오)\.$|\}$|\)\.$", sentence), sentence
            assert not re.search(BENDING_PARTICLES, sentence), sentence
        else:
            assert not re.search(r"[가-힣]", sentence), sentence


@each_rule
def test_both_languages_say_the_same_amount(kind: str) -> None:
    """A variant without one language's half would be a sentence that half of the readers miss."""
    for _, variant in variants(kind):
        assert re.search(r"[가-힣]", variant.ko), variant.en
        assert 0.8 < len(variant.en) / len(variant.ko) < 4, variant.en


def test_what_to_do_is_one_sentence() -> None:
    for kind in rules():
        for language in LANGUAGES:
            assert len(re.findall(r"[.?!](?: |$)", words(kind).action[language])) <= 2, kind
