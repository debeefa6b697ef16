"""The rules by which alerts begin and end, under `/alert-rules`, as they are configured."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.alerts.alert import Severity
from collector.alerts.rules import Rule, RuleSettings, Scope, Unit, rules
from collector.alerts.telling.wording import wording_of
from collector.web.api.permitting import needs, told
from collector.web.services import Services

Value = bool | int | float | str


class SettingTold(BaseModel):
    """A key of a rule's table: its value, the one it has by itself, and where that comes from."""

    key: str
    value: Value
    default: Value
    source: str | None


class RuleTold(BaseModel):
    """A rule. `unit` is that of its values and thresholds; null where they have none."""

    kind: str
    name_ko: str
    name_en: str
    scope: Scope = Field(description="Of which access points are what it judges.")
    unit: Unit | None
    is_enabled: bool
    severity: Severity
    settings: list[SettingTold]
    runbook_url: str | None


class AlertRules(BaseModel):
    """All rules, in order of their kinds."""

    rules: list[RuleTold]


def alert_rule_router(services: Services) -> APIRouter:
    """`/alert-rules`."""
    router = APIRouter(prefix="/alert-rules", tags=["alerts"])
    configured = services.alert_settings.rules.by_kind()

    @router.get("", responses=told())
    def alert_rules(_: Annotated[Identity, needs(Permission.READ)]) -> AlertRules:
        """Each rule, with its settings."""
        return AlertRules(rules=[_told(rule, configured[kind]) for kind, rule in sorted(rules().items())])

    def _told(rule: Rule, settings: RuleSettings) -> RuleTold:
        name = wording_of(rule.kind).name
        return RuleTold(
            kind=rule.kind,
            name_ko=name["ko"],
            name_en=name["en"],
            scope=rule.scope,
            unit=rule.unit,
            is_enabled=settings.is_enabled,
            severity=settings.severity,
            settings=list(_settings(rule, settings)),
            runbook_url=services.alert_links.runbook(rule.kind),
        )

    return router


def _settings(rule: Rule, settings: RuleSettings) -> list[SettingTold]:
    return [
        SettingTold(key=key, value=getattr(settings, key), default=field.default, source=rule.sources.get(key))
        for key, field in rule.settings.model_fields.items()
    ]
