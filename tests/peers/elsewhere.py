"""`dcmtool` where the addresses of the documentation are on loopback: `python -m tests.peers.elsewhere`.

The environment variable says which port of this machine stands for which port of the documentation.
"""

import json
import os
import socket
from typing import Any

VARIABLE = "DOCUMENTED_PORTS"
ADDRESS = "192.0.2.7"  # of every host of the documentation (RFC 5737)
DOMAIN = b".example.org"  # in which they are (RFC 2606)


def lead_elsewhere(ports: dict[int, int]) -> None:
    """Have the documentation's hosts and ports lead to those of this machine."""
    look_up, connect, bind = socket.getaddrinfo, socket.socket.connect, socket.socket.bind

    def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        name = host.encode() if isinstance(host, str) else host
        if name is None or not (name.endswith(DOMAIN) or name == b"pacs"):
            return look_up(host, port, *args, **more)
        if socket.AF_INET6 in (*args[:1], more.get("family")):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ADDRESS, port))]

    def local(address: Any) -> Any:
        host, port, *more = address
        return (*(("127.0.0.1" if host in (ADDRESS, "0.0.0.0") else host), ports.get(port, port)), *more)

    def connect_there(self: socket.socket, address: Any) -> None:
        connect(self, local(address))

    def bind_there(self: socket.socket, address: Any) -> None:
        bind(self, local(address))

    socket.getaddrinfo = getaddrinfo
    socket.socket.connect = connect_there  # type: ignore[method-assign,assignment]
    socket.socket.bind = bind_there  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    lead_elsewhere({int(there): here for there, here in json.loads(os.environ.pop(VARIABLE)).items()})
    from dcmtool.__main__ import start

    start()
