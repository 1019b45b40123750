"""Captures read by Wireshark's tshark too: which connections there are, and what each packet brings."""

import subprocess
from pathlib import Path

import pytest

from tests.capture.packets import (
    ACK,
    COOKED,
    COOKED_2,
    ETHERNET,
    LOOP,
    NULL,
    PUSH,
    RAW,
    RST,
    Talk,
    pcap,
    pcapng,
)
from tests.capture.seen import Recorder, seen
from tests.peers.programs import require

TSHARK = "/usr/bin/tshark"
FIELDS = ("tcp.stream", "frame.time_epoch", "tcp.srcport", "tcp.len", "tcp.analysis.retransmission")


def packets(file: bytes, path: Path) -> list[list[str]]:
    """Return the fields of each packet that tshark reads."""
    path.write_bytes(file)
    command = [require(TSHARK), "-r", str(path), "-T", "fields", "-E", "separator=,"]
    command += [word for field in FIELDS for word in ("-e", field)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [line.split(",") for line in run.stdout.splitlines()]


def talks(link: int, *, six: bool = False) -> Talk:
    """Return some connections: in order, with losses sent again, from the middle, refused."""
    talk = Talk(link, six=six)
    for port in (50104, 50105):
        talk.ends[0] = (talk.ends[0][0], port)
        talk.next = [0xFFFFFF00 + port, port]
        talk.open()
        for number in range(5):
            talk.send(0, ACK | PUSH, bytes([number]) * 400)
            talk.send(1, ACK | PUSH, b"ok")
        talk.at += 500_000_000
        talk.add(talk.packet(0, ACK, b"\4" * 400, sequence=talk.next[0] - 400))  # sent again
        talk.close()
    talk.ends[0] = (talk.ends[0][0], 50106)
    talk.send(0, ACK | PUSH, b"from the middle")
    talk.send(1, RST)
    return talk


@pytest.mark.parametrize("six", [False, True])
@pytest.mark.parametrize("link", [ETHERNET, COOKED, COOKED_2, RAW, NULL, LOOP])
def test_the_connections_of_a_capture(link: int, six: bool, tmp_path: Path) -> None:
    talk = talks(link, six=six)
    file = pcapng(talk.packets, link) if six else pcap(talk.packets, link, order=">")
    rows = packets(file, tmp_path / "file")
    connections = seen(file).connections
    assert len({row[0] for row in rows}) == len(connections) == 3
    for number, connection in enumerate(connections):
        mine = [row for row in rows if row[0] == str(number)]
        again = [row for row in mine if row[4]]
        fresh = [row for row in mine if not row[4] and row[3] != "0"]
        assert told(connection) == [
            (row[1], "acceptor" if row[2] == "11112" else "requestor", row[3]) for row in fresh
        ]
        assert connection.log.count("requestor again") == len(again)
        assert abs(float(mine[0][1]) - connection.began / 1e9) < 1e-6


def told(connection: Recorder) -> list[tuple[str, str, str]]:
    """Return when who sent how many bytes."""
    entries = zip(connection.times, map(str.split, connection.log), strict=True)
    return [
        (f"{at // 10**9}.{at % 10**9:09}", words[0], words[1]) for at, words in entries if words[-1].isdigit()
    ]
