"""Runs before the agent, in the single file: says in a line what would be a page otherwise."""
# ruff: noqa: INP001  # shiv runs it by its path

import sys

try:
    import pydantic_core  # noqa: F401  # the one part that is compiled
except ImportError:
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        f"hangang-agent: this file is for another version of Python than {version}, or for another kind of machine; "
        "take the one that says so in its name"
    )
