"""Whether a server asks for a certificate, of what it sends in the clear."""

import pytest

from dcmtool.tls.server_flight import ServerFlight

HELLO, CERTIFICATE, KEY_EXCHANGE, REQUEST, DONE = 2, 11, 12, 13, 14


def message(kind: int, length: int = 5) -> bytes:
    """Return a handshake message (RFC 5246 7.4)."""
    return bytes((kind,)) + length.to_bytes(3) + bytes((REQUEST,)) * length


def record(*parts: bytes, kind: int = 0x16) -> bytes:
    """Return a record of these parts (RFC 5246 6.2.1)."""
    inside = b"".join(parts)
    return bytes((kind, 3, 3)) + len(inside).to_bytes(2) + inside


FLIGHT = [message(HELLO, 70), message(CERTIFICATE, 900), message(KEY_EXCHANGE, 300)]
ASKS = [*FLIGHT, message(REQUEST, 40), message(DONE, 0)]
ASKS_NOT = [*FLIGHT, message(DONE, 0)]
WHOLE = b"".join(ASKS)

CASES = {
    "one record": (record(*ASKS), True),
    "a record each": (b"".join(map(record, ASKS)), True),
    "messages over records": (b"".join(record(WHOLE[at : at + 7]) for at in range(0, len(WHOLE), 7)), True),
    "no request": (record(*ASKS_NOT), False),
    "not over yet": (record(*FLIGHT), None),
    "nothing": (b"", None),
    "TLS 1.3": (record(message(HELLO)) + record(b"\1", kind=0x14) + record(message(REQUEST)), None),
    "encrypted": (record(message(HELLO)) + record(message(REQUEST), kind=0x17), None),
    "an alert": (record(b"\2\x28", kind=0x15), None),
    "empty records": (record() + record(*ASKS), True),
    "cut short": (record(*ASKS)[:-60], None),
}


@pytest.mark.parametrize(("data", "asks"), CASES.values(), ids=CASES)
def test_what_it_asks(data: bytes, asks: bool | None) -> None:
    whole, by_byte = ServerFlight(), ServerFlight()
    whole.feed(data)
    for at in range(len(data)):
        by_byte.feed(data[at : at + 1])
    assert (whole.asks_for_certificate, by_byte.asks_for_certificate) == (asks, asks)
