"""The city as it is known now: who is heard of at each site, who shares a channel, and which places there are."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from made_alerts import alert, pending, resolved
from sqlalchemy import Engine

from agent.wire import Probe, Radio, Report
from collector.figures.city import Places, SiteChannels, SiteStates
from collector.figures.figure import Figure, Source
from collector.figures.measurements import SITE_STATE
from collector.fleet import Fleet
from collector.readings import Reading
from collector.state.alerts import write_alerts
from inventory.models import AccessPoint, Inventory, Site, SiteKind

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INVENTORY = Inventory(
    sites=(
        Site(
            id="park",
            kind=SiteKind.PARK,
            name_ko="여의도한강공원",
            name_en="Yeouido Hangang Park",
            district="영등포구",
            latitude=37.53,
            longitude=126.93,
        ),
        Site(id="hall", kind=SiteKind.LIBRARY, name_ko="가온도서관", district="중구"),
        Site(id="planned", kind=SiteKind.PARK, name_ko="새 공원", district="중구"),
    ),
    access_points=(
        *(AccessPoint(id=f"park-{number}", site="park") for number in range(1, 6)),
        AccessPoint(id="hall-1", site="hall"),
    ),
)
WIFI = Radio(name="radio0", band="5", channel=36, is_up=True, clients=4, busy_ratio=0.5, rx_ratio=0.125, tx_ratio=0.125)


def radio(**told: object) -> Radio:
    return WIFI.model_copy(update=told)


def heard(*radios: Radio, at: datetime = NOW, **told: object) -> Reading:
    report = Report.model_validate({"observed_at": at, "interval_seconds": 60, "radios": radios, **told})
    return Reading.of(report, at, at, "gw-1")


def by(*tags: str, figures: Iterable[Figure]) -> dict[tuple[str, ...], Mapping[str, float | None]]:
    found = [(tuple(figure.tags[tag] for tag in tags), figure.values) for figure in figures]
    assert len(found) == len(dict(found))  # each once
    return dict(found)


def states(
    state: Engine, readings: Mapping[str, Reading], now: datetime = NOW
) -> dict[str, Mapping[str, float | None]]:
    figures = SiteStates(state, INVENTORY, Fleet(readings.items())).figures(now)
    of_sites = [figure for figure in figures if figure.measurement is SITE_STATE]
    return {site: values for (site,), values in by("site", figures=of_sites).items()}


def channels(readings: Mapping[str, Reading]) -> dict[tuple[str, ...], Mapping[str, float | None]]:
    return by("site", "band", "channel", figures=SiteChannels(INVENTORY, Fleet(readings.items())).figures(NOW))


def test_each_access_point_is_heard_of_or_silent_or_was_never_seen(state: Engine) -> None:
    readings = {
        "park-1": heard(),
        "park-2": heard(at=NOW - 3 * MINUTE),  # one report may still come
        "park-3": heard(at=NOW - 4 * MINUTE),
        "park-4": heard(is_up=False),  # says its controller
        "unknown/gw-1/SN-7": heard(),
        "left-1": heard(),
    }
    counted = ("access_points", "reporting", "silent", "never_seen")
    found = states(state, readings)
    assert {site: tuple(values[each] for each in counted) for site, values in found.items()} == {
        "park": (5, 2, 2, 1),
        "hall": (1, 0, 0, 1),
    }


def test_a_site_is_told_by_its_names_and_where_it_lies(state: Engine) -> None:
    park, hall, *_ = SiteStates(state, INVENTORY, Fleet()).figures(NOW)
    assert (park.at, park.values["latitude"], park.values["longitude"]) == (NOW, 37.53, 126.93)
    assert park.tags == {
        "site": "park",
        "kind": "park",
        "district": "영등포구",
        "name_ko": "여의도한강공원",
        "name_en": "Yeouido Hangang Park",
    }
    assert (hall.tags["kind"], hall.tags["name_en"], hall.values["latitude"]) == ("library", "", None)


def test_alerts_count_at_their_site_while_they_fire(state: Engine) -> None:
    with state.begin() as connection:
        write_alerts(
            connection,
            [
                alert("site_outage", "park"),
                alert("airtime_high", "park-1"),
                pending("cpu_high", "park-1"),
                resolved("cpu_high", "hall-1"),
                alert("collector_cannot_store", None),
            ],
            [],
        )
    assert {site: values["alerts_firing"] for site, values in states(state, {}).items()} == {"park": 2, "hall": 0}


def test_radios_of_a_site_on_one_channel_are_told_together() -> None:
    found = channels(
        {
            "park-1": heard(radio(), radio(name="radio1", band="2.4", channel=6)),
            "park-2": heard(radio(clients=6, busy_ratio=0.25, rx_ratio=0.375, tx_ratio=None)),
            "park-3": heard(radio(channel=40)),
            "park-4": heard(radio(band="6", channel=37)),
            "hall-1": heard(radio()),
        }
    )
    alone = {"radios": 1, "clients": 4, "busy_ratio": 0.5, "own_ratio": 0.25}
    assert found == {
        ("park", "5", "36"): {"radios": 2, "clients": 10, "busy_ratio": 0.375, "own_ratio": 0.3125},
        ("park", "2.4", "6"): alone,
        ("park", "5", "40"): alone,
        ("park", "6", "37"): alone,
        ("hall", "5", "36"): alone,
    }


def test_the_same_number_on_two_bands_is_two_channels() -> None:
    assert channels({"park-1": heard(radio(channel=1, band="2.4"), radio(channel=1, band="6"))}).keys() == {
        ("park", "2.4", "1"),
        ("park", "6", "1"),
    }


def test_what_no_radio_on_a_channel_tells_is_not_known() -> None:
    says_little = Radio(name="radio0", band="5", channel=36)
    assert channels({"park-1": heard(says_little)}) == {
        ("park", "5", "36"): {"radios": 1, "clients": None, "busy_ratio": None, "own_ratio": None}
    }
    both = channels({"park-1": heard(says_little), "park-2": heard(radio())})
    assert both["park", "5", "36"] == {"radios": 2, "clients": 4, "busy_ratio": 0.5, "own_ratio": 0.25}


@pytest.mark.parametrize(
    "reading",
    [
        heard(radio(), at=NOW - 4 * MINUTE),
        heard(radio(is_up=False)),
        heard(radio(channel=None)),
        heard(radio(band=None)),
        heard(),
        heard(probes=(Probe(kind="portal", is_ok=True),)),
    ],
    ids=["silent", "off", "on no channel", "on no band", "no radios", "only checks"],
)
def test_who_is_on_no_channel_now_shares_none(reading: Reading) -> None:
    assert channels({"park-1": reading}) == {}
    assert channels({"park-1": reading, "park-2": heard(radio())})["park", "5", "36"]["radios"] == 1


def test_every_access_point_of_the_inventory_is_a_place() -> None:
    places = by("access_point", "site", "kind", figures=Places(INVENTORY).figures(NOW))
    assert places == {
        **{(f"park-{number}", "park", "park"): {"access_points": 1} for number in range(1, 6)},
        ("hall-1", "hall", "library"): {"access_points": 1},
    }


def test_figures_have_the_tags_and_fields_of_their_measurements(state: Engine) -> None:
    fleet = Fleet([("park-1", heard(radio()))])
    sources: tuple[Source, ...] = (
        SiteStates(state, INVENTORY, fleet),
        SiteChannels(INVENTORY, fleet),
        Places(INVENTORY),
    )
    for source in sources:
        figure = next(iter(source.figures(NOW)))
        assert figure.tags.keys() == figure.measurement.tags.keys()
        assert figure.values.keys() == figure.measurement.fields.keys()
        assert source.every_seconds == figure.measurement.every_seconds
