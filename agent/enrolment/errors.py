"""What goes wrong with enrolment, in words for whoever enrols or reads the log."""


class EnrolmentError(Exception):
    """There is no new certificate; the message says why and what to do. What was there before still is."""
