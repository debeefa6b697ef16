"""The `[alerts]` table of the collector's configuration: rules, who is told, and how."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field, PrivateAttr, create_model

from agent.settings import Contradiction, ReadableFile, SettingsModel
from collector.alerts.endpoints.settings import EndpointSettings
from collector.alerts.planning.routing import Route, unknown_endpoints
from collector.alerts.rules import RuleSettings, rules
from collector.alerts.telling.links import checked_grafana_url, checked_runbooks_url
from collector.outward.addresses import AllowedNetwork

Seconds = Annotated[float, Field(ge=0, le=3600)]


class _RulesBase(SettingsModel):
    """The `[alerts.rules]` table: one table a rule."""

    def by_kind(self) -> dict[str, RuleSettings]:
        """The settings of each rule, by its kind."""
        return {kind: getattr(self, kind) for kind in type(self).model_fields}


def _rules_table() -> type[_RulesBase]:
    fields: Any = {kind: (rule.settings, rule.settings()) for kind, rule in rules().items()}
    return create_model("RulesTable", __base__=_RulesBase, __doc__=_RulesBase.__doc__, **fields)


RulesTable: TypeAlias = _rules_table()  # type: ignore[valid-type]  # made of the files in rules/


class AlertSettings(SettingsModel):
    """A trouble is told once it has not changed for `wait_seconds`, and at the latest `hold_at_most_seconds` after it
    began; what joins it and what of it ends is told every `update_every_seconds` at most. The watchdog is told every
    `watchdog_every_seconds` to routes that name it.

    Receivers at private addresses are called only in `allowed_networks`. `ca_file` holds certificates that are trusted
    beside the system's. `grafana_url` may hold `{site}` and `{access_point}`; `runbooks_url` is a folder, or holds
    `{rule}`.
    """

    wait_seconds: Seconds = 2.0
    hold_at_most_seconds: Seconds = 90.0
    update_every_seconds: Seconds = 300.0
    watchdog_every_seconds: Annotated[float, Field(ge=10, le=86_400)] = 300.0
    allowed_networks: tuple[AllowedNetwork, ...] = ()
    ca_file: ReadableFile | None = None
    grafana_url: Annotated[str, AfterValidator(checked_grafana_url)] | None = None
    runbooks_url: Annotated[str, AfterValidator(checked_runbooks_url)] | None = None
    rules: RulesTable = Field(default_factory=RulesTable)
    routes: tuple[Route, ...] = ()
    endpoints: Annotated[tuple[dict[str, Any], ...], Field(repr=False)] = ()

    _checked: tuple[EndpointSettings, ...] = PrivateAttr(())
    _file: Path = PrivateAttr(Path("collector.toml"))

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Routes name endpoints that there are; nobody is held back for longer than at most."""
        yield from super().contradictions(document)
        yield from unknown_endpoints(document)

    def with_endpoints(self, checked: tuple[EndpointSettings, ...], file: Path) -> "AlertSettings":
        """The same with its endpoints, whose keys depend on their kind, checked as well, and the file it stands in."""
        settings = self.model_copy()
        settings._checked, settings._file = checked, file  # noqa: SLF001  # of its own kind
        return settings

    @property
    def file(self) -> Path:
        """Where it stands, for whoever tells of mistakes that show only later."""
        return self._file

    @property
    def receivers(self) -> tuple[EndpointSettings, ...]:
        """The endpoints, checked."""
        return self._checked
