"""Logs of DCMTK's programs: of those that ran once, and of those that run now."""

import subprocess
from pathlib import Path

import pytest

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.logs.dcmtk import DcmtkLog
from dcmtool.upper_layer.user_information import ImplementationVersionName, MaximumLength, find
from tests.capture import told
from tests.peers import dcmtk
from tests.peers.programs import environment, free_port, require

ECHO = ["requestor C-ECHO-RQ 1 on 1", "acceptor C-ECHO-RSP 1 on 1 0000"]
RELEASE = ["requestor releases"]


def read(text: str) -> tuple[told.Notes, list[ObservedConnection]]:
    notes = told.Notes()
    return notes, list(DcmtkLog(notes.observe).read(text.splitlines()))


def test_clients() -> None:
    notes, found = told.read(told.SAMPLES / "dcmtk-clients.log")
    assert notes.stories == [
        ["requestor ECHOSCU calls DEST 1", "acceptor accepts 1", *ECHO, *RELEASE],
        [
            *("requestor STORESCU calls DEST 2", "acceptor accepts 2", "requestor C-STORE-RQ 1 on 1"),
            *("requestor data set", "acceptor C-STORE-RSP 1 on 1 0000", *RELEASE),
        ],
        ["requestor ECHOSCU calls WRONG 1", "acceptor rejects 1/1/7"],
        ["requestor ECHOSCU calls DEST 1", "acceptor accepts 1", *ECHO, "requestor aborts 0/0"],
        ["acceptor resets"],
    ]
    assert all(each.logged for each in found)
    assert all(each.began == 0 for each in found)
    assert [each.number for each in found] == [1, 2, 3, 4, 5]


def test_what_both_sides_say_of_themselves() -> None:
    notes, _ = told.read(told.SAMPLES / "dcmtk-clients.log")
    request, answer = (
        next(each.what for each in notes.observers[0].events if type(each.what).__name__ == kind)
        for kind in ("Requested", "Negotiated")
    )
    for items in (request.associate.user_information, answer.answer.user_information):  # type: ignore[union-attr]
        assert find(items, MaximumLength) == MaximumLength(16384)
        assert find(items, ImplementationVersionName) == ImplementationVersionName("OFFIS_DCMTK_367")


def test_queries_when_verbose_alone() -> None:
    notes, _ = told.read(told.SAMPLES / "dcmtk-queries.log")
    assert [told.commands(story) for story in notes.stories] == [
        ECHO,
        ["requestor C-FIND-RQ 1 on 1", "acceptor C-FIND-RSP 1 on 1 FF00", "acceptor C-FIND-RSP 1 on 1 0000"],
        ["requestor C-MOVE-RQ 1 on 1", "acceptor C-MOVE-RSP 1 on 1 FF00", "acceptor C-MOVE-RSP 1 on 1 0000"],
        ["requestor C-MOVE-RQ 1 on 3", "acceptor C-MOVE-RSP 1 on 3 A801"],
    ]


def test_a_server() -> None:
    notes, _ = told.read(told.SAMPLES / "dcmtk-storescp.log")
    assert [story[0] for story in notes.stories] == [
        *("requestor ECHOSCU calls DEST 1", "requestor STORESCU calls DEST 2"),
        *("requestor ECHOSCU calls DEST 1", "requestor ECHOSCU calls DEST 1", "requestor QRSCP calls DEST 5"),
    ]
    assert [story[-1] for story in notes.stories] == [
        *(*RELEASE, *RELEASE, "requestor aborts 0/0", *RELEASE, *RELEASE),
    ]
    assert {each.ends for each in notes.observers} == {"localhost > "}


def test_a_server_that_requests_associations_meanwhile() -> None:
    notes, found = told.read(told.SAMPLES / "dcmtk-dcmqrscp.log")
    of_move, of_store = notes.stories[3:5]
    assert told.commands(of_move) == [
        *("requestor C-MOVE-RQ 1 on 3", "acceptor C-MOVE-RSP 1 on 3 FF00", "acceptor C-MOVE-RSP 1 on 3 0000"),
    ]
    assert of_store[0] == "requestor QRSCP calls DEST 5"
    assert told.commands(of_store) == ["requestor C-STORE-RQ 1 on 1", "acceptor C-STORE-RSP 1 on 1 0000"]
    assert [each.number for each in found[3:5]] == [5, 4], "the inner one was over first"
    assert [story[-1] for story in (notes.stories[0], notes.stories[-1])] == ["acceptor rejects 1/1/7"] * 2


def test_times() -> None:
    notes, found = read(
        "2026-01-02T03:04:05.250Z I: Requesting Association\n"
        "2026-01-02T03:04:05.500Z I: Association Accepted (Max Send PDV: 16372)\n"
        "2026-01-02T03:04:06Z I: Sending Echo Request (MsgID 7)\n"
        "2026-01-02T03:04:06.125Z I: Received Echo Response (Success)\n"
        "2026-01-02T03:04:07Z I: Releasing Association\n"
    )
    first = 1_767_323_045_250_000_000
    assert [each - first for each in notes.observers[0].times] == [
        *(0, 250_000_000, 750_000_000, 875_000_000, 1_750_000_000),
    ]
    assert (found[0].began, found[0].ended) == (first, first + 1_750_000_000)


@pytest.mark.parametrize(
    ("log", "story"),
    [
        ("I: Association Received\nI: Refusing Association (forced via command line)", "rejects 1/1/1"),
        ("I: Association Received\nI: Refusing Association (bad application context)", "rejects 1/1/2"),
        ("I: Association Received (h:A -> B)\nI: Refusing Association (BadAEPeer)", "rejects 1/1/3"),
        (
            "I: Association Received (h:A -> B)\nI: Refusing Association (TooManyAssociations)",
            "rejects 2/3/2",
        ),
        ("I: Requesting Association\nF: Peer Aborted Association", "acceptor aborts 0/0"),
        (
            "I: Requesting Association\nF: Association Request Failed: 0006:0317 Peer aborted Association",
            "rts",
        ),
        (
            "I: Association Received\nI: Association Acknowledged (x)\nI: Peer aborted Association",
            "requestor",
        ),
        ("I: Requesting Association\nI: Association Accepted (x)\nI: Aborting Association", "requestor abo"),
        (
            "F: Association Rejected:\nI: Requesting Association\nF: Result: Rejected Transient, Source: "
            "Service Provider (Presentation Related)\nF: Reason: Temporary Congestion",
            "rejects 2/3/1",
        ),
        (
            "I: Requesting Association\nF: Result: Rejected Permanent, "
            "Source: Service Provider (ACSE Related)\nF: Reason: Protocol Version Not Supported",
            "rejects 1/2/2",
        ),
    ],
)
def test_other_ends(log: str, story: str) -> None:
    notes, found = read(log)
    assert len(found) == 1
    assert story in notes.stories[0][-1]


@pytest.mark.parametrize(
    "log",
    [
        *("", "I: Releasing Association", "I: Association Release", "I: Association Aborted"),
        *("I: Aborting Association", "I: Association Accepted (x)", "I: Association Acknowledged (x)"),
        *(
            "I: Refusing Association (BadAEPeer)",
            "F: TCP Initialization Error",
            "F: Peer Aborted Association",
        ),
        *("I: Sending Echo Request (MsgID 1)", "F: Result: a, Source: b\nF: Reason: c"),
        "D: ===================== INCOMING DIMSE MESSAGE ====================\nD: Message Type : C-ECHO RQ\n"
        "D: ======================= END DIMSE MESSAGE =======================",
    ],
)
def test_what_belongs_to_no_association(log: str) -> None:
    assert read(log)[1] == []


def test_a_log_that_begins_in_the_middle() -> None:
    lines = (told.SAMPLES / "dcmtk-clients.log").read_text().splitlines()
    begin = lines.index("D: ====================== BEGIN A-ASSOCIATE-AC =====================")
    notes, _ = read("\n".join(lines[begin : begin + 40]))
    assert notes.stories[0][:2] == ["requestor ECHOSCU calls DEST 1", "acceptor accepts 1"]
    assert told.commands(notes.stories[0]) == ECHO


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("I: Received Store Response (Refused: OutOfResources)", "C-STORE-RSP 1 on 1 A700"),
        ("I: Received Store Response (Error: CannotUnderstand)", "C-STORE-RSP 1 on 1 C000"),
        ("I: Received Store Response (Unknown Status: 0xfe)", "C-STORE-RSP 1 on 1 C000"),
        ("I: Received Store Response (Warning: Something)", "C-STORE-RSP 1 on 1 B000"),
        ("I: Received Store Response", ""),
        ("I: Received Echo Response (Success)", ""),
    ],
)
def test_statuses(sentence: str, line: str) -> None:
    notes, _ = read(
        "I: Requesting Association\nI: Association Accepted (x)\nI: Sending Store Request (MsgID 1, SC)\n"
        f"{sentence}\nI: Releasing Association"
    )
    responses = [each for each in notes.stories[0] if "-RSP" in each]
    assert responses == ([f"acceptor {line}"] if line else [])


def test_a_request_is_cancelled() -> None:
    notes, _ = read(
        "I: Requesting Association\nI: Association Accepted (x)\nI: Sending Find Request (MsgID 3)\n"
        "I: Sending Cancel Request (MsgID 3, PresID 1)\nI: Find Response: 1 (Pending)\n"
        "I: Received Final Find Response (Cancel: MatchingTerminatedDueToCancelRequest)\n"
    )
    assert [each.split(" on ")[0] for each in told.commands(notes.stories[0])] == [
        *("requestor C-FIND-RQ 3", "requestor C-CANCEL-RQ None"),
        *("acceptor C-FIND-RSP 3", "acceptor C-FIND-RSP 3"),
    ]


def test_programs_that_run_now(tmp_path: Path) -> None:
    """What they do is told the same by both sides."""
    with dcmtk.dcmqrscp(tmp_path, "QRSCP") as port:
        ran = subprocess.run(
            [require("/usr/bin/echoscu"), "-d", "-aec", "QRSCP", "127.0.0.1", str(port)],
            capture_output=True,
            env=environment(),
            timeout=30,
            check=True,
        )
    log = tmp_path / "echoscu.log"
    log.write_bytes(ran.stdout + ran.stderr)
    notes, _ = told.read(log)
    assert notes.stories == [["requestor ECHOSCU calls QRSCP 1", "acceptor accepts 1", *ECHO, *RELEASE]]


def test_nobody_listens(tmp_path: Path) -> None:
    ran = subprocess.run(
        [require("/usr/bin/echoscu"), "-v", "127.0.0.1", str(free_port())],
        capture_output=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    log = tmp_path / "echoscu.log"
    log.write_bytes(ran.stdout + ran.stderr)
    notes, _ = told.read(log)
    assert notes.stories == [["acceptor resets"]]
