"""What routers, firewalls and hosts say of TCP segments by ICMP, and what it comes to."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.explanation import explained
from dcmtool.capture.icmp import icmp_error
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_streams import follow
from dcmtool.cli.output.explain_rows import ending
from tests.capture.conversations import ECHO, OPENING, RELEASING
from tests.capture.packets import ACCEPTOR, ACK, PUSH, RST, SYN, Talk, checksum, ipv4, ipv6, linked, pcap

ROUTER, ROUTER_6 = "198.51.100.1", "2001:db8:1::1"
SLOW = 50_000_000  # ns: longer than anything out of order is waited for


def icmp(talk: Talk, code: int, quoted: bytes, *, kind: int = 3, by: str = ROUTER, cut: int = 28) -> bytes:
    """Return a packet that quotes the beginning of another one, with the headers of its link."""
    head = struct.pack(">BBHI", kind, code, 0, 0)
    body = head + quoted[14:][:cut]
    body = body[:2] + checksum(body).to_bytes(2, "big") + body[4:]
    source = talk.ends[0][0]
    whole = ipv6(by, source, body, kind=58) if ":" in by else ipv4(by, source, body, protocol=1)
    return linked(talk.link, whole)


def said(talk: Talk, code: int, number: int = 0, **others: object) -> None:
    """Capture what is said of a packet that was captured before."""
    talk.add(icmp(talk, code, talk.packets[number].data, **others))  # type: ignore[arg-type]


def only(talk: Talk) -> ObservedConnection:
    """Return the connection in a capture, with its findings."""

    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> ConnectionObserver:
        return ConnectionObserver(1, requestor, acceptor, at, handshake=handshake)

    (seen,) = follow(io.BytesIO(pcap(talk.packets, talk.link)), "-", observe, pytest.fail)
    return explained(seen.result())


def ids(found: ObservedConnection) -> list[str]:
    """Return the ids of what is found, each with who has to act."""
    return [f"{each.finding.id} {each.actor}" for each in found.findings]


def asked(*, six: bool = False) -> Talk:
    """Return a connection that was asked for."""
    talk = Talk(six=six)
    talk.send(0, SYN)
    return talk


def associated() -> Talk:
    """Return a connection with an association on it."""
    talk = Talk()
    talk.open()
    for sender, data in OPENING:
        talk.send(sender == "acceptor", ACK | PUSH, data)
    return talk


# A SYN --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "what", "found"),
    [
        (3, 0, "network unreachable", "unreachable"),
        (3, 1, "host unreachable", "unreachable"),
        (3, 2, "protocol unreachable", "refused"),
        (3, 3, "port unreachable", "refused"),
        (3, 13, "administratively prohibited", "unreachable"),
        (11, 0, "time to live exceeded", "unreachable"),
    ],
)
def test_a_syn_that_does_not_arrive(kind: int, code: int, what: str, found: str) -> None:
    talk = asked()
    said(talk, code, kind=kind)
    seen = only(talk)
    assert (seen.ending, seen.ended_by, ids(seen)) == ("unreachable", None, [f"{found} network"])
    assert seen.unreachable is not None
    assert (seen.unreachable.sender, seen.unreachable.by, seen.unreachable.what) == (
        "requestor",
        ROUTER,
        what,
    )
    assert ending(seen) == f"the SYN did not arrive: {ROUTER} says {what} (ICMP) after 0.050 ms"
    first = seen.findings[0].finding
    assert first.certainty == ("certain" if code == 13 else "likely")
    assert first.sentence == (
        "what 192.0.2.1 sends to 192.0.2.2:11112 does not arrive: "
        f"{ROUTER} on the way, or at its end, says {what}"
    )
    assert ROUTER in str(first.advice[0])
    assert first.evidence[0].data[:2] == bytes([kind, code])


@pytest.mark.parametrize(
    ("kind", "code", "found"),
    [(1, 0, "unreachable"), (1, 1, "unreachable"), (1, 4, "refused"), (3, 0, "unreachable")],
)
def test_a_syn_of_ipv6(kind: int, code: int, found: str) -> None:
    talk = asked(six=True)
    said(talk, code, kind=kind, by=ROUTER_6, cut=1000)
    assert ids(only(talk)) == [f"{found} network"]


@pytest.mark.parametrize(
    ("by", "actor", "advice"),
    [
        (ACCEPTOR[0], "acceptor", "see-firewall-of-host"),
        ("192.0.2.1", "network", "see-host-is-up"),
        (ROUTER, "network", "ask-who-says-so"),
    ],
)
def test_who_has_to_act(by: str, actor: str, advice: str) -> None:
    talk = asked()
    said(talk, 10, by=by)
    (found,) = only(talk).findings
    assert (found.actor, found.finding.advice[0].key) == (actor, advice)


def test_a_syn_that_is_answered_the_second_time() -> None:
    talk = asked()
    said(talk, 1)
    talk.next[0] -= 1
    talk.at += SLOW
    talk.open()
    for sender, data in (*OPENING, *ECHO, *RELEASING):
        talk.send(sender == "acceptor", ACK, data)
    talk.close()
    found = only(talk)
    assert (found.ending, found.unreachable, ids(found)) == ("released", None, ["slow-connect network"])


def test_a_syn_that_is_taken_the_second_time_and_no_more() -> None:
    talk = asked()
    said(talk, 1)
    talk.next[0] -= 1
    talk.at += SLOW
    talk.open()
    found = only(talk)
    assert (found.ending, found.unreachable) == ("open", None)


def test_a_syn_that_is_refused_the_second_time() -> None:
    talk = asked()
    said(talk, 1)
    talk.send(1, RST | ACK)
    found = only(talk)
    assert (found.ending, found.unreachable, ids(found)) == ("refused", None, ["refused acceptor"])


def test_the_answer_to_a_syn_that_does_not_arrive() -> None:
    talk = asked()
    talk.send(1, SYN | ACK)
    said(talk, 13, 1)
    found = only(talk)
    assert (found.ending, ids(found)) == ("open", ["unreachable network"])
    assert found.findings[0].finding.sentence.startswith("what 192.0.2.2:11112 sends to 192.0.2.1 does not")


# An association -----------------------------------------------------------------------------------------


def test_an_association_that_is_cut_on_its_way() -> None:
    talk = associated()
    talk.send(0, ACK, ECHO[0][1])
    said(talk, 1, -1)
    talk.send(0, RST | ACK)
    found = only(talk)
    assert (found.ending, found.ended_by, ids(found)) == ("reset", "requestor", ["unreachable network"])


def test_an_association_that_goes_on() -> None:
    talk = associated()
    talk.send(0, ACK, ECHO[0][1])
    said(talk, 1, -1)
    for sender, data in (ECHO[1], *RELEASING):
        talk.send(sender == "acceptor", ACK, data)
    talk.close()
    assert ids(only(talk)) == []


# What says nothing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "cut"),
    [(3, 4, 28), (8, 0, 28), (3, 99, 28), (11, 1, 28), (3, 1, 27), (3, 1, 19), (3, 1, 0)],
)
def test_what_says_nothing_of_a_connection(kind: int, code: int, cut: int) -> None:
    talk = asked()
    said(talk, code, kind=kind, cut=cut)
    assert only(talk).ending == "unanswered"


def test_what_quotes_a_number_that_is_far_off_or_nobody_s() -> None:
    talk = asked()
    talk.add(icmp(talk, 1, talk.packet(0, SYN, sequence=1000 + (17 << 20))))
    talk.ends.reverse()
    stray = talk.packet(1, SYN)
    talk.ends.reverse()
    talk.ends[0] = ("192.0.2.99", 7)
    for packet in (talk.packet(0, SYN), stray[:14] + b"\x45" + stray[15:23] + b"\x11" + stray[24:]):
        talk.add(icmp(talk, 1, packet))
    rest = bytearray(talk.packets[0].data)
    rest[21] = 7  # its place in a packet that was fragmented
    talk.add(icmp(talk, 1, bytes(rest)))
    assert only(talk).ending == "unanswered"


@given(st.sampled_from([4, 16]), st.binary(max_size=80))
def test_whatever_the_bytes_are(size: int, body: bytes) -> None:
    found = icmp_error(bytes(size), memoryview(body), 7)
    assert found is None or len(found.key) == 2 * size + 4
