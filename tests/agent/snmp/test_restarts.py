"""A start is an uptime that has gone back, of the device or of one access point behind it."""

from agent.snmp.restarts import Restarts


def test_only_an_uptime_that_goes_back_is_a_start() -> None:
    restarts = Restarts()
    uptimes: list[object] = [100.0, 160.0, 160, None, "soon", 220.0, 30, 90.0, 89.9]
    assert [restarts.epoch("ap-1", uptime) for uptime in uptimes] == [0, 0, 0, 0, 0, 0, 1, 1, 2]


def test_each_is_followed_by_itself() -> None:
    restarts = Restarts()
    for key in ("ap-1", "ap-2", None):
        restarts.epoch(key, 100.0)
    assert restarts.epoch("ap-2", 10.0) == 1
    assert [restarts.epoch(key, None) for key in ("ap-1", "ap-2", None, "unknown")] == [0, 1, 0, 0]
