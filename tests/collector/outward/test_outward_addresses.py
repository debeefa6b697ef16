"""Which addresses are refused, in which spelling, and what an allowed network changes."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from collector.outward.addresses import REMEDY, AllowedNetwork, Network, literal_refusal, parse_network, refusal_of
from collector.outward.ranges import METADATA, REFUSED_IPV4, REFUSED_IPV6

SECRETS = "is where a cloud keeps the secrets of its machines"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("0.0.0.0", "is an unspecified address, which leads to this machine"),
        ("0.1.2.3", "is an address of this network (RFC 791)"),
        ("10.0.0.0", "is a private address (RFC 1918)"),
        ("10.255.255.255", "is a private address (RFC 1918)"),
        ("100.64.0.1", "is an address shared behind a carrier's NAT (RFC 6598)"),
        ("100.127.255.255", "is an address shared behind a carrier's NAT (RFC 6598)"),
        ("127.0.0.1", "is a loopback address"),
        ("127.255.255.254", "is a loopback address"),
        ("169.254.0.1", "is a link-local address"),
        ("172.16.0.1", "is a private address (RFC 1918)"),
        ("172.31.255.255", "is a private address (RFC 1918)"),
        ("192.0.0.8", "is an address of protocols (RFC 6890)"),
        ("192.0.2.1", "is an address for documents (RFC 5737)"),
        ("192.88.99.1", "is an address of 6to4 relays (RFC 7526)"),
        ("192.168.1.1", "is a private address (RFC 1918)"),
        ("198.18.0.1", "is an address for benchmarks (RFC 2544)"),
        ("198.19.255.255", "is an address for benchmarks (RFC 2544)"),
        ("224.0.0.1", "is a multicast address"),
        ("239.255.255.250", "is a multicast address"),
        ("240.0.0.1", "is a reserved address (RFC 1112)"),
        ("255.255.255.255", "is the broadcast address"),
        ("::", "is an unspecified address, which leads to this machine"),
        ("::1", "is a loopback address"),
        ("::127.0.0.1", "is an IPv4-compatible address (RFC 4291)"),
        ("::8.8.8.8", "is an IPv4-compatible address (RFC 4291)"),
        ("::ffff:127.0.0.1", "is 127.0.0.1, which is a loopback address"),
        ("::ffff:a01:203", "is 10.1.2.3, which is a private address (RFC 1918)"),
        ("::ffff:0:127.0.0.1", "is a reserved address"),
        ("64:ff9b::7f00:1", "leads to 127.0.0.1, which is a loopback address"),
        ("64:ff9b::10.0.0.1", "leads to 10.0.0.1, which is a private address (RFC 1918)"),
        ("64:ff9b:1::8.8.8.8", "is an address of a local NAT64 (RFC 8215)"),
        ("100::1", "is an address that discards (RFC 6666)"),
        ("2001::1", "is a Teredo tunnel (RFC 4380)"),
        ("2001:2::1", "is an address for benchmarks (RFC 5180)"),
        ("2001:20::1", "is an address of protocols (RFC 2928)"),
        ("2001:db8::1", "is an address for documents (RFC 3849)"),
        ("2002:7f00:1::1", "is a 6to4 tunnel (RFC 3056)"),
        ("2002:808:808::1", "is a 6to4 tunnel (RFC 3056)"),
        ("2600::5efe:10.0.0.1", "leads to 10.0.0.1, which is a private address (RFC 1918)"),
        ("2600::200:5efe:127.0.0.1", "leads to 127.0.0.1, which is a loopback address"),
        ("3fff::1", "is an address for documents (RFC 9637)"),
        ("4000::1", "is a reserved address"),
        ("5f00::1", "is an address of segment routing (RFC 9602)"),
        ("fc00::1", "is a private address (RFC 4193)"),
        ("fdff::1", "is a private address (RFC 4193)"),
        ("fe80::1", "is a link-local address"),
        ("fe80::1%eth0", "is an address of one link only"),
        ("2600::1%eth0", "is an address of one link only"),
        ("fec0::1", "is a site-local address (RFC 3879)"),
        ("ff02::1", "is a multicast address"),
        ("169.254.169.254", SECRETS),
        ("100.100.100.200", SECRETS),
        ("168.63.129.16", SECRETS),
        ("192.0.0.192", SECRETS),
        ("fd00:ec2::254", SECRETS),
        ("::ffff:169.254.169.254", f"is 169.254.169.254, which {SECRETS}"),
        ("64:ff9b::a83f:8110", f"leads to 168.63.129.16, which {SECRETS}"),
        ("127.1", "is no address"),
        ("0177.0.0.1", "is no address"),
        ("example.com", "is no address"),
        ("", "is no address"),
    ],
)
def test_what_is_not_public_is_refused_in_words(address: str, words: str) -> None:
    assert refusal_of(address, ()) == f"{address} {words}"


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "168.63.129.17", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2600::1",
        "2001:200::1", "2003::1", "2600::5efe:1.1.1.1", "2404:6800:4005:80b::200e",
    ],
)  # fmt: skip
def test_what_is_public_is_called(address: str) -> None:
    assert refusal_of(address, ()) is None


@given(st.ip_addresses(v=4))
def test_what_python_does_not_take_for_public_is_refused_in_every_disguise(address: IPv4Address) -> None:
    number = int(address)
    if not address.is_global or address.is_multicast:
        assert refusal_of(str(address), ()) is not None
    is_refused = refusal_of(str(address), ()) is not None
    for prefix in ("::ffff:0:0", "64:ff9b::", "2600::5efe:0:0"):
        assert (refusal_of(str(IPv6Address(int(IPv6Address(prefix)) | number)), ()) is not None) is is_refused
    for prefix in ("::", "64:ff9b:1::"):
        assert refusal_of(str(IPv6Address(int(IPv6Address(prefix)) | number)), ()) is not None
    assert refusal_of(str(IPv6Address(0x2002 << 112 | number << 80)), ()) is not None


@given(st.ip_addresses(v=6))
def test_what_python_does_not_take_for_public_is_refused_of_ipv6_too(address: IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        stands_for_ipv4 = address.ipv4_mapped is not None or address in ip_network("64:ff9b::/96")
        assert stands_for_ipv4 or refusal_of(str(address), ()) is not None


@given(st.sampled_from([network for network, _ in (*REFUSED_IPV4, *REFUSED_IPV6)]), st.data())
def test_all_of_a_range_is_refused_and_is_called_where_the_range_is_allowed(
    network: Network, data: st.DataObject
) -> None:
    address = data.draw(st.sampled_from([network[0], network[-1]]) | st.ip_addresses(network=str(network)))
    assert refusal_of(str(address), ()) is not None
    if address not in METADATA and address not in ip_network("64:ff9b:1::/48") and network.version == 4:
        assert refusal_of(str(address), (network,)) is None


CITY: tuple[Network, ...] = (ip_network("10.20.0.0/16"), ip_network("fd12:3456::/32"), ip_network("169.254.0.0/16"))


@pytest.mark.parametrize(
    ("address", "is_refused"),
    [
        ("10.20.0.1", False),
        ("10.20.255.255", False),
        ("10.21.0.0", True),
        ("::ffff:10.20.0.1", False),
        ("::ffff:10.21.0.1", True),
        ("64:ff9b::10.20.0.1", False),
        ("64:ff9b::10.21.0.1", True),
        ("::10.20.0.1", True),
        ("2002:a14:1::1", True),
        ("fd12:3456:ffff::1", False),
        ("fd12:3457::1", True),
        ("169.254.1.1", False),
        ("169.254.169.254", True),
        ("::ffff:169.254.169.254", True),
        ("fe80::1%eth0", True),
        ("1.1.1.1", False),
    ],
)
def test_an_allowed_network_lifts_the_refusal_for_its_own_addresses_alone(address: str, is_refused: bool) -> None:
    assert (refusal_of(address, CITY) is not None) is is_refused


@pytest.mark.parametrize("address", sorted(map(str, METADATA)))
def test_where_clouds_keep_secrets_only_that_very_address_opens_it(address: str) -> None:
    wide: list[Network] = [ip_network(address).supernet(prefixlen_diff=1), ip_network("fc00::/7")]
    assert refusal_of(address, wide) == f"{address} {SECRETS}"
    assert refusal_of(address, [parse_network(address)]) is None


def test_a_tunnel_that_is_allowed_still_leads_to_no_secrets() -> None:
    allowed = [ip_network("2002::/16"), ip_network("64:ff9b:1::/48")]
    assert refusal_of("2002:a14:1::1", allowed) is None
    for address in ("2002:a9fe:a9fe::1", "64:ff9b:1::169.254.169.254"):
        assert refusal_of(address, allowed) == f"{address} leads to 169.254.169.254, which {SECRETS}"


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "127.0.0.1 is a loopback address"),
        ("2130706433", "2130706433 stands for 127.0.0.1, which is a loopback address"),
        ("0177.0.0.1", "0177.0.0.1 stands for 127.0.0.1, which is a loopback address"),
        ("0x7f000001", "0x7f000001 stands for 127.0.0.1, which is a loopback address"),
        ("0X7F.0.0.1", "0x7f.0.0.1 stands for 127.0.0.1, which is a loopback address"),
        ("127.1", "127.1 stands for 127.0.0.1, which is a loopback address"),
        ("0", "0 stands for 0.0.0.0, which is an unspecified address, which leads to this machine"),
        ("127.0.0.1.", "127.0.0.1 is a loopback address"),
        ("１２７.0.0.1", "127.0.0.1 is a loopback address"),
        ("①②⑦.0.0.1", "127.0.0.1 is a loopback address"),
        ("127。0。0。1", "127.0.0.1 is a loopback address"),
        ("[::1]", "::1 is a loopback address"),
        ("[::ffff:127.0.0.1]", "::ffff:7f00:1 is 127.0.0.1, which is a loopback address"),
        ("[64:FF9B::7F00:1]", "64:ff9b::7f00:1 leads to 127.0.0.1, which is a loopback address"),
        ("[fe80::1%25eth0]", "fe80::1%25eth0 is an address of one link only"),
        ("LOCALHOST", "localhost is this machine (RFC 6761)"),
        ("localhost.", "localhost is this machine (RFC 6761)"),
        ("hooks.localhost", "hooks.localhost is this machine (RFC 6761)"),
        ("ⓛocalhost", "localhost is this machine (RFC 6761)"),
        ("16843009", "16843009 stands for 1.1.1.1; write that"),
        ("1.1.1.1", None),
        ("[2600::1]", None),
        ("256.1.1.1", None),
        ("example.com", None),
        ("127.0.0.1.example.com", None),
        ("localhost.example.com", None),
        ("한국.kr", None),
    ],
)
def test_what_a_url_says_of_its_host_is_judged_before_anybody_is_asked(host: str, words: str | None) -> None:
    for url in (f"http://{host}/", f"https://{host}:8443/path?q", f"http://user:password@{host}"):
        refusal = literal_refusal(url, ())
        assert (refusal and refusal.removesuffix(f"; {REMEDY}")) == words
        assert refusal is None or refusal.endswith((REMEDY, "write that", "one link only"))


def test_what_is_no_url_is_for_others_to_refuse() -> None:
    for url in ("", "/path", "http://", "http://[::1", "http://h:99999/", "mailto:ops@example.com"):
        assert literal_refusal(url, ()) is None


def test_an_allowed_network_lets_literal_hosts_through() -> None:
    allowed = [parse_network("127.0.0.0/8"), parse_network("::1/128")]
    for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"):
        assert literal_refusal(f"http://{host}/", allowed) is None
    assert literal_refusal("http://127.1/", allowed) == "127.1 stands for 127.0.0.1; write that"
    assert literal_refusal("http://localhost/", [parse_network("10.0.0.0/8")]) is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.20.0.1/16", "is no network; write it as in 10.20.0.0/16"),
        ("10.20.0.0/33", "is no network"),
        ("intranet", "is no network"),
        (5, "is no network"),
        (None, "is no network"),
        ("0.0.0.0/0", "0.0.0.0/0 is not within a range that is refused"),
        ("::/0", "::/0 is not within a range that is refused"),
        ("8.0.0.0/6", "8.0.0.0/6 is not within a range that is refused"),
        ("8.8.8.0/24", "public addresses are called anyway"),
        ("2600::/32", "public addresses are called anyway"),
        ("::ffff:10.0.0.0/104", "stands for addresses of IPv4; name their network instead"),
        ("64:ff9b::/96", "stands for addresses of IPv4; name their network instead"),
    ],
)
def test_a_network_that_would_allow_more_or_less_than_is_meant_is_a_mistake(text: object, problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(AllowedNetwork).validate_python(text)
    assert problem in str(caught.value)


@pytest.mark.parametrize("text", ["10.20.0.0/16", "10.0.0.0/8", "127.0.0.0/8", "::1/128", "fc00::/7", "192.168.7.9"])
def test_a_network_within_a_refused_range_can_be_allowed(text: str) -> None:
    network = TypeAdapter(AllowedNetwork).validate_python(text)
    assert network == ip_network(text)
    assert refusal_of(str(network[0]), [network]) is None
    assert ip_address(str(network[0])) in network
