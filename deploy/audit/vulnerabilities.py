"""Asks pip-audit of what is locked whether holes are known in it; for `make audit`.

pip-audit says "no known vulnerabilities" and ends with 0 also of packages that its service knows nothing of, as behind
a mirror. Here those are told, and are a failure: what could not be asked is not known to be well.
"""
# ruff: noqa: INP001  # a script

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EXIT_VULNERABLE = 1
EXIT_UNKNOWN = 3
_WITHIN_SECONDS = 600


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask of one package first: where the service does not answer, it is not asked of all the others."""
    parser = argparse.ArgumentParser(description="Tells of known holes in what is locked.")
    parser.add_argument("--pip-audit", default="pip-audit", metavar="PROGRAM")
    parser.add_argument("--service", default="pypi", choices=("pypi", "osv"))
    parser.add_argument("locks", nargs="+", type=Path, metavar="LOCK")
    options = parser.parse_args(arguments)
    lines = sorted({line for lock in options.locks for line in pinned(lock)})
    for some in (lines[:1], lines):
        told = ask(options.pip_audit, options.service, some)
        unknown = ["the service cannot be reached"] if told is None else skipped(told)
        if unknown:
            print("\n".join(unknown[:5]), file=sys.stderr)
            print("Not audited, so nothing is known. Run it where the service answers.", file=sys.stderr)
            return EXIT_UNKNOWN
    found = vulnerable(told or [])
    print("\n".join(found) or f"{len(lines)} packages: no hole is known")
    return EXIT_VULNERABLE if found else 0


def pinned(lock: Path) -> list[str]:
    """`name==version`, with its marker, a line each; the hashes are pip's to check."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.rstrip(" \\") for line in lines if "==" in line and line[0].isalnum()]


def ask(program: str, service: str, lines: Sequence[str]) -> list[dict[str, Any]] | None:
    """What it tells of each package; None where it tells nothing."""
    with tempfile.TemporaryDirectory() as folder:
        requirements, answer = Path(folder, "requirements.txt"), Path(folder, "answer.json")
        requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [program, "--vulnerability-service", service, "--disable-pip", "--no-deps", "--progress-spinner=off"]
        command += ["--format=json", f"--output={answer}", "--requirement", str(requirements)]
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_WITHIN_SECONDS)  # noqa: S603  # of this file
        except subprocess.TimeoutExpired:
            return None
        except OSError as error:
            sys.exit(f"{program}: {error.strerror}; install the extra `audit`")
        if not answer.exists():
            return None
        told: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
        return told


def skipped(told: Sequence[dict[str, Any]]) -> list[str]:
    """Why packages were not asked about, a line each."""
    return [package["skip_reason"] for package in told if "skip_reason" in package]


def vulnerable(told: Sequence[dict[str, Any]]) -> list[str]:
    """Each hole: package, version, its name, and the version that closes it."""
    return [
        f"{package['name']} {package['version']}: {hole['id']}, closed in {', '.join(hole['fix_versions']) or 'none'}"
        for package in told
        for hole in package.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main())
