"""The day, the orders and the devices of an access point as its page tells them."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event as Gate

import pytest
from sqlalchemy import insert
from web_browser import Pages
from web_city import EVIL, FULL, NEVER, NOW, SILENT
from writing import write

from agent.wire import Event, Interface, Probe, Radio, Report, System
from collector.condition import Condition
from collector.embedded.schema import open_file
from collector.orders.order import Order, Status
from collector.state.events import KeptEvent, keep_events
from collector.state.orders import add_order
from collector.state.tables import devices_seen
from collector.stores import FrameKey, Store, StoredEvent, StoredFrame, StoredReport
from collector.stores.duckdb import DuckDBStore, open_store

HOURS_OUT = range(10, 12)
"""Hours before now in which nothing was reported; the device has started anew before the next report."""


def report(at: datetime) -> StoredReport:
    minutes = (NOW - at) / timedelta(minutes=1)
    uptime = timedelta(hours=10) - (NOW - at) if minutes < 600 else timedelta(days=3)
    told = Report(
        observed_at=at,
        interval_seconds=600,
        clients=20,
        system=System(uptime_seconds=uptime.total_seconds() + 60),
        radios=(Radio(name="wlan0", band="5", busy_ratio=0.75, rx_ratio=0.125, tx_ratio=0.25, retry_ratio=0.125),),
        uplink=Interface(name="eth0", speed_bits_per_second=1e8, rx_bits_per_second=3e7, rx_errors_per_second=2.0),
        probes=(
            Probe(kind="dns", is_ok=minutes > 120, latency_seconds=0.025),
            Probe(kind=EVIL, is_ok=True),
        ),
    )
    return StoredReport(FULL, at, False, told)


async def write_day(store: Store) -> None:
    times = [NOW - timedelta(minutes=10 * number + 1) for number in range(145)]
    reports = tuple(report(at) for at in times if (NOW - at) // timedelta(hours=1) not in HOURS_OUT)
    await write(store, [StoredFrame(FrameKey("gw-1", "0" * 8, 1), NOW, reports, ())])


@pytest.fixture
async def told_day(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path / "told.duckdb")
    await write_day(store)
    yield store
    await store.close()


@pytest.fixture
def told_pages(pages: Pages, told_day: Store) -> Pages:
    return pages.changed(store=told_day)


async def page_of(pages: Pages, place: str, *, language: str = "en") -> str:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(f"/access-points/{place}")
    assert answer.status_code == 200
    return answer.text


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_each_band_of_the_day_is_drawn_with_its_peak(told_pages: Pages) -> None:
    text = text_of(await page_of(told_pages, FULL))
    for fact in (
        "Clients Clients peak 20 (",
        "Download peak 30 Mb/s (",
        "Airtime: wlan0 · 5 GHz own, received peak 12% ( 05-22 19:00 ) own, sent peak 25%",
        "others peak 38%",
        "Retries wlan0 · 5 GHz peak 12%",
        "Negotiated speed peak 100 Mb/s",
        "Errors peak 2 (",
        "Checks: DNS Latency peak 25 ms (",
        "all OK in ten minutes some failed all failed",
    ):
        assert fact in text


async def test_the_drawn_numbers_stand_in_a_table_with_a_head_for_each_band(told_pages: Pages) -> None:
    html = await page_of(told_pages, FULL)
    table = html[html.index("<caption>Values of ten minutes") :].partition("</details>")[0]
    head, body = table.split("<tbody>")
    assert re.findall(r'<th scope="colgroup" colspan="(\d)">([^<]+)</th>', head) == [
        ("1", "Clients"),
        ("2", "Throughput"),
        ("4", "Airtime: wlan0 · 5 GHz"),
        ("1", "Retries"),
        ("1", "Uplink, negotiated speed"),
        ("2", "Uplink, errors and drops a second"),
        ("3", "Checks: DNS"),
        ("3", "Checks: &lt;script&gt;alert(1)&lt;/script&gt;"),
    ]
    rows = re.findall(r'<tr><th scope="row">05-2\d \d\d:\d\d</th>(.*?)</tr>', body)
    cells = [text_of(cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", rows[-1])]
    assert cells == [
        *("20", "30 Mb/s", "no report", "75%", "12%", "25%", "38%", "12%", "100 Mb/s", "2", "no report"),
        *("1", "0", "25 ms", "1", "0", "no report"),
    ]
    assert len(rows) == 144 - 12, "what was not reported is no row of zeros"


async def test_outages_restarts_devices_and_events_are_marked_and_told(told_pages: Pages) -> None:
    state = told_pages.services.state
    changed = NOW - timedelta(hours=6)
    with state.begin() as connection:
        for serial, first, last in (("OLD-1", NOW - timedelta(days=900), changed), ("NEW-1", changed, NOW)):
            connection.execute(
                insert(devices_seen).values(access_point=FULL, serial=serial, first_seen=first, last_seen=last)
            )
    happened = [
        Event(kind=kind, occurred_at=NOW - timedelta(minutes=minutes), access_point=FULL, subject=subject, text=text)
        for kind, minutes, subject, text in (
            ("link_down", 200, "eth0", None),
            ("link_down", 195, "eth0", None),
            ("odd_kind", 100, EVIL, EVIL),
        )
    ]
    keep_events(
        state,
        [
            KeptEvent(FrameKey("gw-1", "0" * 8, 2), position, StoredEvent("gw-1", event.occurred_at, event))
            for position, event in enumerate(happened)
        ],
    )
    html = await page_of(told_pages, FULL)
    text = text_of(html)
    for fact in (
        "05-23 07:03 – 05-23 09:13 no report for 2 h 10 min",
        "the device has started again",
        "05-23 13:04 device replaced: OLD-1 → NEW-1",
        "05-23 15:44 interface down · eth0 · 2 times (last 05-23 15:49 )",
        "odd_kind · &lt;script&gt;alert(1)&lt;/script&gt; &lt;script&gt;alert(1)&lt;/script&gt;",
    ):
        assert fact in text
    bands = html.count('<figure class="band">')
    assert bands == 8
    assert html.count('<rect class="outage" x="50.21%" width="9.03%"') == bands
    for kind, number in (("device", 1), ("restart", 1), ("event", 2)):
        assert html.count(f'<line class="happening {kind}"') == number * bands


async def test_a_place_that_is_silent_by_its_newest_report_is_out_until_now(told_pages: Pages) -> None:
    assert "05-23 16:04 – now no report until now" in text_of(await page_of(told_pages, SILENT))


async def test_a_place_that_was_never_heard_of_has_no_outage(told_pages: Pages) -> None:
    text = text_of(await page_of(told_pages, NEVER))
    assert "No reports in the last 24 hours" in text
    assert "Outages and changes" not in text


async def test_bands_that_nothing_was_told_of_are_named(pages: Pages) -> None:
    text = text_of(await page_of(pages, FULL))
    assert "Never reported in this time: Airtime, Retries, Uplink, negotiated speed" in text
    assert "Checks " in text
    assert not re.search(r"\b0 (b/s|kb/s|Mb/s)", text)


async def test_orders_of_the_place_are_listed_with_their_state_and_lead_to_their_pages(pages: Pages) -> None:
    def order(status: Status, technician: str | None) -> None:
        add_order(
            pages.services.state,
            lambda number: Order(
                id=number,
                version=1,
                access_point=FULL,
                site="yeouido",
                status=status,
                technician=technician,
                planned_on=date(2026, 5, 22) if technician else None,
                watch_from=NOW,
                opened_at=NOW,
                opened_by="planner",
                changed_at=NOW - timedelta(hours=2),
                changed_by="planner",
            ),
        )

    assert "No replacement has been ordered here." in text_of(await page_of(pages, FULL))
    order(Status.CANCELLED, None)
    order(Status.ASSIGNED, EVIL)
    html = await page_of(pages, FULL)
    text = text_of(html)
    assert 'href="/orders/2"' in html
    assert "Order 2 Assigned &lt;script&gt;alert(1)&lt;/script&gt; 2026-05-22 2 h ago Order 1 Cancelled" in text
    assert "No replacement has been ordered here." in text_of(await page_of(pages, SILENT))


class SlowStore(DuckDBStore):
    """Tells of one access point only once its gate is open."""

    def __init__(self, path: Path) -> None:
        super().__init__(open_file(path))
        self.gate = Gate()

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition:
        assert self.gate.wait(30)
        return super().condition(access_point, since, until, bucket_seconds)


async def test_a_slow_store_keeps_nobody_waiting_and_its_answer_is_there_the_next_time(
    pages: Pages, tmp_path: Path
) -> None:
    slow = SlowStore(tmp_path / "slow.duckdb")
    await write_day(slow)
    slowly = pages.changed(store=slow)
    html = await page_of(slowly, FULL)
    assert "The last 24 hours are being read." in html
    assert "12.3 Mb/s" in html, "the rest of the page does not wait"
    slow.gate.set()
    async with asyncio.timeout(30):
        while "The last 24 hours are being read." in html:
            html = await page_of(slowly, FULL)
    assert "Airtime: wlan0" in html
    await slow.close()


async def test_the_day_is_told_in_korean_as_well(told_pages: Pages) -> None:
    text = text_of(await page_of(told_pages, FULL, language="ko"))
    for words in (
        "채널 사용률: wlan0 · 5 GHz",
        "업링크 협상 속도",
        "점검: DNS",
        "2시간 10분 동안 보고 없음",
        "기기가 다시 시작됨",
    ):
        assert words in text
