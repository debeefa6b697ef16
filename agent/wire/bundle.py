"""A bundle: several frames in one message, as a backlog travels. The uplink packs, the collector takes apart.

A bundle is its frames' JSON documents, one a line, the oldest first; compressed by gzip where that saves a fifth. What
is in a line is not looked at here: the collector judges each as a frame of its own.
"""

import zlib
from collections.abc import Sequence

from agent.wire.codec import DecodeError, Reason

MAX_BUNDLE_FRAMES = 200
"""The most frames that are taken out of a bundle. A line costs its reader far more than its byte costs its sender."""
MAX_BUNDLE_BYTES = 1024 * 1024
"""The most bytes that a bundle holds, told without compression. As much as a single frame may have."""

_COMPRESSION_LEVEL = 3
"""On bundles of reports as dear as level 1, at half the time of level 6, whose result is a tenth smaller."""
_GZIP = 31
"""zlib's `wbits` for a gzip header and trailer."""
_GZIP_MAGIC = b"\x1f\x8b"
"""No JSON begins so."""
_PAYS_BELOW_RATIO = 0.8


def pack(frames: Sequence[bytes]) -> bytes:
    """The bundle of these frames. Raises ValueError where they are none, too many, or too large. A line break within a
    frame becomes a blank, which to JSON is the same: what a worn disk has made of one frame is to cost no other."""
    plain = b"\n".join(frame.replace(b"\n", b" ") for frame in frames)
    if not 1 <= len(frames) <= MAX_BUNDLE_FRAMES or len(plain) > MAX_BUNDLE_BYTES:
        raise ValueError(f"{len(frames)} frames of {len(plain)} bytes are no bundle")
    compressor = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, _GZIP)
    compressed = compressor.compress(plain) + compressor.flush()
    return compressed if len(compressed) <= _PAYS_BELOW_RATIO * len(plain) else plain


def unpack(payload: bytes) -> list[bytes]:
    """The lines of a bundle, each of them perhaps a frame. Raises DecodeError where it cannot be taken apart, and costs
    no more than MAX_BUNDLE_BYTES beside the payload, whatever that would expand to."""
    _check_size(payload)
    plain = _expand(payload) if payload.startswith(_GZIP_MAGIC) else payload
    plain = plain.removesuffix(b"\n")
    if not plain:
        raise DecodeError(Reason.INVALID, "a bundle without frames")
    lines = plain.count(b"\n") + 1
    if lines > MAX_BUNDLE_FRAMES:
        raise DecodeError(Reason.TOO_LARGE, f"a bundle of {lines} frames, at most {MAX_BUNDLE_FRAMES} are read")
    return plain.split(b"\n")


def _expand(payload: bytes) -> bytes:
    expander = zlib.decompressobj(_GZIP)
    try:
        plain = expander.decompress(payload, MAX_BUNDLE_BYTES + 1)
    except zlib.error as error:
        raise DecodeError(Reason.CORRUPT, "a bundle that begins as gzip and is none") from error
    _check_size(plain)
    if not expander.eof:
        raise DecodeError(Reason.CORRUPT, "a bundle whose end is missing")
    if expander.unused_data:
        raise DecodeError(Reason.CORRUPT, "a bundle with something behind its end")
    return plain


def _check_size(message: bytes) -> None:
    if len(message) > MAX_BUNDLE_BYTES:
        raise DecodeError(Reason.TOO_LARGE, f"a bundle of more than {MAX_BUNDLE_BYTES} bytes")
