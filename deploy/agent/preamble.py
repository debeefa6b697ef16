"""Runs before the agent, in the single file: says in a line what would be a page otherwise."""
# ruff: noqa: INP001  # shiv runs it by its path

import sys

try:
    import pydantic_core  # noqa: F401  # the one part that is compiled
except Exception as error:  # noqa: BLE001  # an old Python may trip over what is written for a new one
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        f"hangang-agent: this file's compiled part cannot be loaded by Python {version} here ({error}); take the file "
        "that has this Python and this machine in its name, and as SHIV_ROOT a folder that programs may be run from"
    )
