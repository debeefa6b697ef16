"""Reads the `[[alerts.endpoints]]` tables, whose keys depend on their kind, and their secrets. Called at the start, for
nobody calls out before all of this is right."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agent.settings import Mistake, SettingsError, check
from collector.alerts.endpoints.settings import EndpointSettings, Secrets, checked_url
from collector.alerts.formats import format_of, known_kinds

KEY = "alerts.endpoints"
_MOST_SECRET_BYTES = 64 * 1024


def check_endpoints(tables: object, path: Path, *, below: str = KEY) -> tuple[EndpointSettings, ...]:
    """The endpoints of a configuration file that has these tables at the key `below`. Raises SettingsError with every
    mistake in them."""
    if not isinstance(tables, list | tuple):
        raise SettingsError([Mistake(path, below, f"must be a list of tables; write each as [[{below}]]")])
    found: list[EndpointSettings] = []
    mistakes: list[Mistake] = []
    for position, table in enumerate(tables):
        try:
            found.append(_endpoint(table, path, f"{below}[{position}]"))
        except SettingsError as error:
            mistakes += error.mistakes
    mistakes += _same_names(tables, path, below)
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(found)


def _endpoint(table: object, path: Path, below: str) -> EndpointSettings:
    if not isinstance(table, dict):
        raise SettingsError([Mistake(path, below, f"must be a table; write it as [[{KEY}]]")])
    kind = table.get("kind")
    if kind not in known_kinds():
        problem = "required; add it" if kind is None else f"unknown kind {kind!r}"
        raise SettingsError([Mistake(path, f"{below}.kind", f"{problem} (there are: {', '.join(known_kinds())})")])
    return check(format_of(kind).settings, table, path, below=below)


def _same_names(tables: Sequence[Any], path: Path, below: str) -> Iterator[Mistake]:
    """Deliveries are kept by their endpoint's name."""
    names: set[str] = set()
    for position, table in enumerate(tables):
        name = table.get("name") if isinstance(table, dict) else None
        if not isinstance(name, str):
            continue
        if name in names:
            yield Mistake(path, f"{below}[{position}].name", f"{name} is the name of another; choose one of its own")
        names.add(name)


def read_secrets(settings: EndpointSettings) -> Secrets:
    """Address and secrets of an endpoint, from the files that it names. Raises SettingsError with every mistake in
    them, and nothing of what they hold."""
    form = format_of(settings.kind)
    mistakes: list[Mistake] = []
    texts: dict[str, str] = {}
    for key in ("url_file", *form.settings.secret_files):
        path: Path | None = getattr(settings, key)
        if path is not None:
            try:
                texts[key] = _text(path)
            except SettingsError as error:
                mistakes += error.mistakes
    url = settings.url or form.settings.default_url or ""
    if "url_file" in texts and settings.url_file is not None:
        try:
            url = checked_url(texts["url_file"].strip())
        except ValueError as error:
            mistakes.append(Mistake(settings.url_file, "", f"the address in it {error}"))
    secrets = Secrets(url, texts)
    if not mistakes:
        mistakes += [Mistake(getattr(settings, key), "", problem) for key, problem in form.mistakes(settings, secrets)]
    if mistakes:
        raise SettingsError(mistakes)
    return secrets


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if len(content) > _MOST_SECRET_BYTES:
            raise SettingsError(
                [Mistake(path, "", f"is larger than {_MOST_SECRET_BYTES // 1024} kB; is it the right one?")]
            )
        return content.decode("utf-8")
    except OSError as error:
        raise SettingsError([Mistake(path, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([Mistake(path, "", "is not UTF-8 text; write it anew")]) from error
