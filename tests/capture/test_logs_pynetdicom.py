"""Logs of pynetdicom's programs: of those that ran once, and of those that run now."""

import subprocess
import sys
from pathlib import Path

import pytest

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.logs.pynetdicom import PynetdicomLog
from tests.capture import told
from tests.peers.programs import environment, running

ECHO = ["requestor C-ECHO-RQ 1 on 1", "acceptor C-ECHO-RSP 1 on 1 0000"]
RELEASE = "requestor releases"


def read(text: str) -> tuple[told.Notes, list[ObservedConnection]]:
    notes = told.Notes()
    return notes, list(PynetdicomLog(notes.observe).read(text.splitlines()))


def test_clients() -> None:
    notes, found = told.read(told.SAMPLES / "pynetdicom-clients.log")
    assert notes.stories == [
        ["requestor ECHOSCU calls PYSTORE 1", "acceptor accepts 1", *ECHO, RELEASE],
        [
            *("requestor FINDSCU calls QRSCP 5", "acceptor accepts 4", "requestor C-FIND-RQ 1 on 9"),
            *("requestor data set", "acceptor C-FIND-RSP 1 on 9 FF00", "acceptor C-FIND-RSP 1 on 9 0000"),
            RELEASE,
        ],
        ["requestor ECHOSCU calls WRONG 1", "acceptor rejects 1/1/7"],
        ["acceptor resets"],
        [
            *("requestor  calls  1", "acceptor accepts 1", "requestor C-STORE-RQ 1 on 1"),
            *("requestor data set", "acceptor C-STORE-RSP 1 on 1 0000", RELEASE),
        ],
    ]
    assert all(each.logged for each in found)


def test_a_server() -> None:
    notes, _ = told.read(told.SAMPLES / "pynetdicom-storescp.log")
    assert [story[0] for story in notes.stories] == [
        *("requestor ECHOSCU calls PYSTORE 1", "requestor STORESCU calls PYSTORE 1"),
        *("requestor STORESCU calls PYSTORE 2", "requestor ECHOSCU calls PYSTORE 1"),
    ]
    assert [story[-1] for story in notes.stories] == [RELEASE, RELEASE, RELEASE, "requestor aborts 0/0"]


ACCEPTED = "I: Requesting Association\nI: Association Accepted\n"
ABORT = """\
D: =========================== INCOMING A-ABORT PDU ===========================
D: Abort Source: DUL service-provider
D: Abort Reason: {}
D: ============================= END A-ABORT PDU ==============================
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (f"{ACCEPTED}I: Association Released", "acceptor releases"),
        (f"{ACCEPTED}E: Connection closed while waiting for DIMSE message", "acceptor closes"),
        (f"{ACCEPTED}I: Aborting Association", "requestor aborts 0/0"),
        (f"{ACCEPTED}I: Association Aborted (A-P-ABORT)", "acceptor aborts 2/0"),
        (f"{ACCEPTED}I: Association Aborted", "acceptor aborts 0/0"),
        (ACCEPTED + ABORT.format("Unexpected PDU"), "acceptor aborts 2/2"),
        (ACCEPTED + ABORT.format("Invalid PDU parameter value"), "acceptor aborts 2/6"),
        (ACCEPTED + ABORT.format("Unrecognised PDU"), "acceptor aborts 2/1"),
        (ACCEPTED + ABORT.format("Unrecognised PDU parameter"), "acceptor aborts 2/4"),
        (ACCEPTED + ABORT.format("No reason given"), "acceptor aborts 2/0"),
        ("I: Accepting Association\nI: Association Released", "requestor releases"),
        ("I: Accepting Association\nI: Accepting Association", "acceptor accepts 1"),
        (
            f"{ACCEPTED}I: Sending Event Report Request: MsgID 5\nI: Releasing Association",
            "requestor releases",
        ),
        (
            "I: Requesting Association\nD: === INCOMING A-ASSOCIATE-RJ PDU ===\n"
            "D: ==== INCOMING A-ASSOCIATE-RJ PDU ====\nD: Result:    Rejected (Transient)\n"
            "D: Source:    DUL service-provider (presentation related)\nD: Reason:    Local limit exceeded\n"
            "D: ==== END A-ASSOCIATE-RJ PDU ====",
            "acceptor rejects 2/3/2",
        ),
        ("I: Rejecting Association", "requestor  calls  1"),
    ],
)
def test_ends(log: str, line: str) -> None:
    notes, _ = read(log)
    assert notes.stories[0][-1] == line


@pytest.mark.parametrize(
    "log",
    [
        *(
            "I: Association Released",
            "I: Association Aborted",
            "I: Connection closed while waiting for DIMSE message",
        ),
        *(ABORT.format("Reserved"), "I: Releasing Association", "I: Association Accepted"),
        "==== INCOMING A-ASSOCIATE-RJ PDU ====\n==== END A-ASSOCIATE-RJ PDU ====",
    ],
)
def test_what_belongs_to_no_association(log: str) -> None:
    assert read(log)[1] == []


def test_services_of_the_other_kind() -> None:
    notes, _ = read(
        f"{ACCEPTED}I: Sending Event Report Request: MsgID 5\nI: Sending Action Request: MsgID 6\n"
        "I: Sending Get Request: MsgID 7\nI: Get SCP Response: 1 - 0xFF00 (Pending)\n"
        "I: Get SCP Result: 0xB000 (Warning)\nI: Releasing Association"
    )
    assert told.commands(notes.stories[0]) == [
        *("requestor N-EVENT-REPORT-RQ 5 on 1", "requestor N-ACTION-RQ 6 on 1", "requestor C-GET-RQ 7 on 1"),
        *("acceptor C-GET-RSP 7 on 1 FF00", "acceptor C-GET-RSP 7 on 1 B000"),
    ]


@pytest.mark.parametrize(("direction", "sender"), [("INCOMING", "requestor"), ("OUTGOING", "acceptor")])
def test_a_log_that_begins_in_the_middle(direction: str, sender: str) -> None:
    notes, _ = read(
        f"==== {direction} A-ASSOCIATE-AC PDU ====\n==== END A-ASSOCIATE-AC PDU ====\nI: Aborting Association"
    )
    assert notes.stories[0][-1] == f"{sender} aborts 0/0"


def test_nobody_is_served_yet() -> None:
    notes, _ = read("I: Rejecting Association\nI: Accepting Association")
    assert notes.stories == [["requestor  calls  1", "acceptor accepts 1"]]


def test_programs_that_run_now(tmp_path: Path) -> None:
    """What they do is told the same by both sides."""
    module = [sys.executable, "-m", "pynetdicom"]
    server, client = tmp_path / "server.log", tmp_path / "client.log"
    with running(lambda port: [*module, "echoscp", "-d", "-aet", "PEER", str(port)], server) as port:
        ran = subprocess.run(
            [*module, "echoscu", "-d", "-aec", "PEER", "127.0.0.1", str(port)],
            capture_output=True,
            env=environment(),
            timeout=30,
            check=True,
        )
    client.write_bytes(ran.stdout + ran.stderr)
    asked, served = told.read(client)[0].stories, told.read(server)[0].stories
    assert asked == [["requestor ECHOSCU calls PEER 1", "acceptor accepts 1", *ECHO, RELEASE]]
    assert [line for line in asked[0] if line != ECHO[1]] in served  # a server tells no response to an echo
