"""Captures that are made: headers that readers believe, and bytes that are only counted."""

import json
import subprocess
from pathlib import Path

import pytest

from dcmtool.capture.connection import Endpoint
from dcmtool.capture.pcapng_writer import (
    ACK,
    FIN,
    MOST_IN_SEGMENT,
    RST,
    SYN,
    SyntheticConversation,
    beginning,
)
from tests.peers.programs import require
from tests.tap.captured import packets, stream

REQUESTOR, ACCEPTOR = Endpoint("192.0.2.1", 50104), Endpoint("192.0.2.2", 104)
SECOND = 1_000_000_000
AT = 1_800_000_000 * SECOND + 123_456_789


def conversation(requestor: Endpoint = REQUESTOR, acceptor: Endpoint = ACCEPTOR) -> bytes:
    """Return a capture of one conversation."""
    made = SyntheticConversation(requestor, acceptor)
    return b"".join(
        [
            beginning("a program", "a relay"),
            made.control("requestor", SYN, AT),
            made.control("acceptor", SYN | ACK, AT + 1),
            made.control("requestor", ACK, AT + 2),
            *made.data("requestor", b"odd", 0, AT + 3),
            *made.data("acceptor", b"even", 10, AT + 4),
            *made.data("requestor", b"", 3, AT + 5),
            made.control("requestor", FIN | ACK, AT + 6),
            made.control("acceptor", RST | ACK, AT + 7),
        ]
    )


@pytest.mark.parametrize(
    ("requestor", "acceptor"),
    [
        (REQUESTOR, ACCEPTOR),
        (Endpoint("2001:db8::1", 50104), Endpoint("2001:db8::2", 104)),
        (Endpoint("fe80::1%lo", 50104), Endpoint("2001:db8::2", 104)),
    ],
)
def test_a_conversation(requestor: Endpoint, acceptor: Endpoint) -> None:
    found = packets(conversation(requestor, acceptor))
    ours = requestor.address.partition("%")[0], requestor.port or 0
    theirs = acceptor.address, acceptor.port or 0
    assert stream(found, ours) == b"odd..."
    assert stream(found, theirs) == b"even.........."
    assert [each.at for each in found] == list(range(AT, AT + 8))
    assert [(each.flags, each.sequence, each.acknowledged) for each in found] == [
        (SYN, 0, 0),
        (SYN | ACK, 0, 1),
        (ACK, 1, 1),
        (0x18, 1, 1),
        (0x18, 1, 4),
        (0x18, 4, 15),
        (FIN | ACK, 7, 15),
        (RST | ACK, 15, 8),
    ]


@pytest.mark.parametrize(
    ("requestor", "acceptor", "addresses"),
    [
        ("192.0.2.1", "2001:db8::2", {"::ffff:192.0.2.1", "2001:db8::2"}),
        ("::ffff:192.0.2.1", "192.0.2.2", {"192.0.2.1", "192.0.2.2"}),
        ("192.0.2.1", "nobody.invalid", {"192.0.2.1", "0.0.0.0"}),
    ],
)
def test_addresses_of_two_kinds(requestor: str, acceptor: str, addresses: set[str]) -> None:
    found = packets(conversation(Endpoint(requestor, 1), Endpoint(acceptor)))
    shown = {each.source[0].replace("::ffff:c000:201", "::ffff:192.0.2.1") for each in found}
    assert shown == addresses


def test_more_than_a_packet_takes() -> None:
    made = SyntheticConversation(REQUESTOR, ACCEPTOR)
    kept = bytes(range(256)) * 1000
    blocks = [*made.data("requestor", kept, 200_000, AT)]
    found = packets(beginning("", "") + b"".join(blocks))
    assert stream(found, ("192.0.2.1", 50104)) == kept + b"." * 200_000
    assert max(len(each.data) + each.missing for each in found) == MOST_IN_SEGMENT


def test_sequence_numbers_begin_again() -> None:
    made = SyntheticConversation(REQUESTOR, ACCEPTOR)
    made._next["requestor"] = (1 << 32) - 2
    blocks = [*made.data("requestor", b"abcd", 0, AT), *made.data("requestor", b"ef", 0, AT)]
    found = packets(beginning("", "") + b"".join(blocks))
    assert stream(found, ("192.0.2.1", 50104)) == b"abcdef"
    assert found[1].sequence == 2


def test_wireshark_reads_it(tmp_path: Path) -> None:
    """Without a complaint: checksums are looked at, and no segment is lost, repeated or out of order."""
    tshark = require("/usr/bin/tshark")
    file = tmp_path / "made.pcapng"
    file.write_bytes(conversation())
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    run = subprocess.run(
        [tshark, "-r", str(file), *checks, "-T", "json"], capture_output=True, text=True, check=True
    )
    layers = [each["_source"]["layers"] for each in json.loads(run.stdout)]
    assert len(layers) == 8
    assert {each["ip"]["ip.checksum.status"] for each in layers} == {"1"}  # good
    assert {each["tcp"]["tcp.checksum.status"] for each in layers} == {"1", "2"}  # good, or cut
    times = [each["frame"]["frame.time_epoch"] for each in layers]
    assert "123456789" in times[0]
    expert = subprocess.run(
        [tshark, "-r", str(file), *checks, "-Y", "tcp.analysis.flags"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert expert.stdout == ""
