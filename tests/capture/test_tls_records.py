"""What TLS says in the clear: by bytes alone, in any pieces, with holes, and broken."""

import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ObservedTls
from dcmtool.capture.tls_records import ENCRYPTED_ALERT, TlsRecords, of_session
from dcmtool.steps import TlsSession

SUITE, SUITE_1_3 = 0xC02F, 0x1301
NAME, NAME_1_3 = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"
RANDOM = bytes(32)
Sent = tuple[Side, bytes]


def record(kind: int, data: bytes = b"", version: int = 0x0303) -> bytes:
    """Return a record (RFC 8446 5.1)."""
    return struct.pack(">BHH", kind, version, len(data)) + data


def message(kind: int, body: bytes = b"") -> bytes:
    """Return a message of the handshake."""
    return bytes([kind]) + len(body).to_bytes(3) + body


def vector(data: bytes, size: int = 2) -> bytes:
    """Return bytes behind their length."""
    return len(data).to_bytes(size) + data


def extension(kind: int, data: bytes) -> bytes:
    """Return an extension of a hello."""
    return struct.pack(">H", kind) + vector(data)


def versions(*numbers: int) -> bytes:
    """Return the extension that offers versions."""
    return extension(43, vector(struct.pack(f">{len(numbers)}H", *numbers), 1))


def names(name: bytes, kind: int = 0) -> bytes:
    """Return the extension that names a server."""
    return extension(0, vector(bytes([kind]) + vector(name)))


def client_hello(*suites: int, legacy: int = 0x0303, extensions: bytes = b"") -> bytes:
    """Return a ClientHello (RFC 8446 4.1.2)."""
    offered = struct.pack(f">{len(suites)}H", *suites)
    body = struct.pack(">H", legacy) + RANDOM + vector(b"", 1) + vector(offered) + vector(b"\0", 1)
    return message(1, body + vector(extensions))


def server_hello(suite: int, legacy: int = 0x0303, extensions: bytes = b"") -> bytes:
    """Return a ServerHello (RFC 8446 4.1.3)."""
    body = struct.pack(">H", legacy) + RANDOM + vector(b"", 1) + struct.pack(">HB", suite, 0)
    return message(2, body + vector(extensions))


def certificates(*chain: bytes) -> bytes:
    """Return a Certificate (RFC 5246 7.4.2)."""
    return message(11, vector(b"".join(vector(each, 3) for each in chain), 3))


def alert(number: int) -> bytes:
    """Return a record with a fatal alert."""
    return record(21, bytes([2, number]))


CCS, DATA, FINISHED = record(20, b"\1"), record(23, bytes(100)), record(22, bytes(40))
OLD: list[Sent] = [
    ("requestor", record(22, client_hello(SUITE, 0x00FF, extensions=names(b"pacs.example")), 0x0301)),
    ("acceptor", record(22, server_hello(SUITE) + certificates(b"own", b"above") + message(12, bytes(300)))),
    ("acceptor", record(22, message(13, bytes(20)) + message(14))),
    ("requestor", record(22, certificates(b"client") + message(16, bytes(60)))),
    ("requestor", CCS + FINISHED),
    ("acceptor", CCS + FINISHED),
    ("requestor", DATA),
    ("acceptor", DATA),
]
NEW: list[Sent] = [
    ("requestor", record(22, client_hello(SUITE_1_3, extensions=versions(0x0A0A, 0x0304, 0x0303)), 0x0301)),
    ("acceptor", record(22, server_hello(SUITE_1_3, extensions=extension(43, b"\3\4")))),
    ("acceptor", CCS + DATA + DATA),
    ("requestor", CCS),
    ("requestor", record(23, bytes(69))),
]


def read(sent: list[Sent]) -> ObservedTls:
    """Return what is in the clear."""
    records = TlsRecords()
    for side, data in sent:
        records.feed(side, data)
    return records.seen()


def test_a_session_of_tls_1_2() -> None:
    assert read(OLD) == ObservedTls(
        offered=("TLS 1.2",),
        suites=(NAME,),
        server_name="pacs.example",
        version="TLS 1.2",
        suite=NAME,
        certificates=(b"own", b"above"),
        client_certificates=(b"client",),
        asks_for_certificate=True,
        established=True,
    )
    assert not read(OLD[:-1]).established


def test_a_session_of_tls_1_3() -> None:
    assert read([*NEW, ("acceptor", DATA)]) == ObservedTls(
        offered=("TLS 1.3", "TLS 1.2"),
        suites=(NAME_1_3,),
        version="TLS 1.3",
        suite=NAME_1_3,
        established=True,
    )
    assert not read(NEW).established


@pytest.mark.parametrize("length", [19, 11])
def test_an_alert_in_place_of_the_end_of_a_handshake_of_tls_1_3(length: int) -> None:
    refused = record(23, bytes(length))
    for sent in ([*NEW[:-1], ("requestor", refused)], [*NEW, ("acceptor", refused)]):
        seen = read(sent)
        assert not seen.established
        assert seen.alerts == ((sent[-1][0], ENCRYPTED_ALERT),)


def test_the_name_of_an_alert() -> None:
    sent: list[Sent] = [OLD[0], ("acceptor", alert(40)), ("requestor", alert(48)), ("acceptor", alert(250))]
    assert read(sent).alerts == (
        ("acceptor", "handshake failure"),
        ("requestor", "unknown ca"),
        ("acceptor", "alert 250"),
    )


def test_an_alert_after_the_change_of_ciphers_is_encrypted() -> None:
    assert read([*OLD, ("requestor", record(21, bytes(26)))]).alerts == (("requestor", ENCRYPTED_ALERT),)
    assert len(read([*OLD, ("requestor", record(21, bytes(26)) * 20)]).alerts) == 8


def test_a_hello_that_is_asked_for_again() -> None:
    again = record(22, server_hello(SUITE_1_3, extensions=extension(43, b"\3\4")))
    second = record(22, client_hello(SUITE, extensions=versions(0x0303)))
    assert read([*NEW[:2], ("acceptor", CCS), ("requestor", second), ("acceptor", again)]).offered == (
        *("TLS 1.3", "TLS 1.2"),
    )


@pytest.mark.parametrize(
    ("legacy", "name"), [(0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1"), (0x7F1C, "0x7F1C")]
)
def test_older_and_stranger_versions(legacy: int, name: str) -> None:
    seen = read(
        [
            ("requestor", record(22, client_hello(SUITE, 0xEEEE, legacy=legacy))),
            ("acceptor", record(22, server_hello(0xEEEE, legacy=legacy))),
        ]
    )
    assert (seen.offered, seen.version) == ((name,), name)
    assert (seen.suites, seen.suite) == ((NAME, "0xEEEE"), "0xEEEE")


@pytest.mark.parametrize(
    "hello",
    [
        message(1),
        message(1, b"\3"),
        client_hello(extensions=names(b"")),
        client_hello(extensions=names(b"pacs", kind=1)),
        client_hello(extensions=extension(0, b"\xff\xff")),
        client_hello(0x0A0A, 0x5600, extensions=versions()),
    ],
)
def test_a_hello_that_says_little(hello: bytes) -> None:
    seen = read([("requestor", record(22, hello))])
    assert (seen.suites, seen.server_name) == ((), None)
    assert set(seen.offered) <= {"TLS 1.2", "0x0003"}


def test_only_so_many_certificates_are_kept() -> None:
    assert len(read([("acceptor", record(22, certificates(*[b"one"] * 20)))]).certificates) == 16


def test_messages_and_records_need_not_fit() -> None:
    flight = server_hello(SUITE) + certificates(bytes(2000)) + message(13, bytes(20)) + message(14)
    cut = b"".join(record(22, flight[at : at + 100]) for at in range(0, len(flight), 100))
    seen = read([OLD[0], ("acceptor", cut + record(22))])
    assert (seen.certificates, seen.asks_for_certificate) == ((bytes(2000),), True)


def test_what_is_no_record_ends_it() -> None:
    for wrong in (
        b"HTTP/1.1 200 OK",
        record(22, bytes(100), 0x0403),
        struct.pack(">BHH", 22, 0x0303, 1 << 15),
    ):
        assert read([("acceptor", wrong + alert(40))]).alerts == ()


def test_a_hole_within_a_record() -> None:
    records = TlsRecords()
    for side, data in OLD:
        if data == DATA:
            records.feed(side, data[:20])
            records.missed(side, 50)
            records.feed(side, data[70:] + data)
        else:
            records.feed(side, data)
    records.feed("acceptor", DATA[:5])
    records.missed("acceptor", 100)
    records.feed("acceptor", alert(80))
    seen = records.seen()
    assert (seen.established, seen.alerts) == (True, (("acceptor", "internal error"),))


def test_a_hole_across_records() -> None:
    records = TlsRecords()
    records.feed("acceptor", OLD[1][1][:50])
    records.missed("acceptor", 5000)
    records.missed("acceptor", 50)
    records.feed("acceptor", b"in the middle of something")
    records.feed("acceptor", OLD[2][1] + alert(40))
    seen = records.seen()
    # What follows of the handshake may be in the middle of a message.
    assert (seen.certificates, seen.alerts, seen.asks_for_certificate) == (
        *((), (("acceptor", "handshake failure"),), False),
    )


def test_a_hole_in_what_is_no_tls_makes_none_of_it() -> None:
    records = TlsRecords()
    records.feed("acceptor", b"HTTP/1.1 200 OK")
    records.missed("acceptor", 5000)
    records.feed("acceptor", alert(40))
    assert records.seen().alerts == ()


@pytest.mark.parametrize(("protocol", "version"), [("TLSv1.3", "TLS 1.3"), ("TLSv1", "TLS 1.0")])
def test_a_session_of_a_trace(protocol: str, version: str) -> None:
    seen = of_session(TlsSession(protocol, NAME, 128, b"", False, None))
    assert seen == ObservedTls(version=version, suite=NAME, established=True)


@given(st.data(), st.sampled_from([OLD, NEW]))
@settings(max_examples=60, deadline=None)
def test_pieces_change_nothing(data: st.DataObject, sent: list[Sent]) -> None:
    records = TlsRecords()
    for side, whole in sent:
        size = data.draw(st.integers(1, len(whole)))
        for at in range(0, len(whole), size):
            records.feed(side, memoryview(whole)[at : at + size])
    assert records.seen() == read(sent)


HEADERS = st.tuples(st.integers(19, 24), st.sampled_from([0x0301, 0x0303]))
RECORDS = st.tuples(HEADERS, st.binary(max_size=60)).map(lambda made: record(made[0][0], made[1], made[0][1]))


@given(
    st.lists(
        st.tuples(st.sampled_from(["requestor", "acceptor"]), st.one_of(RECORDS, st.binary(max_size=60)))
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_bytes_are_nothing_is_raised(sent: list[Sent]) -> None:
    assert len(read(sent).alerts) <= 8


@pytest.mark.parametrize(
    "head",
    [message(11, bytes(0x10000))[:4], message(1, bytes(0xFFFFFF))[:4], message(12, bytes(0xFFFFFF))[:4]],
)
def test_memory_is_bounded(head: bytes) -> None:
    records = TlsRecords()
    filler = record(22, bytes(16384))
    tracemalloc.start()
    try:
        records.feed("acceptor", record(22, head))
        for _ in range(8):
            records.feed("acceptor", filler)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1 << 19
