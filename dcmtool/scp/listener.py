"""The listening socket, and a thread for each connection that it accepts."""

import socket
import socketserver
import threading
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from dcmtool.errors import ListenFailed

Serve = Callable[[socket.socket, "Address"], None]


class Address(NamedTuple):
    """An IP address as text, and a TCP port."""

    host: str
    port: int

    @classmethod
    def of(cls, name: tuple[Any, ...]) -> "Address":
        """Take one from what sockets say; IPv4 within IPv6 (::ffff:0:0/96) is shown as IPv4."""
        host, port = name[:2]
        plain = ip_address(host.split("%")[0])
        mapped = plain.ipv4_mapped if isinstance(plain, IPv6Address) else None
        return cls(str(mapped) if mapped else host, port)


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens from when it is made until it is closed; `serve` is called with each connection, in a thread.

    An empty host is every IPv4 address of the machine, `::` every address of both families.

    Raises:
        ListenFailed: the address cannot be listened on.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, serve: Serve) -> None:
        self._serve = serve
        try:
            found = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)
            name: Any
            self.address_family, _, _, _, name = found[0]
            super().__init__(name, socketserver.BaseRequestHandler)
        except (OSError, UnicodeError, ValueError) as error:
            reason = error if isinstance(error, OSError) else OSError("it is no host name")
            raise ListenFailed(host, port, reason) from error
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="listener")
        self._thread.start()

    @property
    def address(self) -> Address:
        """The address and the port that it listens on."""
        return Address.of(self.socket.getsockname())

    def server_bind(self) -> None:
        """Bind, and take IPv4 connections on an IPv6 socket too, whatever the system's default is."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        self._serve(request, Address.of(client_address))

    def close(self) -> None:
        """Listen no more; connections that are open stay."""
        self.shutdown()
        self._thread.join()
        self.server_close()
