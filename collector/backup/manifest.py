"""What an archive says of itself: at its beginning what it is, at its end of what parts it is made. Pure."""

import hashlib
import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from collector.backup.problems import BackupError

PRODUCT: Literal["hangang-wifi"] = "hangang-wifi"
FORMAT = 1
ABOUT, MANIFEST = "about.json", "manifest.json"
ROOMS = ("state", "points", "inventory", "enrolment", "broker", "configuration", "keys")
"""The folders in an archive. Of a part's name what is before the first slash."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class StateSaved(_Document):
    """The state: of which kind of database, its tables of which step, by tools of which version of PostgreSQL."""

    kind: Literal["sqlite", "postgresql"]
    step: str
    tools: int | None = None


class PointsSaved(_Document):
    """The points: of which engine, or none; of the embedded one its tables with their columns and how many rows."""

    kind: Literal["duckdb", "victoriametrics", "none"]
    columns: dict[str, tuple[str, ...]] = {}
    rows: dict[str, int] = {}


class About(_Document):
    """What an archive is, at its beginning. `version` is that of the product, `made_at` an instant in UTC."""

    product: Literal["hangang-wifi"] = PRODUCT
    format: int = FORMAT
    version: str
    made_at: str
    has_keys: bool
    state: StateSaved
    points: PointsSaved


class Part(_Document):
    """One file in the archive."""

    name: str
    bytes: int
    sha256: str


class Manifest(_Document):
    """All parts in their order, but for the manifest itself."""

    parts: tuple[Part, ...]


def encode_about(about: About) -> bytes:
    """As it stands in the archive."""
    return about.model_dump_json(indent=2).encode()


def decode_about(content: bytes, archive: object) -> About:
    """Raises BackupError where this is no archive of ours, or one of a newer form."""
    try:
        document = json.loads(content)
        if document["product"] != PRODUCT or not isinstance(document["format"], int):
            raise BackupError("other_product", path=archive)
        if document["format"] > FORMAT:
            raise BackupError("newer_form", path=archive, version=document.get("version", "?"))
        return About.model_validate(document)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise BackupError("altered", path=archive, part=ABOUT) from error


def encode_manifest(manifest: Manifest) -> bytes:
    """As it stands in the archive: with a hash of its own."""
    text = manifest.model_dump_json()
    return json.dumps({"manifest": text, "sha256": _hash_of(text)}).encode()


def decode_manifest(content: bytes, archive: object) -> Manifest:
    """Raises BackupError where it is not as it was written."""
    try:
        document = json.loads(content)
        text = document["manifest"]
        if _hash_of(text) != document["sha256"]:
            raise BackupError("altered", path=archive, part=MANIFEST)
        return Manifest.model_validate_json(text)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise BackupError("altered", path=archive, part=MANIFEST) from error


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
