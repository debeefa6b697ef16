"""The phrases of `hangang backup` and `hangang restore`, in Korean and English, from the file beside this one."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("backup_phrases.toml")


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """All of them, by key and language."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def phrase(language: str, key: str, **about: object) -> str:
    """One of them, with what it is about put in. Raises KeyError for what it lacks."""
    return phrases()[key][language].format(**about)
