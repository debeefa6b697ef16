"""Turns a template and its values into a response, in the reader's language. Every page goes through here."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from agent import __version__
from collector.web.language import Language, translator
from collector.web.reader import Reader

STATIC_FOLDER = Path(__file__).parent / "static"
_TEMPLATES_FOLDER = Path(__file__).parent / "templates"


class Renderer:
    """The templates, read and compiled once. `clock` tells the time that ages are counted from."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._environment = _environment()

    async def respond(
        self,
        request: Request,
        template: str,
        values: Callable[[Reader], Mapping[str, object]],
        *,
        status_code: int = 200,
    ) -> HTMLResponse:
        """Draw the template with what `values` gives, both in a thread: a large city's page takes a while."""
        reader = Reader(request, self._clock())
        html = await asyncio.to_thread(self._render, template, reader, values)
        response = HTMLResponse(html, status_code=status_code)
        reader.remember_language(response)
        return response

    def _render(self, template: str, reader: Reader, values: Callable[[Reader], Mapping[str, object]]) -> str:
        return self._environment.get_template(template).render(
            reader=reader, t=reader.translate, fmt=reader.format, **values(reader)
        )


@cache
def _environment() -> Environment:
    """All templates, compiled, and all phrases: what is broken in them shows here. They stay as they are meanwhile."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_compiled_before(),
    )
    environment.globals["asset"] = {
        file.name: f"/static/{file.name}?v={_digest(file)}" for file in STATIC_FOLDER.iterdir()
    }.__getitem__
    for name in environment.list_templates():
        environment.get_template(name)
    for language in Language:
        translator(language)
    return environment


class _Compiled(FileSystemBytecodeCache):
    """Templates as they were compiled by whoever started before: to compile them takes seconds. Where they cannot be
    kept, they are compiled each time."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one, if that can be."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled_before() -> BytecodeCache | None:
    """In a folder that belongs to this user alone, which jinja2 sees to; or nowhere."""
    try:
        return _Compiled(pattern=f"hangang-{__version__}-%s.cache")
    except (OSError, RuntimeError):
        return None


def _digest(file: Path) -> str:
    """Names the file's content, so that a browser may keep it and still gets the next one."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
