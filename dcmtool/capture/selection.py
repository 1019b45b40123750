"""Which connections are wanted: by addresses, ports, titles and numbers, or only those that failed."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.named_tuple import NamedTuple


class HostPattern(NamedTuple):
    """An address or a network, and the port there; None is any."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    @classmethod
    def of(cls, host: str, port: int | None = None) -> "HostPattern":
        """Return the pattern of an address, or of a network as 10.1.0.0/16. Raises `ValueError`."""
        return cls(ip_network(host, strict=False), port)

    def matches(self, endpoint: Endpoint) -> bool:
        """Return whether it is this end's; an IPv4 address within IPv6 is the IPv4 address."""
        if self.port is not None and self.port != endpoint.port:
            return False
        try:
            address = ip_address(endpoint.address)
        except ValueError:  # a log may have a name, or nothing
            return False
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return (mapped or address) in self.network


class Selection(NamedTuple):
    """What a connection has to be: all of this.

    One of its ends is each of `hosts`, one of its ports each of `ports`, one of its AE titles each of
    `titles`; its number is in one of the ranges of `numbers`, where there are any.
    """

    hosts: tuple[HostPattern, ...] = ()
    ports: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    numbers: tuple[tuple[int, int], ...] = ()
    failed: bool = False

    def may_match(self, number: int, requestor: Endpoint, acceptor: Endpoint) -> bool:
        """Return whether a connection between these may be wanted, before more is known of it."""
        ends = requestor, acceptor
        return (
            all(any(host.matches(end) for end in ends) for host in self.hosts)
            and all(port in (requestor.port, acceptor.port) for port in self.ports)
            and (not self.numbers or any(low <= number <= high for low, high in self.numbers))
        )

    def has_titles(self, calling: str, called: str) -> bool:
        """Return whether an association between these titles may be wanted, whatever blanks are around."""
        titles = calling.strip(" "), called.strip(" ")
        return all(title.strip(" ") in titles for title in self.titles)

    def matches(self, connection: ObservedConnection) -> bool:
        """Return whether a connection is wanted."""
        if not self.may_match(connection.number, connection.requestor, connection.acceptor):
            return False
        if self.failed and not connection.failed:
            return False
        if not self.titles:
            return True
        request = connection.request
        return request is not None and self.has_titles(request.calling_aet, request.called_aet)
