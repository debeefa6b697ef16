"""What a collector, and an agent, do not need while they work is not in their memory."""

import subprocess
import sys

import pytest

HEAVY = ("scipy", "pynetbox", "psycopg", "amqtt", "cryptography", "dns", "aiohttp", "yarl", "segno", "markdown_it")


@pytest.mark.parametrize("module", ["collector.main", "agent.main"])
def test_it_starts_without_what_few_need(module: str) -> None:
    listing = f"import {module}, sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
