"""One association: what is answered to what, in which words it is told, and what goes wrong on purpose."""

import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pynetdicom.association import Association

import dcmtool
from dcmtool.cli.exit_codes import exit_code
from dcmtool.errors import Rejection
from dcmtool.scp.record import Outcome
from dcmtool.scp.settings import Faults
from dcmtool.settings import Timeouts
from dcmtool.verification.report import EchoReport
from tests.peers import wire
from tests.peers.dcmtool_scp import wait_for
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
from tests.scp.serving import HOST, serving

AC, RJ, RP = "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "A-RELEASE-RP"
RELEASED = (Outcome.RELEASED, "")
ABORTED_BY_PEER = (
    Outcome.ABORTED_BY_PEER,
    "the peer aborted the association (A-ABORT from the service user)",
)
LOST = (Outcome.CONNECTION_LOST, "the peer closed the connection")
REJECTIONS = [Rejection(result, *numbers) for result in Rejection.RESULTS for numbers in Rejection.REASONS]
MAXIMUM, IMPLEMENTATION = DEFAULT_USER


def exit_code_of(report: EchoReport) -> int:
    """Return the exit code that `dcmtool echo` would have."""
    return 0 if report.error is None else exit_code(report.error)


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
    ],
    ids=["more elements", "padded UID"],
)
def test_a_request_with_odd_fields_is_answered(message: bytes) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        assert client.echo(p_data(1, message)) == 0


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


# Out of order ---------------------------------------------------------------------------------------

STORE = {0x0700: b"\0\0", 0x1000: b"1.2.3\0"}
CONTEXT_3 = p_data(3, command())
SPLIT = p_data(1, command()[:20], wire.COMMAND)
OUT_OF_ORDER = {
    "garbage": (
        b"GET / HTTP/1.1\r\n\r\n",
        "2/1",
        "what the peer sent is no DICOM PDU: it begins with 47 45 54",
    ),
    "a request": (
        associate_request(),
        "2/2",
        "A-ASSOCIATE-RQ in the middle of the association (PS3.8 9.2.3)",
    ),
    "an acceptance": (wire.pdu(2, bytes(80)), "2/2", "A-ASSOCIATE-AC in the middle of the association"),
    "a rejection": (wire.reject(1, 1, 1), "2/2", "A-ASSOCIATE-RJ in the middle of the association"),
    "a release response": (wire.pdu(6, bytes(4)), "2/2", "A-RELEASE-RP in the middle of the association"),
    "data after release": (RELEASE + ECHO, "2/2", "the peer sent P-DATA-TF after its A-RELEASE-RQ"),
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
    "no command": (p_data(1, b""), "2/6", "the peer's request lacks the element (0000,0100) CommandField"),
    "stray bytes": (p_data(1, b"\0\0"), "2/6", "the command set ends with 2 stray byte(s)"),
    "no command set": (
        p_data(1, b"\xff" * 40),
        "2/6",
        "the element (ffff,ffff) claims 4294967295 bytes where 32",
    ),
    "another group": (p_data(1, b"\x08\0\0\0\0\0\0\0"), "2/6", "(0008,0000), which is not of group 0000"),
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
        "the peer's C-ECHO-RQ is for the SOP class '', not Verifi",
    ),
    "an odd SOP class": (
        p_data(1, command(sop_class="\x1b[31m")),
        "2/6",
        "SOP class '\\x1b[31m', not Verification",
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
        "the peer's request has 4 bytes in (0000,0110) MessageID, not 2",
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
        assert outcome is Outcome.ABORTED
        assert words in reason
        assert heard.records[0].echoes == 0


def test_a_message_does_not_change_its_context() -> None:
    both = associate_request(VERIFICATION, (3, *VERIFICATION[1:]))
    with serving() as heard, Client(heard.port) as client:
        client.associate(both)
        client.send(SPLIT, CONTEXT_3)
        assert client.read_all() == [AC, "A-ABORT 2/6"]
        assert heard.ended == (
            Outcome.ABORTED,
            "the peer went on with a message of presentation context 1 on 3 (PS3.8 E.1)",
        )


@pytest.mark.parametrize(("more", "name"), [(ECHO + RELEASE, "P-DATA-TF"), (RELEASE, "A-RELEASE-RQ")])
def test_nothing_may_come_before_the_acceptance(more: bytes, name: str) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(associate_request() + more)
        assert client.read_all() == ["A-ABORT 2/2"]
        assert heard.ended == (
            Outcome.ABORTED,
            f"the peer sent {name} before the association was accepted (PS3.8 9.2.3)",
        )


def test_another_application_context_is_rejected() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate(associate_request(application_context=b"1.2.840.10008.3.1.1.2"))
        assert client.read_all() == [f"{RJ} 1/1/2"]
        assert heard.ended == (Outcome.REJECTED, "App Context Name Not Supported")


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
            Outcome.ABORTED,
            "the peer sent 101 requests without waiting for an answer (PS3.7 D.3.3.3)",
        )


# Who goes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", ECHO, RELEASE[:5]], ids=["at once", "after an echo", "in a PDU"])
def test_a_peer_that_closes_the_connection(data: bytes) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(data)
        client.socket.shutdown(1)
        client.read_all()
        assert heard.ended == LOST


@pytest.mark.parametrize("wait", [True, False])
def test_a_peer_that_resets_the_connection(wait: bool) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(associate_request())
        if wait:
            client.read()
        client.reset()
        outcome, reason = heard.ended
        assert outcome in (Outcome.CONNECTION_LOST, Outcome.NOTHING_SENT)
        assert reason == "the connection broke: Connection reset by peer"


@pytest.mark.parametrize("before", [b"", ECHO, RELEASE, SPLIT], ids=["at once", "echo", "release", "message"])
def test_a_peer_that_aborts(before: bytes) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.associate()
        client.send(before, USER_ABORT)
        client.read_all()
        assert heard.ended in (ABORTED_BY_PEER, RELEASED if before is RELEASE else ABORTED_BY_PEER)


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
        (b"", "nothing came for 0.2 s"),
        (ECHO[:20], "the rest of P-DATA-TF did not come within 0.2 s"),
        (SPLIT, "nothing came for 0.2 s"),
    ],
    ids=["silence", "half a PDU", "half a message"],
)
def test_a_silent_peer_is_aborted(data: bytes, reason: str) -> None:
    with serving(idle_timeout=0.2) as heard, Client(heard.port) as client:
        client.associate()
        client.send(data)
        assert client.read_all() == [AC, "A-ABORT 0/0"]
        assert heard.ended == (Outcome.ABORTED, reason)


# Whom to accept -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "titles", "answer"),
    [
        ({}, (b"ME", b"YOU"), AC),
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
    assert heard.totals.outcomes[Outcome.REJECTED] == 1


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
            Outcome.ABORTED,
            "the peer sent P-DATA-TF of 4097 bytes where we take at most 4096 (PS3.8 D.1)",
        )


# Faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rejection", REJECTIONS, ids=lambda each: "/".join(map(str, each.args)))
def test_every_association_is_rejected(rejection: Rejection) -> None:
    with serving(Faults(reject=rejection)) as heard:
        report = dcmtool.echo(HOST, heard.port)
        (record,) = heard.wait()
    assert exit_code_of(report) == 61
    assert str(rejection) in str(report.error)
    assert (record.outcome, record.reason) == (Outcome.REJECTED, rejection.reason_text)
    assert record.rejection is not None
    assert record.rejection.args == rejection.args


@pytest.mark.parametrize("status", [0x0000, 0x0110, 0x0122, 0xB000, 0xFFFF])
def test_every_echo_is_answered_with_the_status(status: int) -> None:
    with serving(Faults(status=status)) as heard, Client(heard.port) as client:
        client.associate()
        assert [client.echo(), client.echo()] == [status, status]
        client.release()
        assert heard.ended == RELEASED


def test_no_context_is_accepted() -> None:
    with serving(Faults(refuse_contexts=True)) as heard:
        assert exit_code_of(dcmtool.echo(HOST, heard.port, contexts=3)) == 66
        (record,) = heard.wait()
    assert record.request is not None
    assert (record.accepted, len(record.request.contexts)) == (0, 3)


@pytest.mark.parametrize("echoes", [0, 1, 2])
def test_the_association_is_aborted_after_so_many_echoes(echoes: int) -> None:
    with serving(Faults(abort_after=echoes)) as heard, Client(heard.port) as client:
        client.associate()
        for _ in range(echoes):
            assert client.echo() == 0
        client.send(ECHO)
        assert client.read_all() == [AC, *["P-DATA-TF"] * echoes, "A-ABORT 0/0"]
        assert heard.ended == (Outcome.ABORTED, "--abort-after")
        assert heard.records[0].echoes == echoes


def test_who_echoes_no_more_often_is_not_aborted() -> None:
    with serving(Faults(abort_after=2)) as heard:
        assert exit_code_of(dcmtool.echo(HOST, heard.port, repeat=2)) == 0
        assert exit_code_of(dcmtool.echo(HOST, heard.port, repeat=3)) == 70


def test_delays_are_waited_for() -> None:
    with serving(Faults(delay_accept=0.15, delay_echo=0.1, status=0x0110), idle_timeout=0.05) as heard:
        report = dcmtool.echo(HOST, heard.port)
        (record,) = heard.wait()
    assert exit_code_of(report) == 62
    assert record.duration >= 250_000_000
    assert record.outcome is Outcome.RELEASED


@pytest.mark.parametrize(
    ("faults", "timeouts", "exit_code"),
    [
        (Faults(delay_accept=60), Timeouts(acse=0.1), 61),
        (Faults(delay_echo=60), Timeouts(dimse=0.1), 62),
        (Faults(delay_accept=60, reject=Rejection(1, 1, 1)), Timeouts(acse=0.1), 61),
    ],
)
def test_the_client_loses_patience_first(faults: Faults, timeouts: Timeouts, exit_code: int) -> None:
    with serving(faults) as heard:
        assert exit_code_of(dcmtool.echo(HOST, heard.port, timeouts=timeouts)) == exit_code
        assert heard.ended == ABORTED_BY_PEER
        assert heard.records[0].echoes == 0


@pytest.mark.parametrize("faults", [Faults(delay_accept=60), Faults(delay_echo=60)])
@pytest.mark.parametrize(("end", "ended"), [(USER_ABORT, ABORTED_BY_PEER), (b"", LOST)])
def test_the_client_goes_during_a_delay(faults: Faults, end: bytes, ended: tuple[Outcome, str]) -> None:
    with serving(faults) as heard, Client(heard.port) as client:
        client.send(associate_request())
        if faults.delay_echo:
            client.read()
            client.send(ECHO)
        client.send(end)
        client.socket.shutdown(1)
        assert heard.ended == ended


# The end of the SCP ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "data"),
    [
        (Faults(), b""),
        (Faults(), ECHO[:30]),
        (Faults(), SPLIT),
        (Faults(delay_echo=60), ECHO),
        (Faults(delay_accept=60), b""),
    ],
    ids=["idle", "half a PDU", "half a message", "delay of an echo", "delay of the acceptance"],
)
def test_open_associations_are_aborted_at_the_end(faults: Faults, data: bytes) -> None:
    with serving(faults) as heard:
        client = Client(heard.port)
        client.send(associate_request())
        if not faults.delay_accept:
            client.read()
            client.send(data)
        wait_for(lambda: any(isinstance(each, Association) for each in threading.enumerate()))
    with client:
        assert client.read_all() == [*([] if faults.delay_accept else [AC]), "A-ABORT 0/0"]
        assert heard.ended == (Outcome.ABORTED, "the SCP was ended")


def test_many_at_once_and_what_they_come_to() -> None:
    with serving(max_associations=50) as heard, ThreadPoolExecutor(50) as pool:
        gate = threading.Barrier(50)

        def verify(number: int) -> int:
            gate.wait(30)
            return exit_code_of(
                dcmtool.echo(HOST, heard.port, calling_aet=f"AE{number}", repeat=1 + number % 3)
            )

        assert list(pool.map(verify, range(50))) == [0] * 50
        records = heard.wait(50)
    told = {record.request.calling_aet: record.echoes for record in records if record.request}
    assert told == {f"AE{number}": 1 + number % 3 for number in range(50)}
    assert (heard.totals.connections, heard.totals.associations) == (50, 50)
    assert heard.totals.echoes == sum(told.values())
    assert heard.totals.outcomes == {Outcome.RELEASED: 50}
