"""`hangang enroll` as somebody types it: what it makes, prints and refuses. What a broker makes of it is tested beside
`collector.enrolment`."""

import os
import re
import subprocess
import tomllib
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import zxingcpp
from harness import write_collector
from state_files import open_state

from agent.broker import BrokerSettings
from collector.access.identity import COMMAND
from collector.cli import broker_reload
from collector.cli.command import run
from collector.cli.enroll_words import phrases
from collector.config import load_settings
from collector.enrolment.tokens import Invitation
from collector.state.audit import entries
from collector.state.enrolments import KeptCertificate, keep_token, revoke_agent, use_token
from collector.subscriber import utc_now

HOSTS = ("--broker-host", "broker.example.org", "--broker-host", "192.0.2.7")
URL = ("--url", "https://wifi.example.org/seoul/")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_collector(tmp_path, '[broker]\nurl = "mqtts://127.0.0.1:1"\n', web_port=1)


def enroll(config: Path, action: str, *arguments: str) -> int:
    return run(["enroll", action, "--config", str(config), "--lang", "en", *arguments])


def test_what_was_made_is_told_and_the_table_that_is_printed_can_be_used(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(config, "init", *HOSTS) == 0
    printed = capsys.readouterr().out
    folder = config.parent / "data" / "enrolment"
    assert f"made a new certificate authority: {folder}" in printed
    assert "made a certificate for the broker: broker.example.org 192.0.2.7" in printed
    broker = BrokerSettings.model_validate(tomllib.loads(printed[printed.index("[broker]") :])["broker"])
    assert (broker.host, broker.port, broker.key_file) == ("broker.example.org", 8883, folder / "collector.key")


def test_to_make_it_again_changes_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = config.parent / "data" / "enrolment"

    def certificates() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.rglob("*") if path.suffix in {".crt", ".key"}}

    enroll(config, "init", *HOSTS)
    made, printed = certificates(), capsys.readouterr().out
    assert enroll(config, "init") == 0
    assert certificates() == made
    again = capsys.readouterr().out
    assert "the broker's certificate stays: broker.example.org 192.0.2.7" in again
    assert again[again.index("SHA-256") :] == printed[printed.index("SHA-256") :]


def test_certificates_that_are_to_be_made_may_stand_in_the_file(tmp_path: Path) -> None:
    tables = """
[broker]
url = "mqtts://broker.example.org"
ca_file = "data/enrolment/authority.crt"
certificate_file = "data/enrolment/collector.crt"
key_file = "data/enrolment/collector.key"
[enrolment]
broker_url = "mqtts://broker.example.org:18883"
"""
    config = write_collector(tmp_path, tables, web_port=1)
    assert enroll(config, "list") == 2
    assert enroll(config, "init") == 0
    assert load_settings(config).broker_settings.certificate_file is not None
    assert "listener 18883\n" in (tmp_path / "data" / "enrolment" / "broker" / "mosquitto.conf").read_text()


def test_a_token_is_printed_once_and_kept_as_a_hash(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enroll(config, "init", *HOSTS)
    sha256 = re.search(r"SHA-256 of the authority: (\w+)", capsys.readouterr().out)
    assert enroll(config, "token", "lab-001", *URL) == 0
    line = capsys.readouterr().out.strip()
    assert line.startswith("hangang-enrolment:?")
    parts = {key: value for key, (value,) in parse_qs(urlsplit(line).query).items()}
    token = parts.pop("token")
    assert sha256 is not None
    assert parts == {"url": "https://wifi.example.org/seoul", "agent": "lab-001", "authority-sha256": sha256[1]}
    kept = b"".join(path.read_bytes() for path in config.parent.rglob("*") if path.is_file())
    assert token.encode() not in kept


def test_a_code_to_be_printed_holds_the_line_and_is_a_secret(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enroll(config, "init", *HOSTS)
    capsys.readouterr()
    path = config.parent / "code.svg"
    assert enroll(config, "token", "lab-001", *URL, "--svg", str(path)) == 0
    assert path.read_bytes().startswith(b"<?xml")
    assert path.stat().st_mode & 0o077 == 0


def test_a_phone_reads_the_code_of_the_terminal() -> None:
    invitation = Invitation("https://wifi.example.org", "lab-001", "t0ken", "0" * 64)
    rows = [re.sub(r"\x1b\[[\d;]*m", "", row) for row in invitation.for_terminal().splitlines() if row]
    halves = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}
    pixels = np.array([[halves[letter][half] for letter in row] for row in rows for half in (0, 1)], dtype=np.uint8)
    (found,) = zxingcpp.read_barcodes(np.pad(pixels, 4, constant_values=255).repeat(4, axis=0).repeat(4, axis=1))
    assert found.text == invitation.line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("token", "lab-001", *URL), "run `hangang enroll init` first"),
        (("password", "lab-001"), "run `hangang enroll init` first"),
        (("revoke", "lab-001"), "run `hangang enroll init` first"),
        (("init",), "name the broker: --broker-host"),
        (("token", "lab-001"), "Name --url, or web.url"),
        (("token", "lab-001", "--url", "http://192.0.2.7:8080"), "a token goes over https:// only"),
    ],
)
def test_what_is_missing_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert enroll(config, *arguments) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://wifi.example.org:x", "https://wifi.example.org:99999", "https://"]
)
def test_an_address_that_is_none_is_refused(config: Path, capsys: pytest.CaptureFixture[str], url: str) -> None:
    with pytest.raises(SystemExit) as ended:
        enroll(config, "token", "lab-001", "--url", url)
    assert ended.value.code == 2
    assert "must look like https://wifi.example.org" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["mqtts://[::1", "mqtts://a..b", "MQTTS://broker", "mqtts://broker?x", "mqtt://broker"])
def test_an_address_that_no_agent_takes_is_not_told_to_agents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """It would be found out when their tokens are spent."""
    tables = f'[broker]\nurl = "mqtts://127.0.0.1:1"\n[enrolment]\nbroker_url = "{url}"\n'
    assert enroll(write_collector(tmp_path, tables, web_port=1), "init", *HOSTS) == 2
    assert "enrolment.broker_url: must look like mqtts://broker.example.org:8883" in capsys.readouterr().err


def test_a_number_of_another_program_than_the_broker_is_left_alone(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a broker that has crashed leaves behind may be anybody's by now, whom SIGHUP would end."""
    enroll(config, "init", *HOSTS)
    with subprocess.Popen(["sleep", "600"]) as other:
        number = config.parent / "mosquitto.pid"
        number.write_text(f"{other.pid}\n")
        try:
            assert enroll(config, "revoke", "lab-001", "--broker-pid", str(number)) == 1
            assert f"{number}: {other.pid} is sleep, and not the broker" in capsys.readouterr().err
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(0.2)
        finally:
            other.kill()


def test_a_token_is_printed_also_where_the_broker_was_not_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enroll(config, "init", *HOSTS)
    state, now = open_state(config.parent / "data" / "state.sqlite"), utc_now()
    keep_token(state, "lab-001", "0" * 64, now, expires_at=now + timedelta(minutes=1))
    certificate = KeptCertificate("1f", "lab-001", now, now + timedelta(days=90))
    use_token(state, "0" * 64, certificate, "PEM", address="192.0.2.7")
    revoke_agent(state, "lab-001", now)
    state.dispose()
    capsys.readouterr()
    assert enroll(config, "token", "lab-001", *URL, "--broker-pid", "/dev/null") == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("hangang-enrolment:?")
    assert "holds no process's number" in printed.err


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for systemctl notes what it was asked for."""
    noted, folder = tmp_path / "noted", tmp_path / "bin"
    folder.mkdir()
    (folder / "systemctl").write_text(f'#!/bin/sh\necho "$*" >>{noted}\n')
    (folder / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(broker_reload, "SYSTEMD", tmp_path)
    return noted


def test_the_broker_is_started_again_where_somebody_who_was_revoked_is_let_in(
    config: Path, capsys: pytest.CaptureFixture[str], systemctl: Path
) -> None:
    """Who is connected still, by what was revoked, could write otherwise."""
    enroll(config, "init", *HOSTS)
    assert enroll(config, "token", "lab-001", *URL) == 0
    assert not systemctl.exists()
    assert enroll(config, "revoke", "lab-001") == 0
    assert systemctl.read_text() == "--no-ask-password reload mosquitto.service\n"
    capsys.readouterr()
    assert enroll(config, "token", "lab-001", *URL) == 0
    asked = ["--no-ask-password is-active mosquitto.service", "--no-ask-password restart mosquitto.service"]
    assert systemctl.read_text().splitlines()[1:] == asked
    told = capsys.readouterr()
    assert "The broker was started again: lab-001 had been revoked" in told.err
    assert len(told.out.splitlines()) == 1, "what is piped on is the line alone"


def test_where_the_broker_cannot_be_started_again_somebody_is_told_to(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enroll(config, "init", *HOSTS)
    assert enroll(config, "revoke", "lab-001") == 1
    assert "SIGHUP to it" in capsys.readouterr().err
    assert enroll(config, "token", "lab-001", *URL) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("hangang-enrolment:?")
    assert "`systemctl restart mosquitto`" in printed.err


def test_a_broker_that_systemd_does_not_run_is_not_started_beside_the_one_that_runs(
    config: Path, capsys: pytest.CaptureFixture[str], systemctl: Path
) -> None:
    enroll(config, "init", *HOSTS)
    enroll(config, "revoke", "lab-001")
    (config.parent / "bin" / "systemctl").write_text(f'#!/bin/sh\necho "$*" >>{systemctl}\n[ "$2" != is-active ]\n')
    capsys.readouterr()
    assert enroll(config, "token", "lab-001", *URL) == 1
    assert "`systemctl restart mosquitto`" in capsys.readouterr().err
    assert "restart" not in systemctl.read_text()


def test_the_broker_is_started_again_also_for_a_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], systemctl: Path
) -> None:
    """Who is connected by a certificate would have the rights of the one with the password."""
    tables = '[broker]\nurl = "mqtts://127.0.0.1:1"\n[enrolment]\npassword_port = 8884\n'
    config = write_collector(tmp_path, tables, web_port=1)
    enroll(config, "init", *HOSTS)
    for action in ("password", "revoke", "password", "password"):
        assert enroll(config, action, "lab-001") == 0
    asked = [line.split()[1] for line in systemctl.read_text().splitlines()]
    assert asked == ["reload", "reload", "is-active", "restart", "reload"]
    assert "The broker was started again: lab-001" in capsys.readouterr().err


def test_where_the_broker_can_be_told_only_somebody_else_is_to_start_it_again(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enroll(config, "init", *HOSTS)
    script = "echo mosquitto >/proc/$$/comm; trap : HUP; echo up; read _"
    with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as broker:
        assert broker.stdout is not None
        broker.stdout.readline()
        number = config.parent / "mosquitto.pid"
        number.write_text(f"{broker.pid}\n")
        try:
            assert enroll(config, "revoke", "lab-001", "--broker-pid", str(number)) == 0
            assert enroll(config, "token", "lab-001", *URL, "--broker-pid", str(number)) == 0
        finally:
            broker.kill()
    assert "lab-001 had been revoked: start the broker again" in capsys.readouterr().err


def test_a_database_that_was_put_back_by_other_means_is_told_so(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enroll(config, "init", *HOSTS)
    assert enroll(config, "restored") == 0
    assert "put back from a backup" in capsys.readouterr().out
    assert enroll(config, "revoke", "lab-001", "--broker-pid", "/dev/null") == 1
    assert enroll(config, "token", "lab-001", *URL) == 1
    assert "give it another id" in capsys.readouterr().err


def test_the_list_has_who_is_denied_although_nothing_of_theirs_is_known(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enroll(config, "init", *HOSTS)
    enroll(config, "revoke", "lab-001", "--broker-pid", "/dev/null")
    capsys.readouterr()
    assert enroll(config, "list") == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["lab-001", "revoked", "-", "-"]


@pytest.mark.parametrize("agent", ["a+b", "a/b", "#", "+", "LAB-001", "", "-x", "한강"])
def test_a_name_that_is_no_agents_id_is_refused(config: Path, capsys: pytest.CaptureFixture[str], agent: str) -> None:
    for action in ("token", "password", "revoke"):
        with pytest.raises(SystemExit) as ended:
            enroll(config, action, "--", agent)
        assert ended.value.code == 2
        assert "is no agent's id" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["", "a b", "broker_1", "*.example.org", "x" * 64, "브로커", "a\nlistener 1883"])
def test_a_host_that_nobody_can_be_called_is_refused(config: Path, host: str) -> None:
    with pytest.raises(SystemExit) as ended:
        enroll(config, "init", "--broker-host", host)
    assert ended.value.code == 2


def test_passwords_are_refused_where_the_broker_takes_none(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enroll(config, "init", *HOSTS)
    assert enroll(config, "password", "lab-001") == 1
    assert "set enrolment.password_port" in capsys.readouterr().err


def test_what_a_person_does_is_noted_in_the_audit_log_without_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = '[broker]\nurl = "mqtts://127.0.0.1:1"\n[enrolment]\npassword_port = 8884\n'
    config = write_collector(tmp_path, tables, web_port=1)
    enroll(config, "init", *HOSTS)
    capsys.readouterr()
    enroll(config, "token", "lab-001", *URL)
    token = re.search(r"token=([^&]+)&", capsys.readouterr().out)
    enroll(config, "password", "lab-002", "--broker-pid", "/dev/null")
    password = re.search(r"password of lab-002: (\S+)", capsys.readouterr().out)
    for agent in ("lab-001", "lab-002", "lab-003"):
        enroll(config, "revoke", agent, "--broker-pid", "/dev/null")
    enroll(config, "list")
    assert token is not None
    assert password is not None
    state = open_state(tmp_path / "data" / "state.sqlite")
    noted = [kept.entry for kept in reversed(entries(state, limit=99))]
    state.dispose()
    assert {(entry.by, entry.means) for entry in noted} == {(COMMAND.name, COMMAND.means)}
    assert [(entry.action, entry.subject, entry.detail) for entry in noted[1:]] == [
        ("agent_password_drawn", "lab-002", ""),
        ("agent_revoked", "lab-001", "1"),
        ("agent_revoked", "lab-002", "1"),
        ("agent_revoked", "lab-003", "0"),
    ]
    assert (noted[0].action, noted[0].subject) == ("enrolment_token_drawn", "lab-001")
    kept_bytes = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert token[1].encode() not in kept_bytes
    assert password[1].encode() not in kept_bytes


def test_a_folder_that_is_none_is_told_by_its_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "data").mkdir()
    (config.parent / "data" / "enrolment").write_text("")
    assert enroll(config, "init", *HOSTS) == 1
    assert str(config.parent / "data" / "enrolment") in capsys.readouterr().err


def test_the_list_has_broker_and_collector_and_says_that_there_are_no_agents(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enroll(config, "init", *HOSTS)
    capsys.readouterr()
    assert enroll(config, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["NAME", "STATE"], ["server", "broker"], ["collector"] * 2]
    assert lines[3:] == ["nobody is enrolled"]


def test_phrases_take_the_same_in_both_languages() -> None:
    for key, texts in phrases().items():
        fields = {language: set(re.findall(r"{(\w+)}", text)) for language, text in texts.items()}
        assert set(fields) == {"ko", "en"}, key
        assert fields["ko"] == fields["en"], key
