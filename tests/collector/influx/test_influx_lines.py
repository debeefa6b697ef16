"""Lines: every number of a report in its place, and nothing that is not known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Device, Distribution, Interface, Probe, Radio, Report, Ssid, StandardClients, System
from collector.influx.lines import LineFormatter
from collector.points import TABLES
from collector.stores import StoredReport

AT = datetime(2026, 5, 2, 12, 0, 0, 123_999, tzinfo=UTC)
TIME = 1777723200123
SIGNAL = "wifi_client_distribution,access_point=a-1,quantity=client_signal_dbm,radio=r0"


def lines(report: Report, access_point: str = "a-1", *, is_clock_corrected: bool = False) -> list[str]:
    return LineFormatter().format(StoredReport(access_point, report.observed_at, is_clock_corrected, report)).lines


FULL = Report(
    access_point="a-1",
    observed_at=AT,
    interval_seconds=60.0,
    is_up=True,
    device=Device(serial="S1", model="M", firmware="1.2"),
    system=System(uptime_seconds=5.0, cpu_ratio=0.5, memory_used_ratio=0.25, load_1m=1e-7, temperature_celsius=-3.5),
    clients=3,
    radios=(
        Radio(
            name="r0",
            is_up=True,
            band="6",
            channel=37,
            width_mhz=160,
            standard="802.11ax",
            capability="802.11be",
            tx_power_dbm=20,
            noise_dbm=-95.5,
            busy_ratio=0.0,
            rx_ratio=0.1,
            tx_ratio=0.2,
            clients=6,
            retry_ratio=0.3,
            failure_ratio=0.4,
            rx_bits_per_second=1.5,
            tx_bits_per_second=123456789.125,
            rx_phy_rate_bits_per_second=1.2e9,
            tx_phy_rate_bits_per_second=1e13,
            clients_by_standard=(StandardClients(standard="802.11ax", clients=2),),
            client_signal_dbm=Distribution(bounds=(-70, -60.5), counts=(1, 0, 4)),
        ),
        Radio(name="r1", is_up=False),
        Radio(name="r2", band="5"),
    ),
    ssids=(Ssid(ssid="", radio="r0", clients=2), Ssid(ssid="SEOUL", rx_bits_per_second=1.0, tx_bits_per_second=2.0)),
    uplink=Interface(
        name="eth0",
        is_up=True,
        speed_bits_per_second=1e8,
        max_speed_bits_per_second=1e9,
        is_full_duplex=False,
        rx_bits_per_second=8.0,
        tx_bits_per_second=9.0,
        rx_errors_per_second=0.0,
        tx_errors_per_second=0.5,
        rx_drops_per_second=1.0,
        tx_drops_per_second=2.0,
    ),
    interfaces=(Interface(name="eth1", is_up=False), Interface(name="eth2")),
    probes=(
        Probe(kind="dns", target="a.b", server="9.9.9.9", is_ok=False, failure="timeout"),
        Probe(
            kind="throughput",
            direction="download",
            observed_at=AT - timedelta(seconds=20),
            is_ok=True,
            latency_seconds=0.01,
            loss_ratio=0.0,
            method="tcp",
            streams=4,
            transferred_bytes=2**53,
            duration_seconds=10.0,
            throughput_bits_per_second=1e9,
        ),
        Probe(kind="portal", outcome="open"),
    ),
)


def test_a_full_report_comes_to_these_lines() -> None:
    assert lines(FULL, is_clock_corrected=True) == [
        (
            "wifi_report,access_point=a-1 reports=1,is_clock_corrected=1,interval_seconds=60.0,is_up=1,clients=3,"
            "download_bits_per_second=8.0,upload_bits_per_second=9.0,uptime_seconds=5.0,cpu_ratio=0.5,"
            f"memory_used_ratio=0.25,load_1m=1e-7,temperature_celsius=-3.5 {TIME}"
        ),
        (
            "wifi_radio,access_point=a-1,band=6,radio=r0 channel=37,width_mhz=160,tx_power_dbm=20.0,"
            "noise_dbm=-95.5,busy_ratio=0.0,rx_ratio=0.1,tx_ratio=0.2,clients=6,retry_ratio=0.3,failure_ratio=0.4,"
            "rx_bits_per_second=1.5,tx_bits_per_second=123456789.125,rx_phy_rate_bits_per_second=1200000000.0,"
            f"tx_phy_rate_bits_per_second=10000000000000.0,is_up=1,standard_generation=6,capability_generation=7 {TIME}"
        ),
        f"wifi_radio,access_point=a-1,radio=r1 is_up=0 {TIME}",
        f"wifi_ssid,access_point=a-1,radio=r0 clients=2 {TIME}",
        f"wifi_ssid,access_point=a-1,ssid=SEOUL rx_bits_per_second=1.0,tx_bits_per_second=2.0 {TIME}",
        (
            "wifi_interface,access_point=a-1,interface=eth0,role=uplink speed_bits_per_second=100000000.0,"
            "max_speed_bits_per_second=1000000000.0,rx_bits_per_second=8.0,tx_bits_per_second=9.0,"
            "rx_errors_per_second=0.0,tx_errors_per_second=0.5,rx_drops_per_second=1.0,tx_drops_per_second=2.0,"
            "is_up=1,is_full_duplex=0 "
            f"{TIME}"
        ),
        f"wifi_interface,access_point=a-1,interface=eth1,role=other is_up=0 {TIME}",
        f"wifi_probe,access_point=a-1,kind=dns,server=9.9.9.9,target=a.b is_ok=0 {TIME}",
        (
            "wifi_probe,access_point=a-1,direction=download,kind=throughput latency_seconds=0.01,"
            "loss_ratio=0.0,streams=4,transferred_bytes=9007199254740992,duration_seconds=10.0,"
            f"throughput_bits_per_second=1000000000.0,is_ok=1 {TIME - 20_000}"
        ),
        f"wifi_client_standard,access_point=a-1,radio=r0,standard=802.11ax clients=2 {TIME}",
        f"{SIGNAL},upper_bound=-70 clients=1 {TIME}",
        f"{SIGNAL},upper_bound=+Inf clients=4 {TIME}",
    ]


def test_a_report_of_nothing_is_still_one_report() -> None:
    assert lines(Report(observed_at=AT)) == [f"wifi_report,access_point=a-1 reports=1,is_clock_corrected=0 {TIME}"]


@pytest.mark.parametrize("table", [table for table in TABLES if table.name not in {"frames", "events"}])
def test_every_column_that_is_a_number_is_a_field_and_no_text_is(table: object) -> None:
    """`collector.points` says what is stored; a column that is added there is missed here."""
    measurement = {"client_distributions": "wifi_client_distribution", "client_standards": "wifi_client_standard"}
    name = table.name  # type: ignore[attr-defined]
    starts = measurement.get(name, f"wifi_{name.removesuffix('s')}")
    written = {
        pair.split("=")[0]
        for line in lines(FULL)
        if line.startswith(f"{starts},")
        for pair in line.split(" ")[1].split(",")
    }
    columns = table.columns  # type: ignore[attr-defined]
    numbers = {column.name for column in columns if column.kind in {"whole", "number", "flag"}}
    tags = {"is_uplink", "upper_bound"}  # `role`, and a tag of its own name
    more = {"reports", "standard_generation", "capability_generation"}
    assert written - more == numbers - tags


def test_what_is_null_is_absent() -> None:
    report = Report.model_validate_json(
        '{"observed_at": "2026-05-02T12:00:00.123Z", "clients": null, "interval_seconds": null,'
        '"radios": [{"name": "r0", "band": null, "busy_ratio": null, "standard": null, "clients": 2},'
        '{"name": "r1", "busy_ratio": null}], "system": {"cpu_ratio": null}, "uplink": {"name": "e", "is_up": null}}'
    )
    assert lines(report) == [
        f"wifi_report,access_point=a-1 reports=1,is_clock_corrected=0,clients=2 {TIME}",
        f"wifi_radio,access_point=a-1,radio=r0 clients=2 {TIME}",
    ]


def test_names_are_escaped() -> None:
    report = Report(
        observed_at=AT,
        ssids=(
            Ssid(ssid="a b,c=d", clients=1),
            Ssid(ssid='"한강" 100%s', clients=2),
            Ssid(ssid="one\\two", clients=3),
            Ssid(ssid="ends\\", clients=4),
        ),
    )
    assert [line.split(" clients=")[0] for line in lines(report, "unknown/gw/x %d")[1:]] == [
        r"wifi_ssid,access_point=unknown/gw/x\ %d,ssid=a\ b\,c\=d",
        r'wifi_ssid,access_point=unknown/gw/x\ %d,ssid="한강"\ 100%s',
        r"wifi_ssid,access_point=unknown/gw/x\ %d,ssid=one\\two",
        r"wifi_ssid,access_point=unknown/gw/x\ %d,ssid=ends\\" + r"\ ",
    ]


def test_what_a_report_names_twice_is_told_apart() -> None:
    hidden = tuple(Ssid(ssid="", radio="r0", clients=clients) for clients in (1, 2, 3))
    radio = Radio(name="r0", client_signal_dbm=Distribution(bounds=(-70,), counts=(1, 2)))
    assert lines(Report(observed_at=AT, radios=(radio, radio), ssids=hidden))[1:] == [
        f"wifi_ssid,access_point=a-1,radio=r0 clients=1 {TIME}",
        f"wifi_ssid,access_point=a-1,radio=r0,nth=2 clients=2 {TIME}",
        f"wifi_ssid,access_point=a-1,radio=r0,nth=3 clients=3 {TIME}",
        *(
            f"{SIGNAL},upper_bound={bound}{nth} clients={clients} {TIME}"
            for nth in ("", ",nth=2")
            for bound, clients in (("-70", 1), ("+Inf", 2))
        ),
    ]


def test_each_line_knows_its_series() -> None:
    formatted = LineFormatter().format(StoredReport("a-1", AT, False, FULL))
    heads = [line.split(" ")[0].replace(",access_point=a-1", "") for line in formatted.lines]
    assert [formatted.series[position] for position in formatted.positions] == heads
    assert len(set(formatted.series)) == len(formatted.series)
    assert len(formatted.series) > len(formatted.lines)  # empty ranges and standards are series in waiting


values = st.none() | st.floats(0, 1, allow_nan=False)
radios = st.builds(
    Radio,
    name=st.sampled_from(["r0", "r1"]),
    busy_ratio=values,
    rx_ratio=values,
    clients=st.none() | st.integers(0, 99),
)
reports = st.builds(
    Report,
    observed_at=st.just(AT),
    radios=st.lists(radios, max_size=2, unique_by=lambda radio: radio.name).map(tuple),
    clients=st.none() | st.integers(0, 999),
)


@given(st.lists(reports, max_size=5))
def test_what_was_formatted_before_changes_nothing(some: list[Report]) -> None:
    """The formatter remembers shapes: a report comes to the same as with one that remembers nothing."""
    formatter = LineFormatter()
    for report in some:
        told = report.model_dump(exclude_none=True)
        assert formatter.format(StoredReport("a-1", AT, False, report)).lines == lines(Report.model_validate(told))


def test_numbers_come_back_as_they_were() -> None:
    for number in (0.1, 1 / 3, 1e-300, 5e-324, 123456789.123456789, 1e13, 0.0):
        [_, line] = lines(Report(observed_at=AT, ssids=(Ssid.model_construct(ssid="x", rx_bits_per_second=number),)))
        assert float(line.split("rx_bits_per_second=")[1].split(" ")[0]) == number
