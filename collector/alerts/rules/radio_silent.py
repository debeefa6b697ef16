"""A radio of an access point serves nobody any more although its siblings work; figures of the whole device hide it."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.alert import Subject
from collector.alerts.judging.figures import people_in
from collector.alerts.judging.snapshot import Radios, Snapshot
from collector.alerts.judging.verdicts import Flags, Told, Verdicts, states_of
from collector.alerts.looking.radios import WATCHED_FOR
from collector.alerts.rules import RuleSettings, Scope

SCOPE = Scope.RADIO
UNIT = None
SOURCES = {
    "severity": "A judgement of ours: the other radios still serve people.",
    "raise_after_seconds": "A judgement of ours: a radio that has to leave its channel for a radar is silent for a "
    "minute or more, one that is set up anew for some.",
    "clear_after_seconds": "A judgement of ours: five minutes hold several reports at the usual interval of 60 s.",
    "idle_after_seconds": "A judgement of ours: a whole day holds the busiest hours of a place. Nobody for a "
    "night says nothing: clients choose bands, and 6 GHz is empty for hours.",
    "watched_for_seconds": "A judgement of ours: a radio that has been off for a week is meant to be.",
}
_TRAFFIC = "traffic_bits_per_second"
_FIGURES = ("is_up", "clients", "busy_ratio", "own_ratio", _TRAFFIC)


class Settings(RuleSettings):
    """A radio is down, or its device tells of it no more, or it has shown neither clients nor airtime nor traffic for
    `idle_after_seconds`, while another radio of the device works. One that has not worked for `watched_for_seconds` is
    taken to be off on purpose, and its alert ends."""

    raise_after_seconds: float = 900.0
    clear_after_seconds: float = 300.0
    idle_after_seconds: Annotated[float, Field(ge=3600, le=WATCHED_FOR.total_seconds())] = 86_400.0
    watched_for_seconds: Annotated[float, Field(ge=3600, le=WATCHED_FOR.total_seconds())] = WATCHED_FOR.total_seconds()


@dataclass(frozen=True, slots=True)
class _Watched:
    """Radios without those that are taken to be off on purpose."""

    radios: Radios
    is_given_up: Flags

    def subject(self, row: int) -> Subject:
        return self.radios.subject(row)

    def row(self, key: str) -> int | None:
        row = self.radios.row(key)
        return None if row is None or self.is_given_up[row] else row

    def is_known(self, key: str) -> bool:
        row = self.radios.row(key)
        return self.radios.is_known(key) if row is None else not self.is_given_up[row]


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each radio that has been seen to work since it is watched. What a report leaves out says nothing, except of a
    radio that it leaves out altogether while it tells of its siblings."""
    radios, places = snapshot.radios, snapshot.places
    told_at = places.observed_at_seconds[radios.place]
    is_up, is_reported, is_heard = radios["is_up"], radios.is_reported, snapshot.radio_is_heard
    is_used = radios.is_in_use & (is_up != 0)
    is_unused_for_long = told_at - radios.used_at_seconds > settings.idle_after_seconds
    is_down = is_up == 0
    is_idle = (is_up != 0) & _shows_nobody(radios) & is_unused_for_long
    is_at_work = is_used | ((is_up == 1) & ~is_idle)
    has_failed = is_down | is_idle | ~is_reported

    worked_at = np.where(is_idle, radios.used_at_seconds, radios.worked_at_seconds)
    is_given_up = has_failed & is_heard & (told_at - worked_at > settings.watched_for_seconds)
    has_sibling = np.where(is_idle, _at_its_place(radios, is_used), _at_its_place(radios, is_at_work))
    is_told = np.where(is_reported, _tells_anything(radios), _at_its_place(radios, is_reported))

    def detail(row: int) -> Told:
        reason = "down" if is_down[row] else "idle" if is_idle[row] else "gone"
        told = {
            "band": radios["band"][row],
            "channel": radios["channel"][row],
            "worked_at_seconds": worked_at[row],
        }
        return {"reason": reason} | {key: float(value) for key, value in told.items() if not np.isnan(value)}

    return Verdicts(
        _Watched(radios, is_given_up),
        states_of(
            bad=has_failed & has_sibling,
            good=is_used | ((is_up == 1) & (told_at - radios.used_at_seconds <= settings.idle_after_seconds)),
            known=is_heard & is_told & ~is_given_up & ~(has_failed & np.isnan(worked_at)),
        ),
        detail=detail,
        people=people_in(places.clients[radios.place]),
    )


def _shows_nobody(radios: Radios) -> Flags:
    """No clients, and neither airtime nor traffic in what is told of these."""
    tells_more: Flags = np.any([~np.isnan(radios[field]) for field in ("busy_ratio", "own_ratio", _TRAFFIC)], axis=0)
    shows_nobody: Flags = (radios["clients"] == 0) & tells_more & ~radios.is_in_use
    return shows_nobody


def _tells_anything(radios: Radios) -> Flags:
    known: Flags = np.any([~np.isnan(radios[field]) for field in _FIGURES], axis=0)
    return known


def _at_its_place(radios: Radios, flags: Flags) -> Flags:
    """For each radio, whether this is true of any radio of its device."""
    counts = np.bincount(radios.place[flags], minlength=len(radios.counts))
    at_each: Flags = counts[radios.place] > 0
    return at_each
