"""The replacement programme: which device next, and whether the new one was what was promised."""

PROMISED_RATIO = 4.0
"""How many times faster a new device is to be; of what, each check says itself."""
