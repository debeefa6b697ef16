"""The vendor profiles: one TOML file each; the file's name is the profile's.

`extends = "other"` in a file begins with another profile's tables and fields and lays its own over them.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.settings import dotted
from agent.snmp.profile import Profile

GENERIC = "generic"
"""What a device gets that no other profile is for."""


class ProfileError(Exception):
    """A profile is not one. The message names the file, the key and what is wrong with it."""


class ExtendsError(ProfileError):
    """A profile extends one that there is not."""


@cache
def known_profiles() -> tuple[str, ...]:
    """The names of the profiles there are."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in files(__name__).iterdir() if _is_profile(entry)))


@cache
def load_profile(name: str) -> Profile:
    """One of the profiles of this package; raises ProfileError."""
    if name not in known_profiles():
        raise ProfileError(f"there is no profile {name!r} (there are: {', '.join(known_profiles())})")
    return _checked(name, _whole(_document(name)), f"{name}.toml")


def read_profile(path: Path) -> Profile:
    """A profile of one's own; raises ProfileError. Its devices share it for as long as the file is the same."""
    try:
        return _read_once(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error


@lru_cache(maxsize=64)
def _read_once(path: Path, _changed_at_ns: int) -> Profile:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: is not TOML: {error}") from error
    try:
        return _checked(path.stem, _whole(document), str(path))
    except ExtendsError as error:
        raise ProfileError(f"{path}: extends: {error}") from error


def _is_profile(entry: Any) -> bool:
    return bool(entry.name.endswith(".toml"))


def _document(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    """The document laid over the one that it extends. A key that is false takes away what was there."""
    base = document.pop("extends", None)
    if base is None:
        return document
    if base not in known_profiles():
        raise ExtendsError(f"{base!r} is no profile (there are: {', '.join(known_profiles())})")
    inherited = _whole(_document(base))
    for own in ("match", "title"):
        inherited.pop(own, None)
    return _laid_over(inherited, document)


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        if value is False:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict) and not _is_value(value):
            merged[key] = _laid_over(merged[key], value)
        else:
            merged[key] = value
    return merged


def _is_value(table: Mapping[str, Any]) -> bool:
    """Whether a table is one value, which is replaced whole."""
    return bool({"oid", "column", "index", "const", "first", "sum", "part"} & table.keys())


def _checked(name: str, document: Mapping[str, Any], place: str) -> Profile:
    try:
        return Profile.model_validate({"name": name, **document})
    except ValidationError as error:
        told = [
            f"{dotted(each['loc']) or 'profile'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise ProfileError("\n".join(f"{place}: {line}" for line in told)) from error
