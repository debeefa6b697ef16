"""Who a device is, and which profile is for it: by its own words, and by objects that only some devices have."""

import pytest
from pysnmp.proto.api import v2c
from scripted import Plain, playing

from agent.snmp.client import Client, Patience
from agent.snmp.credentials import Credentials
from agent.snmp.matching import SYS_DESCR, SYS_OBJECT_ID, Identity, _fits, _particularity, choose, identify
from agent.snmp.profile import Match


def client_of(port: int, version: str = "2c") -> Client:
    credentials = Credentials(version=version, community="public")  # type: ignore[arg-type]
    return Client("127.0.0.1", port, credentials, Patience(timeout_seconds=0.5, retries=1))


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize(
    ("objects", "identity"),
    [
        ({SYS_DESCR: "AP\0", SYS_OBJECT_ID: v2c.ObjectIdentifier("1.3.6.1.4.1.9")}, Identity("AP", "1.3.6.1.4.1.9")),
        ({SYS_DESCR: "AP"}, Identity("AP", None)),
        ({SYS_OBJECT_ID: v2c.ObjectIdentifier("1.3.6.1.4.1.9")}, Identity(None, "1.3.6.1.4.1.9")),
        ({SYS_DESCR: 5, SYS_OBJECT_ID: "1.3"}, Identity(None, None)),
        ({SYS_DESCR: b"\xff"}, Identity(None, None)),
        ({"1.3.6.1.2.1.1.3.0": v2c.TimeTicks(1)}, Identity(None, None)),
    ],
)
async def test_a_device_says_who_it_is_or_not(objects: dict[str, Plain], identity: Identity, version: str) -> None:
    async with playing(objects) as device:
        assert await identify(client_of(device.port, version)) == identity
        assert set(device.asked) == {"GET"}


@pytest.mark.parametrize(
    ("match", "identity", "expected"),
    [
        ({"object_id": "1.3.6.1.4.1.9"}, Identity("x", "1.3.6.1.4.1.9"), True),
        ({"object_id": "1.3.6.1.4.1.9"}, Identity("x", "1.3.6.1.4.1.9.1"), True),
        ({"object_id": "1.3.6.1.4.1.9"}, Identity("x", "1.3.6.1.4.1.99"), False),
        ({"object_id": "1.3.6.1.4.1.9"}, Identity("x", None), False),
        ({"description": r"^AP-\d"}, Identity("AP-3", None), True),
        ({"description": r"^AP-\d"}, Identity("an AP-3", None), False),
        ({"description": "AP"}, Identity(None, None), False),
        ({"object_id": "1.3.6.1.4.1.9", "description": "AP"}, Identity("switch", "1.3.6.1.4.1.9"), False),
    ],
)
def test_all_that_a_match_names_must_be_true(match: dict[str, str], identity: Identity, expected: bool) -> None:
    assert _fits(Match.model_validate(match), identity) == expected


def test_the_longest_object_id_is_the_most_particular_and_then_more_conditions() -> None:
    ordered = [
        Match(description="AP"),
        Match(object_id="1.3.6.1.4.1.9"),
        Match(object_id="1.3.6.1.4.1.9", description="AP"),
        Match(object_id="1.3.6.1.4.1.9", description="AP", has=("1.3.6.1.4.1.9.1.0",)),
        Match(object_id="1.3.6.1.4.1.9.1"),
    ]
    shuffled = [ordered[n] for n in (4, 1, 3, 0, 2)]
    assert sorted(shuffled, key=_particularity) == ordered


async def test_a_device_that_no_profile_is_for_gets_the_generic_one_by_gets_alone() -> None:
    objects: dict[str, Plain] = {SYS_DESCR: "Fictitious", SYS_OBJECT_ID: v2c.ObjectIdentifier("1.3.6.1.4.1.99999")}
    async with playing(objects) as device:
        client = client_of(device.port)
        assert (await choose(client, await identify(client))).name == "generic"
        assert set(device.asked) == {"GET"}
