"""One connection, from when it is accepted to its end: TLS, the association request, the association."""

import socket
import ssl
from contextlib import suppress

from dcmtool.scp import arrival
from dcmtool.scp.association import Node, Served
from dcmtool.scp.record import Record


class Connection:
    """An open connection, which can be ended from another thread at whatever stage it is."""

    def __init__(self, accepted: socket.socket) -> None:
        self._socket = accepted
        self._served: Served | None = None

    def serve(self, record: Record, node: Node, tls: ssl.SSLContext | None) -> Record:
        """Serve it to its end and return the record of that."""
        settings, seconds = node.settings, node.settings.acse_timeout
        self._prepare()
        try:
            if tls is not None:
                arrival.expect_tls(self._socket, seconds)
                self._socket = secured = arrival.wrapped(self._socket, tls)
                record = record._replace(tls=arrival.secured(secured, seconds))
            arrived = arrival.first_request(self._socket, settings.max_pdu, seconds)
        except arrival.Turned as turned:
            return record._replace(outcome=turned.outcome, reason=turned.reason)
        served = self._served = Served(node, self._socket, record, arrived)
        ending = served.run()
        return record._replace(
            **ending._asdict(), request=arrived.request, accepted=served.accepted, echoes=served.echoes
        )

    def _prepare(self) -> None:
        with suppress(OSError):  # it may be broken already
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def end(self, why: str) -> None:
        """End it: an association by an A-ABORT."""
        if self._served is not None:
            self._served.abort(why)
        else:
            self.cut()

    def cut(self) -> None:
        """Close it in both directions, which ends every wait for it."""
        with suppress(OSError):
            # That of TLS would take the session from under the thread that uses it.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give it back to the system."""
        self._socket.close()
