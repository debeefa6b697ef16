"""Runs bandit over the product; for `make lint`. A finding is silent where its lines say why, as they do for ruff.

Bandit and ruff's S rules are the same tests under the same numbers: `# noqa: S608  # why` answers both. What ruff does
not find, and bandit does, says `# nosec B608  # why`.
"""
# ruff: noqa: INP001  # a script

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_IMPORTS_ALONE = "B403,B404"
"""That pickle or subprocess is imported does nothing. What is then called is looked at."""


def main(folders: Sequence[str]) -> int:
    """The exit code; prints what nobody has said why of."""
    command = [sys.executable, "-m", "bandit", "--quiet", "--format=json", f"--skip={_IMPORTS_ALONE}", "--recursive"]
    done = subprocess.run([*command, *folders], capture_output=True, text=True, check=False)  # noqa: S603  # of the Makefile
    try:
        told = json.loads(done.stdout)
    except ValueError:
        print(done.stderr or done.stdout, file=sys.stderr)
        return 1
    open_findings = [finding for finding in told["results"] if not is_answered_for(finding)]
    for finding in open_findings:
        where = f"{finding['filename']}:{finding['line_number']}"
        print(f"{where}: {finding['test_id']} {finding['issue_text']}")
    errors = [f"{error['filename']}: {error['reason']}" for error in told["errors"]]
    print("\n".join(errors), end="\n" if errors else "")
    return 1 if open_findings or errors else 0


def is_answered_for(finding: dict[str, Any]) -> bool:
    """Whether one of the lines that it is about names it for ruff, and says why."""
    lines = Path(finding["filename"]).read_text(encoding="utf-8").splitlines()
    rule = finding["test_id"].replace("B", "S", 1)
    reason = re.compile(rf"# noqa: (?:\w+, )*{rule}\b")
    return any(reason.search(lines[number - 1]) for number in finding["line_range"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
