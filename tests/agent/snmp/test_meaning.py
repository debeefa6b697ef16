"""What devices send and what it means: text, MACs, spans of time, numbers."""

import pytest

from agent.snmp.meaning import Index, Meaning, mac_of, number_of, plain, text_of, uptime_of


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Fictitious AP\0", "Fictitious AP"),
        (b"  1.0.2 \r\n", "1.0.2"),
        ("한강".encode(), "한강"),
        ("한강".encode("cp949"), None),
        (b"\xff\xfe", None),
        (b"", None),
        (b"\0\0\0", None),
    ],
)
def test_text(raw: bytes, expected: str | None) -> None:
    assert text_of(raw) == expected
    assert plain(raw) == (raw if expected is None else expected)


@pytest.mark.parametrize("raw", [7, 7.5, "1.3.6.1", None, True])
def test_what_is_no_text_stays_as_it_is(raw: Meaning) -> None:
    assert plain(raw) is raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\x02\x4b\x69\x6d\x21\x21", "02:4b:69:6d:21:21"),
        (b"\0\0\0\0\0\0", "00:00:00:00:00:00"),
        (b"02-4B-69-6D-21-21", "02:4b:69:6d:21:21"),
        (b" 024b.696d.2121\0", "02:4b:69:6d:21:21"),
        ("024B696D2121", "02:4b:69:6d:21:21"),
        ((2, 75, 105, 109, 33, 33), "02:4b:69:6d:21:21"),
        ((2, 75, 105, 109, 33), None),
        ((2, 75, 105, 109, 33, 256), None),
        (b"\xff\xff\xff", None),
        (b"024b696d21211", None),
        (b"not a MAC", None),
        (42, None),
        (None, None),
    ],
)
def test_macs(raw: Meaning | Index, expected: str | None) -> None:
    assert mac_of(raw) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 days, 2:05:09", 266709.0),
        ("2:05", 7500.0),
        ("1 week 1 day", 691200.0),
        ("12 Hours 3 Minutes 4 Seconds", 43384.0),
        ("0 seconds", 0.0),
        ("a while", None),
        ("", None),
    ],
)
def test_spans_of_time(text: str, expected: float | None) -> None:
    assert uptime_of(text) == expected


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        (7, 7),
        (True, True),
        (2**64 - 1, 2**64 - 1),
        (b"3.7\0", 3.7),
        ("-95", -95.0),
        (b"12 %", None),
        (b"", None),
        (b"\xff", None),
        (b"nan", None),
        ("Infinity", None),
        (b"1e999", None),
        (float("nan"), None),
        (float("-inf"), None),
        (None, None),
    ],
)
def test_numbers(meaning: Meaning, expected: float | None) -> None:
    assert number_of(meaning) == expected
