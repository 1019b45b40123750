"""Whole runs as plain lines, at each level."""

import errno
from dataclasses import replace

import pytest

from dcmtool import events
from dcmtool.errors import ConnectFailed, DcmtoolError
from dcmtool.settings import Negotiation, Timeouts
from dcmtool.steps import Received
from dcmtool.trace import plain
from dcmtool.trace.levels import Level
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq, ProposedContext
from tests.peers import wire
from tests.trace.told import answer_dump, context_lines, event, hexadecimal, request_dump, shown
from tests.verification.playbook import (
    ADDRESS,
    ECHO,
    RELEASE_RP,
    RELEASE_RQ,
    TO_ASSOCIATE,
    TO_CLOSE,
    TO_ECHO,
    TO_RELEASE,
    Playbook,
    acse,
    echo_rq,
    echo_rsp,
    with_timeouts,
)

VERBOSE = [
    "I: Requesting Association",
    "I: Association Accepted (Max Send PDV: 16372)",
    "I: Sending Echo Request (MsgID 1)",
    "I: Received Echo Response (Success)",
    "I: Releasing Association",
]
OPENED = [
    "I: Requesting Association",
    f"D: connected to {ADDRESS} port 104",
    "D: setting network send timeout to 60 seconds",
    "D: setting network receive timeout to 60 seconds",
    "D: Constructing Associate RQ PDU",
]
COMMAND = [
    "D: (0000,0000) UL 56                                       #   4, 1 CommandGroupLength",
    "D: (0000,0002) UI =VerificationSOPClass                    #  18, 1 AffectedSOPClassUID",
    "D: (0000,0100) US 48                                       #   2, 1 CommandField",
    "D: (0000,0110) US 1                                        #   2, 1 MessageID",
    "D: (0000,0800) US 257                                      #   2, 1 CommandDataSetType",
]
RESPONSE = [
    "D: (0000,0000) UL 66                                       #   4, 1 CommandGroupLength",
    "D: (0000,0002) UI =VerificationSOPClass                    #  18, 1 AffectedSOPClassUID",
    "D: (0000,0100) US 32816                                    #   2, 1 CommandField",
    "D: (0000,0120) US 1                                        #   2, 1 MessageIDBeingRespondedTo",
    "D: (0000,0800) US 257                                      #   2, 1 CommandDataSetType",
    "D: (0000,0900) US 0                                        #   2, 1 Status",
]
ON_CONTEXT_1 = (
    "D: DIMSE Command to be sent on Presentation Context ID: 1",
    "D: DIMSE Command received on Presentation Context ID: 1",
)


def succeeded() -> tuple[Playbook, bytes]:
    """Return a success, and the A-ASSOCIATE-AC."""
    play = Playbook(with_timeouts(Timeouts(socket=60)))
    play.associates()
    play.echoes()
    play.releases()
    return play, play.acceptance()


def accepted_dump(acceptance: bytes) -> list[str]:
    head = f"D: PDU Type: Associate Accept, PDU Length: {len(acceptance) - 6} + 6 bytes PDU header"
    return [head, *hexadecimal("D", acceptance)]


@pytest.mark.parametrize("level", [Level.OFF, Level.FATAL, Level.ERROR, Level.WARN])
def test_nothing_is_said_of_a_success(level: Level) -> None:
    assert shown(succeeded()[0], level) == []


def test_a_success_verbose() -> None:
    assert shown(succeeded()[0], Level.INFO) == VERBOSE


def test_a_success_with_debug() -> None:
    play, acceptance = succeeded()
    assert shown(play, Level.DEBUG) == [
        *request_dump(),
        *OPENED,
        *accepted_dump(acceptance),
        "D: Parsing an A-ASSOCIATE PDU",
        *answer_dump(context_lines(1, "Accepted", "=LittleEndianImplicit")),
        VERBOSE[1],
        VERBOSE[2],
        ON_CONTEXT_1[0],
        *COMMAND,
        ON_CONTEXT_1[1],
        *RESPONSE,
        *VERBOSE[3:],
    ]


def test_a_success_with_trace() -> None:
    play, acceptance = succeeded()
    request, response = echo_rq(), echo_rsp()
    assert shown(play, Level.TRACE) == [
        "T: state 1 (idle), event 1 (ASSOCIATE_REQUEST): AE-1, state 4 (opening the connection)",
        *request_dump(),
        *OPENED,
        "T: state 4 (opening the connection), event 2 (TRANSPORT_OPEN): AE-2, "
        "state 5 (waiting for the answer to A-ASSOCIATE-RQ)",
        f"T: sending A-ASSOCIATE-RQ, {len(play.associate_rq)} bytes",
        *hexadecimal("T", play.associate_rq),
        *accepted_dump(acceptance),
        "T: state 5 (waiting for the answer to A-ASSOCIATE-RQ), event 3 (ASSOCIATE_AC): AE-3, "
        "state 6 (associated)",
        "D: Parsing an A-ASSOCIATE PDU",
        *answer_dump(context_lines(1, "Accepted", "=LittleEndianImplicit")),
        VERBOSE[1],
        VERBOSE[2],
        ON_CONTEXT_1[0],
        *COMMAND,
        "T: state 6 (associated), event 9 (DATA_REQUEST): DT-1, state 6 (associated)",
        f"T: sending P-DATA-TF, {len(request)} bytes",
        *hexadecimal("T", request),
        f"T: received P-DATA-TF, {len(response) - 6} bytes after the header",
        *hexadecimal("T", response[6:]),
        "T: state 6 (associated), event 10 (DATA_TF): DT-2, state 6 (associated)",
        ON_CONTEXT_1[1],
        *RESPONSE,
        *VERBOSE[3:],
        "T: state 6 (associated), event 11 (RELEASE_REQUEST): AR-1, state 7 (waiting for A-RELEASE-RP)",
        "T: sending A-RELEASE-RQ, 10 bytes",
        *hexadecimal("T", RELEASE_RQ),
        "T: received A-RELEASE-RP, 4 bytes after the header",
        *hexadecimal("T", RELEASE_RP[6:]),
        "T: state 7 (waiting for A-RELEASE-RP), event 13 (RELEASE_RP): AR-3, state 1 (idle)",
    ]


def test_without_a_socket_timeout() -> None:
    play = Playbook()
    play.connects()
    assert shown(play, Level.DEBUG)[-4:] == [
        f"D: connected to {ADDRESS} port 104",
        "D: setting network send timeout to 0 (infinite)",
        "D: setting network receive timeout to 0 (infinite)",
        "D: Constructing Associate RQ PDU",
    ]


def test_an_abort_on_purpose() -> None:
    play = Playbook(replace(ECHO, abort=True))
    play.reaches(TO_CLOSE)
    play.ends()
    assert shown(play, Level.INFO) == [*VERBOSE[:4], "I: Aborting Association"]


def test_mixed_contexts_and_a_strange_transfer_syntax() -> None:
    play = Playbook(replace(ECHO, negotiation=Negotiation(contexts=3)))
    play.requests()
    acceptance = play.acceptance(results=(3, 0, 4), transfer_syntax="1.2\x1b[1m")
    play.receives(TO_ASSOCIATE, acceptance, acse(2))
    contexts = [
        *context_lines(1, "Abstract Syntax Not Supported"),
        *context_lines(3, "Accepted", "1.2\\x1b[1m"),
        *context_lines(5, "Transfer Syntaxes Not Supported"),
    ]
    lines = shown(play, Level.DEBUG)
    assert lines[lines.index("D: Parsing an A-ASSOCIATE PDU") :] == [
        "D: Parsing an A-ASSOCIATE PDU",
        *answer_dump(contexts),
        "I: Association Accepted (Max Send PDV: 16372)",
        "W: the peer accepted presentation context 3 with the transfer syntax 1.2\\x1b[1m, "
        "which was not proposed (PS3.8 9.3.3.2)",
        "I: Sending Echo Request (MsgID 1)",
        "D: DIMSE Command to be sent on Presentation Context ID: 3",
        *COMMAND,
    ]


def test_nothing_accepted() -> None:
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(results=(3,)), acse(2))
    play.releases()
    assert shown(play, Level.INFO) == [
        "I: Requesting Association",
        "F: No Acceptable Presentation Contexts: the one proposed was refused: Abstract Syntax Not Supported",
        "I: Releasing Association",
    ]


def test_a_status_with_a_comment_that_would_steer_the_terminal() -> None:
    play = Playbook()
    play.associates()
    play.asks()
    play.receives(TO_ECHO, echo_rsp(1, 0x0110, "a\x1b[2J\r\nF: [red]!"), None)
    play.releases()
    lines = shown(play, Level.DEBUG)
    comment = "D: (0000,0902) LO [a\\x1b[2J\\r\\nF: [red]!]                  #  16, 1 ErrorComment"
    assert lines[lines.index(ON_CONTEXT_1[1]) :] == [
        ON_CONTEXT_1[1],
        "D: (0000,0000) UL 90                                       #   4, 1 CommandGroupLength",
        *RESPONSE[1:5],
        "D: (0000,0900) US 272                                      #   2, 1 Status",
        comment,
        "D: Status Detail (should never be any):",
        comment,
        "I: Received Echo Response (Failure: Processing Failure)",
        "E: Echo Failed: status 0x0110 (Failure: Processing Failure), "
        'the peer says "a\\x1b[2J\\r\\nF: [red]!"',
        "I: Releasing Association",
    ]


RESULTS = {1: "Rejected Permanent", 2: "Rejected Transient"}
SOURCES = {
    1: "Service User",
    2: "Service Provider (ACSE Related)",
    3: "Service Provider (Presentation Related)",
}
REASONS = {
    (1, 1): "No Reason",
    (1, 2): "App Context Name Not Supported",
    (1, 3): "Calling AE Title Not Recognized",
    (1, 7): "Called AE Title Not Recognized",
    (2, 1): "No Reason",
    (2, 2): "Protocol Version Not Supported",
    (3, 1): "Temporary Congestion",
    (3, 2): "Local Limit Exceeded",
}


def rejected(result: int, source: int, reason: int) -> list[str]:
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, wire.reject(result, source, reason), acse(2))
    play.goes()
    return shown(play, Level.WARN)


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("numbers", REASONS)
def test_a_rejection(result: int, numbers: tuple[int, int]) -> None:
    assert rejected(result, *numbers) == [
        "F: Association Rejected:",
        f"F: Result: {RESULTS[result]}, Source: {SOURCES[numbers[0]]}",
        f"F: Reason: {REASONS[numbers]}",
    ]


INVALID = "E: Received invalid A-ASSOCIATE-RJ reject {}, using default."


@pytest.mark.parametrize(
    ("numbers", "invalid", "source"),
    [
        ((3, 1, 1), ["result 0x0003"], SOURCES[1]),
        ((1, 1, 4), ["reason 0x0104"], SOURCES[1]),
        ((1, 3, 0), ["reason 0x0300"], SOURCES[3]),
        ((1, 4, 1), ["source 0x0004", "reason 0x0401"], SOURCES[1]),
        ((0, 255, 255), ["result 0x0000", "source 0x00ff", "reason 0xffff"], SOURCES[1]),
    ],
)
def test_a_rejection_with_undefined_numbers(
    numbers: tuple[int, int, int], invalid: list[str], source: str
) -> None:
    assert rejected(*numbers) == [
        *(INVALID.format(what) for what in invalid),
        "F: Association Rejected:",
        f"F: Result: Rejected Permanent, Source: {source}",
        "F: Reason: No Reason",
    ]


def test_a_rejection_with_debug_has_no_dump_of_the_pdu() -> None:
    play = Playbook(with_timeouts(Timeouts(socket=60)))
    play.requests()
    play.receives(TO_ASSOCIATE, wire.reject(1, 1, 7), acse(2))
    play.goes()
    assert shown(play, Level.DEBUG) == [
        *request_dump(),
        *OPENED,
        "F: Association Rejected:",
        "F: Result: Rejected Permanent, Source: Service User",
        "F: Reason: Called AE Title Not Recognized",
    ]


ABORTED = "the peer aborted the association (A-ABORT from the service provider: unexpected PDU)"


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (TO_ASSOCIATE, [VERBOSE[0], f"F: Association Request Failed: {ABORTED}"]),
        (TO_ECHO, [*VERBOSE[:3], f"E: Echo Failed: {ABORTED}", "I: Peer Aborted Association"]),
        (TO_RELEASE, [*VERBOSE, f"F: Association Release Failed: {ABORTED}"]),
    ],
)
def test_the_peer_aborts(wait: str, expected: list[str]) -> None:
    play = Playbook()
    play.reaches(wait)
    play.give(Received(wire.abort(2, 2), play.tick()))
    play.ends()
    assert shown(play, Level.INFO) == expected


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (
            TO_ASSOCIATE,
            [VERBOSE[0], "F: Association Request Failed: {}", "I: Aborting Association"],
        ),
        (TO_ECHO, [*VERBOSE[:3], "E: Echo Failed: {}", "I: Aborting Association"]),
        (TO_RELEASE, [*VERBOSE, "F: Association Release Failed: {}", "I: Aborting Association"]),
    ],
)
def test_the_peer_says_nothing(wait: str, expected: list[str]) -> None:
    play = Playbook(with_timeouts(Timeouts(deadline=4)))
    play.reaches(wait)
    play.expires()
    play.ends()
    sentence = f"no {wait} within 4 s (--deadline)"
    assert shown(play, Level.INFO) == [line.format(sentence) for line in expected]


def test_no_connection() -> None:
    play = Playbook()
    play.fails(ConnectFailed("pacs", 104, ((ADDRESS, ConnectionRefusedError(errno.ECONNREFUSED, "")),)))
    play.closes()
    assert shown(play, Level.INFO) == [
        "I: Requesting Association",
        f"F: Association Request Failed: no connection to pacs port 104 ({ADDRESS}): Connection refused",
    ]


def test_an_interrupt() -> None:
    play = Playbook()
    play.reaches(TO_ECHO)
    play.fails(KeyboardInterrupt())
    play.ends()
    assert shown(play, Level.INFO) == [
        *VERBOSE[:3],
        "F: Interrupted (stage: echo)",
        "I: Aborting Association",
    ]


def test_quiet_shows_only_fatal_lines() -> None:
    play = Playbook()
    play.associates()
    play.asks()
    play.receives(TO_ECHO, echo_rsp(2), None)
    play.ends()
    assert shown(play, Level.FATAL) == []


def test_a_timer_makes_no_line() -> None:
    assert list(plain.lines(event(events.TimerStopped("-td")))) == []


@pytest.mark.parametrize("text", ["1.2\x1b[2J", "1.2\nE: forged", "1.2\u202e3", "1.2\0.3"])
def test_no_text_of_a_peer_is_raw(text: str) -> None:
    asked = AssociateRq(text, text, (ProposedContext(1, text, (text, "1.2")),), (), text)
    refused = PresentationContext(asked.contexts[0], None, "")
    whats = (
        events.Requested(asked),
        events.Negotiated(asked, AssociateAc(text, text, (), (), text), (refused,)),
        events.Warned(text),
        events.Failed(DcmtoolError(text)),
    )
    lines = [line.text for what in whats for line in plain.lines(event(what, "peer"))]
    assert len(lines) > 20
    assert [line for line in lines if not line.isprintable()] == []
