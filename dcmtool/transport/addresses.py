"""What the drivers share: host names to addresses, the time for each of them, and the size of a read."""

import socket
from collections.abc import Callable
from typing import Any, cast

from dcmtool.errors import NameNotResolved, TransportError, reason_of
from dcmtool.named_tuple import NamedTuple
from dcmtool.steps import Connect, Family
from dcmtool.text import bare_host, brief

MOST_LOOKUPS = (
    32  # threads, each waiting for the resolver: with more it is no faster, and name servers drop questions
)
CHUNK = 16384  # bytes of one read: the default maximum length, so that it takes one PDU

_FAMILIES: dict[Family, socket.AddressFamily] = {
    "auto": socket.AF_UNSPEC,
    "ipv4": socket.AF_INET,
    "ipv6": socket.AF_INET6,
}


SocketAddress = tuple[str, int] | tuple[str, int, int, int]


class Address(NamedTuple):
    """One address of a host, as the system's socket calls take it."""

    family: int
    sockaddr: SocketAddress

    @property
    def text(self) -> str:
        """The numeric address; one of a single link has its zone behind it (RFC 4007 11)."""
        if len(self.sockaddr) == 4 and self.sockaddr[3]:
            return f"{self.sockaddr[0].partition('%')[0]}%{_zone(self.sockaddr[3])}"
        return self.sockaddr[0]

    @property
    def machine(self) -> str:
        """The same, IPv4 within IPv6 as IPv4: two that are equal are one machine."""
        return plain_address((self.text, 0))[0]

    def at(self, port: int) -> "Address":
        """Return the address with another port."""
        if self.sockaddr[1] == port:
            return self
        return Address(self.family, cast(SocketAddress, (self.sockaddr[0], port, *self.sockaddr[2:])))


def _zone(number: int) -> str:
    """Return the name of an interface, or its number where it has none."""
    try:
        return socket.if_indextoname(number)
    except OSError:
        return str(number)


def look_up(step: Connect) -> list[Address]:
    """Return the addresses of a host, each once, in the system's order; this may wait for a name server.

    Raises:
        NameNotResolved: there is none of the family asked for.
    """
    host = bare_host(step.host)
    if step.family != "ipv6" and _is_ipv4(host):
        return [Address(socket.AF_INET, (host, step.port))]
    try:
        # As bytes, since text would load the IDNA codec for a name that needs none.
        raw = host.encode("ascii") if host.isascii() else host.encode("idna")
        if b"\0" in raw:
            raise NameNotResolved(step.host, step.port, "a host name has no NUL")
        found = socket.getaddrinfo(raw, step.port, _FAMILIES[step.family], socket.SOCK_STREAM)
    except UnicodeError as error:
        raise NameNotResolved(step.host, step.port, "it is not a valid host name") from error
    except socket.gaierror as error:
        why, temporary = why_unresolved(host, error), error.errno == socket.EAI_AGAIN
        raise NameNotResolved(step.host, step.port, why, temporary=temporary) from error
    except OSError as error:  # the resolver itself failed, such as for want of file descriptors
        raise NameNotResolved(step.host, step.port, reason_of(error)) from error
    # A name that stands twice in the hosts file, say, gives an address twice.
    return list(dict.fromkeys(Address(family, cast(SocketAddress, where)) for family, *_, where in found))


def why_unresolved(host: str, error: socket.gaierror) -> str:
    """Return why a host has no address: the zone that no interface is, or else the resolver's words."""
    address, percent, zone = host.partition("%")
    if percent and ":" in address and not _is_interface(zone):
        return f"its zone '{brief(zone)}' is no interface of this machine (RFC 4007 11)"
    return error.strerror or str(error)


def _is_interface(zone: str) -> bool:
    try:
        return zone in (name for pair in socket.if_nameindex() for name in map(str, pair))
    except OSError:  # the system does not tell
        return True


def _is_ipv4(host: str) -> bool:
    """Whether a host is a full IPv4 address, which needs nothing of the resolver."""
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, UnicodeError, ValueError):
        return False
    return True


def look_up_aside(step: Connect, deliver: Callable[[list[Address] | TransportError], object]) -> None:
    """Look up in a thread that may be left behind when the answer comes too late, and deliver the answer."""
    from threading import Thread

    def ask() -> None:
        try:
            deliver(look_up(step))
        except TransportError as error:
            deliver(error)

    try:
        Thread(target=ask, daemon=True, name="name lookup").start()
    except RuntimeError:  # the system has no thread to spare: wait for the answer here
        ask()


def is_numeric(host: str) -> bool:
    """Whether a host is an address already, so that looking it up cannot take time."""
    if _is_ipv4(bare_host(host)):
        return True
    try:
        socket.getaddrinfo(bare_host(host).encode("ascii"), None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


def share_of(step: Connect, now: int, addresses_left: int) -> float | None:
    """Return the seconds that the next of `addresses_left` addresses may take; None is no bound.

    An address that does not answer must leave time for the others, so what remains is shared equally.
    """
    return None if step.deadline is None else step.deadline.remaining(now) / addresses_left


def plain_address(name: tuple[Any, ...]) -> tuple[str, int]:
    """Return host and port of what sockets call an address; IPv4 within IPv6 (::ffff:0:0/96) as IPv4."""
    host, port = name[:2]
    return host.removeprefix("::ffff:") if "." in host else host, port


def source_of(connection: socket.socket) -> str | None:
    """Return our own address on a connection, None where it is over already."""
    try:
        return plain_address(connection.getsockname())[0]
    except OSError:
        return None


def source_towards(address: str, port: int) -> str | None:
    """Return our own address on the way to another, by the routes; nothing is sent. None without a way."""
    try:
        (family, *_, where), *_ = socket.getaddrinfo(
            address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )
        with socket.socket(family, socket.SOCK_DGRAM) as unsent:
            unsent.connect(where)
            return source_of(unsent)
    except OSError:
        return None


def acknowledge(connection: socket.socket) -> None:
    """Acknowledge what has arrived at once, where the system can.

    A peer that sends a PDU in two writes with Nagle's algorithm on, as DCMTK's servers do, holds the second
    back until the first is acknowledged, and systems delay that by 40 ms.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
