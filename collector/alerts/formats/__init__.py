"""How a notice is written down, one file per kind of receiver; the file's name is the `kind` of an endpoint.

A format's module offers:

- `Settings`, an `EndpointSettings` with the keys of its `[[alerts.endpoints]]` table;
- `compose(notice, settings, secrets, telling, at)`, the request that tells of a notice, always the
  same for the same; it raises ComposeError where there is none, which only templates do;
- if it must, `judge(status, headers, body, at)`, what its receiver's answer means, where that is not what `outcome`
  says for all;
- if it must, `mistakes(settings, secrets)`, what is wrong with its secrets, each with the key of its file;
- if its receiver forgets, `refresh(alerts, settings, secrets, telling, at)`, which tells again of everything that fires
  or ended a moment ago.

Formats never import each other; what they share is beside this folder.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from collector.alerts.endpoints import outcome
from collector.alerts.endpoints.outcome import Outcome
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, Secrets, Telling
from collector.alerts.notice import Notice, ToldAlert


class Compose(Protocol):
    """A format's `compose`."""

    def __call__(self, notice: Notice, settings: Any, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:
        """The request that tells of a notice."""
        ...


class Judge(Protocol):
    """A format's `judge`."""

    def __call__(self, status: int, headers: Mapping[str, str], body: bytes, at: datetime) -> Outcome:
        """What an answer means; `headers` are in lower case, `body` is its beginning."""
        ...


class Refresh(Protocol):
    """A format's `refresh`."""

    def __call__(
        self, alerts: Iterable[ToldAlert], settings: Any, secrets: Secrets, telling: Telling, at: datetime
    ) -> Sequence[Outgoing]:
        """The requests that tell again; none where there is nothing to tell."""
        ...


class Mistakes(Protocol):
    """A format's `mistakes`."""

    def __call__(self, settings: Any, secrets: Secrets) -> Iterator[tuple[str, str]]:
        """Key and problem, in words that show nothing of a secret."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of receiver, with what its file offers."""

    kind: str
    settings: type[EndpointSettings]
    compose: Compose
    judge: Judge
    mistakes: Mistakes
    refresh: Refresh | None


@cache
def known_kinds() -> tuple[str, ...]:
    """The kinds there are, in order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def format_of(kind: str) -> Format:
    """The format of a kind, which must be one of those there are."""
    module = importlib.import_module(f"{__name__}.{kind}")
    return Format(
        kind=kind,
        settings=module.Settings,
        compose=module.compose,
        judge=getattr(module, "judge", outcome.judge),
        mistakes=getattr(module, "mistakes", _none),
        refresh=getattr(module, "refresh", None),
    )


def _none(settings: Any, secrets: Secrets) -> Iterator[tuple[str, str]]:  # noqa: ARG001  # as formats have it
    return iter(())
