"""`hangang-agent enroll` against a collector that answers as the test has it."""

import json
import os
import re
import ssl
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from made_certificates import MadeAuthority, make_request, names_in_request, public_key_of
from stand_in_collector import BROKER, TOKEN, Answer, StandInCollector, problem, serving

from agent.config import load_configuration
from agent.main import main

AGENT = "gw-a"


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[StandInCollector]:
    authority = MadeAuthority()
    pair = authority.write_pair(tmp_path / "server", "collector", called="server", is_server=True)
    with serving(StandInCollector(authority), pair) as collector:
        yield collector


def line(collector: StandInCollector, **changed: str) -> str:
    parts = {
        "url": collector.url,
        "agent": AGENT,
        "token": TOKEN,
        "authority-sha256": collector.authority.sha256,
    }
    return f"hangang-enrolment:?{urlencode(parts | changed)}"


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def kept_keys(folder: Path) -> list[str]:
    """Those that are kept for invitations which have brought nothing yet."""
    return [path.read_text() for path in folder.glob("agent.key.for-*")]


def keys_asked_for(collector: StandInCollector) -> list[bytes]:
    requests = (json.loads(body)["request_pem"] for method, _, body in collector.asked if method == "POST")
    return [public_key_of(request) for request in requests]


@pytest.fixture
def no_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_mask")
def test_a_key_is_made_here_and_stays_here(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "enrolment"
    assert main(["enroll", line(collector), "--to", str(folder)]) == 0
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "agent.key": 0o600,
        "agent.crt": 0o644,
        "authority.crt": 0o644,
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    key = (folder / "agent.key").read_text()
    assert "PRIVATE KEY" in key
    told = b"".join(body for _, _, body in collector.asked).decode()
    assert "PRIVATE" not in told
    assert not [secret for secret in key.splitlines()[1:-1] if secret in told]
    asked = json.loads(collector.asked[-1][2])
    assert names_in_request(asked.pop("request_pem")) == [("CN", AGENT)]
    assert asked == {"agent": AGENT, "token": TOKEN}
    output = capsys.readouterr()
    assert TOKEN not in output.out + output.err
    assert key.splitlines()[1] not in output.out + output.err


def test_what_is_printed_is_a_configuration_that_the_agent_takes(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / 'with 한글 and "quotes"'
    assert main(["enroll", line(collector), "--to", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert tomllib.loads(printed) == {
        "agent": {"id": AGENT},
        "broker": {
            "url": BROKER,
            "ca_file": str(folder / "authority.crt"),
            "certificate_file": str(folder / "agent.crt"),
            "key_file": str(folder / "agent.key"),
        },
        "enrolment": {"folder": str(folder)},
    }
    path = tmp_path / "agent.toml"
    path.write_text(printed + '[[sources]]\nkind = "host"\n')
    settings = load_configuration(path).settings
    assert settings.enrolment is not None
    assert settings.enrolment.renews


def test_the_parts_may_be_given_one_by_one(
    collector: StandInCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the token from stdin, so that no other user of the machine sees it."""
    monkeypatch.setattr(sys, "stdin", StringIO(f"{TOKEN}\n"))
    colons = ":".join(re.findall("..", collector.authority.sha256.upper()))
    parts = ["--url", f"{collector.url}/", "--agent", AGENT, "--token-file", "-", "--authority-sha256", colons]
    assert main(["enroll", *parts, "--to", str(tmp_path / "e")]) == 0
    assert collector.tokens == [TOKEN]


def test_the_line_may_come_from_stdin(
    collector: StandInCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(f"  {line(collector)}\r\n"))
    assert main(["enroll", "-", "--to", str(tmp_path / "e")]) == 0


def test_a_proxy_of_the_environment_is_not_used(
    collector: StandInCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0


def test_an_agent_is_enrolled_anew_over_what_is_there(collector: StandInCollector, tmp_path: Path) -> None:
    folder = tmp_path / "e"
    MadeAuthority("an earlier one").write_pair(folder, AGENT)
    before = files_in(folder)
    assert main(["enroll", line(collector), "--to", str(folder)]) == 0
    after = files_in(folder)
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in before)


def test_who_enrols_anew_after_a_power_cut_loses_no_pair_by_it(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The power went between key and certificate, and then the collector refuses."""
    folder, new = tmp_path / "e", tmp_path / "new"
    MadeAuthority("an earlier one").write_pair(folder, AGENT)
    collector.authority.write_pair(new, AGENT)
    for name in ("agent.crt", "authority.crt"):
        (new / name).rename(folder / f"{name}.new")
    (new / "agent.key").rename(folder / "agent.key")
    refused([line(collector, token="another-token"), "--to", str(folder)], capsys)
    assert files_in(folder).keys() == {"agent.key", "agent.crt", "authority.crt"}
    ssl.create_default_context().load_cert_chain(folder / "agent.crt", folder / "agent.key")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_writes_belongs_to_the_owner_of_the_folder(collector: StandInCollector, tmp_path: Path) -> None:
    folder = tmp_path / "e"
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    assert main(["enroll", line(collector), "--to", str(folder)]) == 0
    assert {(path.stat().st_uid, path.stat().st_gid) for path in folder.iterdir()} == {(12345, 12346)}


# Refusals


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str], *, code: int = 1) -> str:
    """What is said when it comes to nothing."""
    assert main(["enroll", *arguments]) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert TOKEN not in output.err
    assert "Traceback" not in output.err
    return output.err


def changed(**parts: Callable[[StandInCollector, str], str]) -> Callable[[StandInCollector, dict[str, str]], Answer]:
    def grant(collector: StandInCollector, document: dict[str, str]) -> Answer:
        return collector.grant(document, **{k: made(collector, document["request_pem"]) for k, made in parts.items()})

    return grant


BAD_ANSWERS = {
    "403": (lambda *_: problem(403, "the token is unknown, used or old"), "unknown, used or old.*enroll token"),
    "404": (lambda *_: (404, {}, b"<html>"), "404; is it the collector's address"),
    "422": (lambda *_: problem(422, "weak key"), r"422 \(weak key\)"),
    "429": (lambda *_: problem(429, "too many"), "wait a minute"),
    "500": (lambda *_: (500, {}, b"[1]"), "500; try again later"),
    "redirect": (lambda c, _: (307, {"Location": f"{c.url}/elsewhere"}, b""), "redirects, which is not followed"),
    "no json": (lambda *_: (201, {}, b"<html>"), "answers what is no certificate"),
    "too much": (lambda *_: (201, {}, b" " * 70_000), "answers more than 65536 bytes"),
    "terminal": (lambda *_: problem(403, "\x1b[2J gone"), r"\(\[2J gone\)"),
    "no broker": (changed(broker_url=lambda *_: "http://broker"), "answers what is no certificate"),
    "other name": (changed(certificate_pem=lambda c, r: c.authority.sign(r, name="gw-b")), "is for gw-b, not for gw-a"),
    "no name": (changed(certificate_pem=lambda c, r: c.authority.sign(r, name="gw-a\n    CN=gw-a")), "not for gw-a"),
    "other key": (changed(certificate_pem=lambda c, _: c.authority.sign(make_request(AGENT))), "not for the key"),
    "other signer": (changed(certificate_pem=lambda _, r: MadeAuthority().sign(r)), "is not signed by its authority"),
    "other authority": (changed(authority_pem=lambda *_: MadeAuthority().pem), "signs with another authority"),
    "for servers": (changed(certificate_pem=lambda c, r: c.authority.sign(r, is_server=True)), "is not signed by"),
    "past": (
        changed(certificate_pem=lambda c, r: c.authority.sign(r, begins=-timedelta(9), ends=-timedelta(1))),
        "past by this machine's clock",
    ),
    "garbage": (changed(certificate_pem=lambda *_: "garbage"), "openssl x509 failed"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_what_the_collector_may_answer_leaves_everything_as_it_was(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    grants, message = BAD_ANSWERS[name]
    collector.grants = lambda document: grants(collector, document)
    folder = tmp_path / "e"
    MadeAuthority("an earlier one").write_pair(folder, AGENT)
    before = files_in(folder)
    assert re.search(message, refused([line(collector), "--to", str(folder)], capsys))
    assert {name: content for name, content in files_in(folder).items() if ".for-" not in name} == before
    assert [path for _, path, _ in collector.asked if "elsewhere" in path] == []


def test_a_wrong_token_is_refused_in_the_collectors_words(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused([line(collector, token="another-token"), "--to", str(tmp_path / "e")], capsys)
    assert "refuses with 403 (the token is unknown, has been used, or is too old)" in said
    assert "another-token" not in said
    assert files_in(tmp_path / "e") == {}


def test_another_authority_than_the_invitations_gets_no_token(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused([line(collector, **{"authority-sha256": "ab" * 32}), "--to", str(tmp_path / "e")], capsys)
    assert f"its SHA-256 is {collector.authority.sha256}; the token was not sent" in said
    assert collector.tokens == []
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), "redirects, which is not followed"),
        ((200, {}, b"hello"), "what came as the authority's certificate is none"),
        ((200, {}, b"\xff" * 70_000), "more than 65536 bytes"),
        ((404, {}, b""), "hangang enroll init"),
    ],
)
def test_a_collector_that_shows_no_authority_gets_no_token(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Answer, message: str
) -> None:
    collector.shows = lambda: answer
    assert message in refused([line(collector), "--to", str(tmp_path / "e")], capsys)
    assert collector.tokens == []


def test_a_server_that_only_repeats_the_authority_gets_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The authority's certificate is public: whoever stands in between can show it."""
    pair = MadeAuthority("test authority").write_pair(tmp_path / "server", "x", called="server", is_server=True)
    with serving(StandInCollector(MadeAuthority("test authority")), pair) as collector:
        said = refused([line(collector), "--to", str(tmp_path / "e")], capsys)
    assert "its certificate is not believed" in said
    assert collector.tokens == []


@pytest.mark.parametrize("shown", ["{right}{other}", "{other}{right}", "{other_crlf}{right}", "{other_trusted}{right}"])
def test_an_authority_that_comes_along_with_the_right_one_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shown: str
) -> None:
    """Whoever stands in between adds their own to what they show: neither they nor their broker are to be believed."""
    right, other = MadeAuthority(), MadeAuthority("who stands in between")
    pems = {
        "right": right.pem,
        "other": other.pem,
        "other_crlf": other.pem.replace("\n", "\r\n"),
        "other_trusted": other.pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    }
    pair = other.write_pair(tmp_path / "server", "collector", called="server", is_server=True)
    with serving(StandInCollector(right), pair) as collector:
        collector.shows = lambda: (200, {}, shown.format(**pems).encode())
        refused([line(collector), "--to", str(tmp_path / "e")], capsys)
    assert collector.tokens == []


def test_of_what_is_shown_only_the_authority_of_the_invitation_is_kept(
    collector: StandInCollector, tmp_path: Path
) -> None:
    other = MadeAuthority("another").pem
    collector.shows = lambda: (200, {}, f"read me\n{collector.authority.pem}{other}".encode())
    assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0
    assert (tmp_path / "e" / "authority.crt").read_text() == collector.authority.pem


@pytest.mark.parametrize("is_agent", [True, False])
def test_an_enrolled_agent_cannot_pass_for_the_collector(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], is_agent: bool
) -> None:
    """Its certificate is signed by the same authority, and `localhost` may be an agent's id."""
    authority = MadeAuthority()
    pair = authority.write_pair(tmp_path / "server", "localhost", called="server", is_server=not is_agent)
    with serving(StandInCollector(authority), pair) as collector:
        collector.url = collector.url.replace("127.0.0.1", "localhost")
        arguments = ["enroll", line(collector), "--to", str(tmp_path / "e")]
        assert main(arguments) == (1 if is_agent else 0)
    assert collector.tokens == ([] if is_agent else [TOKEN])


def test_a_collector_that_the_system_trusts_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = MadeAuthority("a public authority")
    pair = public.write_pair(tmp_path / "server", "collector", called="server", is_server=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server" / "authority.crt"))
    with serving(StandInCollector(MadeAuthority()), pair) as collector:
        assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0
    assert (tmp_path / "e" / "authority.crt").read_text() == collector.authority.pem


def test_in_the_clear_only_to_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(StandInCollector(MadeAuthority()), None) as collector:
        assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0
        capsys.readouterr()
        for url in ("http://collector.example", "http://10.0.0.1:80", "http://127.0.0.1.example"):
            said = refused([line(collector, url=url), "--to", str(tmp_path / "f")], capsys, code=2)
            assert "--url: must begin with https://: a token goes in the clear to this machine only" in said


def test_nobody_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collector = StandInCollector(MadeAuthority(), url="https://127.0.0.1:9")
    said = refused([line(collector), "--to", str(tmp_path / "e"), "--try-for", "0"], capsys)
    assert "127.0.0.1:9: cannot be reached: Connection refused; run it again" in said
    assert not (tmp_path / "e").exists()


def test_two_who_enrol_into_one_folder_do_not_mix_their_keys(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor a technician and the running agent, which renews: the second is told before it shows its token."""
    folder, said = tmp_path / "e", []

    def grant(document: dict[str, str]) -> Answer:
        collector.grants = None
        said.append(refused([line(collector), "--to", str(folder)], capsys))
        return collector.grant(document)

    collector.grants = grant
    assert main(["enroll", line(collector), "--to", str(folder)]) == 0
    assert "another certificate is being made there; try again in a minute" in said[0]
    assert collector.tokens == [TOKEN]
    assert files_in(folder).keys() == {"agent.key", "agent.crt", "authority.crt"}


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"])
def test_an_answer_that_is_lost_leaves_the_key_for_who_runs_the_command_again(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    """A proxy is started again, or the mobile network breaks, when the collector has signed already."""
    folder = tmp_path / "e"
    MadeAuthority("an earlier one").write_pair(folder, AGENT)
    before = files_in(folder)
    collector.breaks_off = answer
    command = [line(collector), "--to", str(folder), "--try-for", "0"]
    assert "the connection broke off; run the same command again: its key is kept" in refused(command, capsys)
    (kept,) = folder.glob("agent.key.for-*")
    key = kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert TOKEN not in kept.name
    assert {name: content for name, content in files_in(folder).items() if name != kept.name} == before
    collector.breaks_off = None
    assert main(["enroll", *command]) == 0
    assert len(keys_asked_for(collector)) == 2
    assert len({*keys_asked_for(collector)}) == 1
    assert (folder / "agent.key").read_text() == key
    assert files_in(folder).keys() == before.keys()


def test_where_the_line_breaks_the_same_key_is_tried_again_without_anybody(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def grant(document: dict[str, str]) -> Answer:
        if len(collector.tokens) == 2:
            collector.breaks_off = None
        return collector.grant(document)

    collector.breaks_off, collector.grants = b"", grant
    assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0
    assert re.search(r"the connection broke off; trying again in [\d.]+ s\n", capsys.readouterr().err)
    first, second = keys_asked_for(collector)
    assert first == second
    assert files_in(tmp_path / "e").keys() == {"agent.key", "agent.crt", "authority.crt"}


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_whose_collector_is_away_is_asked_again(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    """Or that has lost its answer."""
    collector.grants = lambda document: (status, {}, b"") if len(collector.tokens) == 1 else collector.grant(document)
    assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0
    assert f"refuses with {status}; trying again in" in capsys.readouterr().err


def test_a_clock_that_is_set_later_costs_no_token(collector: StandInCollector, tmp_path: Path) -> None:
    """Whatever is wrong with an answer here can be mended, and the same key be shown again."""
    past = changed(certificate_pem=lambda c, r: c.authority.sign(r, begins=-timedelta(9), ends=-timedelta(1)))
    collector.grants = lambda document: past(collector, document)
    assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 1
    collector.grants = None
    assert main(["enroll", line(collector), "--to", str(tmp_path / "e")]) == 0
    assert len({*keys_asked_for(collector)}) == 1


@pytest.mark.parametrize("other", [{"token": "another-token"}, {"agent": "gw-b"}])
def test_a_key_is_kept_for_one_invitation_only(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str], other: dict[str, str]
) -> None:
    collector.breaks_off = b""
    for parts in ({}, other):
        refused([line(collector, **parts), "--to", str(tmp_path / "e"), "--try-for", "0"], capsys)
    first, second = keys_asked_for(collector)
    assert first != second
    assert len(kept_keys(tmp_path / "e")) == 1


def test_a_time_that_is_none_is_refused(collector: StandInCollector, tmp_path: Path) -> None:
    for seconds in ("-1", "nan", "inf", "a minute", "86401"):
        with pytest.raises(SystemExit) as ended:
            main(["enroll", line(collector), "--to", str(tmp_path / "e"), "--try-for", seconds])
        assert ended.value.code == 2
    assert collector.asked == []


def test_without_the_openssl_command_the_token_is_not_spent(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = refused([line(collector), "--to", str(tmp_path / "e")], capsys)
    assert "the openssl command is not installed; install the package openssl (on OpenWrt openssl-util)" in said
    assert collector.tokens == []


def test_a_folder_that_cannot_be_made_costs_no_token(
    collector: StandInCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    said = refused([line(collector), "--to", str(tmp_path / "file" / "e")], capsys)
    assert "e cannot be made: Not a directory; choose another folder" in said
    assert collector.tokens == []


def test_a_full_disk_costs_no_token(collector: StandInCollector, tmp_path: Path) -> None:
    """No file may grow beyond 100 bytes, which is as on a full disk."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from agent.main import main; sys.exit(main(sys.argv[1:]))"
    )
    folder = tmp_path / "e"
    command = [sys.executable, "-B", "-c", code, "enroll", line(collector), "--to", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(rf"hangang-agent: {folder}/agent.key.for-\w+ cannot be written: File too large; make", done.stderr)
    assert collector.tokens == []
    assert files_in(folder) == {}


def test_all_that_is_wrong_with_the_options_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "token").write_text("two words")
    arguments = ["--url", "ftp://x", "--agent", "GW/+", "--token-file", str(tmp_path / "token"), "--to", str(tmp_path)]
    said = refused(arguments, capsys, code=2)
    assert re.findall(r"^hangang-agent enroll: (\S+): (\S+)", said, re.MULTILINE) == [
        ("--authority-sha256", "required;"),
        ("--url", "must"),
        ("--agent", "String"),
        ("--token-file", "is"),
    ]
    assert "two words" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hangang-enrolment:"], "LINE: is no invitation"),
        (["hangang-enrolment:?url"], "LINE: is no whole invitation"),
        (["hangang-enrolment:?agent=gw-a&agent=gw-a&a=1&b=2&c=3"], "LINE: is no whole invitation"),
        (["hangang-enrolment:?agent=gw-a&user=x"], "user: unknown key"),
        (["hangang-enrolment:?agent=gw-a"], "--token-file: required"),
        (["hangang-enrolment:?agent=gw-a", "--agent", "gw-b"], "--agent: stands in LINE already"),
        (["--token-file", "/nowhere"], "/nowhere cannot be read: No such file"),
    ],
)
def test_a_broken_invitation_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert message in refused([*arguments, "--to", str(tmp_path)], capsys, code=2)
