"""The endpoints of the configuration, ready to be called. Made when the collector starts; used by `sending`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.settings import Mistake, SettingsError, dotted
from collector.alerts.endpoints.outcome import Outcome
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, Secrets, Telling
from collector.alerts.endpoints.tables import read_secrets
from collector.alerts.formats import Format, format_of
from collector.alerts.notice import Notice, ToldAlert
from collector.alerts.planning.routing import unknown_names
from collector.alerts.rules import rules
from collector.alerts.settings import AlertSettings
from collector.alerts.telling.links import Links
from collector.outward.addresses import literal_refusal
from collector.outward.calling import Answer, Call
from inventory import Inventory


@dataclass(frozen=True, slots=True)
class Receiver:
    """One endpoint: how it is written to, and what is known of its answers."""

    settings: EndpointSettings
    secrets: Secrets = field(repr=False)
    format: Format
    telling: Telling

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self.settings.name

    @property
    def forgets(self) -> bool:
        """Whether it has to be told again and again of what fires."""
        return self.format.refresh is not None

    def call_for(self, notice: Notice, at: datetime) -> Call:
        """The call that tells of a notice."""
        return self._call(self.format.compose(notice, self.settings, self.secrets, self.telling, at))

    def refresh(self, alerts: Iterable[ToldAlert], at: datetime) -> Sequence[Call]:
        """The calls that tell again of all these; none where there is nothing to tell."""
        if self.format.refresh is None:
            return ()
        return [self._call(each) for each in self.format.refresh(alerts, self.settings, self.secrets, self.telling, at)]

    def judge(self, answer: Answer, at: datetime) -> Outcome:
        """What an answer means."""
        return self.format.judge(answer.status, answer.headers, answer.body, at)

    def _call(self, outgoing: Outgoing) -> Call:
        return Call(outgoing.url, outgoing.headers, outgoing.body, self.settings.timeout_seconds)


def open_receivers(settings: AlertSettings, inventory: Inventory, public_url: str | None) -> tuple[Receiver, ...]:
    """All endpoints of a configuration, with their secrets. Raises SettingsError with every mistake that shows only
    now: in files of secrets, in addresses, in the names of sites and rules in routes."""
    telling = Telling(
        Links(public_url, settings.grafana_url, settings.runbooks_url),
        {kind: rule.severity for kind, rule in settings.rules.by_kind().items()},
    )
    mistakes = [
        Mistake(settings.file, dotted(("alerts", *place)), problem)
        for place, problem in unknown_names(settings.routes, rules=rules(), inventory=inventory)
    ]
    receivers: list[Receiver] = []
    for position, endpoint in enumerate(settings.receivers):
        try:
            secrets = read_secrets(endpoint)
        except SettingsError as error:
            mistakes += error.mistakes
            continue
        refusal = literal_refusal(secrets.url, settings.allowed_networks)
        if refusal is not None:
            key = "url" if endpoint.url is not None else "url_file"
            mistakes.append(Mistake(settings.file, f"alerts.endpoints[{position}].{key}", refusal))
        receivers.append(Receiver(endpoint, secrets, format_of(endpoint.kind), telling))
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(receivers)


def named(receivers: Sequence[Receiver], name: str) -> Receiver | None:
    """The receiver of a name, if the configuration has it."""
    return next((receiver for receiver in receivers if receiver.name == name), None)
