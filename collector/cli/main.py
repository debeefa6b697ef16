"""The `hangang` command's entry: small, so that Ctrl-C ends it cleanly while what it needs is still being loaded."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit code: 0, 1 for a failure, 2 for a wrong configuration or usage."""
    try:
        from collector.cli.command import run  # noqa: PLC0415  # loading takes a second, in which Ctrl-C may come

        return run(arguments)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
