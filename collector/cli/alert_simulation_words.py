"""What `hangang alerts simulate` prints: a line a notice, and counts. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.alerts.endpoints.webhook import webhook_of
from collector.alerts.notice import Notice
from collector.alerts.telling.links import Links
from collector.alerts.telling.notices import tell
from collector.alerts.telling.shown import Language
from collector.cli.terminal import columns, printable
from collector.korean_time import KST
from collector.simulating.hearing import Hearing
from collector.simulating.recording import Line
from collector.simulating.simulation import Simulation

_HEADER = ("TIME (KST)", "ENDPOINT", "KIND", "SEVERITY", "RULE", "SITE", "WHAT")
_REFUSED_SHOWN = 5


def notices_told(notices: Sequence[Notice], language: Language, links: Links) -> str:
    """Notices, a line each."""
    return columns([_HEADER, *(_row(notice, language, links) for notice in notices)])


def summed_up(lines: Sequence[Line], notices: Sequence[Notice], hearing: Hearing, simulation: Simulation) -> str:
    """What was heard, and what came of it."""
    counts = hearing.counts
    first, last = simulation.began_at, simulation.ended_at
    told = Counter(notice.endpoint for notice in notices)
    by_endpoint = "".join(f", {name} {count:,}" for name, count in sorted(told.items()))
    parts = [
        f"{counts['reports']:,} reports and {counts['statuses']:,} statuses in {len(lines):,} lines",
        f"{_second(first)} to {_second(last)}, looked at {simulation.steps:,} times",
        f"{len(notices):,} notices{by_endpoint}",
        *_beside(counts),
        *(f"  line {number}: {printable(why)}" for number, why in hearing.refusals[:_REFUSED_SHOWN]),
    ]
    return "\n".join(parts)


def document_of(notices: Sequence[Notice], hearing: Hearing, simulation: Simulation, links: Links) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "notices": [webhook_of(each, links, len(each.alerts)).model_dump(mode="json") for each in notices],
        "counts": {
            **{name: hearing.counts[name] for name in ("reports", "statuses", "late", "unknown", "refused")},
            "looks": simulation.steps,
            "notices": len(notices),
        },
    }


def _beside(counts: Counter[str]) -> Iterator[str]:
    if counts["late"]:
        yield f"{counts['late']:,} reports came after newer ones of their places, and say nothing of the present"
    if counts["unknown"]:
        yield f"{counts['unknown']:,} reports are of devices without a place in the inventory"
    if counts["refused"]:
        yield f"{counts['refused']:,} parts were refused, as the collector would"


def _row(notice: Notice, language: Language, links: Links) -> tuple[str, ...]:
    told = tell(notice, language, links, at_most=1)
    counts = [f"{len(some):,} {word}" for word, some in (("firing", notice.firing), ("ended", notice.ended)) if some]
    several = f"{', '.join(counts)}: " if len(notice.alerts) > 1 else ""
    return (
        _second(notice.made_at),
        notice.endpoint,
        notice.kind,
        notice.severity,
        notice.rule,
        "-" if notice.where is None else notice.where.site,
        printable(f"{several}{told.summary}"),
    )


def _second(at: datetime) -> str:
    return f"{at.astimezone(KST):%Y-%m-%d %H:%M:%S}"
