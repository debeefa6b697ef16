"""Chance that can be looked up again: numbers that depend only on names and on a place in time.

The one source of randomness in the simulation; every other module takes its numbers from here.
"""

import math
import struct
from hashlib import blake2b

LANES = 16
"""How many independent numbers one look-up gives."""

_BUCKET = struct.Struct("<q").pack
_WORDS = struct.Struct(f"<{LANES}I").unpack
_TWO_PI_PER_WORD = 2 * math.pi / 2**32


def fingerprint(*names: object, size: int) -> bytes:
    """`size` bytes (at most 64) that depend on the names alone, in every process and on every machine."""
    return blake2b("\x1f".join(map(str, names)).encode(), digest_size=size).digest()


class Noise:
    """A stream of numbers of its own for each tuple of names."""

    __slots__ = ("_key",)

    def __init__(self, *names: object) -> None:
        self._key = fingerprint(*names, size=32)

    def uniforms(self, bucket: int = 0) -> tuple[float, ...]:
        """Sixteen numbers from 0 up to, but not including, 1."""
        return tuple(word / 2**32 for word in self._words(bucket))

    def normals(self, bucket: int = 0) -> list[float]:
        """Sixteen numbers of the standard normal distribution (Box and Muller, 1958)."""
        numbers: list[float] = []
        words = iter(self._words(bucket))
        for first, second in zip(words, words, strict=True):
            radius = math.sqrt(-2.0 * math.log((first + 1) / 2**32))
            angle = second * _TWO_PI_PER_WORD
            numbers += (radius * math.cos(angle), radius * math.sin(angle))
        return numbers

    def smooth(self, seconds: float, scale_seconds: float) -> list[float]:
        """Sixteen standard normal numbers that wander continuously and forget themselves within two scales.

        Value noise: between the draws of the two neighbouring buckets of time, with the weights scaled so that the
        variance is 1 everywhere and not only at the buckets' edges.
        """
        position = seconds / scale_seconds
        bucket = math.floor(position)
        part = position - bucket
        after = part * part * (3.0 - 2.0 * part)
        before = 1.0 - after
        norm = 1.0 / math.hypot(before, after)
        before *= norm
        after *= norm
        return [
            before * old + after * new for old, new in zip(self.normals(bucket), self.normals(bucket + 1), strict=True)
        ]

    def _words(self, bucket: int) -> tuple[int, ...]:
        return _WORDS(blake2b(_BUCKET(bucket), key=self._key).digest())
