"""What the generators make of what they hear: ranges of frames that an Ack names, and the spread of delays."""

import re
from collections.abc import Iterator, Sequence

_RANGE = re.compile(rb'"boot_id":"([0-9a-f]+)","first":(\d+),"last":(\d+)')


def sequences_of(ack: bytes, boot_id: bytes) -> Iterator[tuple[str, int]]:
    """Each frame of this boot that an Ack's JSON names: `stored` or `refused`, and its number."""
    stored, _, refused = ack.partition(b'"refused"')
    for kind, part in (("stored", stored), ("refused", refused)):
        for boot, first, last in _RANGE.findall(part):
            if boot == boot_id:
                for sequence in range(int(first), int(last) + 1):
                    yield kind, sequence


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in order; 0 where there is none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
