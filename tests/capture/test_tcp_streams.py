"""TCP streams put together: by packets alone, in any order, lost, repeated, cut, and from the middle."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.capture import tcp_streams
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_streams import follow
from tests.capture.packets import (
    ACCEPTOR,
    ACK,
    COOKED,
    COOKED_2,
    ETHERNET,
    FIN,
    NULL,
    PUSH,
    RAW,
    REQUESTOR,
    RST,
    SYN,
    TIME,
    Captured,
    Talk,
    ipv4,
    linked,
    pcap,
    pcapng,
    tcp,
)
from tests.capture.seen import Needless, Recorder, seen, seen_packets

ENDS = f"{REQUESTOR[0]}:{REQUESTOR[1]} {ACCEPTOR[0]}:{ACCEPTOR[1]}"
OPENED = ["syn", "opened"]
CLOSED = ["requestor closed", "acceptor closed"]
SLOW = 50_000_000  # ns: longer than anything out of order is waited for


def opened(link: int = ETHERNET, *, six: bool = False, first: tuple[int, int] = (1000, 5000)) -> Talk:
    """Return a connection that was opened."""
    talk = Talk(link, six=six, first=first)
    talk.open()
    return talk


# In order -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("six", [False, True])
@pytest.mark.parametrize("link", [ETHERNET, COOKED, COOKED_2, RAW])
def test_a_connection_from_its_beginning_to_its_end(link: int, six: bool) -> None:
    talk = opened(link, six=six)
    talk.send(0, ACK | PUSH, b"question")
    talk.send(1, ACK)
    talk.send(1, ACK | PUSH, b"answer")
    talk.close()
    found = seen_packets(talk.packets, link)
    assert found.warnings == []
    assert found.log == [*OPENED, "requestor 8", "acceptor 6", *CLOSED]
    times = found.only.times
    assert [at - TIME for at in times] == [50_000, 100_000, 200_000, 300_000, 350_000, 400_000]
    assert found.only.bytes == {"requestor": b"question", "acceptor": b"answer"}
    assert (found.only.began, found.only.handshake) == (TIME + 50_000, True)
    assert found.only.ends == ("[2001:db8::1]:50104 [2001:db8::2]:11112" if six else ENDS)


def test_sequence_numbers_begin_again() -> None:
    talk = opened(first=(0xFFFFFFF0, 0xFFFFFFFF))
    for number in range(9):
        talk.send(0, ACK, bytes([number]) * 7)
        talk.send(1, ACK, b"ok")
    talk.close()
    found = seen_packets(talk.packets).only
    assert found.log == [*OPENED, *["requestor 7", "acceptor 2"] * 9, *CLOSED]


def test_data_with_a_syn_and_with_a_fin() -> None:
    talk = Talk()
    talk.send(0, SYN, b"fast")  # RFC 7413
    talk.send(1, SYN | ACK)
    talk.send(0, ACK | FIN, b"open")
    talk.send(1, ACK | FIN, b"yes")
    found = seen_packets(talk.packets).only
    assert found.log == [
        *("syn", "requestor 4", "opened", "requestor 4", "requestor closed", "acceptor 3", "acceptor closed")
    ]


def test_one_side_goes_on_after_the_other_closed() -> None:
    talk = opened()
    talk.send(0, ACK | FIN)
    for _ in range(3):
        talk.send(1, ACK, b"more")
        talk.send(0, ACK)
    talk.send(1, ACK | FIN)
    assert seen_packets(talk.packets).log == [
        *OPENED,
        "requestor closed",
        *["acceptor 4"] * 3,
        "acceptor closed",
    ]


@pytest.mark.parametrize("recorder", [Recorder, Needless])
def test_what_nobody_needs_is_counted(recorder: type[Recorder]) -> None:
    talk = opened()
    for _ in range(7):
        talk.send(0, ACK, b"x" * 40)
    talk.close()
    found = seen_packets(talk.packets, recorder=recorder).only
    assert len(found.bytes["requestor"]) == 280
    if recorder is Needless:
        skipped = ["requestor 40", "requestor skipped 80"]
        assert found.log == [*OPENED, *skipped, *skipped, "requestor 40", *CLOSED]


def test_what_nobody_needs_is_counted_out_of_order_too() -> None:
    talk = opened()
    for _ in range(3):
        talk.send(0, ACK, b"x" * 30)
    talk.packets[4], talk.packets[5] = talk.packets[5], talk.packets[4]
    assert seen_packets(talk.packets, recorder=Needless).log == [
        *(*OPENED, "requestor 30", "requestor skipped 60")
    ]


# How it begins ------------------------------------------------------------------------------------------


def test_a_syn_that_nobody_answers() -> None:
    talk = Talk()
    for _ in range(3):
        talk.next[0] = 1000
        talk.at += SLOW
        talk.send(0, SYN)
    assert seen_packets(talk.packets).log == ["syn"] * 3


def test_a_syn_that_is_refused() -> None:
    talk = Talk()
    talk.send(0, SYN)
    talk.send(1, RST | ACK)
    assert seen_packets(talk.packets).log == ["syn", "acceptor reset"]


def test_ports_that_are_used_again() -> None:
    talk = opened()
    talk.send(0, ACK, b"first")
    talk.next = [90_000, 80_000]
    talk.open()
    talk.send(0, ACK, b"again")
    talk.close()
    talk.next = [190_000, 180_000]
    talk.open()
    logs = [each.log for each in seen_packets(talk.packets).connections]
    assert logs == [[*OPENED, "requestor 5"], [*OPENED, "requestor 5", *CLOSED], OPENED]


def test_the_ports_used_again_the_other_way_round() -> None:
    talk = opened()
    talk.ends.reverse()
    talk.next = [90_000, 80_000]
    talk.open()
    first, second = seen_packets(talk.packets).connections
    assert first.ends.split() == second.ends.split()[::-1]
    assert first.log == second.log == OPENED


def test_an_answer_without_its_syn() -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    found = seen_packets(talk.packets[1:])
    assert (found.log, found.only.ends, found.only.handshake) == (["opened", "requestor 4"], ENDS, True)


def test_an_answer_before_its_syn() -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    first, second, *rest = talk.packets
    assert seen_packets([second, first, *rest]).log == ["opened", "syn", "requestor 4"]


def test_a_syn_without_its_answer() -> None:
    talk = Talk()
    talk.send(0, SYN)
    talk.send(1, SYN | ACK, seen=False)
    talk.send(0, ACK)
    talk.send(1, ACK, b"data")
    assert seen_packets(talk.packets).log == [*OPENED, "acceptor 4"]


def test_answers_that_answer_nothing() -> None:
    talk = opened()
    for side, acknowledged in ((1, 77), (0, 5001)):
        talk.add(talk.packet(side, SYN | ACK, sequence=99, acknowledged=acknowledged))
    talk.next[1] -= 1
    talk.send(1, SYN | ACK)  # once more
    talk.send(0, ACK, b"data")
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 4"]


@pytest.mark.parametrize(
    ("side", "data", "is_reversed"),
    [
        (0, b"\1\0 a request", False),
        (1, b"\1\0 a request", True),
        (1, b"\2\0 an answer", False),
        (0, b"\3\0 a rejection", True),
        (0, b"\x16\3\1\0\5\1", False),
        (1, b"\x16\3\1\0\5\1", True),
        (0, b"\x16\3\1\0\5\2", True),
        (1, b"\x16\3\1\0\5\2", False),
        (0, b"\x16\3\1\0\5\7", False),
        (0, b"\x16\3", False),
        (0, b"\4\0 data", False),  # by the lower port
        (1, b"\4\0 data", False),
        (0, b"", None),
        (1, b"x", False),
    ],
)
def test_who_asked_where_the_beginning_was_not_seen(side: int, data: bytes, is_reversed: bool | None) -> None:
    talk = opened()
    talk.packets.clear()
    talk.send(side, ACK, data)
    found = seen_packets(talk.packets)
    if is_reversed is None:
        assert found.connections == []
        return
    assert not found.only.handshake
    assert (found.only.ends == ENDS) != is_reversed
    assert found.log == [f"{'requestor' if (side == 0) != is_reversed else 'acceptor'} {len(data)}"]


def test_equal_ports_where_the_beginning_was_not_seen() -> None:
    talk = Talk()
    talk.ends = [("192.0.2.1", 104), ("192.0.2.2", 104)]
    talk.send(1, ACK, b"data")
    assert seen_packets(talk.packets).only.ends == "192.0.2.2:104 192.0.2.1:104"


def test_a_port_that_is_connected_with_itself_is_passed_over() -> None:
    talk = Talk()
    talk.ends = [REQUESTOR, REQUESTOR]
    talk.open()
    talk.send(0, ACK, b"data")
    assert seen_packets(talk.packets).connections == []


def test_from_the_middle_on_both_sides_are_followed() -> None:
    talk = opened()
    talk.packets.clear()
    for _ in range(3):
        talk.send(1, ACK, b"from the middle")
        talk.send(0, ACK)
        talk.send(0, ACK, b"on")
    talk.close()
    assert seen_packets(talk.packets).log == [*["acceptor 15", "requestor 2"] * 3, *CLOSED]


@pytest.mark.parametrize("flags", [ACK, FIN | ACK, RST, RST | ACK])
def test_what_says_nothing_of_an_unknown_connection_begins_none(flags: int) -> None:
    talk = opened()
    talk.packets.clear()
    talk.send(1, flags)
    assert seen_packets(talk.packets).connections == []


# How it ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [0, 1])
def test_a_reset(side: int) -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    talk.send(side, RST)
    talk.send(side, RST)
    talk.send(1 - side, ACK, b"late")
    assert seen_packets(talk.packets).log == [
        *(*OPENED, "requestor 4", f"{('requestor', 'acceptor')[side]} reset")
    ]


def test_a_reset_whose_number_is_far_off_is_none() -> None:
    talk = opened()
    talk.add(talk.packet(0, RST, sequence=1001 + (17 << 20)))
    talk.send(0, ACK, b"data")
    talk.add(talk.packet(0, RST, sequence=1001 - 10))
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 4", "requestor reset"]


def test_what_comes_after_the_end_begins_no_connection() -> None:
    talk = opened()
    talk.close()
    talk.send(1, ACK, b"late")
    talk.send(0, RST)
    assert seen_packets(talk.packets).log == [*OPENED, *CLOSED]


def test_a_fin_once_more() -> None:
    talk = opened()
    talk.send(0, ACK | FIN)
    talk.add(talk.packets[-1].data)
    talk.send(1, ACK)
    assert seen_packets(talk.packets).log == [*OPENED, "requestor closed"]


def test_a_fin_that_comes_before_the_last_data() -> None:
    talk = opened()
    talk.send(0, ACK, b"one")
    talk.send(0, ACK, b"two")
    talk.send(0, ACK | FIN)
    talk.packets[-2:] = reversed(talk.packets[-2:])
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 3", "requestor 3", "requestor closed"]


def test_data_behind_a_fin_is_not_read() -> None:
    talk = opened()
    talk.send(0, ACK | FIN)
    talk.send(0, ACK, b"more")
    assert seen_packets(talk.packets).log == [*OPENED, "requestor closed"]


# Once more ----------------------------------------------------------------------------------------------


def test_a_segment_that_is_sent_again() -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    talk.at += 2_000_000
    talk.add(talk.packets[-1].data)
    talk.send(0, ACK, b"more")
    talk.add(talk.packets[3].data)
    assert seen_packets(talk.packets).log == [
        *(*OPENED, "requestor 4", "requestor again", "requestor 4", "requestor again")
    ]


def test_a_copy_by_another_interface_is_not_sent_again() -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    talk.add(talk.packets[-1].data)
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 4"]


def test_a_copy_of_a_syn_by_another_interface_is_not_one_more() -> None:
    talk = Talk()
    talk.send(0, SYN)
    talk.add(talk.packets[-1].data)
    talk.at += SLOW
    talk.add(talk.packets[-1].data)
    assert seen_packets(talk.packets).log == ["syn", "syn"]


@pytest.mark.parametrize("data", [b"", b"\0"])
def test_a_keep_alive_is_not_sent_again(data: bytes) -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    for _ in range(2):
        talk.at += SLOW
        talk.add(talk.packet(0, ACK, data, sequence=talk.next[0] - 1))
        talk.send(1, ACK)
    talk.send(0, ACK, b"more")
    found = seen_packets(talk.packets).only
    assert found.log == [*OPENED, "requestor 4", "requestor 4"]
    assert found.bytes["requestor"] == b"datamore"


def test_the_bytes_that_came_first_count() -> None:
    talk = opened()
    talk.send(0, ACK, b"abcd")
    talk.add(talk.packet(0, ACK, b"XXXXef", sequence=1001))  # overlaps what was told
    talk.add(talk.packet(0, ACK, b"kl", sequence=1011))
    talk.add(talk.packet(0, ACK, b"opq", sequence=1015))
    talk.add(talk.packet(0, ACK, b"YYYYYYYYYr", sequence=1009))  # overlaps what is kept, and fills
    talk.at += 2_000_000
    talk.add(talk.packet(0, ACK, b"ZZ", sequence=1011))  # is all there
    talk.add(talk.packet(0, ACK, b"gh--", sequence=1007))
    found = seen_packets(talk.packets).only
    assert found.bytes["requestor"] == b"abcdefghYYklYYopqr"
    assert found.log.count("requestor again") == 1


# What is missing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_data", [True, False])
def test_what_was_acknowledged_and_never_seen_is_missing(with_data: bool) -> None:
    talk = opened()
    talk.send(0, ACK, b"one")
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(0, ACK, b"two")
    if with_data:
        talk.send(1, ACK, b"answer")
    else:
        talk.send(1, ACK)
        talk.at += SLOW
        talk.send(1, ACK)
        talk.send(1, ACK, b"answer")
    talk.send(0, ACK, b"three")
    talk.close()
    assert seen_packets(talk.packets).log == [
        *(*OPENED, "requestor 3", "requestor missed 4", "requestor 3", "acceptor 6", "requestor 5", *CLOSED)
    ]


def test_what_comes_a_little_later_is_not_missing() -> None:
    talk = opened()
    talk.send(0, ACK, b"late")
    talk.send(1, ACK)
    talk.send(1, ACK)
    talk.packets[3:] = [talk.packets[4], talk.packets[3], talk.packets[5]]
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 4"]


def test_what_is_missing_is_told_when_more_comes_much_later() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(1, ACK)
    talk.at += SLOW
    talk.send(0, ACK, b"more")
    assert seen_packets(talk.packets).log == [*OPENED, "requestor missed 4", "requestor 4"]


@pytest.mark.parametrize("end", ["", "reset", "closed"])
def test_what_is_missing_at_the_end(end: str) -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(0, ACK, b"kept")
    talk.send(0, ACK, b"lost again", seen=False)
    talk.send(0, ACK, b"kept")
    if end == "reset":
        talk.send(1, RST, b"")
    if end == "closed":
        talk.send(0, ACK, b"lost", seen=False)
        talk.close()
    log = [*OPENED, "requestor missed 4", "requestor 4", "requestor missed 10", "requestor 4"]
    log += {"": [], "reset": ["acceptor reset"], "closed": ["requestor missed 4", *CLOSED]}[end]
    assert seen_packets(talk.packets).log == log


def test_what_is_missing_before_a_fin_that_nobody_acknowledged() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(0, ACK | FIN)
    assert seen_packets(talk.packets).log == [*OPENED, "requestor missed 4", "requestor closed"]


def test_a_segment_beyond_every_window_is_not_kept() -> None:
    talk = opened()
    talk.add(talk.packet(0, ACK, b"far", sequence=1001 + (1 << 30) + 1))
    talk.add(talk.packet(1, ACK, b"", acknowledged=1001 + (1 << 30) + 1))
    talk.send(0, ACK, b"near")
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 4"]


def test_packets_that_were_cut() -> None:
    talk = opened()
    talk.send(0, ACK, b"x" * 100, cut=64)
    talk.send(0, ACK, b"y" * 100, cut=54)
    talk.send(0, ACK, b"z" * 100, seen=False)
    talk.send(0, ACK, b"v" * 100, cut=60)
    talk.send(1, ACK, b"answer")
    talk.close()
    found = seen_packets(talk.packets)
    assert found.log == [
        *(*OPENED, "requestor 10", "requestor missed 90", "requestor missed 100", "requestor missed 100"),
        *("requestor 6", "requestor missed 94", "acceptor 6", *CLOSED),
    ]
    assert found.warnings == ["packets were cut as they were captured: capture them whole (`tcpdump -s 0`)"]


def test_packets_that_were_cut_where_nobody_needs_the_bytes() -> None:
    talk = opened()
    for _ in range(3):
        talk.send(0, ACK, b"x" * 111, cut=64)
        talk.send(0, ACK, b"x" * 10)
    talk.close()
    found = seen_packets(talk.packets, recorder=Needless)
    assert found.log == [*OPENED, *["requestor 10", "requestor missed 101", "requestor 10"] * 3, *CLOSED]
    assert found.warnings == []


def test_a_segment_that_the_adapter_is_to_cut() -> None:
    data = bytes(70_000)
    talk = opened()
    segment = tcp((*REQUESTOR, *ACCEPTOR), talk.next[0], 5001, ACK, data[:60_000])
    talk.add(linked(ETHERNET, ipv4(REQUESTOR[0], ACCEPTOR[0], segment, total=0)))
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 60000"]


def test_padding_is_no_data() -> None:
    talk = opened()
    talk.add(talk.packet(1, ACK) + bytes(6))
    talk.add(talk.packet(0, ACK, b"ab") + bytes(4))
    talk.next[0] += 2
    talk.send(0, ACK, b"cd")
    assert seen_packets(talk.packets).only.bytes["requestor"] == b"abcd"


# Bounds -------------------------------------------------------------------------------------------------


def test_no_more_is_kept_than_makes_sense() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    for _ in range(100):
        talk.send(0, ACK, bytes(60_000))
    talk.send(0, ACK, b"end")
    log = seen_packets(talk.packets).log
    assert log[2:] == ["requestor missed 4", *["requestor 60000"] * 100, "requestor 3"]


def many(count: int) -> Iterator[Captured]:
    """Yield packets of as many connections, each of which has lost a segment."""
    for number in range(count):
        talk = Talk()
        talk.ends[0] = (f"10.0.{number >> 8}.{number & 255}", 1024)
        talk.open()
        talk.send(0, ACK, b"lost", seen=False)
        for _ in range(30):
            talk.send(0, ACK, bytes(60_000))
        yield from talk.packets


def read_singly(packets: Iterator[Captured], streams: tcp_streams.Streams) -> None:
    """Read packets one by one."""
    for at, data, _ in packets:
        streams.add((ETHERNET, at, data, 0, len(data), len(data)))


def test_no_more_is_kept_in_all_than_makes_sense() -> None:
    recorders: list[ConnectionObserver] = []

    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> ConnectionObserver:
        return ConnectionObserver(1, requestor, acceptor, at, handshake=handshake)

    streams = tcp_streams.Streams(observe, recorders.append, pytest.fail)
    tracemalloc.start()
    try:
        read_singly(many(50), streams)
        peak = tracemalloc.get_traced_memory()[1]
        streams.finish()
    finally:
        tracemalloc.stop()
    assert peak < 80 << 20
    assert len(recorders) == 50


def test_the_connections_that_are_idle_for_the_longest_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_streams, "_MOST_OPEN", 16)
    monkeypatch.setattr(tcp_streams, "_GIVEN_UP", 4)
    monkeypatch.setattr(tcp_streams, "_MOST_OVER", 4)
    talks: list[Talk] = []
    for number in range(17):
        talk = Talk()
        talk.at += number * 1_000_000
        talk.ends[0] = (f"10.0.0.{number}", 1024)
        if number == 16:
            talks[0].at = talk.at - 500_000
            talks[0].send(0, ACK, b"busy")
        talk.open()
        talks.append(talk)
    packets = sorted(packet for talk in talks for packet in talk.packets)
    connections = seen_packets(packets).connections
    assert [each.ends.partition(":")[0] for each in connections] == [
        *(f"10.0.0.{number}" for number in (1, 2, 3, 4, 0)),
        *(f"10.0.0.{number}" for number in range(5, 17)),
    ]


def test_tiny_connections_take_little_time_and_memory() -> None:
    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> ConnectionObserver:
        return ConnectionObserver(1, requestor, acceptor, at, handshake=handshake)

    def packets(count: int) -> Iterator[Captured]:
        talk = Talk()
        talk.open()
        talk.send(0, RST)
        for number in range(count):
            source = number.to_bytes(3, "big")
            for at, data, _ in talk.packets:
                is_requestors = data[26:30] == bytes([192, 0, 2, 1])
                place = 27 if is_requestors else 31
                yield Captured(at, data[:place] + source + data[place + 3 :])

    done = 0

    def finished(_: ConnectionObserver) -> None:
        nonlocal done
        done += 1

    streams = tcp_streams.Streams(observe, finished, pytest.fail)
    begun = time.process_time()
    read_singly(packets(5000), streams)
    assert done == 5000
    assert time.process_time() - begun < 5


# Any order ----------------------------------------------------------------------------------------------


@st.composite
def transmissions(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, int]]]:
    """A side's bytes, and the pieces of them that are sent: in any order, overlapping, some twice."""
    data = draw(st.binary(min_size=1, max_size=300))
    cuts = sorted({0, len(data), *draw(st.lists(st.integers(0, len(data)), max_size=12))})
    pieces = list(pairwise(cuts))
    ranges = st.tuples(st.integers(0, len(data)), st.integers(1, 60))
    more = [(start, min(len(data), start + size)) for start, size in draw(st.lists(ranges, max_size=6))]
    return data, draw(st.permutations(pieces + [each for each in more if each[0] < each[1]]))


@given(
    transmissions(),
    transmissions(),
    st.integers(0, (1 << 32) - 1),
    st.sampled_from([ETHERNET, RAW, COOKED, NULL]),
    st.booleans(),
    st.sampled_from(["<", ">"]),
    st.sampled_from([pcap, pcapng]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150)
def test_segments_in_any_order_give_the_same_bytes(
    requestors: tuple[bytes, list[tuple[int, int]]],
    acceptors: tuple[bytes, list[tuple[int, int]]],
    first: int,
    link: int,
    six: bool,
    order: str,
    write: object,
    random: object,
) -> None:
    assert callable(write)
    talk = opened(link, six=six, first=(first, first ^ 0xFFFFFFFF))
    sent = [(0, requestors[0], piece) for piece in requestors[1]]
    sent += [(1, acceptors[0], piece) for piece in acceptors[1]]
    random.shuffle(sent)  # type: ignore[attr-defined]
    for side, data, (start, end) in sent:
        at = talk.next[side] + start
        talk.add(talk.packet(side, ACK, data[start:end], sequence=at, acknowledged=talk.next[1 - side]))
    for side, data in ((0, requestors[0]), (1, acceptors[0])):
        talk.next[side] += len(data)
    talk.close()
    found = seen(write(talk.packets, link, order=order))
    assert found.only.bytes == {"requestor": requestors[0], "acceptor": acceptors[0]}
    assert found.log[:2] + found.log[-2:] == [*OPENED, *CLOSED]
    assert found.warnings == []


@given(transmissions(), st.sets(st.integers(0, 20)), st.integers(14, 100), st.booleans())
def test_what_is_lost_or_cut_is_missing_and_the_rest_is_told(
    sent: tuple[bytes, list[tuple[int, int]]], lost: set[int], cut: int, closes: bool
) -> None:
    data, pieces = sent
    talk = opened()
    for number, (start, end) in enumerate(pieces):
        whole = talk.packet(0, ACK, data[start:end], sequence=talk.next[0] + start)
        if number not in lost:
            talk.add(whole[: max(cut, 54)], len(whole))
    talk.next[0] += len(data)
    talk.send(1, ACK, b"answer")
    if closes:
        talk.close()
    found = seen_packets(talk.packets).only
    got = found.bytes["requestor"]
    assert len(got) == len(data)
    assert all(one == other or one == ord(".") for one, other in zip(got, data, strict=True))
    assert found.log[-1] == ("acceptor closed" if closes else "acceptor 6")


@given(st.lists(st.tuples(st.binary(max_size=90), st.integers(-9, 9)), max_size=8), st.data())
def test_damaged_packets_raise_nothing(damage: list[tuple[bytes, int]], data: st.DataObject) -> None:
    talk = opened(six=data.draw(st.booleans()))
    talk.send(0, ACK, b"data")
    talk.close()
    packets = list(talk.packets)
    for junk, cut in damage:
        place = data.draw(st.integers(0, len(packets) - 1))
        at, whole, size = packets[place]
        start = data.draw(st.integers(0, len(whole)))
        packets.insert(place, Captured(at, (whole[:start] + junk + whole[start + max(cut, 0) :]), size))
    link = data.draw(st.sampled_from([ETHERNET, RAW, COOKED, NULL, 276, 147]))
    seen_packets(packets, link)


# As it comes --------------------------------------------------------------------------------------------


def test_a_connection_is_handed_over_once_it_ends() -> None:
    talk = opened()
    talk.send(0, ACK, b"data")
    talk.close()
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb", buffering=0) as end:

        def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> Recorder:
            return Recorder(1, requestor, acceptor, at, handshake)

        end.write(pcap(talk.packets))
        found = follow(pipe, "-", observe, pytest.fail)
        first = next(found)
        assert isinstance(first, Recorder)
        assert first.log == [*OPENED, "requestor 4", *CLOSED]
        end.close()
        assert list(found) == []
