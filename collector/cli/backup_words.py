"""What `hangang backup` and `hangang restore` print: what was done, and why something cannot be. Pure."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from collector.cli.backup_phrases import phrase
from collector.cli.terminal import printable

if TYPE_CHECKING:  # which few commands need
    from collector.backup.manifest import About, PointsSaved
    from collector.backup.problems import BackupError
    from collector.backup.reading import Checked
    from collector.backup.restoring import Restored

_UNITS = ("B", "kB", "MB", "GB", "TB")


def error_told(language: str, error: "BackupError") -> str:
    """Why it cannot be done, and what to do about it."""
    return phrase(language, error.reason, **{name: printable(str(value)) for name, value in error.about.items()})


def saved_told(language: str, path: Path, size_bytes: int, about: "About") -> str:
    """What was backed up, and how the archive is to be treated."""
    lines = [
        phrase(
            language,
            "saved",
            path=path,
            size=size(size_bytes),
            version=about.version,
            state=about.state.kind,
            step=about.state.step,
            points=_points(language, about.points),
        ),
        phrase(language, "with_keys" if about.has_keys else "without_keys"),
    ]
    if about.points.kind == "none":
        lines.append(phrase(language, "without_points"))
    return "\n".join(lines)


def checked_told(language: str, path: Path, checked: "Checked") -> str:
    """That an archive is whole, and what it is."""
    about = checked.about
    return phrase(
        language,
        "whole",
        path=path,
        made_at=about.made_at,
        version=about.version,
        parts=len(checked.manifest.parts),
        size=size(checked.bytes),
    )


def restored_told(language: str, configuration: Path, restored: "Restored", step: str) -> str:
    """What was restored where. `step` is that of this version's tables."""
    return "\n".join(_restored(language, configuration, restored, step))


def _restored(language: str, configuration: Path, restored: "Restored", step: str) -> Iterator[str]:
    about = restored.about
    yield phrase(language, "restored", made_at=about.made_at, version=about.version)
    if restored.is_configuration_new:
        yield phrase(language, "restored_configuration", name=configuration)
    for room, name in restored.places:
        if room == "state" and about.state.step != step:
            yield phrase(language, "restored_state_upgraded", name=name, theirs=about.state.step, ours=step)
        else:
            yield phrase(language, f"restored_{room}", name=name)
    for path in restored.kept:
        yield phrase(language, "kept", path=path)
    if about.points.kind == "none":
        yield phrase(language, "no_points")
    if not about.has_keys:
        yield phrase(language, "no_keys")


def _points(language: str, points: "PointsSaved") -> str:
    if points.kind == "none":
        return phrase(language, "points_none")
    if points.kind == "duckdb":
        return phrase(language, "points_rows", rows=sum(points.rows.values()))
    return points.kind


def size(count_bytes: float) -> str:
    """Bytes as people read them."""
    for unit in _UNITS:
        if count_bytes < 1000 or unit == _UNITS[-1]:
            return f"{count_bytes:.0f} {unit}" if unit == "B" else f"{count_bytes:.1f} {unit}"
        count_bytes /= 1000
    raise AssertionError
