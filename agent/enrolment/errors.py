"""What goes wrong with enrolment, in words for whoever enrols or reads the log."""


class EnrolmentError(Exception):
    """There is no new certificate; the message says why and what to do. What was there before still is."""


class LineError(EnrolmentError):
    """The line to the collector broke, or has yet to come about. To ask again can help."""


class TokenRefusedError(EnrolmentError):
    """The collector signs nothing for this token and key, now or later."""
