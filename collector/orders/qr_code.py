"""A QR code as a path to be drawn. Pure."""

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

QUIET_MODULES = 4
"""As many light modules stand round a code at least (ISO/IEC 18004)."""


class QrCode(NamedTuple):
    """`modules` is its width with the quiet zone; in such units `path` draws what is dark, for SVG."""

    modules: int
    path: str


@lru_cache(maxsize=1_000)  # to find the best one takes 3 ms, and the same orders are printed again
def qr_code(text: str) -> QrCode:
    """The code of a text, of which 15 % may be dirt or rain. Raises ValueError where there is too much of it."""
    import segno  # noqa: PLC0415  # a collector whose work lists nobody prints does not pay for it

    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix, QUIET_MODULES):
        x = QUIET_MODULES
        for is_dark, modules in groupby(row):
            width = len(list(modules))
            if is_dark:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return QrCode(len(matrix) + 2 * QUIET_MODULES, "".join(runs))
