"""What comes over an association: what breaks the rules is answered by an A-ABORT and named."""

import socket
import struct

import pytest

from dcmtool.scp.record import ConnectionOutcome
from dcmtool.scp.settings import Faults
from dcmtool.transport import listening
from dcmtool.upper_layer.states import State
from tests.peers import wire
from tests.peers.scu import (
    ECHO,
    RELEASE,
    USER_ABORT,
    VERIFICATION,
    Client,
    associate_request,
    command,
)
from tests.peers.wire import p_data
from tests.scp.serving import ABORTED_BY_PEER, AC, LOST, RELEASED, SPLIT, serving

DECIDING = State.AWAITING_LOCAL_ASSOCIATE_RESPONSE.words

# Out of order ---------------------------------------------------------------------------------------

STORE = {0x0700: b"\0\0", 0x1000: b"1.2.3\0"}
CONTEXT_3 = p_data(3, command())
OUT_OF_ORDER = {
    "garbage": (
        b"GET / HTTP/1.1\r\n\r\n",
        "2/1",
        "what the peer sent is no DICOM PDU: it begins with 47 45 54",
    ),
    "a request": (
        associate_request(),
        "2/2",
        "A-ASSOCIATE-RQ while we were associated (PS3.8 9.2.3)",
    ),
    "an acceptance": (wire.pdu(2, b"\0\1" + bytes(66)), "2/2", "A-ASSOCIATE-AC while we were associated"),
    "a rejection": (wire.reject(1, 1, 1), "2/2", "A-ASSOCIATE-RJ while we were associated"),
    "a release response": (wire.pdu(6, bytes(4)), "2/2", "A-RELEASE-RP while we were associated"),
    "4 GiB": (
        struct.pack(">BxI", 4, 0xFFFFFFFF),
        "2/6",
        "P-DATA-TF of 4294967295 bytes where we take at most 16384",
    ),
    "too long": (
        p_data(1, bytes(16379)),
        "2/6",
        "the peer sent P-DATA-TF of 16385 bytes where we take at most",
    ),
    "bad PDV": (wire.pdu(4, bytes(10)), "2/6", "the PDV lengths in a P-DATA-TF of 10 bytes do not add up"),
    "bad release": (wire.pdu(5, b""), "2/6", "A-RELEASE-RQ has a body of 0 bytes, not 4"),
    "context 3": (
        CONTEXT_3,
        "2/6",
        "a message on presentation context 3, which was not accepted (PS3.8 9.3.5.1)",
    ),
    "context 0": (p_data(0, command()), "2/6", "on presentation context 0, which was not accepted"),
    "a data set": (p_data(1, b"abcd", wire.LAST), "2/0", "a fragment of a data set where a command belongs"),
    "no command": (
        p_data(1, b""),
        "2/6",
        "the peer's message lacks the element (0000,0800) CommandDataSetType",
    ),
    "stray bytes": (p_data(1, b"\0\0"), "2/6", "the command set ends with 2 stray byte(s)"),
    "no command set": (
        p_data(1, b"\xff" * 40),
        "2/6",
        "the element (ffff,ffff) claims 4294967295 bytes where 32",
    ),
    "C-STORE": (
        p_data(1, command(0x0001, more=STORE, data_set_type=1)),
        "2/6",
        "the peer sent 0x0001 (C-STORE-RQ) where only C-ECHO-RQ is served (PS3.7 9.3.5.1)",
    ),
    "C-CANCEL": (p_data(1, command(0x0FFF)), "2/6", "0x0FFF (C-CANCEL-RQ) where only C-ECHO-RQ is served"),
    "N-EVENT-REPORT": (p_data(1, command(0x0100)), "2/6", "0x0100 (N-EVENT-REPORT-RQ) where only C-ECHO-RQ"),
    "a response": (
        p_data(1, wire.echo_response(1)),
        "2/6",
        "0x8030 (C-ECHO-RSP) where only C-ECHO-RQ is served",
    ),
    "no known command": (p_data(1, command(0x7777)), "2/6", "0x7777 (no command of PS3.7 E.1) where only"),
    "no SOP class": (
        p_data(1, command(omit=[2])),
        "2/6",
        "the peer's C-ECHO-RQ lacks the element (0000,0002) AffectedSOPClassUID",
    ),
    "a data set announced": (
        p_data(1, command(data_set_type=1)),
        "2/6",
        "announces a data set, which it has not",
    ),
    "no data set type": (
        p_data(1, command(omit=[0x0800])),
        "2/6",
        "lacks the element (0000,0800) CommandDataSetType",
    ),
    "no message ID": (p_data(1, command(omit=[0x0110])), "2/6", "lacks the element (0000,0110) MessageID"),
    "a long message ID": (
        p_data(1, command(more={0x0110: bytes(4)})),
        "2/6",
        "the peer's C-ECHO-RQ has 4 byte(s) in (0000,0110) MessageID, not 2",
    ),
    "an endless message": (p_data(1, bytes(16000), 1) * 5, "2/0", "a command set of more than 65536 bytes"),
    "empty fragments": (
        p_data(1, b"", 1) * 70_000,
        "2/0",
        "a command set of more than 65536 bytes (PS3.7 6.3.1)",
    ),
}


@pytest.mark.parametrize(("data", "numbers", "words"), OUT_OF_ORDER.values(), ids=OUT_OF_ORDER)
def test_what_breaks_the_rules_is_answered_by_an_abort_and_named(
    data: bytes, numbers: str, words: str
) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(data)
        assert client.read_all() == [AC, f"A-ABORT {numbers}"]
        outcome, reason = heard.ended
        assert outcome is ConnectionOutcome.ABORTED
        assert words in reason
        assert heard.records[0].echoes == 0


def test_a_message_does_not_change_its_context() -> None:
    both = associate_request(VERIFICATION, (3, *VERIFICATION[1:]))
    with serving() as heard, Client(heard.port) as client:
        client.associate(both)
        client.send(SPLIT, CONTEXT_3)
        assert client.read_all() == [AC, "A-ABORT 2/6"]
        assert heard.ended == (
            ConnectionOutcome.ABORTED,
            "the peer went on with a message of presentation context 1 on 3 (PS3.8 E.1)",
        )


@pytest.mark.parametrize(("more", "name"), [(ECHO + RELEASE, "P-DATA-TF"), (RELEASE, "A-RELEASE-RQ")])
def test_nothing_may_come_before_the_acceptance(more: bytes, name: str) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(associate_request() + more)
        assert client.read_all() == ["A-ABORT 2/2"]
        assert heard.ended == (
            ConnectionOutcome.ABORTED,
            f"the peer sent {name} while we were {DECIDING} (PS3.8 9.2.3)",
        )


def test_requests_that_do_not_wait_for_answers_are_answered_in_order_up_to_a_bound() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(*(p_data(1, command(message_id=each)) for each in range(100)))
        for each in range(100):
            answer = client.read()
            assert answer is not None
            assert list(wire.pdvs(answer.body)) == [(1, 3, wire.echo_response(each))]
    with serving(Faults(delay_echo=60)) as heard, Client(heard.port) as client:
        client.associate()
        client.send(ECHO * 101)
        assert client.read_all() == [AC, "A-ABORT 2/0"]
        assert heard.ended == (
            ConnectionOutcome.ABORTED,
            "the peer sent 101 requests without waiting for an answer (PS3.7 D.3.3.3)",
        )


# Who goes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "where"),
    [(b"", ""), (ECHO, ""), (RELEASE[:5], " in the middle of A-RELEASE-RQ")],
    ids=["at once", "after an echo", "in a PDU"],
)
def test_a_peer_that_closes_the_connection(data: bytes, where: str) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(data)
        client.socket.shutdown(1)
        client.read_all()
        assert heard.ended == (LOST[0], LOST[1] + where)


@pytest.mark.parametrize("wait", [True, False])
def test_a_peer_that_resets_the_connection(wait: bool) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(associate_request())
        if wait:
            client.read()
        client.reset()
        outcome, reason = heard.ended
        assert outcome in (ConnectionOutcome.CONNECTION_LOST, ConnectionOutcome.NOTHING_SENT)
        assert reason == "the connection broke: Connection reset by peer"


@pytest.mark.parametrize("before", [b"", ECHO, RELEASE, SPLIT], ids=["at once", "echo", "release", "message"])
def test_a_peer_that_aborts(before: bytes) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(before, USER_ABORT)
        client.read_all()
        released = {(RELEASED[0], f"the peer sent {len(USER_ABORT)} bytes more behind its A-RELEASE-RQ")}
        assert heard.ended in ({RELEASED, *released} if before is RELEASE else {ABORTED_BY_PEER})


def test_a_peer_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = listening.bound

    def narrow(host: str, port: int) -> socket.socket:
        listener = bound(host, port)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # what is accepted inherits it
        return listener

    monkeypatch.setattr(listening, "bound", narrow)
    with serving(idle_timeout=0.5) as heard, Client(heard.port, window=1) as client:
        client.associate()
        client.send(ECHO * 90)
        assert heard.ended == (ConnectionOutcome.CONNECTION_LOST, "the peer did not read for 0.5 s")
        assert 0 < heard.records[0].echoes < 90


def test_a_peer_that_aborts_before_it_is_accepted() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(associate_request(), USER_ABORT)
        client.read_all()
        assert heard.ended == ABORTED_BY_PEER


def test_the_reason_of_a_provider_is_told() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(wire.abort(2, 6))
        client.read_all()
        assert heard.ended[1].endswith("(A-ABORT from the service provider: invalid PDU parameter value)")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "nothing came for 0.5 s"),
        (ECHO[:20], "the rest of P-DATA-TF did not come within 0.5 s"),
        (SPLIT, "nothing came for 0.5 s"),
    ],
    ids=["silence", "half a PDU", "half a message"],
)
def test_a_silent_peer_is_aborted(data: bytes, reason: str) -> None:
    with serving(idle_timeout=0.5) as heard, Client(heard.port) as client:
        client.associate()
        client.send(data)
        assert client.read_all() == [AC, "A-ABORT 0/0"]
        assert heard.ended == (ConnectionOutcome.ABORTED, reason)
