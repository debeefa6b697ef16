"""Which ranges of addresses are not called, and what each is. Data, for `addresses`.

Sources: IANA's registries of special-purpose addresses for IPv4 and IPv6, as of 2025, and the RFCs that they name.
Of IPv6, IANA has given out `GLOBAL_UNICAST` only; what is outside of it and not listed here is reserved.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

REFUSED_IPV4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), words)
    for network, words in (
        ("0.0.0.0/32", "an unspecified address, which leads to this machine"),
        ("0.0.0.0/8", "an address of this network (RFC 791)"),
        ("10.0.0.0/8", "a private address (RFC 1918)"),
        ("100.64.0.0/10", "an address shared behind a carrier's NAT (RFC 6598)"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address (RFC 1918)"),
        ("192.0.0.0/24", "an address of protocols (RFC 6890)"),
        ("192.0.2.0/24", "an address for documents (RFC 5737)"),
        ("192.88.99.0/24", "an address of 6to4 relays (RFC 7526)"),
        ("192.168.0.0/16", "a private address (RFC 1918)"),
        ("198.18.0.0/15", "an address for benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "an address for documents (RFC 5737)"),
        ("203.0.113.0/24", "an address for documents (RFC 5737)"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address (RFC 1112)"),
    )
)
"""Where one range lies in another, the narrow one comes first."""

REFUSED_IPV6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), words)
    for network, words in (
        ("::/128", "an unspecified address, which leads to this machine"),
        ("::1/128", "a loopback address"),
        ("::/96", "an IPv4-compatible address (RFC 4291)"),
        ("64:ff9b:1::/48", "an address of a local NAT64 (RFC 8215)"),
        ("100::/64", "an address that discards (RFC 6666)"),
        ("2001::/32", "a Teredo tunnel (RFC 4380)"),
        ("2001:2::/48", "an address for benchmarks (RFC 5180)"),
        ("2001::/23", "an address of protocols (RFC 2928)"),
        ("2001:db8::/32", "an address for documents (RFC 3849)"),
        ("2002::/16", "a 6to4 tunnel (RFC 3056)"),
        ("3fff::/20", "an address for documents (RFC 9637)"),
        ("5f00::/16", "an address of segment routing (RFC 9602)"),
        ("fc00::/7", "a private address (RFC 4193)"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address (RFC 3879)"),
        ("ff00::/8", "a multicast address"),
    )
)

GLOBAL_UNICAST = IPv6Network("2000::/3")

NAT64 = IPv6Network("64:ff9b::/96")
"""The prefix that everybody's NAT64 may use (RFC 6052). What an address of it is depends on the IPv4 address in it.
Operators may use prefixes of their own besides; those cannot be told from other public addresses."""

LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""Refused as such; where it is allowed, the last 32 bits are taken for the IPv4 address, as with the prefix above."""

METADATA: frozenset[IPv4Address | IPv6Address] = frozenset(
    (
        IPv4Address("169.254.169.254"),  # AWS, Azure, Google, Naver, OpenStack, Oracle and others
        IPv4Address("169.254.170.2"),  # AWS: credentials of containers
        IPv4Address("169.254.170.23"),  # AWS: identity of pods
        IPv6Address("fd00:ec2::254"),  # AWS
        IPv6Address("fd00:ec2::23"),  # AWS: identity of pods
        IPv6Address("fd20:ce::254"),  # Google
        IPv4Address("168.63.129.16"),  # Azure: the host of virtual machines
        IPv4Address("100.100.100.200"),  # Alibaba
        IPv4Address("192.0.0.192"),  # Oracle, classic
        IPv6Address("fe80::a9fe:a9fe"),  # OpenStack
    )
)
"""Where clouds tell a machine its own secrets."""
