"""Which addresses may be probed that are of no node of the file, so that nobody scans ports through us."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from dcmtool.errors import SettingsError


def network_of(text: str) -> IPv4Network | IPv6Network:
    """Return the network that a text stands for; one of IPv4 within IPv6 is that of IPv4.

    Raises:
        SettingsError: it is none.
    """
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        raise SettingsError("network", text, "is none: 192.0.2.0/24 or 2001:db8::/32 is") from error
    inside = network.network_address.ipv4_mapped if network.version == 6 else None
    if inside is not None and network.prefixlen >= 96:
        return IPv4Network((inside, network.prefixlen - 96))
    return network


@lru_cache(maxsize=4096)  # the same nodes are probed again and again
def plain(address: str) -> IPv4Address | IPv6Address:
    """Return an address without its zone; one of IPv4 within IPv6 (::ffff:0:0/96) as that of IPv4."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


class Networks:
    """The networks whose addresses may be probed."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._networks = tuple(map(network_of, texts))

    def __bool__(self) -> bool:
        return bool(self._networks)

    def allow(self, address: str) -> bool:
        """Return whether an address is in one of them."""
        found = plain(address)
        return any(found in network for network in self._networks)
