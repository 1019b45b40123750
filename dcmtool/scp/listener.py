"""The listening socket, and a thread for each connection that it accepts."""

import socket
import socketserver
import threading
import time
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


_POLL = 0.05  # seconds between two looks whether it is to end


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens from when it is made until it is closed; `serve` is called with each connection, in a thread.

    An empty host is every IPv4 address of the machine, `::` every address of both families.

    Raises:
        ListenFailed: the address cannot be listened on.
    """

    allow_reuse_address = True
    request_queue_size = 1024  # where it is full, the system has clients wait a second

    def __init__(self, host: str, port: int, serve: Serve) -> None:
        self._serve = serve
        self._serving: list[threading.Thread] = []
        try:
            found = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)
            name: Any
            self.address_family, _, _, _, name = found[0]
            super().__init__(name, socketserver.BaseRequestHandler)
        except socket.gaierror as error:  # its numbers are not the system's
            raise ListenFailed(host, port, OSError(error.strerror)) from error
        except OSError as error:
            raise ListenFailed(host, port, error) from error
        except (UnicodeError, ValueError) as error:
            raise ListenFailed(host, port, OSError("it is no host name")) from error
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL,), name="listener", daemon=True
        )
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

    def get_request(self) -> Any:
        """Accept a connection; without a file descriptor for it, wait for one."""
        try:
            return super().get_request()
        except OSError:
            time.sleep(_POLL)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, which `join` knows of."""
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True)
        self._serving = [each for each in self._serving if each.is_alive()]
        thread.start()
        self._serving.append(thread)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        self._serve(request, Address.of(client_address))

    def close(self) -> None:
        """Listen no more; connections that are open stay."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    def join(self, seconds: float) -> None:
        """Wait this long for all connections to have ended."""
        end = time.monotonic() + seconds
        for each in self._serving:
            each.join(max(0, end - time.monotonic()))
