"""Every kind of address that is refused, in a network where it is there and something listens."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# An address, and a network that opens it. The ones of IPv4 are reached by the last two as well.
REFUSED = {
    "0.0.0.0": "0.0.0.0/32",
    "0.1.2.3": "0.0.0.0/8",
    "10.1.2.3": "10.0.0.0/8",
    "100.64.0.1": "100.64.0.0/10",
    "127.0.0.1": "127.0.0.0/8",
    "127.9.9.9": "127.9.0.0/16",
    "169.254.7.7": "169.254.0.0/16",
    "169.254.169.254": "169.254.169.254/32",
    "172.16.0.1": "172.16.0.0/12",
    "192.0.0.8": "192.0.0.0/24",
    "192.0.0.192": "192.0.0.192/32",
    "192.168.0.1": "192.168.0.1/32",
    "198.18.0.1": "198.18.0.0/15",
    "203.0.113.1": "203.0.113.0/24",
    "240.0.0.1": "240.0.0.0/4",
    "100.100.100.200": "100.100.100.200/32",
    "168.63.129.16": "168.63.129.16/32",
    "::": "::/128",
    "::1": "::1/128",
    "::127.0.0.1": "::/96",
    "64:ff9b::7f00:1": "127.0.0.0/8",
    "64:ff9b:1::a01:203": "64:ff9b:1::/48",
    "2001:0:1::1": "2001::/32",
    "2001:db8::1": "2001:db8::/32",
    "2002:7f00:1::1": "2002::/16",
    "2600::5efe:a01:203": "10.0.0.0/8",
    "4000::1": "",
    "fc00::1": "fc00::/7",
    "fd00:ec2::254": "fd00:ec2::254/128",
    "fec0::1": "fec0::/10",
    "::ffff:127.0.0.1": "127.0.0.0/8",
    "::ffff:10.1.2.3": "10.0.0.0/8",
}
PUBLIC = ["93.184.216.34", "2600::1", "64:ff9b::5db8:d822"]


@pytest.fixture(scope="module")
def network() -> Iterator["OwnNetwork"]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces are made by root, with iproute2")
    network = OwnNetwork()
    try:
        network.make()
        yield network
    finally:
        network.remove()


class OwnNetwork:
    """A network namespace whose loopback interface has every address that is asked for."""

    def __init__(self) -> None:
        self.name = f"out{os.getpid() % 100_000:05}"
        self.missing: dict[str, str] = {}

    def make(self) -> None:
        for command in (f"netns add {self.name}", f"-n {self.name} link set lo up"):
            problem = self._ip(command)
            if problem:
                pytest.skip(f"ip {command}: {problem}")
        for address in [*REFUSED, *PUBLIC]:
            if address.startswith(("127.", "::ffff:")) or address in {"0.0.0.0", "::", "::1"}:
                continue  # they are there, or are another one's
            length = "128 dev lo nodad" if ":" in address else "32 dev lo"
            problem = self._ip(f"-n {self.name} addr add {address}/{length}")
            if problem:
                self.missing[address] = problem

    def run(self, *arguments: str) -> dict[str, Any]:
        here = Path(__file__)
        done = subprocess.run(
            [
                "ip",
                "netns",
                "exec",
                self.name,
                sys.executable,
                "-W",
                "error",
                here.with_name("own_network.py"),
                *arguments,
            ],
            cwd=here.parents[3],
            env=os.environ | {"PYTHONPATH": f"{here.parents[3]}"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return dict(json.loads(done.stdout))

    def remove(self) -> None:
        self._ip(f"netns del {self.name}")

    @staticmethod
    def _ip(command: str) -> str:
        done = subprocess.run(["ip", *command.split()], capture_output=True, text=True)
        return done.stderr.strip() or "it fails" if done.returncode else ""


@pytest.fixture(scope="module")
def told(network: OwnNetwork) -> dict[str, Any]:
    """What became of the calls to each address."""
    arguments = []
    for address, allowed in [*REFUSED.items(), *((address, "-") for address in PUBLIC)]:
        if address not in network.missing:
            arguments += [address, allowed or "-"]
    return network.run(*arguments)


@pytest.fixture
def told_of(network: OwnNetwork, told: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    address = request.param
    if address in network.missing:
        pytest.skip(f"this machine takes no {address}: {network.missing[address]}")
    return dict(told[address])


@pytest.mark.parametrize(("told_of", "allowed"), REFUSED.items(), indirect=["told_of"], ids=[*REFUSED])
def test_nobody_connects_to_what_is_refused_and_everybody_to_what_is_allowed(
    told_of: dict[str, Any], allowed: str
) -> None:
    for how in ("literal", "name"):
        assert " is not called: " in told_of["refused"][how]["told"]
        assert told_of["refused"][how]["connections"] == 0
        if allowed:
            assert told_of["allowed"][how] == {"told": "200", "connections": 1}


@pytest.mark.parametrize("told_of", PUBLIC, indirect=True)
def test_what_is_public_is_called_without_leave(told_of: dict[str, Any]) -> None:
    for how in ("literal", "name"):
        assert told_of["refused"][how] == {"told": "200", "connections": 1}


def test_a_public_name_that_turns_inward_is_called_once(told: dict[str, Any]) -> None:
    assert told["rebound"]["1"] == {"told": "200", "connections": 1}
    assert "127.0.0.1 is a loopback address" in told["rebound"]["2"]["told"]
    assert "169.254.169.254 is where a cloud keeps the secrets" in told["rebound"]["3"]["told"]
    assert [told["rebound"][n]["connections"] for n in ("2", "3")] == [0, 0]


def test_of_a_name_with_private_addresses_too_the_public_one_is_called(told: dict[str, Any]) -> None:
    assert told["mixed"]["1"] == {"told": "200", "connections": 1}


def test_a_redirect_inward_is_an_answer(told: dict[str, Any]) -> None:
    assert told["redirected"]["1"] == {"told": "307", "connections": 1}
