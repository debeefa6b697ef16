"""Makes texts fit for a result: printable, no longer than the wire takes. For the probes and their schedule."""

_MAX_FAILURE, _MAX_NAME = 500, 128


def failure_text(words: str) -> str:
    """What went wrong, on one line."""
    return _printable(words)[:_MAX_FAILURE]


def name_text(words: str) -> str:
    """A target or a server."""
    return _printable(words)[:_MAX_NAME]


def _printable(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words)
