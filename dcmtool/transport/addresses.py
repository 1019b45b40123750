"""Host names to addresses, and how the time for connecting is shared among them."""

import socket
from collections.abc import Callable
from typing import NamedTuple, cast

from dcmtool.errors import NameNotResolved, TransportError, reason_of
from dcmtool.steps import Connect, Family

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
        """The numeric address."""
        return self.sockaddr[0]


def look_up(step: Connect) -> list[Address]:
    """Return the addresses of a host in the system's order of preference; this may wait for a name server.

    Raises:
        NameNotResolved: there is none of the family asked for.
    """
    host = _bare(step.host)
    try:
        # As bytes, since text would load the IDNA codec for a name that needs none.
        raw = host.encode("ascii") if host.isascii() else host.encode("idna")
        if b"\0" in raw:
            raise NameNotResolved(step.host, step.port, "a host name has no NUL")
        found = socket.getaddrinfo(raw, step.port, _FAMILIES[step.family], socket.SOCK_STREAM)
    except UnicodeError as error:
        raise NameNotResolved(step.host, step.port, "it is not a valid host name") from error
    except socket.gaierror as error:
        raise NameNotResolved(step.host, step.port, error.strerror or str(error)) from error
    except OSError as error:  # the resolver itself failed, such as for want of file descriptors
        raise NameNotResolved(step.host, step.port, reason_of(error)) from error
    return [Address(family, cast(SocketAddress, sockaddr)) for family, *_, sockaddr in found]


def _bare(host: str) -> str:
    """Return a host without the blanks around it, and an address without the brackets of URLs."""
    host = host.strip()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


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
    try:
        socket.getaddrinfo(_bare(host).encode("ascii"), None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


def share_of(step: Connect, now: int, addresses_left: int) -> float | None:
    """Return the seconds that the next of `addresses_left` addresses may take; None is no bound.

    An address that does not answer must leave time for the others, so what remains is shared equally.
    """
    return None if step.deadline is None else step.deadline.remaining(now) / addresses_left


def acknowledge(connection: socket.socket) -> None:
    """Acknowledge what has arrived at once, where the system can.

    A peer that sends a PDU in two writes with Nagle's algorithm on, as DCMTK's servers do, holds the second
    back until the first is acknowledged, and systems delay that by 40 ms.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
