"""Traps and informs of versions 1, 2c and 3 as real senders make them: pysnmp's, and net-snmp's commands."""

import asyncio
import os
import shutil
import warnings
from dataclasses import dataclass
from typing import Any

import pytest
from harness import FrozenClock
from pyasn1.codec.ber import decoder
from pysnmp.carrier.asyncio.dgram.udp import UdpAsyncioTransport
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto.api import v2c
from trap_messages import COLD_START, COMMUNITY, LINK_UP, Listening, listening, v2c_message, v3_unprotected_trap

from agent.snmp.traps.counts import TrapCounts
from agent.snmp.traps.engine import TrapEngine
from agent.snmp.traps.notification import Notification, Refusal
from agent.snmp.traps.settings import TrapUser
from agent.snmp.traps.users import UserKeyring

with warnings.catch_warnings():
    # Where pysmi is installed, pysnmp's sending side imports old names of it. The receiving side does not.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pysnmp.entity.rfc3413.ntforg import NotificationOriginator

AUTH_KEY, PRIV_KEY = "correct horse", "battery staple"
USER = {"user": "ops", "auth": "sha256", "auth_key": AUTH_KEY, "priv": "aes128", "priv_key": PRIV_KEY}
ENGINE = "80001f8880aabbccdd"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1.3"


# pysnmp


class Originator(NotificationOriginator):
    """A sender that may tell everything."""

    ACM_ID = 0  # pysnmp's access control that allows all


@dataclass(frozen=True)
class Identity:
    """Whom a sender claims to be: a community (model 0 or 1), or a user of version 3."""

    name: str
    model: int = 3
    auth: Any = config.USM_AUTH_NONE
    auth_key: str | None = None
    priv: Any = config.USM_PRIV_NONE
    priv_key: str | None = None

    @property
    def level(self) -> str:
        return ("noAuth" if self.auth_key is None else "auth") + ("NoPriv" if self.priv_key is None else "Priv")


async def send_with_pysnmp(heard: Listening, identity: Identity, kind: str) -> str | None:
    """Send a link-up with ifName. Says of an inform why it was not answered, where it was not."""
    engine = SnmpEngine()
    if identity.model == 3:
        keys = (identity.auth, identity.auth_key, identity.priv, identity.priv_key)
        config.add_v3_user(engine, identity.name, *keys)
    else:
        config.add_v1_system(engine, identity.name, identity.name, transportTag="all")
    config.add_target_parameters(engine, "params", identity.name, identity.level, identity.model)
    config.add_transport(engine, config.SNMP_UDP_DOMAIN, UdpAsyncioTransport().open_client_mode())
    config.add_target_address(
        engine, "here", config.SNMP_UDP_DOMAIN, ("127.0.0.1", heard.port), "params", 1000, 0, tagList="all"
    )
    config.add_notification_target(engine, "notification", "params", "all", kind)
    outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def note_outcome(_engine: Any, _handle: Any, error: Any, *_rest: Any) -> None:
        outcome.set_result(None if error is None else str(error))

    varbinds = [
        (v2c.ObjectIdentifier("1.3.6.1.6.3.1.1.4.1.0"), v2c.ObjectIdentifier(LINK_UP)),
        (v2c.ObjectIdentifier(IF_NAME), v2c.OctetString("eth0")),
    ]
    try:
        Originator().send_varbinds(engine, "notification", None, "", varbinds, note_outcome)
        if kind == "trap":
            await heard.has_taken(1)
            return None
        async with asyncio.timeout(30):
            told: str | None = await outcome
            return told
    finally:
        engine.close_dispatcher()


PYSNMP_V3 = {
    "noAuthNoPriv": ({"user": "ops"}, Identity("ops")),
    "authNoPriv MD5": (
        {"user": "ops", "auth": "md5", "auth_key": AUTH_KEY},
        Identity("ops", auth=config.USM_AUTH_HMAC96_MD5, auth_key=AUTH_KEY),
    ),
    "authNoPriv SHA-512": (
        {"user": "ops", "auth": "sha512", "auth_key": AUTH_KEY},
        Identity("ops", auth=config.USM_AUTH_HMAC384_SHA512, auth_key=AUTH_KEY),
    ),
    "authPriv SHA-256 AES-128": (
        USER,
        Identity(
            "ops",
            auth=config.USM_AUTH_HMAC192_SHA256,
            auth_key=AUTH_KEY,
            priv=config.USM_PRIV_CFB128_AES,
            priv_key=PRIV_KEY,
        ),
    ),
    "authPriv SHA-1 AES-256": (
        {**USER, "auth": "sha1", "priv": "aes256"},
        Identity(
            "ops",
            auth=config.USM_AUTH_HMAC96_SHA,
            auth_key=AUTH_KEY,
            priv=config.USM_PRIV_CFB256_AES_BLUMENTHAL,
            priv_key=PRIV_KEY,
        ),
    ),
}


@pytest.mark.parametrize("kind", ["trap", "inform"])
@pytest.mark.parametrize(("user", "identity"), PYSNMP_V3.values(), ids=PYSNMP_V3)
async def test_version_3_is_received_and_its_informs_are_answered(
    clock: FrozenClock, user: dict[str, Any], identity: Identity, kind: str
) -> None:
    async with listening(clock, {"users": [user]}) as heard:
        error = await send_with_pysnmp(heard, identity, kind)
        event = await heard.event()
    assert error is None
    assert (event.kind, event.subject, event.access_point) == ("link_up", "eth0", "yeouido-017")


@pytest.mark.parametrize(("model", "kind"), [(0, "trap"), (1, "trap"), (1, "inform")])
async def test_versions_1_and_2c_are_received_and_informs_are_answered(
    clock: FrozenClock, model: int, kind: str
) -> None:
    async with listening(clock) as heard:
        error = await send_with_pysnmp(heard, Identity(COMMUNITY, model), kind)
        event = await heard.event()
    assert error is None
    assert (event.kind, event.subject) == ("link_up", "eth0")


async def test_an_inform_with_other_keys_is_not_answered_as_if_it_had_arrived(clock: FrozenClock) -> None:
    stranger = Identity("ops", auth=config.USM_AUTH_HMAC192_SHA256, auth_key="wrong horse")
    async with listening(clock, {"users": [USER]}) as heard:
        error = await send_with_pysnmp(heard, stranger, "inform")
        assert heard.rest() == []
        assert heard.receiver.counts.unauthorised == 1
    assert error is not None


# net-snmp

SHA_AES = ["-l", "authPriv", "-a", "SHA-256", "-A", AUTH_KEY, "-x", "AES", "-X", PRIV_KEY]


async def net_snmp(heard: Listening, command: str, *options: str) -> int:
    """Send a cold start with one of net-snmp's commands; its exit code, which for informs says whether it was answered.

    Skipped where the Debian package snmp is not installed; a failure where CI=true.
    """
    path = shutil.which(command)
    if path is None:
        reason = f"{command} is not installed: apt-get install snmp"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    process = await asyncio.create_subprocess_exec(
        path,
        *("-r", "0", "-t", "5", "-m", ""),
        *options,
        *(f"127.0.0.1:{heard.port}", "", COLD_START, "1.3.6.1.2.1.2.2.1.8.1", "i", "1"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "SNMP_PERSISTENT_DIR": "/nonexistent", "SNMPCONFPATH": "/nonexistent"},
    )
    async with asyncio.timeout(30):
        return await process.wait()


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("snmptrap", ["-v", "2c", "-c", COMMUNITY]),
        ("snmpinform", ["-v", "2c", "-c", COMMUNITY]),
        ("snmptrap", ["-v", "3", "-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES]),
        ("snmpinform", ["-v", "3", "-u", "ops", *SHA_AES]),
    ],
    ids=["trap 2c", "inform 2c", "trap 3", "inform 3"],
)
async def test_net_snmps_commands_are_heard(clock: FrozenClock, command: str, options: list[str]) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "users": [USER]}) as heard:
        assert await net_snmp(heard, command, *options) == 0
        assert (await heard.event()).text == "coldStart 1.3.6.1.6.3.1.1.5.1, ifOperStatus 1"


FORGED = {
    "no privacy": ["-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES[2:6], "-l", "authNoPriv"],
    "another user": ["-e", f"0x{ENGINE}", "-u", "kim", *SHA_AES],
    "another passphrase": ["-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES[:5], "wrong horse", *SHA_AES[6:]],
    "another privacy passphrase": ["-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES[:-1], "wrong staple"],
}


@pytest.mark.parametrize("is_known", [False, True], ids=["of a new sender", "of a known sender"])
@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_what_is_not_protected_with_the_users_keys_is_refused(
    clock: FrozenClock, forged: list[str], is_known: bool
) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "users": [USER]}) as heard:
        if is_known:
            await net_snmp(heard, "snmptrap", "-v", "3", "-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES)
            await heard.event()
        await net_snmp(heard, "snmptrap", "-v", "3", *forged)
        assert await heard.events_until_cold_start() == []
        counts = heard.receiver.counts
    assert (counts.noted, counts.unauthorised + counts.malformed) == (1 + is_known, 1)


@pytest.mark.parametrize("user", ["ops", "kim", ""])
@pytest.mark.parametrize("is_known", [False, True], ids=["of a new sender", "of a known sender"])
async def test_what_is_not_protected_at_all_is_refused(clock: FrozenClock, user: str, is_known: bool) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "users": [USER]}) as heard:
        if is_known:
            await net_snmp(heard, "snmptrap", "-v", "3", "-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES)
            await heard.event()
        heard.send(v3_unprotected_trap(LINK_UP, user=user, engine_id=bytes.fromhex(ENGINE)))
        assert await heard.events_until_cold_start() == []
        counts = heard.receiver.counts
    assert counts == TrapCounts(received=2 + is_known, noted=1 + is_known, unauthorised=1)


async def test_a_user_without_keys_is_taken_at_its_word(clock: FrozenClock) -> None:
    async with listening(clock, {"users": [{"user": "ops"}]}) as heard:
        trap = v3_unprotected_trap(LINK_UP, user="ops", engine_id=bytes.fromhex(ENGINE))
        assert (await heard.event_of(trap)).kind == "link_up"


async def test_a_user_of_one_engine_is_heard_from_that_engine_alone(clock: FrozenClock) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "users": [{**USER, "engine_id": f"0x{ENGINE}"}]}) as heard:
        await net_snmp(heard, "snmptrap", "-v", "3", "-e", f"0x{ENGINE}ff", "-u", "ops", *SHA_AES)
        assert await heard.events_until_cold_start() == []
        await net_snmp(heard, "snmptrap", "-v", "3", "-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES)
        await heard.event()
        assert await net_snmp(heard, "snmpinform", "-v", "3", "-u", "ops", *SHA_AES) == 0
        await heard.event()
        assert heard.receiver.counts == TrapCounts(received=5, noted=3, unauthorised=1)


async def test_two_devices_with_keys_of_their_own_share_a_users_name(clock: FrozenClock) -> None:
    other = {**USER, "engine_id": f"{ENGINE}02", "auth_key": "another horse", "priv_key": "another staple"}
    async with listening(clock, {"users": [{**USER, "engine_id": ENGINE}, other]}) as heard:
        await net_snmp(heard, "snmptrap", "-v", "3", "-e", f"0x{ENGINE}", "-u", "ops", *SHA_AES)
        await heard.event()
        theirs = [*SHA_AES[:5], "another horse", *SHA_AES[6:-1], "another staple"]
        await net_snmp(heard, "snmptrap", "-v", "3", "-e", f"0x{ENGINE}02", "-u", "ops", *theirs)
        await heard.event()


# The engine by itself


def test_the_engine_is_replaced_in_time_and_nobody_notices() -> None:
    answers: list[bytes] = []
    keyring = UserKeyring((TrapUser.model_validate(USER),))
    engine = TrapEngine(
        (COMMUNITY.encode(),), keyring, lambda answer, _: answers.append(answer), messages_of_one_engine=2
    )
    for _ in range(5):
        received = engine.receive(v2c_message(LINK_UP, pdu=v2c.InformRequestPDU()), ("127.0.0.1", 50162))
        assert received == Notification(LINK_UP)
    assert len(answers) == 5
    message, _ = decoder.decode(answers[-1], asn1Spec=v2c.Message())
    assert v2c.apiMessage.get_pdu(message).tagSet == v2c.ResponsePDU.tagSet


def test_communities_and_users_may_be_of_any_script() -> None:
    keyring = UserKeyring((TrapUser.model_validate({**USER, "user": "운영"}),))
    engine = TrapEngine(("한강".encode(),), keyring, lambda _answer, _to: None)
    assert engine.receive(v2c_message(LINK_UP, community="한강"), ("127.0.0.1", 50162)) == Notification(LINK_UP)
    assert engine.receive(v2c_message(LINK_UP, community="han"), ("127.0.0.1", 50162)) is Refusal.UNAUTHORISED
