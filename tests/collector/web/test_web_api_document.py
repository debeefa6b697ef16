"""docs/api.md names the calls that there are, with what they take, and its examples do what it says."""

import re
import subprocess
from pathlib import Path

import pytest
from harness import program
from web_browser import NAME, Pages
from web_chromium import served
from web_plan import judge
from web_roles import API, NAMES, Everybody, api_token, let_everybody_in, with_token

from collector.access.roles import Role
from collector.alerting.alert_refusals import AlertProblem
from collector.enrolment.refusals import Refusal
from collector.state.orders import order_of
from collector.web.people.people_desk import PeopleProblem
from collector.web.people.token_desk import TokenProblem

DOCUMENT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (GET|POST|PUT|PATCH|DELETE) \| `([^`]+)` \| (.*?) \| ", re.MULTILINE)
CALLS = {f"{method} {path}": set(re.findall("`(.*?)`", words)) for method, path, words in ROW.findall(DOCUMENT)}


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody) -> tuple[Path, str]:
    return everybody.path, everybody.sessions[Role.ADMIN]


async def described(pages: Pages) -> set[str]:
    async with pages.browser() as browser:
        paths = (await browser.get(f"{API}/openapi.json")).json()["paths"]
    return {f"{method.upper()} {path}" for path, calls in paths.items() for method in calls}


async def test_every_call_is_in_the_table_and_no_other(pages: Pages) -> None:
    assert len(ROW.findall(DOCUMENT)) == len(CALLS)
    assert CALLS.keys() == await described(pages)


async def test_a_token_of_no_scope_is_told_the_permissions_that_the_table_names(pages: Pages) -> None:
    async with with_token(pages, api_token(pages.services.state, NAME)) as program:
        found = {}
        for call in (call for call, permissions in CALLS.items() if permissions):
            method, path = call.split()
            answer = await program.request(method, re.sub(r"{\w+}", "1", path), json={})
            words = re.fullmatch("this takes the permission (.*), which is not given", answer.json()["detail"])
            assert (call, answer.status_code, words is not None) == (call, 403, True)
            found[call] = set(words[1].split(" or ")) if words else set()
    assert found == {call: permissions for call, permissions in CALLS.items() if permissions}


def test_every_problem_that_is_told_by_a_word_is_in_the_table() -> None:
    code = Path(__file__).parents[3] / "collector" / "web"
    told = {word for file in code.rglob("*.py") for word in re.findall(r'kind="([a-z-]+)"', file.read_text("utf-8"))}
    told |= {problem.replace("_", "-") for problem in (*PeopleProblem, *TokenProblem, *AlertProblem)}
    told |= {*Refusal} - {Refusal.NOT_ENROLLED, Refusal.TOO_OFTEN, Refusal.TOO_EARLY}  # which are told over MQTT
    listed = re.findall(r"^\| \d+ \| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", DOCUMENT, re.MULTILINE)
    assert {word for words in listed for word in re.findall("[a-z-]+", words)} == told


def test_the_examples_do_what_they_say(pages: Pages, everybody: Everybody, tmp_path: Path) -> None:
    program("curl")
    judge(pages.services.state)
    script = "\n".join(re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL))
    with served(pages.application) as serving:
        script = script.replace("https://wifi.example.kr", serving.url)
        script = script.replace("hangang_0000", everybody.api_tokens[Role.PLANNER])
        done = subprocess.run(["sh", "-eux"], input=script, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "plan.csv").read_text("utf-8-sig").startswith("Rank,")
    order = order_of(pages.services.state, 1)
    assert order is not None
    assert (order.access_point, order.status, order.technician) == ("yeouido-001", "assigned", NAMES[Role.TECHNICIAN])
    assert (order.note, order.version) == ("무대 뒤", 2)
    assert order_of(pages.services.state, 3) is not None
    assert order_of(pages.services.state, 4) is None
