"""The documented schema is the wire's own."""

from pathlib import Path

from agent.wire import schema

DOCUMENTED = Path(__file__).resolve().parents[3] / "docs" / "wire-v1.schema.json"


def test_the_documented_schema_is_up_to_date() -> None:
    assert DOCUMENTED.read_text(encoding="utf-8") == schema.document(), "run: make reference"
