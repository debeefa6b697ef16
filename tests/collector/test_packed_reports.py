"""The newest reports in few bytes: the same report comes out, in fewer bytes than compressing it by itself takes."""

import zlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Report, encode
from collector.packed_reports import pack, unpack

AT = datetime(2026, 7, 1, 3, 4, 5, 678901, tzinfo=UTC)
ORDINARY = Report.model_validate(
    {
        "access_point": "yeouido-017",
        "observed_at": AT,
        "interval_seconds": 60.0,
        "device": {"vendor": "Example", "model": "EX-6000", "serial": "EX00001234", "firmware": "6.1.2"},
        "system": {"uptime_seconds": 284347.0, "cpu_ratio": 0.456, "memory_used_ratio": 0.525},
        "clients": 38,
        "radios": [
            {"name": name, "is_up": True, "band": band, "channel": channel, "busy_ratio": 0.465, "clients": 19}
            for name, band, channel in (("wlan0", "2.4", 6), ("wlan1", "5", 149))
        ],
    }
)


def test_an_ordinary_report_takes_much_less_than_compressed_by_itself() -> None:
    packed = pack(ORDINARY)
    assert Report.model_validate_json(unpack(packed)) == ORDINARY
    assert len(packed) < 0.7 * len(zlib.compress(encode(ORDINARY), level=1))


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=128), st.integers(0, 10_000_000))
def test_whatever_a_report_says_comes_out_again(name: str, clients: int) -> None:
    report = Report.model_validate({"observed_at": AT, "clients": clients, "device": {"name": name}})
    assert Report.model_validate_json(unpack(pack(report))) == report
