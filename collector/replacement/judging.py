"""Judges a whole city, in a process of its own: `python -m collector.replacement.judging`, which the desk starts.

A city's evidence takes memory and seconds of a processor that belong to what comes in. So this process is nice to the
collector, and what it took goes with it. It reads messages from its input: a Task, then lists of subjects, then None;
and writes to its output: lists of Judged, then None, then the access points in the order of their ranks. Both ends are
the same program, so that a message is a pickle, behind its length in four bytes.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

from collector.legacy.assessing import Assessment, Assessor, Subject, in_order
from collector.legacy.causes import find_causes
from collector.legacy.place_weight import visitors_ranks
from collector.legacy.telling import tell_assessment
from collector.replacement.messages import LENGTH, Judged, Task, packed, unpacked
from inventory.catalogue import Catalogue, load_catalogue
from inventory.models import Inventory

NICENESS = 10
_AT_ONCE = 100


def judge(subjects: Sequence[Subject], catalogue: Catalogue, task: Task) -> list[Assessment]:
    """All of them, each knowing of the others: a site shares its line, and the city its portal."""
    assessor = Assessor(catalogue, task.settings, task.today)
    evidence = {subject.access_point: subject.evidence for subject in subjects}
    sites: dict[str, list[str]] = {}
    for subject in subjects:
        sites.setdefault(subject.site.id, []).append(subject.access_point)
    ports = {subject.access_point: _fastest_port(assessor, subject) for subject in subjects}
    findings = find_causes(evidence, sites, ports, task.settings.causes)
    fewest = task.settings.score.fewest_hours
    seen = {place: of for place, of in evidence.items() if of.usage is not None and of.usage.hours >= fewest}
    ranks = visitors_ranks(_inventory_of(subjects), seen)
    return [
        assessor.assess(subject, findings[subject.access_point], ranks.get(subject.site.id)) for subject in subjects
    ]


def _fastest_port(assessor: Assessor, subject: Subject) -> float | None:
    model = assessor.model_of(subject.vendor, subject.model)
    ports = None if model is None else model.uplink_bits_per_second
    return None if ports is None else max(ports.value)


def _inventory_of(subjects: Sequence[Subject]) -> Inventory:
    sites = {subject.site.id: subject.site for subject in subjects}
    return Inventory(sites=tuple(sites.values()), access_points=tuple(subject.place for subject in subjects))


def main() -> None:
    """Read, judge, write."""
    os.nice(NICENESS)
    task: Task = _read()
    subjects: list[Subject] = []
    while (part := _read()) is not None:
        subjects += part
    assessments = judge(subjects, load_catalogue(), task)
    for start in range(0, len(assessments), _AT_ONCE):
        _write([_told(assessment) for assessment in assessments[start : start + _AT_ONCE]])
    _write(None)
    _write(in_order(assessments))


def _told(assessment: Assessment) -> Judged:
    document = tell_assessment(assessment).model_dump_json()
    return Judged(assessment.subject.access_point, assessment.standing, document)


def _read() -> Any:
    (length,) = LENGTH.unpack(_read_exactly(LENGTH.size))
    return unpacked(_read_exactly(length))


def _read_exactly(length: int) -> bytes:
    body = sys.stdin.buffer.read(length)
    if len(body) < length:
        sys.exit("the collector ended before it had told all")
    return body


def _write(message: object) -> None:
    sys.stdout.buffer.write(packed(message))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
