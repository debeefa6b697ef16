"""What is written for the broker, and how: access list, passwords, configuration, modes."""

import asyncio
import resource
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import eventually, free_port, is_listening, program

from collector.enrolment.access_list import access_list
from collector.enrolment.authority import SERVER_LIFE
from collector.enrolment.broker_configuration import mosquitto_configuration
from collector.enrolment.folders import Folders, write
from collector.enrolment.passwords import agents_in, with_password, without
from collector.enrolment.refusals import AuthorityError
from collector.enrolment.settings import EnrolmentSettings

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DEPLOYED = Path(__file__).parents[3] / "deploy" / "mosquitto" / "mosquitto.conf"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "enrolment", tmp_path / "broker")


def test_agents_see_their_own_topics_collectors_all_and_who_is_denied_none() -> None:
    blocks = access_list(["collector"], ["lab-002", "lab-001"]).split("\n\n")
    assert [block.strip().splitlines() for block in blocks[1:]] == [
        [
            "user collector",
            "topic read wifi/v1/+/frame",
            "topic read wifi/v1/+/backlog",
            "topic read wifi/v1/+/status",
            "topic read wifi/v1/+/renewal",
            "topic write wifi/v1/+/ack",
            "topic write wifi/v1/+/certificate",
        ],
        ["user lab-001", "topic deny #"],
        ["user lab-002", "topic deny #"],
        [
            "pattern write wifi/v1/%u/frame",
            "pattern write wifi/v1/%u/backlog",
            "pattern write wifi/v1/%u/status",
            "pattern write wifi/v1/%u/renewal",
            "pattern read wifi/v1/%u/ack",
            "pattern read wifi/v1/%u/certificate",
        ],
    ]


def test_the_committed_configuration_is_the_one_that_is_written_for_its_folder() -> None:
    settings = EnrolmentSettings()
    written = mosquitto_configuration(
        Path("/etc/mosquitto/hangang"),
        port=settings.broker_port,
        password_port=settings.password_port,
        max_connections=settings.max_connections,
    )
    assert DEPLOYED.read_text() == written


async def test_a_broker_starts_with_the_committed_configuration_and_what_was_made(folders: Folders) -> None:
    authority, port = folders.make_authority(NOW), free_port()
    folders.certify_broker(authority, ("127.0.0.1",), NOW)
    folders.write_access(authority, [], [], NOW)
    text = DEPLOYED.read_text().replace("/etc/mosquitto/hangang", str(folders.broker))
    configuration = folders.broker / "try.conf"
    configuration.write_text("user root\n" + text.replace("listener 8883", f"listener {port} 127.0.0.1"))
    broker = await asyncio.create_subprocess_exec(program("mosquitto"), "-c", configuration, stderr=subprocess.DEVNULL)
    try:
        await eventually(lambda: is_listening(port))
    finally:
        broker.terminate()
        await broker.wait()


def test_a_password_is_replaced_and_taken_away_and_others_stay() -> None:
    file = with_password(with_password("", "lab-001", "one"), "lab-01", "two")
    again = with_password(file, "lab-001", "three")
    assert agents_in(again) == ("lab-001", "lab-01")
    assert "one" not in again
    assert without(again, "lab-001") == without(file, "lab-001")
    assert agents_in(without(again, "lab-001")) == ("lab-01",)


def test_keys_are_for_their_owner_and_the_brokers_for_its_group(folders: Folders) -> None:
    authority = folders.make_authority(NOW)
    folders.certify_broker(authority, ("broker.example.org",), NOW)
    folders.certify_collector(authority, "collector", NOW)
    folders.write_access(authority, [], [], NOW)
    folders.write_passwords("")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folders.own, folders.broker)}
    for folder in (folders.own, folders.broker):
        modes |= {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {
        "enrolment": 0o700,
        "authority.key": 0o600,
        "authority.crt": 0o644,
        "collector.key": 0o600,
        "collector.crt": 0o644,
        "broker": 0o750,
        "server.key": 0o640,
        "server.crt": 0o644,
        "acl": 0o640,
        "revoked.pem": 0o640,
        "passwords": 0o640,
    }


def test_what_is_good_stays_and_what_runs_out_is_renewed(folders: Folders) -> None:
    authority, hosts = folders.make_authority(NOW), ("broker.example.org",)
    assert folders.certify_broker(authority, hosts, NOW)
    assert folders.certify_collector(authority, "collector", NOW)
    assert folders.load_authority().sha256 == authority.sha256
    later = NOW + SERVER_LIFE * 2 / 3 - timedelta(days=1)
    assert not folders.certify_broker(authority, hosts, later)
    assert not folders.certify_collector(authority, "collector", later)
    assert folders.certify_broker(authority, (*hosts, "192.0.2.7"), later)
    assert folders.certify_collector(authority, "collector", later + timedelta(days=2))


def test_what_another_authority_has_signed_is_made_anew(folders: Folders) -> None:
    folders.certify_broker(folders.make_authority(NOW), ("broker.example.org",), NOW)
    for name in ("crt", "key"):
        (folders.own / f"authority.{name}").unlink()
    assert folders.certify_broker(folders.make_authority(NOW), ("broker.example.org",), NOW)


@pytest.mark.parametrize("name", ["authority.key", "authority.crt"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\ngarbage"])
def test_an_authority_that_cannot_be_used_is_told_by_its_file(
    folders: Folders, name: str, content: bytes | None
) -> None:
    folders.make_authority(NOW)
    (folders.own / name).unlink() if content is None else (folders.own / name).write_bytes(content)
    with pytest.raises(AuthorityError, match=rf"{name}.*run `hangang enroll init`"):
        folders.load_authority()


def test_a_key_of_another_authority_is_told(folders: Folders, tmp_path: Path) -> None:
    folders.make_authority(NOW)
    other = Folders(tmp_path / "other", tmp_path / "broker")
    other.make_authority(NOW)
    (folders.own / "authority.key").write_bytes((other.own / "authority.key").read_bytes())
    with pytest.raises(AuthorityError, match="is not the key of authority"):
        folders.load_authority()


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "acl").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "acl", b"anything", 0o640)
    assert [path.name for path in tmp_path.iterdir()] == ["acl"]


def test_a_full_disk_is_told_with_the_file_that_stays_as_it_was(tmp_path: Path) -> None:
    """No file may grow beyond 100 bytes, which is as on a full disk."""
    path = tmp_path / "acl"
    path.write_text("before")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as told:
            write(path, b"x" * 200, 0o640)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.value.filename == str(path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("acl", "before")]


def test_the_keys_that_are_written_go_with_their_certificates(folders: Folders) -> None:
    authority = folders.make_authority(NOW)
    folders.certify_broker(authority, ("broker.example.org",), NOW)
    openssl = program("openssl")
    of_key = subprocess.run(
        [openssl, "pkey", "-in", folders.broker / "server.key", "-pubout"], capture_output=True, check=True
    ).stdout
    of_certificate = subprocess.run(
        [openssl, "x509", "-in", folders.broker / "server.crt", "-noout", "-pubkey"], capture_output=True, check=True
    ).stdout
    assert of_key == of_certificate
