"""What is kept of a refused message: the wire's own fields, and nobody's addresses or names."""

import json
import string
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import MAX_FRAME_BYTES
from collector.redaction import MAX_STRING_LETTERS, MAX_TEXT_BYTES, mask_addresses, redact

GOLDEN = Path(__file__).parents[1] / "agent" / "wire" / "golden"
OWN_MAC = "02:00:00:00:00:01"
CLIENT = "a4:83:e7:12:34:56"


def redacted(document: object) -> object:
    return json.loads(redact(json.dumps(document).encode()))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_message_of_ours_is_kept_as_it_is_but_for_its_probes_targets(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    for report in document.get("reports", ()):
        for probe in report.get("probes", ()):
            for name in {"target", "server"} & probe.keys():
                probe[name] = mask_addresses(probe[name])
    assert redacted(document) == document


def test_of_a_document_only_the_wires_fields_are_kept_each_where_it_may_stand() -> None:
    report = {
        "observed_at": "1970-01-01T00:00:50.25Z",
        "device": {"serial": "EX0001", "mac": OWN_MAC, "owner": "Kim"},
        "radios": [{"name": "radio0", "channel": 999, "stations": [{"mac": CLIENT, "hostname": "Kims-iPhone"}]}],
        "clients": [{"mac": CLIENT, "name": "Kims-iPhone"}, "Kims-iPhone", 3],
        "ssids": [{"ssid": "SEOUL", "clients": "Kims-iPhone", "device": {"mac": CLIENT, "name": "Kims-iPhone"}}],
        "uplink": {"name": "eth0", "mac": CLIENT, "is_up": True, "speed_bits_per_second": float("nan")},
        "leases": {CLIENT: "Kims-iPhone"},
    }
    event = {"kind": "associated", "text": f"{CLIENT} at 192.0.2.7 and 2001:db8::7, 12:00:00", "count": 1}
    document = {"version": 1, "boot_id": "00c0ffee", "sequence": "7", "reports": [report], "events": [event, "Kim"]}
    kept = redact(json.dumps(document).encode())
    assert kept == (
        b'{"version":1,"boot_id":"00c0ffee","sequence":"[text]","reports":[{"observed_at":"1970-01-01T00:00:50.25Z",'
        b'"device":{"serial":"EX0001","mac":"02:00:00:00:00:01"},"radios":[{"name":"radio0","channel":999}],'
        b'"clients":[{},"[text]",3],"ssids":[{"ssid":"SEOUL","clients":"[text]"}],'
        b'"uplink":{"name":"eth0","is_up":true,"speed_bits_per_second":NaN}}],'
        b'"events":[{"kind":"associated","text":"[mac] at [ip] and [ip], 12:00:00","count":1},"[text]"]}'
    )


def test_a_report_or_an_event_by_itself_and_a_list_of_them_are_read_alike() -> None:
    report = {"access_point": "lab-001", "device": {"mac": OWN_MAC}}
    assert redacted(report) == report
    assert redacted([report, {"kind": "started", "who": "Kim"}]) == [report, {"kind": "started"}]


@pytest.mark.parametrize(
    "mac", [f"{CLIENT} {CLIENT}", "-".join(["a4-83-e7-12-34-56"] * 2), [CLIENT, CLIENT], {"of": CLIENT}]
)
def test_a_devices_mac_is_one_mac(mac: object) -> None:
    assert b"83" not in redact(json.dumps({"device": {"mac": mac}}).encode())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("A4:83:E7:12:34:56", "[mac]"),
        ("a4-83-e7-12-34-56", "[mac]"),
        ("a483.e712.3456", "[mac]"),
        ("a483e7123456", "[mac]"),
        ("sta_a483e7123456 left", "sta_[mac] left"),
        ("staa4:83:e7:12:34:56,", "sta[mac],"),
        ("0:1b:2:3:4:5", "[mac]"),
        ("192.0.2.7:443", "[ip]:443"),
        ("2001:db8::1: timed out", "[ip]: timed out"),
        ("2001:db8:0:1:1:1:1:1/64", "[ip]/64"),
        ("fe80::a683:e7ff:fe12:3456%wlan0", "[ip]%wlan0"),
        ("::ffff:192.0.2.7", "[ip]:[ip]"),
        ("2026-05-02T12:00:00+09:00", "2026-05-02T12:00:00+09:00"),
        ("OpenWrt 23.05.2, r23630-842932a63d", "OpenWrt 23.05.2, r23630-842932a63d"),
        ("210235876543", "210235876543"),
        ("00c0ffee00c0ffee", "00c0ffee00c0ffee"),
        ("FCW2345L0AB", "FCW2345L0AB"),
    ],
)
def test_addresses_are_masked_and_what_only_resembles_them_is_not(text: str, masked: str) -> None:
    assert mask_addresses(text) == masked


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        (b"{not json " + CLIENT.encode(), b"{not json [mac]"),
        (b"\xff\xfe\x00wifi", b"??\x00wifi"),
        (b'"' + CLIENT.encode() + b'"', b'"[mac]"'),
        (b"17", b"17"),
        (b"", b""),
        (b"[" * 100_000, b"[" * MAX_TEXT_BYTES),
        (b"x" * (MAX_TEXT_BYTES - 15) + b" " + CLIENT.encode(), b"x" * (MAX_TEXT_BYTES - 15) + b" "),
        (b'{"a":' + b" " * MAX_FRAME_BYTES + b"1}", b'{"a":' + b" " * (MAX_TEXT_BYTES - 5)),
        (b"[" + b"0," * 5_000_000 + b"0]", (b"[" + b"0," * MAX_TEXT_BYTES)[: MAX_TEXT_BYTES - 1]),
    ],
    ids=["broken JSON", "not UTF-8", "string", "number", "empty", "deep", "cut address", "large", "10 MB"],
)
def test_of_what_is_no_document_the_beginning_is_kept(payload: bytes, kept: bytes) -> None:
    assert redact(payload) == kept


def test_a_long_string_is_cut_and_half_an_address_at_the_cut_goes() -> None:
    text = "x" * (MAX_STRING_LETTERS - 10) + " " + CLIENT
    assert redacted({"text": text}) == {"text": "x" * (MAX_STRING_LETTERS - 10) + " "}


HEX = "0123456789abcdef"
OCTETS = st.lists(st.text(HEX, min_size=2, max_size=2), min_size=6, max_size=6).filter(
    lambda octets: octets[0][1] in "02468ace"
)
MACS = st.one_of(
    OCTETS.map(":".join),
    OCTETS.map("-".join),
    OCTETS.map(lambda o: f"{o[0]}{o[1]}.{o[2]}{o[3]}.{o[4]}{o[5]}"),
    OCTETS.map("".join).filter(lambda mac: not mac.isdecimal()),
).flatmap(lambda mac: st.sampled_from([mac, mac.upper()]))
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(
    lambda address: address if isinstance(address, IPv4Address) else IPv6Address(int(address) | 1 << 127)
)
HOSTNAMES = st.text(string.ascii_letters, min_size=8, max_size=8).map(lambda name: f"{name}-iPhone")
SENTENCES = st.sampled_from(["{}", "client {} left", "[{}]", "'{}', roamed", "sta={}"])
FOREIGN = st.sampled_from(["stations", "leases", "client", "hostname", "neighbours", "dhcp", "name_of_client", "macs"])


@st.composite
def _secrets_and_document(draw: st.DrawFn) -> tuple[list[str], object]:
    """A frame with clients' addresses in every string, and their names beside it under keys that are not the wire's."""
    addresses = [*draw(st.lists(MACS, min_size=1, max_size=4)), *map(str, draw(st.lists(ADDRESSES, max_size=3)))]
    names = draw(st.lists(HOSTNAMES, min_size=1, max_size=3))
    sentence = draw(SENTENCES)
    clients = draw(
        st.recursive(
            st.sampled_from([*addresses, *names]),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(FOREIGN | st.sampled_from(names), inner, max_size=3)
            ),
            max_leaves=8,
        )
    )
    told = [sentence.format(address) for address in addresses]
    report = {
        "access_point": told[0],
        draw(FOREIGN): clients,
        "device": {"name": told[-1], "mac": OWN_MAC, draw(FOREIGN): clients},
        "clients": clients if isinstance(clients, dict) else names,
        "radios": [{"name": text, "channel": 36, draw(FOREIGN): clients} for text in told],
        "interfaces": [{"name": "lan1", "mac": address} for address in addresses],
    }
    events = [{"kind": "x", "subject": text, "text": text, draw(FOREIGN): clients} for text in told]
    return [*addresses, *names], {"version": 1, "reports": [report], "events": events, draw(FOREIGN): clients}


@given(_secrets_and_document())
def test_no_clients_address_or_name_is_ever_kept(case: tuple[list[str], object]) -> None:
    secrets, document = case
    kept = redact(json.dumps(document).encode()).decode()
    assert [secret for secret in secrets if secret.lower() in kept.lower()] == []
    assert OWN_MAC in kept
    assert kept.count('"channel":36') > 0


@given(st.binary(max_size=400))
def test_any_bytes_are_redacted_to_something_bounded(payload: bytes) -> None:
    assert len(redact(payload)) <= 4 * max(MAX_TEXT_BYTES, len(payload))


@given(st.lists(MACS | ADDRESSES.map(str), min_size=1, max_size=20))
def test_no_address_is_kept_of_text_wherever_it_is_cut(addresses: list[str]) -> None:
    kept = redact(b"log: " + ", ".join(addresses).encode()).decode()
    assert [address for address in addresses if len(address) > 6 and address in kept] == []
