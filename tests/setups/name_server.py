"""A name server for the set-ups in a namespace, on 127.0.0.1 port 53, by UDP (RFC 1035).

What it says of a name goes by its first label: `six` has an AAAA record alone, `both` an A too, `late` comes
after `LATE` seconds, as the names of addresses do (in-addr.arpa), `mute` is not answered, and no more exist.
"""

import socket
import struct
import threading

LATE = 1.0
A, AAAA, IN = 1, 28, 1
NO_SUCH_NAME = 3
V4, V6 = socket.inet_aton("127.0.0.1"), socket.inet_pton(socket.AF_INET6, "::1")
RECORDS = {
    "six": {AAAA: V6},
    "late": {A: V4},
    "both": {A: V4, AAAA: V6},
}


def question(message: bytes) -> tuple[list[str], int, int]:
    """Return the labels of the name that is asked for, the type, and where the question ends."""
    labels, at = [], 12
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    (kind,) = struct.unpack_from(">H", message, at + 1)
    return labels, kind, at + 5


def answer(message: bytes) -> bytes:
    """Return the answer to a query."""
    labels, kind, end = question(message)
    records = RECORDS.get(labels[0])
    value = records.get(kind) if records else None
    code = 0 if records else NO_SUCH_NAME
    found = b"" if value is None else struct.pack(">HHHIH", 0xC00C, kind, IN, 0, len(value)) + value
    head = message[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, int(bool(found)), 0, 0)
    return head + message[12:end] + found


def main() -> None:
    """Serve until the process is ended; a late answer waits for nobody else's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        while True:
            message, sender = server.recvfrom(512)
            labels, _, _ = question(message)
            if labels[0] == "mute":
                continue
            late = labels[0] == "late" or labels[-1] == "arpa"
            threading.Timer(LATE if late else 0, server.sendto, (answer(message), sender)).start()


if __name__ == "__main__":
    main()
