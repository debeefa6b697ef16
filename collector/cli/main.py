"""The `hangang` command's entry: small, so that Ctrl-C ends it cleanly while what it needs is still being loaded."""

import os
import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit code: 0, 1 for a failure, 2 for a wrong configuration or usage."""
    # Not KeyboardInterrupt: where that passes through an exec, CPython ends by the signal although it was caught.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    from collector.cli.command import run  # noqa: PLC0415  # loading takes a second, in which Ctrl-C may come

    try:
        code = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes as it ends
        print("hangang: ended early, for nobody reads on", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
