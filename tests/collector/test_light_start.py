"""What a collector does not need while it collects is not in its memory."""

import subprocess
import sys

HEAVY = ("scipy", "pynetbox", "psycopg", "amqtt", "cryptography")


def test_a_collector_starts_without_what_few_need() -> None:
    listing = f"import collector.main, sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
