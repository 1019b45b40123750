"""One association in order: what is negotiated, how echoes are answered, whom to accept."""

import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import dcmtool
from dcmtool.association.acceptor import MOST_WARNINGS
from dcmtool.scp.record import ConnectionOutcome
from tests.peers import wire
from tests.peers.scu import (
    DEFAULT_USER,
    ECHO,
    RELEASE,
    USER_ABORT,
    VERIFICATION,
    Client,
    associate_request,
    command,
)
from tests.peers.wire import item, p_data
from tests.scp.serving import AC, HOST, RELEASED, RJ, serving

RP = "A-RELEASE-RP"
MAXIMUM, IMPLEMENTATION = DEFAULT_USER


def with_user(*items: bytes) -> bytes:
    """Return an association request with this user information besides the usual."""
    return associate_request(user=(*DEFAULT_USER, *items))


# In order -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_pdu", "context_id"),
    [
        (associate_request(), 1),
        (associate_request(user=()), 1),
        (associate_request(user=(IMPLEMENTATION,)), 1),
        (associate_request(user=(item(0x51, struct.pack(">I", 0)), IMPLEMENTATION)), 1),
        (with_user(item(0x60, b"unknown"), item(0xFF, b"")), 1),
        (with_user(item(0x58, struct.pack(">BBH2sH", 2, 1, 2, b"me", 6) + b"secret")), 1),
        (with_user(item(0x58, struct.pack(">BBH2sH", 5, 1, 2, b"me", 0))), 1),
        (with_user(item(0x53, struct.pack(">HH", 5, 5))), 1),
        (with_user(item(0x54, struct.pack(">H17sBB", 17, wire.VERIFICATION.encode(), 1, 1))), 1),
        (associate_request(*[(2 * index + 1, *VERIFICATION[1:]) for index in range(128)]), 255),
        (associate_request(VERIFICATION, VERIFICATION), 1),
        (associate_request((3, "1.2.840.10008.5.1.4.1.1.7", ("1.2.840.10008.1.2",)), VERIFICATION), 1),
        (associate_request((1, wire.VERIFICATION, ("1.2.3.4", "1.2.840.10008.1.2.2"))), 1),
        (associate_request(calling=b"0123456789ABCDEF", called=b"a b"), 1),
        (associate_request(version=3), 1),
        (associate_request((2, *VERIFICATION[1:])), 2),
        (associate_request((0, *VERIFICATION[1:])), 0),
        (associate_request((3, wire.VERIFICATION, ()), VERIFICATION), 1),
        (associate_request(VERIFICATION, (3, "1.2.\xe9.3", ("1.2.\xe9",))), 1),
        (associate_request(called=b"YOU".ljust(16, b"\0"), calling=b"ME".ljust(16, b"\0")), 1),
        (associate_request(called=b"\x1b[2J", calling=b"\xe9\\"), 1),
        (with_user(item(0x55, b"X" * 40)), 1),
        (with_user(item(0x58, struct.pack(">BBH2sH", 9, 1, 2, b"me", 0))), 1),
        (associate_request(calling=b"\n", called=b"\x1f"), 1),
        (associate_request(user=(item(0x51, b"\0\1"), IMPLEMENTATION)), 1),
        (with_user(item(0x53, b"\0\5")), 1),
        (with_user(item(0x57, b"\0")), 1),
    ],
    ids=[
        "usual",
        "no user information",
        "no maximum length",
        "no limit",
        "unknown sub-items",
        "user identity",
        "user identity, JWT",
        "asynchronous operations",
        "roles",
        "128 contexts",
        "one twice",
        "another SOP class",
        "another transfer syntax",
        "long titles",
        "a later version besides",
        "an even context",
        "context 0",
        "no transfer syntax",
        "UIDs of other characters",
        "titles padded with NULs",
        "titles of any characters",
        "a long version name",
        "an unknown user identity",
        "titles of control characters",
        "a short maximum length",
        "a short asynchronous window",
        "a short common extended negotiation",
    ],
)
def test_echoes_are_answered_whatever_else_is_negotiated(request_pdu: bytes, context_id: int) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate(request_pdu)
        assert [client.echo(p_data(context_id, command(message_id=each))) for each in (0, 65535)] == [0, 0]
        client.release()
        assert client.told == [AC, "P-DATA-TF", "P-DATA-TF", RP]
        assert heard.ended == RELEASED
        assert heard.records[0].echoes == 2


@pytest.mark.parametrize(
    "message",
    [
        command(more={0x0900: b"\0\0", 0x5010: b"zz", 0x0001: b"\0\0\0\0"}),
        command(sop_class=wire.VERIFICATION + "\0"),
        command() + b"\x08\0\0\0\0\0\0\0",
        command(sop_class="\x1b[31m"),
    ],
    ids=["more elements", "padded UID", "another group", "another SOP class"],
)
def test_a_request_with_odd_fields_is_answered(message: bytes) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        assert client.echo(p_data(1, message)) == 0


@pytest.mark.parametrize(
    ("message", "warning"),
    [
        (
            command() + b"\x08\0\5\0\0\0\0\0",
            "the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)",
        ),
        (
            command(sop_class="\x1b[31m"),
            "the SOP class '\\x1b[31m', which is not Verification (PS3.7 9.3.5.1)",
        ),
    ],
    ids=["another group", "another SOP class"],
)
def test_what_does_not_belong_in_a_request_is_told_once(message: bytes, warning: str) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        assert [client.echo(p_data(1, message)) for _ in range(3)] == [0, 0, 0]
        client.release()
        (record,) = heard.wait()
    assert record.warnings == (f"the peer's command set has {warning}",)


def test_warnings_of_one_association_are_bounded() -> None:
    odd = [command() + bytes((8, 0, each, 0, 0, 0, 0, 0)) for each in range(40)]
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        assert {client.echo(p_data(1, each)) for each in odd} == {0}
        client.release()
        (record,) = heard.wait()
    assert len(record.warnings) == MOST_WARNINGS


def test_the_answer_has_the_message_id_of_the_request() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.echo(p_data(1, command(message_id=513)))
        ((context_id, control, fragment),) = wire.pdvs(client.pdus[-1].body)
    assert (context_id, control) == (1, wire.COMMAND | wire.LAST)
    assert fragment == wire.echo_response(513)


def test_messages_come_in_fragments_or_several_at_once() -> None:
    request = command()
    pieces = [p_data(1, request[start : start + 7], wire.COMMAND) for start in range(0, len(request), 7)]
    both = b"".join(each[6:] for each in (ECHO, ECHO))
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        assert client.echo(b"".join(pieces) + p_data(1, b"")) == 0
        assert client.echo(wire.pdu(wire.P_DATA, both)) == 0
        assert client.read() is not None
        client.release()
        assert heard.ended == RELEASED
        assert heard.records[0].echoes == 3


def test_the_answer_is_cut_to_the_maximum_length_of_the_peer() -> None:
    maximum = item(0x51, struct.pack(">I", 16))
    with serving() as heard, Client(heard.port) as client:
        client.associate(associate_request(user=(maximum, IMPLEMENTATION)))
        client.send(ECHO)
        whole, control = b"", 0
        while not control & wire.LAST:
            answer = client.read()
            assert answer is not None
            assert len(answer.body) <= 16
            ((_, control, fragment),) = wire.pdvs(answer.body)
            whole += fragment
        client.release()
        assert whole == wire.echo_response(7)
        heard.wait()
        assert heard.records[0].echoes == 1


def test_bytes_come_one_by_one() -> None:
    with serving() as heard, Client(heard.port) as client:
        for part in (associate_request(), ECHO, RELEASE):
            for byte in part:
                client.send(bytes([byte]))
            assert client.read() is not None
        assert heard.ended == RELEASED


# Whom to accept -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "titles", "answer"),
    [
        ({}, (b"ME", b"YOU"), AC),
        ({}, (b"", b"YOU"), f"{RJ} 1/1/3"),
        ({}, (b"ME", b""), f"{RJ} 1/1/7"),
        ({"require_called": True}, (b"ME", b"YOU"), f"{RJ} 1/1/7"),
        ({"require_called": True}, (b"ME", b"DCMTOOL"), AC),
        ({"require_called": True}, (b"ME", b" DCMTOOL "), AC),
        ({"require_called": True, "title": "PACS"}, (b"ME", b"PACS"), AC),
        ({"require_called": True, "title": "PACS"}, (b"ME", b"pacs"), f"{RJ} 1/1/7"),
        ({"allowed_calling": ("A", "B")}, (b"B", b"YOU"), AC),
        ({"allowed_calling": ("A", "B")}, (b"C", b"YOU"), f"{RJ} 1/1/3"),
        ({"allowed_calling": ("A",), "require_called": True}, (b"C", b"YOU"), f"{RJ} 1/1/7"),
    ],
)
def test_titles(settings: dict[str, Any], titles: tuple[bytes, bytes], answer: str) -> None:
    with serving(**settings) as heard, Client(heard.port) as client:
        client.associate(associate_request(calling=titles[0], called=titles[1]))
        assert client.told == [answer]


def test_one_association_too_many_is_rejected_until_another_has_ended() -> None:
    with serving(max_associations=2) as heard:
        with Client(heard.port) as first, Client(heard.port) as second, Client(heard.port) as third:
            for each in (first, second, third):
                each.associate()
            assert third.told == [f"{RJ} 2/3/2"]
            first.release()
        assert dcmtool.echo(HOST, heard.port).outcome == "success"
    assert heard.totals.outcomes[ConnectionOutcome.REJECTED] == 1


@pytest.mark.parametrize("end", [RELEASE, USER_ABORT, b""], ids=["released", "aborted", "closed"])
def test_a_place_is_free_as_soon_as_its_association_has_ended(end: bytes) -> None:
    with serving(max_associations=1) as heard:
        for _ in range(20):
            with Client(heard.port) as client:
                client.associate()
                assert client.told == [AC]
                client.send(end)
                if end is RELEASE:
                    client.read()


def test_the_longest_pdu_is_what_was_announced() -> None:
    with serving(max_pdu=4096) as heard, Client(heard.port) as client:
        answer = client.associate()
        assert answer is not None
        assert item(0x51, struct.pack(">I", 4096)) in answer.data
        client.send(p_data(1, bytes(4091)))
        assert client.read_all() == [AC, "A-ABORT 2/6"]
        assert heard.ended == (
            ConnectionOutcome.ABORTED,
            "the peer sent P-DATA-TF of 4097 bytes where we take at most 4096 (PS3.8 D.1)",
        )


def test_another_application_context_is_rejected() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate(associate_request(application_context=b"1.2.840.10008.3.1.1.2"))
        assert client.read_all() == [f"{RJ} 1/1/2"]
        assert heard.ended == (ConnectionOutcome.REJECTED, "App Context Name Not Supported")


def test_many_at_once_and_what_they_come_to() -> None:
    with serving(max_associations=50) as heard, ThreadPoolExecutor(50) as pool:
        gate = threading.Barrier(50)

        def verify(number: int) -> str:
            gate.wait(30)
            return dcmtool.echo(HOST, heard.port, calling_aet=f"AE{number}", repeat=1 + number % 3).outcome

        assert list(pool.map(verify, range(50))) == ["success"] * 50
        records = heard.wait(50)
    told = {record.request.calling_aet: record.echoes for record in records if record.request}
    assert told == {f"AE{number}": 1 + number % 3 for number in range(50)}
    assert (heard.totals.connections, heard.totals.associations) == (50, 50)
    assert heard.totals.echoes == sum(told.values())
    assert heard.totals.outcomes == {ConnectionOutcome.RELEASED: 50}
