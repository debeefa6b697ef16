"""The probe of a RADIUS server: against FreeRADIUS, and against servers that are late, lie, and talk nonsense."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from checking import mistakes, run_once, scheduled_check, without_times
from harness import FrozenClock, free_port
from radius_servers import REJECT, SECRET, Answers, accepting, freeradius, radius, signed

from agent.probing.radius_query import is_signed, status_server, without_padding
from agent.wire import Probe

WELL = {"is_ok": True, "outcome": "ok", "latency_seconds": "some", "loss_ratio": 0.0}
UNHEARD = {"is_ok": False, "loss_ratio": 1.0}
QUESTION = bytes.fromhex("0cda00268a54f4686fb394c52866e302185d062350125a665e2e1e8411f3e243822097c84fa3")
ANSWER = bytes.fromhex("02da0014ef0d552a4bf2d693ec2b6fe8b5411d66")
"""Of RFC 5997, section 6.1."""
UNSIGNED = (
    "what 127.0.0.1 answers within 1.8 s, asked 1 times, is not signed with the secret; it may have another one, or "
    "something else answers in its place"
)


def silence(waited: str) -> str:
    cause = "it may be down, have no secret for this agent or another one, or answer no such questions"
    return f"127.0.0.1 does not answer Status-Server {waited}; {cause}"


def table(folder: Path, port: int, secret: bytes = SECRET, **keys: object) -> dict[str, object]:
    (folder / "radius.secret").write_bytes(secret + b"\n")
    return {"kind": "radius", "target": "127.0.0.1", "port": port, "secret_file": "radius.secret", **keys}


async def result(settings: dict[str, object], folder: Path, clock: FrozenClock) -> Probe:
    """Of a run without the schedule's limit, which would come first where the machine is slow."""
    (probe,) = await scheduled_check(settings, folder, clock).check.run()
    return probe


async def told(settings: dict[str, object], folder: Path, clock: FrozenClock) -> dict[str, object]:
    said = without_times(await result(settings, folder, clock))
    assert (said.pop("kind"), said.pop("target")) == ("radius", "127.0.0.1")
    return said


# FreeRADIUS


async def test_freeradius_is_alive_on_both_of_its_ports(tmp_path: Path, clock: FrozenClock) -> None:
    async with freeradius(tmp_path) as ports:
        reports = [await run_once(table(tmp_path, port, timeout_seconds=60), tmp_path, clock) for port in ports]
    assert [(len(report.probes), report.access_point) for report in reports] == [(1, "lab-001")] * 2
    well = {"kind": "radius", "target": "127.0.0.1", **WELL}
    assert [without_times(report.probes[0]) for report in reports] == [well, well]


async def test_freeradius_is_silent_to_another_secret(tmp_path: Path, clock: FrozenClock) -> None:
    async with freeradius(tmp_path) as (port, _):
        keys = {"timeout_seconds": 1, "attempts": 2}
        said = await told(table(tmp_path, port, b"another", **keys), tmp_path, clock)
    assert said == {
        **UNHEARD,
        "outcome": "timeout",
        "failure": silence("within 0.45 s, asked 2 times"),
    }


async def test_freeradius_that_tells_nobody_its_status_is_silent(tmp_path: Path, clock: FrozenClock) -> None:
    async with freeradius(tmp_path, is_telling_status=False) as (port, _):
        said = await told(table(tmp_path, port, timeout_seconds=1, attempts=1), tmp_path, clock)
    assert said["outcome"] == "timeout"


# A server of our own


async def test_a_question_is_status_server_and_nothing_else(tmp_path: Path, clock: FrozenClock) -> None:
    async with radius() as (port, server):
        for _ in range(2):
            assert await told(table(tmp_path, port), tmp_path, clock) == WELL
    assert (len(server.questions), server.dropped) == (2, [])
    assert server.questions[0][4:20] != server.questions[1][4:20]


async def test_a_server_drops_what_another_secret_has_signed(tmp_path: Path, clock: FrozenClock) -> None:
    async with radius() as (port, server):
        keys = {"timeout_seconds": 1, "attempts": 2}
        said = await told(table(tmp_path, port, b"another", **keys), tmp_path, clock)
    assert (said["is_ok"], said["outcome"], said["loss_ratio"]) == (False, "timeout", 1.0)
    assert (len(server.questions), len(server.dropped)) == (0, 2)


async def test_a_lost_answer_is_counted_and_the_next_attempt_is_another_question(
    tmp_path: Path, clock: FrozenClock
) -> None:
    def losing_the_first(questions: Sequence[bytes]) -> Sequence[bytes]:
        return accepting(questions) if len(questions) > 1 else []

    async with radius(losing_the_first) as (port, server):
        keys = {"timeout_seconds": 2, "attempts": 2}
        assert await told(table(tmp_path, port, **keys), tmp_path, clock) == {**WELL, "loss_ratio": 0.5}
    first, second = server.questions
    assert first[1] != second[1]
    assert first[4:20] != second[4:20]


async def test_a_late_answer_to_an_earlier_attempt_counts_with_the_time_since_that(
    tmp_path: Path, clock: FrozenClock
) -> None:
    def late(questions: Sequence[bytes]) -> Sequence[bytes]:
        return [signed(questions[0])] if len(questions) > 1 else []

    async with radius(late) as (port, _):
        probe = await result(table(tmp_path, port, timeout_seconds=2, attempts=2), tmp_path, clock)
    assert (probe.is_ok, probe.outcome, probe.loss_ratio) == (True, "ok", 0.5)
    assert (probe.latency_seconds or 0) >= 0.9


def other_identifier(question: bytes) -> bytes:
    return signed(bytes([question[0], question[1] ^ 0xFF]) + question[2:])


NOT_BELIEVED = {
    "of another question": other_identifier,
    "signed with another secret": lambda question: signed(question, secret=b"another"),
    "signed for another question": lambda question: signed(question[:4] + bytes(16) + question[20:]),
    "with an attribute that is not signed": lambda question: (
        signed(question)[:2] + b"\0\x16" + signed(question)[4:] + b"\x12\2"
    ),
    "with a length beyond its end": lambda question: signed(question)[:2] + b"\0\x15" + signed(question)[4:],
    "with a length below its header": lambda question: signed(question)[:2] + b"\0\x13" + signed(question)[4:],
    "cut": lambda question: signed(question)[:19],
    "empty": lambda _: b"",
    "the question": lambda question: question,
}


@pytest.mark.parametrize("name", NOT_BELIEVED)
async def test_what_is_not_to_be_believed_is_passed_over(name: str, tmp_path: Path, clock: FrozenClock) -> None:
    async with radius(lambda questions: [NOT_BELIEVED[name](questions[-1]), *accepting(questions)]) as (port, server):
        assert await told(table(tmp_path, port, timeout_seconds=30), tmp_path, clock) == WELL
    assert len(server.questions) == 1


@pytest.mark.parametrize(
    ("name", "outcome", "failure"),
    [
        ("signed with another secret", "bad_authenticator", UNSIGNED),
        ("cut", "malformed", "127.0.0.1 answers with what is no RADIUS; something else may listen there"),
        ("of another question", "timeout", silence("within 1.8 s, asked 1 times")),
    ],
)
async def test_where_nothing_else_comes_it_is_told_what_came(
    name: str, outcome: str, failure: str, tmp_path: Path, clock: FrozenClock
) -> None:
    async with radius(lambda questions: [NOT_BELIEVED[name](questions[-1])]) as (port, _):
        said = await told(table(tmp_path, port, timeout_seconds=2, attempts=1), tmp_path, clock)
    assert said == {**UNHEARD, "outcome": outcome, "failure": failure}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (lambda questions: [signed(questions[-1], attributes=b"\x12\4ok")], WELL),
        (lambda questions: [signed(questions[-1]) + b"padding"], WELL),
        (
            lambda questions: [signed(questions[-1], code=REJECT)],
            {
                **WELL,
                "is_ok": False,
                "outcome": "refused",
                "failure": "127.0.0.1 answers Status-Server with code 3, and accepts nothing; see its log",
            },
        ),
    ],
)
async def test_what_is_signed_is_judged(
    answers: Answers, expected: dict[str, object], tmp_path: Path, clock: FrozenClock
) -> None:
    async with radius(answers) as (port, _):
        assert await told(table(tmp_path, port), tmp_path, clock) == expected


async def test_where_nothing_listens_it_is_unreachable(tmp_path: Path, clock: FrozenClock) -> None:
    assert await told(table(tmp_path, free_port()), tmp_path, clock) == {
        "is_ok": False,
        "outcome": "unreachable",
        "failure": "127.0.0.1 cannot be reached: connection refused; nothing may listen there, or no route",
    }


async def test_a_changed_secret_is_read_anew_and_one_that_is_gone_says_nothing_of_the_server(
    tmp_path: Path, clock: FrozenClock
) -> None:
    async with radius() as (port, _):
        check = scheduled_check(table(tmp_path, port, b"another", timeout_seconds=30), tmp_path, clock).check
        (tmp_path / "radius.secret").write_bytes(SECRET)
        (probe,) = await check.run()
        assert probe.outcome == "ok"
        (tmp_path / "radius.secret").unlink()
        (probe,) = await check.run()
    assert probe.model_dump(exclude_none=True) == {
        "kind": "radius",
        "target": "127.0.0.1",
        "outcome": "no_secret",
        "failure": "secret_file is gone or empty; write the secret into it, and let this agent read it",
    }


async def test_a_run_that_is_cancelled_ends(tmp_path: Path, clock: FrozenClock) -> None:
    asked = asyncio.Event()

    def silent(_: Sequence[bytes]) -> Sequence[bytes]:
        asked.set()
        return []

    async with radius(silent) as (port, _):
        running = asyncio.create_task(result(table(tmp_path, port, timeout_seconds=600), tmp_path, clock))
        await asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


# Pure


def test_question_and_answer_are_those_of_rfc_5997() -> None:
    secret = b"xyzzy5461"
    assert status_server(0xDA, QUESTION[4:20], secret) == QUESTION
    assert is_signed(ANSWER, QUESTION[4:20], secret)
    assert not is_signed(ANSWER, QUESTION[4:20], b"xyzzy5462")
    assert not is_signed(ANSWER[:1] + b"\0" + ANSWER[2:], QUESTION[4:20], secret)


def test_a_packet_is_as_long_as_it_says() -> None:
    assert without_padding(ANSWER + b"padding") == ANSWER
    assert [without_padding(packet) for packet in (b"", ANSWER[:19], ANSWER[:3] + b"\x15" + ANSWER[4:])] == [None] * 3


def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert mistakes({"kind": "radius", "target": "radius.example", "attempts": 0, "secret_file": str(empty)}) == [
        "target: must be an address of IPv4 or IPv6",
        "attempts: Input should be greater than or equal to 1",
        f"secret_file: {empty} is empty; write the secret into it, and nothing else",
    ]
    assert mistakes({"kind": "radius", "target": "192.0.2.1", "secret": "hidden"}) == [
        "secret_file: required; add it",
        "secret: unknown key; remove it or correct its spelling",
    ]
    nowhere = str(tmp_path / "nowhere")
    assert mistakes({"kind": "radius", "target": "192.0.2.1", "secret_file": nowhere}) == [
        f"secret_file: {nowhere} cannot be read: No such file or directory"
    ]


async def test_neither_secret_nor_its_file_is_in_a_result(tmp_path: Path, clock: FrozenClock) -> None:
    async with radius(lambda questions: [signed(questions[-1], secret=b"another")]) as (port, _):
        probe = await result(table(tmp_path, port, timeout_seconds=0.2, attempts=1), tmp_path, clock)
    assert SECRET.decode() not in probe.model_dump_json()
    assert str(tmp_path) not in probe.model_dump_json()
