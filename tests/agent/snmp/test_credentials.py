"""How devices are spoken to: what settings may be together, that secrets stay secret, and a real engine of SNMPv3."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness import eventually, free_port, is_bound, program

from agent.settings import SettingsError, check
from agent.snmp.client import Client, DeviceError, Patience
from agent.snmp.credentials import Credentials

UPTIME, PACKETS = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.11.1.0"
AUTH, PRIV = "a passphrase to sign with", "a passphrase to hide with"
USERS = {"middling": ("sha256", "aes128"), "strong": ("sha512", "aes256"), "plain": ("sha1", None)}
NAMES = {"sha1": "SHA", "sha256": "SHA-256", "sha512": "SHA-512", "aes128": "AES", "aes256": "AES-256"}


def mistakes(folder: Path, **table: object) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        check(Credentials, table, folder / "agent.toml")
    return {mistake.key: mistake.problem for mistake in caught.value.mistakes}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, {"community_file": 'required; add it, or `community`, or `version = "3"` with a `user`'}),
        ({"version": "3"}, {"version": '"3" needs `user`'}),
        (
            {"version": "3", "user": "u", "community": "c"},
            {"community": 'is not for version "3", which has users'},
        ),
        ({"community": "c", "user": "u"}, {"user": 'is for version "3"; add `version = "3"` or remove it'}),
        ({"version": "3", "user": "u", "auth": "sha256"}, {"auth": "needs `auth_key_file` or `auth_key`"}),
        ({"version": "3", "user": "u", "auth_key": AUTH}, {"auth_key": "needs `auth`, which says what the passphrase"}),
        (
            {"version": "3", "user": "u", "priv": "aes128", "priv_key": PRIV},
            {"priv": "needs `auth` as well: SNMPv3 has no privacy without authentication"},
        ),
        ({"community": ""}, {"community": "at least 1"}),
        (
            {"version": "3", "user": "u", "auth": "sha256", "auth_key": "short"},
            {"auth_key": "at least 8"},
        ),
        ({"community_file": "empty"}, {"community_file": "is empty; write the secret into it, and nothing else"}),
        ({"community_file": "cp949"}, {"community_file": "holds no text in UTF-8"}),
        ({"community_file": "none"}, {"community_file": "cannot be read: No such file or directory"}),
        (
            {"version": "3", "user": "u", "auth": "md5", "auth_key_file": "short"},
            {"auth_key_file": "holds a passphrase of less than 8 letters, which SNMPv3 forbids"},
        ),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, table: dict[str, object], expected: dict[str, str]) -> None:
    for name, content in {"empty": b"\n", "cp949": "한강".encode("cp949"), "short": b"short\n"}.items():
        (tmp_path / name).write_bytes(content)
    told = mistakes(tmp_path, **table)
    assert told.keys() == expected.keys()
    for key, problem in expected.items():
        assert problem in told[key]


def test_secrets_are_read_without_their_lines_end_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "snmp.key").write_text("hunter2-community\n", encoding="utf-8")
    of_file = check(Credentials, {"community_file": "snmp.key"}, tmp_path / "agent.toml")
    assert of_file.community_text() == "hunter2-community"
    user = Credentials(version="3", user="u", auth="md5", auth_key="hunter2-auth", priv="des", priv_key="hunter2-priv")
    assert (user.auth_passphrase(), user.priv_passphrase()) == (b"hunter2-auth", b"hunter2-priv")
    text = Credentials(community="hunter2-community")
    for settings in (of_file, user, text):
        assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


# A real engine


class Snmpd:
    """net-snmp's agent with the USERS, and a community to look at it with."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        lines = [f"agentaddress udp:127.0.0.1:{self.port}", "rocommunity public 127.0.0.1"]
        for user, (auth, priv) in USERS.items():
            hidden = f'{NAMES[priv]} "{PRIV}"' if priv else ""
            lines.append(f'createUser {user} {NAMES[auth]} "{AUTH}" {hidden}')
            lines.append(f"rouser {user} {'priv' if priv else 'auth'}")
        (folder / "snmpd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    async def start(self, *, is_same_engine: bool = True) -> None:
        """The same engine has started once more than it remembers; another one has a new id."""
        kept, configured = self._folder / "kept", self._folder / "configured"
        environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(kept), "SNMPCONFPATH": str(configured)}
        files = ["-c", str(self._folder / "snmpd.conf"), "-Lf", str(self._folder / "log")]
        command = [program("snmpd"), "-f", "-I", "-smux", "-p", str(self._folder / "pid"), *files]
        if not is_same_engine:
            command.append("-C")  # without what was kept of the engine before
        self._process = subprocess.Popen(command, env=environment)
        await eventually(lambda: is_bound(self.port))

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@pytest.fixture
async def snmpd(tmp_path: Path) -> AsyncIterator[Snmpd]:
    snmpd = Snmpd(tmp_path)
    await snmpd.start()
    yield snmpd
    snmpd.stop()


def client_of(snmpd: Snmpd, user: str, /, **other: str) -> Client:
    auth, priv = USERS.get(user, USERS["strong"])
    table = {"version": "3", "user": user, "auth": auth, "auth_key": AUTH}
    table |= {"priv": priv, "priv_key": PRIV} if priv else {}
    credentials = check(Credentials, {**table, **other}, Path("agent.toml"))
    return Client("127.0.0.1", snmpd.port, credentials, Patience(timeout_seconds=0.5, retries=1))


@pytest.mark.parametrize("user", USERS)
async def test_a_users_device_is_read_and_walked(snmpd: Snmpd, user: str) -> None:
    client = client_of(snmpd, user)
    assert set(await client.get([UPTIME])) == {UPTIME}
    rows = [oid async for oid, _ in client.walk("1.3.6.1.2.1.2.2.1.1")]
    assert "1.3.6.1.2.1.2.2.1.1.1" in rows
    client.rest()
    assert set(await client.get([UPTIME])) == {UPTIME}


@pytest.mark.parametrize("other", [{"auth_key": "another passphrase"}, {"user": "nobody"}, {"auth": "md5"}])
async def test_a_user_that_the_device_does_not_know_is_told(snmpd: Snmpd, other: dict[str, str]) -> None:
    with pytest.raises(DeviceError) as failure:
        await client_of(snmpd, "strong", **other).get([UPTIME])
    told = "127.0.0.1: the SNMPv3 user, its protocols or its passphrases are not those of the device"
    assert str(failure.value) == told
    assert not failure.value.is_silent


@pytest.mark.parametrize("other", [{"priv_key": "another passphrase"}, {"priv": "aes128"}])
async def test_a_wrong_passphrase_for_privacy_which_gets_no_answer_is_told(snmpd: Snmpd, other: dict[str, str]) -> None:
    with pytest.raises(DeviceError) as failure:
        await client_of(snmpd, "strong", **other).get([UPTIME])
    told = "no answer within 0.5 s, asked 2 times, though it tells its engine's id; are the user's privacy protocol and"
    assert str(failure.value).startswith(f"127.0.0.1: {told}")
    assert "another" not in repr(failure.value)


async def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    snmpd = Snmpd(tmp_path)
    with pytest.raises(DeviceError, match=f"port {snmpd.port} is closed"):
        await client_of(snmpd, "strong").get([UPTIME])


@pytest.mark.parametrize("is_same_engine", [True, False], ids=["started again", "another one"])
async def test_an_engine_that_is_not_as_before_costs_no_reading(snmpd: Snmpd, *, is_same_engine: bool) -> None:
    """Requests as before are refused: by the same engine for its time, by another one for its id."""
    client = client_of(snmpd, "strong")
    for _ in range(2):
        await client.get([UPTIME])
        client.rest()
        snmpd.stop()
        await snmpd.start(is_same_engine=is_same_engine)
    assert set(await client.get([UPTIME])) == {UPTIME}
    snmpd.stop()
    await snmpd.start(is_same_engine=is_same_engine)
    assert "1.3.6.1.2.1.2.2.1.1.1" in [oid async for oid, _ in client.walk("1.3.6.1.2.1.2.2.1.1")]


class Skipping(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    skipped_seconds = 0.0

    def time(self) -> float:
        return super().time() + self.skipped_seconds


def test_after_a_long_rest_the_engines_time_is_learned_anew(tmp_path: Path) -> None:
    """An engine refuses what is stamped 150 seconds ago. It counts the packets that it gets."""
    loop = Skipping()
    snmpd = Snmpd(tmp_path)

    async def packets(client: Client) -> int:
        found = (await client.get([PACKETS]))[PACKETS]
        assert isinstance(found, int)
        return found

    async def counted() -> list[int]:
        await snmpd.start()
        client = client_of(snmpd, "strong")
        found = [await packets(client), await packets(client)]
        loop.skipped_seconds += 150.0
        return [*found, await packets(client), await packets(client)]

    try:
        first, second, third, fourth = loop.run_until_complete(counted())
    finally:
        snmpd.stop()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert (second - first, third - second, fourth - third) == (1, 2, 1)
