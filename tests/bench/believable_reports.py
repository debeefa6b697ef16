"""Reports of a dual-band access point under varying use, as JSON on the wire: about 1.5 kB each, no two alike.

Made beforehand and patched with the time when they are sent (`bench_fleet`). The values are drawn, not simulated:
rounded as sensors round, and independent of each other, which is the hardest that a database's compression meets.
"""

import json
from random import Random

TIMESTAMP = "%b"
"""Stands where the instant of the observation goes."""


def serial(number: int) -> str:
    """The serial of one device."""
    return f"EX{number:08}"


def mac(number: int) -> str:
    """The address of one device."""
    return "02:00:" + number.to_bytes(4).hex(":")


def report_json(access_point: str, number: int, draw: Random) -> str:
    """One report; `number` tells its device from every other, `draw` decides what was measured."""
    clients = (draw.randrange(12), draw.randrange(60))
    down, up = draw.randrange(1_000, 200_000_000), draw.randrange(1_000, 40_000_000)
    document = {
        "access_point": access_point,
        "observed_at": TIMESTAMP,
        "interval_seconds": 60.0,
        "device": {
            "vendor": "Example",
            "model": ("EX-6000", "EX-5000", "EX-2000")[number % 3],
            "serial": serial(number),
            "mac": mac(number),
            "firmware": "6.1.2",
        },
        "system": {
            "uptime_seconds": float(864_000 + draw.randrange(10_000_000)),
            "cpu_ratio": round(draw.uniform(0.02, 0.9), 3),
            "memory_used_ratio": round(draw.uniform(0.3, 0.8), 3),
            "load_1m": round(draw.uniform(0, 3), 2),
            "temperature_celsius": round(draw.uniform(25, 70), 1),
        },
        "clients": sum(clients),
        "radios": [
            {"name": "radio0", "band": "2.4", "channel": (1, 6, 11)[number % 3], "width_mhz": 20}
            | _radio(clients[0], draw),
            {"name": "radio1", "band": "5", "channel": (36, 52, 149)[number % 3], "width_mhz": 80}
            | _radio(clients[1], draw),
        ],
        "ssids": [{"ssid": "SEOUL", "radio": "radio1", "clients": clients[1]}],
        "uplink": {
            "name": "eth0",
            "is_up": True,
            "speed_bits_per_second": 1e9,
            "is_full_duplex": True,
            "rx_bits_per_second": float(down),
            "tx_bits_per_second": float(up),
            "rx_errors_per_second": 0.0,
            "tx_errors_per_second": 0.0,
        },
    }
    return json.dumps(document, separators=(",", ":"))


def _radio(clients: int, draw: Random) -> dict[str, object]:
    return {
        "is_up": True,
        "standard": "802.11ax",
        "tx_power_dbm": 20.0,
        "noise_dbm": float(draw.randrange(-98, -85)),
        "busy_ratio": round(draw.uniform(0.05, 0.9), 3),
        "rx_ratio": round(draw.uniform(0, 0.3), 3),
        "tx_ratio": round(draw.uniform(0, 0.4), 3),
        "clients": clients,
        "retry_ratio": round(draw.uniform(0, 0.3), 3),
        "failure_ratio": round(draw.uniform(0, 0.05), 3),
        "rx_bits_per_second": float(draw.randrange(1_000, 40_000_000)),
        "tx_bits_per_second": float(draw.randrange(1_000, 200_000_000)),
        "rx_phy_rate_bits_per_second": float(draw.randrange(6, 1201)) * 1e6,
        "tx_phy_rate_bits_per_second": float(draw.randrange(6, 1201)) * 1e6,
    }
