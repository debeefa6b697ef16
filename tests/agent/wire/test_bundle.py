"""Bundles: they come back as they were packed, and what is none is refused at a bounded cost."""

import contextlib
import gzip
import re
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import MAX_BUNDLE_BYTES, MAX_BUNDLE_FRAMES, DecodeError, Reason, decode_frame, pack, unpack

FRAME = b'{"version":1,"agent":"gw-a","boot_id":"00c0ffee","sequence":3,"sent_at":"2026-05-02T12:00:00Z"}'
MAGIC = b"\x1f\x8b"

lines = st.binary(min_size=1, max_size=50).filter(lambda line: b"\n" not in line and not line.startswith(MAGIC))


@given(st.lists(lines, min_size=1, max_size=MAX_BUNDLE_FRAMES))
def test_frames_come_back_as_they_went_in(frames: list[bytes]) -> None:
    assert unpack(pack(frames)) == frames


def test_it_is_compressed_where_that_saves_a_fifth() -> None:
    alike, single = [FRAME] * 100, [b'{"a":1}']
    assert pack(alike).startswith(MAGIC)
    assert len(pack(alike)) < 3 * len(FRAME)
    assert gzip.decompress(pack(alike)) == b"\n".join(alike)
    assert pack(single) == single[0]


def test_gzip_of_any_maker_is_read_and_so_is_a_line_break_at_the_end() -> None:
    assert unpack(gzip.compress(b"1\n2\n", compresslevel=9)) == [b"1", b"2"]
    assert unpack(b"1\n2\n") == [b"1", b"2"]


def test_a_broken_line_is_for_the_codec_to_judge() -> None:
    assert unpack(b'{"version":1}\n\n\xff') == [b'{"version":1}', b"", b"\xff"]


def test_a_line_break_in_a_frame_does_not_cut_it_in_two() -> None:
    assert unpack(pack([b'{"a":\n1}', b"{}"])) == [b'{"a": 1}', b"{}"]


@pytest.mark.parametrize("frames", [[], [FRAME] * (MAX_BUNDLE_FRAMES + 1), [b"x" * (MAX_BUNDLE_BYTES + 1)]])
def test_what_is_no_bundle_is_not_packed(frames: list[bytes]) -> None:
    with pytest.raises(ValueError, match="are no bundle"):
        pack(frames)


def test_the_largest_bundles_are_read() -> None:
    assert len(unpack(pack([FRAME] * MAX_BUNDLE_FRAMES))) == MAX_BUNDLE_FRAMES
    assert unpack(pack([b"x" * MAX_BUNDLE_BYTES])) == [b"x" * MAX_BUNDLE_BYTES]


SHORT = gzip.compress(b"1\n2", mtime=0)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.INVALID),
        (b"\n", Reason.INVALID),
        (gzip.compress(b"", mtime=0), Reason.INVALID),
        (MAGIC, Reason.CORRUPT),
        (MAGIC + b"not gzip after all", Reason.CORRUPT),
        (SHORT[:-1], Reason.CORRUPT),
        (SHORT[:-8] + b"\0" * 8, Reason.CORRUPT),
        (SHORT + b"\0", Reason.CORRUPT),
        (SHORT + SHORT, Reason.CORRUPT),
        (b"x\n" * (MAX_BUNDLE_FRAMES + 1), Reason.TOO_LARGE),
        (b"x" * (MAX_BUNDLE_BYTES + 1), Reason.TOO_LARGE),
        (gzip.compress(b"x" * (MAX_BUNDLE_BYTES + 1), mtime=0), Reason.TOO_LARGE),
        (gzip.compress(b"\n" * MAX_BUNDLE_BYTES, mtime=0), Reason.TOO_LARGE),
    ],
)
def test_what_cannot_be_taken_apart_says_why(payload: bytes, reason: Reason) -> None:
    with pytest.raises(DecodeError) as caught:
        unpack(payload)
    assert (caught.value.reason, caught.value.claims) == (reason, None)
    assert caught.value.detail


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: MAGIC + b"\x08\0" + tail)))
def test_rubbish_is_refused_and_nothing_else_happens(payload: bytes) -> None:
    try:
        unpacked = unpack(payload)
    except DecodeError:
        return
    assert 1 <= len(unpacked) <= MAX_BUNDLE_FRAMES


@given(st.integers(min_value=8 * len(MAGIC), max_value=8 * len(pack([FRAME] * 9)) - 1))
def test_a_bit_that_has_turned_is_noticed(bit: int) -> None:
    payload = bytearray(pack([FRAME] * 9))
    payload[bit // 8] ^= 1 << bit % 8
    with contextlib.suppress(DecodeError):
        assert unpack(bytes(payload)) == [FRAME] * 9, "a header's time or system, which say nothing"


@pytest.mark.parametrize("filling", [b"x", b"\n", b"\0"])
def test_a_bomb_costs_no_more_than_the_largest_bundle(filling: bytes) -> None:
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    bomb = b"".join(compressor.compress(filling * 2**20) for _ in range(64)) + compressor.flush()
    assert len(bomb) < MAX_BUNDLE_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match="more than"):
            unpack(bomb)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * MAX_BUNDLE_BYTES


def test_the_documented_bundle_is_one() -> None:
    document = Path(__file__).resolve().parents[3] / "docs" / "wire.md"
    (example,) = re.findall(r"^```jsonl\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    decoded = [decode_frame(line) for line in unpack(example.encode())]
    assert [(frame.frame.sequence, frame.refused, frame.unknown_fields) for frame in decoded] == [
        (4, (), ()),
        (5, (), ()),
    ]
