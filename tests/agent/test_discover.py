"""`hangang-agent discover`: the blocks that it prints."""

import tomllib

from agent.discover import block
from agent.snmp.discovery import Found


def test_a_device_cannot_write_into_the_configuration_or_to_the_terminal() -> None:
    hostile = 'AP\x1b[2J\r\n[broker]\nurl = "mqtt://elsewhere.example"\x7f'
    found = Found("192.0.2.7", hostile, "generic", "Generic", "access_point", model=hostile)
    printed = block(found, {"version": "2c", "community_file": "snmp.key"}, 1161)
    assert printed.replace("\n", "").isprintable()
    table = {"kind": "snmp", "host": "192.0.2.7", "port": 1161, "community_file": "snmp.key"}
    assert tomllib.loads(printed) == {"sources": [table]}
