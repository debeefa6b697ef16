from datetime import timedelta

import pytest
from web_city import INVENTORY, NOW, city_readings

from collector.fleet import Fleet
from collector.web.city.summaries import SiteState, SiteSummary, Sum, Totals, combine, summarise_sites

FLEET = Fleet(city_readings())


def test_sites_add_up_what_reports_now_and_remember_since_when_something_is_silent() -> None:
    summaries = summarise_sites(INVENTORY, FLEET, NOW)
    assert summaries == [
        SiteSummary(
            INVENTORY.sites["yeouido"],
            Totals(
                access_points=3,
                reporting=2,
                silent=1,
                clients=Sum(12, 1),
                download_bits_per_second=Sum(12.34e6, 1),
                upload_bits_per_second=Sum(1.5e6, 1),
                silent_since=NOW - timedelta(hours=3),
                clients_cut_off=Sum(7, 1),
            ),
        ),
        SiteSummary(INVENTORY.sites["ttukseom"], Totals(access_points=1, reporting=1, clients=Sum(3, 1))),
        SiteSummary(INVENTORY.sites["mapo-library"], Totals(access_points=1, reporting=1, clients=Sum(0, 1))),
        SiteSummary(INVENTORY.sites["jung-senior"], Totals(access_points=1, never_seen=1)),
    ]


def test_a_sum_over_nobody_is_absent_and_not_zero() -> None:
    summaries = summarise_sites(INVENTORY, Fleet(), NOW)
    assert combine(summary.totals for summary in summaries) == Totals(access_points=6, never_seen=6)


def test_the_city_is_the_sum_of_its_sites_with_the_oldest_trouble() -> None:
    newer = Totals(access_points=2, reporting=1, silent=1, clients=Sum(5, 1), silent_since=NOW - timedelta(hours=1))
    older = Totals(access_points=1, silent=1, silent_since=NOW - timedelta(hours=2), clients_cut_off=Sum(9, 1))
    assert combine([newer, Totals(access_points=4, reporting=4, clients=Sum(6, 4)), older]) == Totals(
        access_points=7,
        reporting=5,
        silent=2,
        clients=Sum(11, 5),
        silent_since=NOW - timedelta(hours=2),
        clients_cut_off=Sum(9, 1),
    )


@pytest.mark.parametrize(
    ("totals", "state"),
    [
        (Totals(), SiteState.EMPTY),
        (Totals(access_points=2, never_seen=2), SiteState.NEVER_SEEN),
        (Totals(access_points=2, reporting=2), SiteState.ALL_REPORTING),
        (Totals(access_points=2, reporting=1, silent=1), SiteState.SOME_SILENT),
        (Totals(access_points=2, reporting=1, never_seen=1), SiteState.SOME_SILENT),
        (Totals(access_points=2, silent=1, never_seen=1), SiteState.ALL_SILENT),
    ],
)
def test_the_state_of_a_site(totals: Totals, state: SiteState) -> None:
    assert totals.state is state
