"""The Wi-Fi generation of each device by the newest judgement. Blocks, and for a city takes most of a second."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import Engine

from collector.state.assessments import Run, documents_of

_PLACES_AT_ONCE = 500
"""The documents of a city would fill the memory."""


class _Device(BaseModel):
    generation: str | None


class _Judged(BaseModel):
    """Of an assessment no more than is asked for: the whole of it takes many times as long to read."""

    device: _Device


def generations_of(state: Engine, run: Run, access_points: Sequence[str]) -> dict[str, str]:
    """By access point; those whose generation is not proven are left out."""
    found: dict[str, str] = {}
    for start in range(0, len(access_points), _PLACES_AT_ONCE):
        documents = documents_of(state, run, access_points[start : start + _PLACES_AT_ONCE])
        for name, document in documents.items():
            generation = _Judged.model_validate_json(document).device.generation
            if generation is not None:
                found[name] = generation
    return found
