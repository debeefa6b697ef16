"""Frames that went wrong: valid ones, changed in their structure or in their bytes. The same seed, the same frames.

For whatever takes messages from strangers: the codec, the intake, or a whole collector.
"""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from fuzz.schema import FRAME, NOW, document

GOLDEN = Path(__file__).parents[1] / "agent" / "wire" / "golden"


class Raw(bytes):
    """Stands in a document for itself: what no JSON library would write."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may repeat."""


NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**40),
    *(0.5, 1.0000000001, -1e-300, 5e-324, 1e308, -1e308, 1e15),
    *map(Raw, (b"-0.0", b"-0", b"1e400", b"-1e400", b"1e-400", b"1E5", b"00", b"+1", b".5", b"1.", b"0x10", b"1_000")),
    *map(
        Raw, (b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"nan", b"inf", b"9" * 400, b"9" * 5000, b"0." + b"1" * 5000)
    ),
    *map(Raw, (b"1e" + b"9" * 50, b"-" + b"9" * 19 + b".0")),
)
TEXTS: tuple[Any, ...] = (
    *("", " ", "\x00", "\n", "a\nb", "\x1b[2J", "\u202e", "\ufeff", "e\u0301" * 100, "한강", "😀" * 40, "a" * 129),
    *("x" * 501, "x" * 100_000, "NaN", "true", "1", "1e308", "lab-001\n", "LAB-001", "../../etc", "unknown/gw-lab/x"),
    *map(
        Raw, (rb'"\ud800"', rb'"\udfff\ud800"', rb'"\u0000"', b'"\xff\xfe"', b'"\xed\xa0\x80"', rb'"\q"', b"'x'", b'"')
    ),
)
INSTANTS: tuple[Any, ...] = (
    *("1970-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00", "2100-01-01T00:00:00Z"),
    *("2026-05-02T12:00:00", "2026-05-02T24:00:00Z", "2026-02-30T00:00:00Z", "2026-05-02T12:00:60Z", "2026-05-02"),
    *("2026-05-02T12:00:00.123456789Z", "2026-05-02T12:00:00+23:59", "2026-05-02T12:00:00+99:99", "now", 0, -1),
    *(1_777_723_200, 1_777_723_200_000, 1e11, -1e11, 2**63, "1777723200", "2026-05-02T12:00:00Z" + "0" * 500),
    f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
)
DEEP: tuple[Any, ...] = (
    *(
        Raw(open_ * depth + close * depth)
        for depth in (50, 199, 201, 2000)
        for open_, close in ((b"[", b"]"), (b'{"a":', b"}"))
    ),
    Raw(b"[" * 3000),
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"": {}},
    [1, "a", None],
    Raw(b""),
    Raw(b"undefined"),
)
LENGTHS = (0, 1, 2, 15, 16, 17, 33, 34, 65, 129, 1001)


def json_bytes(value: Any) -> bytes:
    """A document as JSON, or as what would have been JSON."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, dict | Pairs):
        pairs = value.items() if isinstance(value, dict) else value
        return b"{" + b",".join(json.dumps(name).encode() + b":" + json_bytes(part) for name, part in pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(json_bytes, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


class Mutator:
    """Draws frames from those of a seed: the golden ones, and some made of the schema, each mutated a few times."""

    def __init__(self, seed: int, *, agent: str = "gw-lab") -> None:
        self.draw = random.Random(seed)
        self._agent = agent
        self._documents = [json.loads(path.read_bytes()) for path in sorted(GOLDEN.glob("*.json"))]
        self._documents += [document(self.draw, FRAME, fullness=fullness / 40) for fullness in range(24)]
        self._sequence = 0

    def valid(self) -> bytes:
        """A frame that is right, of this agent."""
        return json_bytes(self._document())

    def mutants(self, count: int) -> Iterator[bytes]:
        """So many frames, most of them wrong in one way or several."""
        for _ in range(count):
            yield self.mutant()

    def mutant(self) -> bytes:
        """One of them."""
        mutated = self._document()
        for _ in range(self.draw.choice([0, 1, 1, 1, 2, 3, 8])):
            mutated = self._changed(mutated)
        payload = json_bytes(mutated)
        for _ in range(self.draw.choice([0, 0, 0, 0, 0, 0, 0, 1, 2, 10])):
            payload = self.changed_bytes(payload)
        return payload

    def bundle(self) -> bytes:
        """Several of them as a backlog, that may be broken itself."""
        lines = [self.draw.choice([self.valid, self.mutant])() for _ in range(self.draw.choice([1, 2, 5, 30]))]
        plain = self.draw.choice([b"\n", b"\n", b"\n", b"\r\n", b"\n\n"]).join(lines)
        payload = gzip.compress(plain, 1) if self.draw.random() < 0.5 else plain
        return self.changed_bytes(payload) if self.draw.random() < 0.4 else payload

    def _document(self) -> Any:
        self._sequence += 1
        chosen = json.loads(json.dumps(self.draw.choice(self._documents)))
        return chosen | {"agent": self._agent, "sequence": self._sequence, "sent_at": NOW.isoformat()}

    def _changed(self, value: Any) -> Any:
        """The document with one change somewhere in it: the deeper, the likelier."""
        inner = value if isinstance(value, dict | list) and not isinstance(value, Raw) else None
        if not inner or self.draw.random() < 0.08:
            return self._replaced(value)
        if isinstance(inner, Pairs):
            return inner
        if self.draw.random() < 0.2:
            return self._reshaped(inner)
        place = self.draw.choice(list(inner)) if isinstance(inner, dict) else self.draw.randrange(len(inner))
        inner[place] = self._changed(inner[place])
        return inner

    def _replaced(self, value: Any) -> Any:
        alike = NUMBERS if isinstance(value, int | float) else INSTANTS if _is_instant(value) else TEXTS
        choices = (alike, alike, alike, NUMBERS, TEXTS, INSTANTS, OTHERS, DEEP)
        return deepcopy(self.draw.choice(self.draw.choice(choices)))

    def _reshaped(self, value: dict[str, Any] | list[Any]) -> Any:
        if isinstance(value, list):
            return self._relisted(value)
        name = self.draw.choice(list(value))
        match self.draw.randrange(5):
            case 0:
                del value[name]
            case 1:
                value[self.draw.choice(["mood", name.upper(), name + " ", "", "stations", "a" * 5000])] = value[name]
            case 2:
                value[name], other = self._replaced(value[name]), value[name]
                return Pairs([*value.items(), (name, other)])
            case 3:
                other = self.draw.choice(list(value))
                value[name], value[other] = value[other], value[name]
            case _:
                value[name] = [value[name]]
        return value

    def _relisted(self, value: list[Any]) -> list[Any]:
        match self.draw.randrange(4):
            case 0:
                return value * self.draw.choice([2, 17, 129]) if len(value) < 20 else value[:1] * 1001
            case 1:
                return [self._replaced(None), *value]
            case 2:
                return value[: self.draw.randrange(len(value))]
            case _:
                return (value[:1] or [0]) * self.draw.choice(LENGTHS)

    def changed_bytes(self, payload: bytes) -> bytes:
        """The same with some bytes changed, lost, doubled or put between others."""
        if not payload:
            return self.draw.randbytes(self.draw.randrange(20))
        first = self.draw.randrange(len(payload))
        last = min(len(payload), first + self.draw.choice([1, 1, 2, 10, 1000]))
        head, part, tail = payload[:first], payload[first:last], payload[last:]
        return self.draw.choice(
            [
                head + bytes([part[0] ^ (1 << self.draw.randrange(8))]) + part[1:] + tail,
                head,
                head + tail,
                head + part * self.draw.choice([2, 3, 50]) + tail,
                head + self.draw.randbytes(len(part)) + tail,
                head + self.draw.choice(_SNIPPETS) + part + tail,
                self.draw.choice([b"\xef\xbb\xbf", b"\x1f\x8b\x08", b" " * 3000, b"\x00"]) + payload,
                payload + self.draw.choice([b"\n", b"\x00", b" " * 3000, payload]),
            ]
        )


_SNIPPETS: Sequence[bytes] = (
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\x00",
    b"\xff",
    b"\xc0\x80",
    b"-",
    b"e",
    b"/**/",
)


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and value[4:5] == "-" and "T" in value
