"""What Grafana publishes of its documents, as JSON Schemas; read from beside the project."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

SCHEMAS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "grafana-schemas"
with_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason=f"Grafana's schemas are not at {SCHEMAS}")


def mistakes(schema: str, told: Any, definition: str | None = None) -> list[str]:
    """What of a document, or of one of its definitions, the schema does not allow."""
    whole = json.loads((SCHEMAS / f"{schema}.jsonschema.json").read_text(encoding="utf-8"))
    if definition is not None:
        whole = {**whole, "$ref": f"#/definitions/{definition}"}
    return [f"{error.instance_path}: {error.message}" for error in jsonschema_rs.validator_for(whole).iter_errors(told)]
