"""The agent: reads access points and sends what it read, losing nothing on the way."""

__version__ = "0.1.0"
