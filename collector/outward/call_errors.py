"""What a call fails with, in words of our own. What a receiver sent is never quoted, nor what an address keeps secret.

Raised by `calling`; what the client of HTTP fails with is put in such words by `client_errors`.
"""


class CallError(Exception):
    """A call that got no answer. The message names the receiver by scheme, host and port only.

    `is_permanent` says that it will fail until the configuration changes; `is_maybe_received` that the receiver may
    have got the request all the same.
    """

    def __init__(self, message: str, *, is_permanent: bool = False, is_maybe_received: bool = False) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.is_maybe_received = is_maybe_received


def out_of_time(origin: str, seconds: float, *, is_connected: bool) -> CallError:
    """What a call came to whose time is over."""
    if is_connected:
        return CallError(f"{origin} does not answer within {seconds:g} s", is_maybe_received=True)
    return CallError(f"{origin} cannot be connected to within {seconds:g} s; check the way there and its name servers")
