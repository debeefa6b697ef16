"""The names of series: a measurement and its tags, all but the access point, as the line protocol writes them.

Names are remembered, up to a bound: tens of thousands of access points have a few hundred between them. A tag without
a value is left out. The tags of a name are in the order of their keys, which is the order that InfluxDB likes best.
"""

from functools import lru_cache

from agent.wire import Band, Direction, WifiStandard

REPORT = "wifi_report"
STANDARDS: tuple[WifiStandard, ...] = ("802.11b", "802.11a", "802.11g", "802.11n", "802.11ac", "802.11ax", "802.11be")
"""In the order of `standard_series`."""
_REMEMBERED = 16_384
_REMEMBERED_GROUPS = 1_024
_ESCAPES = str.maketrans({"\\": "\\\\", " ": "\\ ", ",": "\\,", "=": "\\="})


def kept(value: str) -> str:
    """A tag's value as engines keep it: none of them can end one with a backslash, so that a space comes behind it."""
    return f"{value} " if value.endswith("\\") else value


def told(value: str) -> str:
    """A tag's value as it was told, from what an engine answers: the other way round than `kept`."""
    return value.removesuffix(" ") if value.endswith("\\ ") else value


def escape(value: str) -> str:
    """A tag's value in a line. A backslash is doubled, or it would escape a comma or a space that comes behind it."""
    return kept(value).translate(_ESCAPES)


@lru_cache(_REMEMBERED * 2)
def escaped(value: str) -> str:
    """The same, remembered: for values that come with every report."""
    return escape(value)


@lru_cache(_REMEMBERED)
def radio_series(radio: str, band: Band | None) -> str:
    """Of a radio on a band."""
    return _named("wifi_radio", band=band, radio=radio)


@lru_cache(_REMEMBERED)
def ssid_series(ssid: str, radio: str | None) -> str:
    """Of a network name on a radio."""
    return _named("wifi_ssid", radio=radio, ssid=ssid)


@lru_cache(_REMEMBERED)
def uplink_series(interface: str) -> str:
    """Of the interface that is the uplink."""
    return _named("wifi_interface", interface=interface, role="uplink")


@lru_cache(_REMEMBERED)
def other_interface_series(interface: str) -> str:
    """Of an interface that is not the uplink."""
    return _named("wifi_interface", interface=interface, role="other")


@lru_cache(_REMEMBERED)
def probe_series(kind: str, target: str | None, server: str | None, direction: Direction | None) -> str:
    """Of a check of one thing."""
    return _named("wifi_probe", direction=direction, kind=kind, server=server, target=target)


@lru_cache(_REMEMBERED_GROUPS)
def distribution_series(radio: str, quantity: str, bounds: tuple[float, ...]) -> tuple[str, ...]:
    """Of all ranges of a distribution. The last has no bound, which is written as the largest of all."""
    words = [*(repr(float(bound)).removesuffix(".0") for bound in bounds), "+Inf"]
    return tuple(_named("wifi_client_distribution", quantity=quantity, radio=radio, upper_bound=word) for word in words)


@lru_cache(_REMEMBERED_GROUPS)
def standard_series(radio: str) -> tuple[str, ...]:
    """Of the clients of a radio by standard, whichever of them are there just now."""
    return tuple(_named("wifi_client_standard", radio=radio, standard=standard) for standard in STANDARDS)


def parts(series: str) -> tuple[str, str]:
    """The measurement, and the tags with the comma before them; no tags where it has none."""
    measurement, comma, tags = series.partition(",")
    return measurement, comma + tags


def told_apart(series: list[str]) -> tuple[str, ...]:
    """The same names, each once: what one report names twice, as it may a hidden network, gets a tag that counts."""
    if len(set(series)) == len(series):
        return tuple(series)
    counts: dict[str, int] = {}
    apart = []
    for name in series:
        counts[name] = nth = counts.get(name, 0) + 1
        apart.append(name if nth == 1 else f"{name},nth={nth}")
    return tuple(apart)


def _named(measurement: str, **tags: str | None) -> str:
    return measurement + "".join(f",{key}={escaped(value)}" for key, value in tags.items() if value)
