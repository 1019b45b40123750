"""Both directions of a TCP connection in the order in which the two sent, though captured in another one."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.capture import tcp_streams
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.explanation import explained
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_streams import follow
from tests.capture.conversations import ECHO, OPENING, RELEASING
from tests.capture.packets import ACK, ETHERNET, FIN, RST, SYN, TIME, Captured, Talk, pcap
from tests.capture.seen import Recorder, seen_packets

OPENED = ["syn", "opened"]
CLOSED = ["requestor closed", "acceptor closed"]
SLOW = 50_000_000  # ns: longer than anything out of order is waited for


def opened() -> Talk:
    """Return a connection that was opened."""
    talk = Talk()
    talk.open()
    return talk


def moved(packets: list[Captured], *order: int) -> list[Captured]:
    """Return packets behind a handshake in another order, at the times of those whose places they take."""
    behind = packets[3:]
    return [
        *packets[:3],
        *(behind[old]._replace(at=each.at) for old, each in zip(order, behind, strict=True)),
    ]


def questioned(rounds: int = 1, *, close: bool = True) -> Talk:
    """Return a connection of a question or more, of 8 bytes, each with its answer of 6."""
    talk = opened()
    for _ in range(rounds):
        talk.send(0, ACK, b"question")
        talk.send(1, ACK, b"answer")
    if close:
        talk.close()
    return talk


def started() -> tuple[tcp_streams.Streams, list[Recorder]]:
    """Return what takes packets, and the observers of the connections that begin."""
    begun: list[Recorder] = []

    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> Recorder:
        begun.append(Recorder(len(begun) + 1, requestor, acceptor, at, handshake))
        return begun[-1]

    return tcp_streams.Streams(observe, lambda _: None, pytest.fail), begun


def add(streams: tcp_streams.Streams, packet: Captured) -> None:
    """Take a packet as the only one that there is by now."""
    streams.add((ETHERNET, packet.at, packet.data, 0, len(packet.data), len(packet.data)))


# Swapped ------------------------------------------------------------------------------------------------


def test_an_answer_before_its_question() -> None:
    talk = questioned()
    found = seen_packets(moved(talk.packets, 1, 0, 2, 3, 4)).only
    assert found.log == [*OPENED, "requestor 8", "acceptor 6", *CLOSED]
    assert [at - TIME for at in found.times] == [50_000, 100_000, 250_000, 250_000, 300_000, 350_000]


@pytest.mark.parametrize(
    "order",
    [
        (1, 0, 3, 2, 5, 4, 6),
        (3, 1, 2, 0, 4, 5, 6),
        (3, 2, 1, 0, 5, 4, 6),
        (6, 5, 4, 3, 2, 1, 0),
        (4, 5, 6, 0, 1, 2, 3),
    ],
)
def test_any_order_of_questions_answers_and_ends(order: tuple[int, ...]) -> None:
    talk = questioned(2)
    assert seen_packets(moved(talk.packets, *order)).log == [
        *(*OPENED, *["requestor 8", "acceptor 6"] * 2, *CLOSED)
    ]


def test_a_question_that_acknowledges_the_answer_before() -> None:
    talk = questioned(2)
    assert seen_packets(moved(talk.packets, 0, 2, 1, 3, 4, 5, 6)).log == [
        *(*OPENED, *["requestor 8", "acceptor 6"] * 2, *CLOSED)
    ]


def test_who_closed_first_though_the_other_s_end_was_captured_before() -> None:
    talk = questioned()
    assert seen_packets(moved(talk.packets, 0, 1, 3, 2, 4)).log[-2:] == CLOSED


def test_a_second_reset_while_the_first_is_held() -> None:
    talk = opened()
    talk.send(0, ACK, b"question")
    talk.send(1, RST | ACK)
    talk.send(1, RST | ACK)
    assert seen_packets(moved(talk.packets, 1, 2, 0)).log == [*OPENED, "requestor 8", "acceptor reset"]


@pytest.mark.parametrize("has_more", [False, True])
def test_a_reset_before_what_it_answers(has_more: bool) -> None:
    talk = opened()
    talk.send(0, ACK, b"question")
    talk.send(1, RST | ACK)
    talk.send(0, ACK, b"late")
    found = seen_packets(moved(talk.packets, *((1, 0, 2) if has_more else (1, 2, 0))))
    assert found.log == [*OPENED, "requestor 8", *([] if has_more else ["requestor 4"]), "acceptor reset"]


def test_an_association_whose_answers_were_captured_before() -> None:
    talk = opened()
    for sender, data in (*OPENING, *ECHO, *ECHO, *RELEASING):
        talk.send(sender == "acceptor", ACK, data)
    talk.close()
    packets = moved(talk.packets, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 10)

    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> ConnectionObserver:
        return ConnectionObserver(1, requestor, acceptor, at, handshake=handshake)

    (seen,) = follow(io.BytesIO(pcap(packets)), "-", observe, pytest.fail)
    found = explained(seen.result())
    assert [each.finding.id for each in found.findings] == []
    assert (found.ending, found.ended_by, found.missing, found.unanswered) == (
        *("released", "requestor", (0, 0), ()),
    )
    assert found.services[0].requests == sum(count for _, count in found.services[0].statuses) == 2


@pytest.mark.parametrize("pause", [0, SLOW])
def test_an_answer_before_its_question_from_the_middle(pause: int) -> None:
    talk = questioned(2)
    packets = moved(talk.packets, 1, 0, 2, 3, 4, 5, 6)[3:]
    first, *rest = packets
    found = seen_packets([first, *(each._replace(at=each.at + pause) for each in rest)]).only
    log = ["requestor 8", "acceptor 6", "requestor 8", "acceptor 6", *CLOSED]
    assert found.log == (log if not pause else ["acceptor 6", "requestor again", *log[2:]])


@pytest.mark.parametrize(("back", "size"), [(1, 1), (1 << 17, 8)])
def test_what_is_no_question_of_an_answer_from_the_middle(back: int, size: int) -> None:
    talk = opened()
    talk.packets.clear()
    talk.send(1, ACK, b"answer")
    talk.add(talk.packet(0, ACK, bytes(size), sequence=talk.next[0] - back))  # a keep-alive, or too old
    talk.send(0, ACK, b"question")
    told = [each for each in seen_packets(talk.packets).log if each != "requestor again"]
    assert told == ["acceptor 6", "requestor 8"]


def test_a_refusal_before_its_syn() -> None:
    talk = Talk()
    talk.send(0, SYN)
    talk.send(1, RST | ACK)
    talk.packets.reverse()
    assert seen_packets(talk.packets).log == ["syn", "acceptor reset"]


@pytest.mark.parametrize(("acknowledged", "pause"), [(77, 0), (1001, SLOW)])
def test_a_reset_that_refuses_another_syn(acknowledged: int, pause: int) -> None:
    talk = Talk()
    for port in range(300):
        talk.ends[1] = ("192.0.2.2", port)
        talk.add(talk.packet(1, RST | ACK, sequence=0, acknowledged=acknowledged))
    talk.at += pause
    talk.send(0, SYN)
    assert seen_packets(talk.packets).log == ["syn"]


def test_a_reset_before_what_its_sender_sent_before() -> None:
    talk = questioned(close=False)
    talk.send(1, RST | ACK)
    assert seen_packets(moved(talk.packets, 2, 1, 0)).log == [
        *(*OPENED, "requestor 8", "acceptor 6", "acceptor reset")
    ]


def test_a_copy_of_what_is_held_is_not_sent_again() -> None:
    talk = questioned()
    packets = moved(talk.packets, 1, 0, 2, 3, 4)
    doubled = [each for packet in packets for each in (packet, packet)]
    assert seen_packets(doubled).log == [*OPENED, "requestor 8", "acceptor 6", *CLOSED]


def test_what_is_held_and_sent_again_is_told_as_that() -> None:
    talk = questioned()
    packets = moved(talk.packets, 1, 0, 2, 3, 4)
    again = packets[3]._replace(at=packets[3].at + 2_000_000)
    rest = [each._replace(at=each.at + 2_000_000) for each in packets[4:]]
    assert seen_packets([*packets[:4], again, *rest]).log == [
        *(*OPENED, "acceptor again", "requestor 8", "acceptor 6", *CLOSED)
    ]


def test_a_question_sent_again_acknowledges_what_it_got() -> None:
    talk = questioned(close=False)
    late = talk.packet(0, ACK, b"question", sequence=talk.next[0] - 8)
    talk.packets[3] = Captured(talk.at + 50_000, late)
    talk.packets[3:] = talk.packets[4:] + talk.packets[3:4]
    assert seen_packets(talk.packets).log == [*OPENED, "requestor 8", "acceptor 6"]


def test_two_that_acknowledge_each_other_are_told_all_the_same() -> None:
    talk = opened()
    talk.add(talk.packet(0, ACK, b"question", acknowledged=talk.next[1] + 6))
    talk.add(talk.packet(1, ACK, b"answer", acknowledged=talk.next[0] + 8))
    assert seen_packets(talk.packets).log == [*OPENED, "acceptor 6", "requestor 8"]


@st.composite
def orders(draw: st.DrawFn) -> tuple[Talk, list[int]]:
    """A connection of turns, each of a segment or more, and an order of its packets."""
    talk = opened()
    for turn, sizes in enumerate(
        draw(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), max_size=6))
    ):
        for size in sizes:
            talk.send(turn % 2, ACK, bytes(size))
        if draw(st.booleans()):
            talk.send(1 - turn % 2, ACK)
    if draw(st.booleans()):
        talk.close()
    elif draw(st.booleans()):
        talk.send(draw(st.integers(0, 1)), RST | ACK)
    return talk, list(draw(st.permutations(range(len(talk.packets) - 3))))


@given(orders())
@settings(max_examples=100)
def test_any_order_tells_the_same_as_the_right_one(drawn: tuple[Talk, list[int]]) -> None:
    talk, order = drawn
    expected = seen_packets(talk.packets).log
    found = seen_packets(moved(talk.packets, *order)).only
    assert found.log == expected
    assert all(one <= other for one, other in pairwise(found.times))


@given(orders(), st.sets(st.integers(0, 30)), st.integers(0, SLOW))
@settings(max_examples=60)
def test_whatever_is_lost_each_byte_is_told_or_missing(
    drawn: tuple[Talk, list[int]], lost: set[int], pause: int
) -> None:
    talk, order = drawn
    packets = [each for number, each in enumerate(moved(talk.packets, *order)) if number - 3 not in lost]
    slowed = [each._replace(at=each.at + number * pause) for number, each in enumerate(packets)]
    found = seen_packets(slowed).only
    for side, first in (("requestor", 1001), ("acceptor", 5001)):
        most = talk.next[side == "acceptor"] - first
        assert len(found.bytes[side]) <= most  # type: ignore[index]
    assert found.log.count("requestor closed") <= 1
    told = [at for what, at in zip(found.log, found.times, strict=True) if not what.endswith("again")]
    assert all(one <= other for one, other in pairwise(told))


# Bounds -------------------------------------------------------------------------------------------------


def test_an_answer_whose_question_does_not_come_is_not_held_for_long() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(1, ACK, b"answer")
    talk.at += SLOW
    talk.send(0, ACK)
    talk.send(0, ACK, b"more")
    found = seen_packets(talk.packets).only
    assert found.log == [*OPENED, "requestor missed 4", "acceptor 6", "requestor 4"]
    assert [at - TIME for at in found.times[2:4]] == [200_000, 200_000]  # when it was captured


def test_each_answer_without_its_question_is_told_by_itself() -> None:
    talk = opened()
    for size in (4, 5, 6):
        talk.send(0, ACK, bytes(size), seen=False)
        talk.send(1, ACK, b"answer")
        talk.send(0, ACK, seen=False)
    missed = [each for size in (4, 5, 6) for each in (f"requestor missed {size}", "acceptor 6")]
    assert seen_packets(talk.packets).log == [*OPENED, *missed]


def test_others_packets_show_that_time_has_passed() -> None:
    talk, other = opened(), Talk()
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(1, ACK | FIN, b"answer")
    talk.send(0, ACK | FIN)
    other.ends[0] = ("192.0.2.9", 1024)
    other.at = talk.at + SLOW
    other.open()
    other.send(0, ACK, b"data")
    streams, begun = started()
    for packet in talk.packets:
        add(streams, packet)
    assert begun[0].log == OPENED
    for packet in other.packets:
        add(streams, packet)
    assert begun[0].log == [
        *(*OPENED, "requestor missed 4", "acceptor 6", "acceptor closed", "requestor closed")
    ]


def test_a_reset_that_acknowledges_what_does_not_come() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    talk.send(1, RST | ACK)
    talk.at += SLOW
    talk.send(0, ACK, b"more")
    assert seen_packets(talk.packets).log == [*OPENED, "acceptor reset"]


def test_no_more_is_held_than_makes_sense() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    for _ in range(90):
        talk.at -= 49_000  # all within the time in which what is missing may come
        talk.send(1, ACK, bytes(60_000))
    streams, begun = started()
    told = []
    for packet in talk.packets:
        add(streams, packet)
        told.append(len(begun[0].bytes["acceptor"]))
    streams.finish()
    assert begun[0].log == [*OPENED, "requestor missed 4", *["acceptor 60000"] * 90]
    assert all(60_000 * number - size < 5 << 20 for number, size in enumerate(told[3:], 1))


def test_what_comes_behind_a_fin_is_not_kept() -> None:
    talk = opened()
    talk.send(0, ACK, b"lost", seen=False)
    fin = talk.packet(0, ACK | FIN)
    for _ in range(90):
        talk.send(0, ACK, bytes(60_000))
    talk.add(fin)
    for _ in range(90):
        talk.send(0, ACK, bytes(60_000))
    talk.send(0, SYN | ACK)
    assert seen_packets(talk.packets).log[:3] == [*OPENED, "requestor missed 4"]
