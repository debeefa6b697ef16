"""Loads the client of MQTT without dnspython, which it would otherwise bring along wherever that is installed: for
brokers that are found by SRV records, which nobody asks it for. That is 4 MB of an access point's memory. Imported
before the client is.
"""

import sys
from importlib import import_module


def _load() -> None:
    if "dns" in sys.modules:
        return
    sys.modules["dns"] = None  # type: ignore[assignment]  # which is how Python is told that there is no such module
    try:
        import_module("paho.mqtt.client")
    finally:
        del sys.modules["dns"]


_load()
