"""The API keeps what its OpenAPI document says, whatever it is sent: no failure of ours, no answer that is not in it.

Schemathesis reads the document and sends what it allows, what it forbids, and what is at the edge of both.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
import schemathesis
from judged_places import keep_verification
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.schemas import BaseSchema
from state_files import open_state
from web_alert_desk import ALERT, Evaluator, alert, receivers
from web_certificates import certificate_desk
from web_city import INVENTORY, NOW, SILENT, Watch, city_readings
from web_plan import RESULT, judge
from web_roles import Everybody, let_everybody_in
from web_services import services_over

from collector.access.identity import COMMAND
from collector.access.roles import Role
from collector.fleet import Fleet
from collector.stores import Store
from collector.web.application import create_application
from collector.web.services import Services

OPENAPI = "/api/v1/openapi.json"
DRAWN = 10
"""Cases of each call that are drawn, beside those that cover what its description says."""
REFUSED_THOUGH_WELL_FORMED = ["400", "401", "403", "404", "409", "412", "422", "428", "429", "503"]
"""A schema cannot say which cursors a list has given, which ids the inventory has, which version an order is of, or
which day is too early. That each of these answers is in the description is checked nevertheless."""
OF_METHODS = ("unsupported_method", "allow_header_conformance")
A_NAME_AND_MORE = "^/people/{name}/"
"""A name may have slashes in it: a method which is for the person alone finds somebody of a longer name there."""
NEEDS_LUCK = {
    "DELETE /tokens/{number}",
    "DELETE /people/{name}/tokens/{number}",
    "PUT /account/password",
    "PUT /sites/{site_id}/note",
    "POST /endpoints/{name}/test",
    "POST /enrolment/certificates",
}
"""Whose success nobody draws by chance: tests of people, of places, of alerts and of enrolment see to them."""


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def described(everybody: Everybody, day: Store) -> Iterator[BaseSchema]:
    """The description, and the API behind it over a small city, asked by an admin. There are an order number 1, and an
    alert, a dead delivery, a silence and maintenance by the ids that the description has for examples."""
    state = open_state(everybody.path)
    judge(state)
    keep_verification(state, RESULT)
    services = services_over(
        inventory=INVENTORY,
        fleet=Fleet(city_readings()),
        store=day,
        state=state,
        clock=Watch(),
        receivers=receivers("ops"),
        certificates=certificate_desk(state, Watch()),
    )
    services.order_desk.open(SILENT, COMMAND)
    put_alerts_in(services)
    config = SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": f"Bearer {everybody.api_tokens[Role.ADMIN]}"},
            "generation": {"deterministic": True, "max-examples": DRAWN, "database": "none", "no-shrink": True},
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSED_THOUGH_WELL_FORMED]}},
            "operations": [
                {"include-path-regex": A_NAME_AND_MORE, "checks": {check: {"enabled": False} for check in OF_METHODS}}
            ],
            "phases": {"stateful": {"enabled": False}},
            "cache": {"enabled": False},
        }
    )
    yield schemathesis.openapi.from_asgi(OPENAPI, create_application(services), config=config)
    state.dispose()


def put_alerts_in(services: Services) -> None:
    evaluator, desk = Evaluator(services.state), services.alert_desk
    evaluator.tell("ops", alert())
    evaluator.lose("ops", "status 400")
    desk.acknowledge(ALERT, "ops-oh")
    park = {"matcher": {"sites": ["yeouido"]}, "comment": "a festival"}
    desk.make_silence(park | {"ends_at": NOW + timedelta(days=1)}, "ops-oh")
    once = {"kind": "once", "starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
    desk.plan_maintenance(park | {"name": "불꽃축제", "when": once}, "ops-oh")


@pytest.mark.timeout(300)
def test_every_call_keeps_its_description(described: BaseSchema) -> None:
    broken: list[str] = []
    statuses: dict[str, set[int]] = defaultdict(set)
    for event in from_schema(described).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            broken.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            broken += _failures(event)
            answers = [interaction.response for interaction in event.recorder.interactions.values()]
            statuses[event.recorder.label] |= {answer.status_code for answer in answers if answer is not None}
    assert not broken, "\n\n".join(broken)
    succeeded = {call for call, found in statuses.items() if any(200 <= status < 300 for status in found)}
    assert statuses.keys() - succeeded <= NEEDS_LUCK
    assert len(statuses) == described.statistic.operations.total


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                yield f"{event.recorder.label}: {failure.title}\n{failure.message}\n{check.failure_info.code_sample}"
