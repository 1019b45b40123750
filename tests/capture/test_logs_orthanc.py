"""Logs of Orthanc: of one that ran once, and of one that runs now."""

import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.logs.orthanc import OrthancLog
from dcmtool.capture.logs.times import Times
from tests.capture import told
from tests.peers.programs import environment, require, running

NOW = datetime(2026, 12, 24, tzinfo=UTC)
ENDS = ["requestor releases", "requestor releases", "acceptor rejects 1/1/7", "acceptor aborts 0/0"]


def read(text: str) -> tuple[told.Notes, list[ObservedConnection]]:
    notes = told.Notes()
    return notes, list(OrthancLog(notes.observe, Times(lambda: NOW)).read(text.splitlines()))


@pytest.mark.parametrize(
    ("sample", "contexts", "store"),
    [("orthanc-trace.log", (1, 2, 1), 1), ("orthanc-verbose.log", (1, 1, 1), 1)],
)
def test_a_server(sample: str, contexts: tuple[int, int, int], store: int) -> None:
    notes, found = told.read(told.SAMPLES / sample)
    asked, stored, rejected = contexts
    assert [story[0] for story in notes.stories] == [
        f"requestor ECHOSCU calls ORTHANC {asked}",
        f"requestor STORESCU calls ORTHANC {stored}",
        f"requestor ECHOSCU calls WRONG {rejected}",
        "requestor FINDSCU calls ORTHANC 1",
        "requestor ECHOSCU calls ORTHANC 1",
    ]
    assert [story[-1] for story in notes.stories] == [*ENDS, "requestor aborts 0/0"]
    assert [told.commands(story) for story in notes.stories] == [
        *(["requestor C-ECHO-RQ 1 on 1"], [f"requestor C-STORE-RQ {store} on 1"], []),
        *(["requestor C-FIND-RQ 1 on 1"], ["requestor C-ECHO-RQ 1 on 1"]),
    ]
    assert {each.ends for each in notes.observers} == {"127.0.0.1 > "}
    assert all(each.began for each in found)


def test_times_have_no_year() -> None:
    text = (told.SAMPLES / "orthanc-verbose.log").read_text()
    notes, found = read(text)
    began = datetime(2026, 11, 30, 10, 35, 53).timestamp()
    assert int(began) <= found[0].began // 1_000_000_000 < int(began) + 60
    assert notes.observers[0].times == sorted(notes.observers[0].times)
    assert found[0].ended is not None
    assert 0 < found[0].ended - found[0].began < 1_000_000_000


def interleaved(sample: str) -> str:
    """Return a log of two clients whose associations go on at the same time, sentence by sentence."""
    lines = (told.SAMPLES / sample).read_text().split("\nI1130")
    end = next(at for at, line in enumerate(lines) if "Association Release with" in line) + 1
    start = next(at for at, line in enumerate(lines) if "Association Received from" in line)
    first = lines[start:end]
    other = [each.replace("ECHOSCU", "OTHER") for each in first]
    return "".join(f"\nI1130{one}\nI1130{two}" for one, two in zip(first, other, strict=True))


def test_associations_at_the_same_time() -> None:
    notes, found = read(interleaved("orthanc-verbose.log"))
    assert notes.stories == [
        [f"requestor {title} calls ORTHANC 1", "acceptor accepts 1", "requestor C-ECHO-RQ 1 on 1", ENDS[0]]
        for title in ("ECHOSCU", "OTHER")
    ]
    assert len(found) == 2


BLOCK = """\
===================== INCOMING DIMSE MESSAGE ====================
Message Type                  : C-{} RQ
Message ID                    : 7
======================= END DIMSE MESSAGE =======================
"""


def test_a_message_is_of_the_association_that_the_next_sentence_names() -> None:
    text = (told.SAMPLES / "orthanc-verbose.log").read_text()
    both = "".join(
        line.replace("STORESCU", "A").replace("ECHOSCU", "B") + "\n"
        for line in text.splitlines()
        if "ECHOSCU" in line
        and ("Received from" in line or "Acknowledged (" in line or "connection from" in line)
    )
    one = both.split("\nI1130", 3)[:3]
    begun = "\nI1130".join(one) + "\n" + "\nI1130".join(one).replace("AET B", "AET A") + "\n"
    notes, _ = read(
        begun
        + BLOCK.format("FIND")
        + BLOCK.format("ECHO")
        + "I1130 10:36:00.000000 main.cpp:352] Incoming Echo "
        "request from AET B on IP 127.0.0.1, calling AET ORTHANC\n" + BLOCK.format("MOVE")
    )
    assert [told.commands(story) for story in notes.stories] == [
        ["requestor C-ECHO-RQ 7 on 1", "requestor C-MOVE-RQ 7 on 1"],
        ["requestor C-FIND-RQ 7 on 1"],
    ]


def test_many_associations_without_an_end_have_a_bound() -> None:
    line = (
        "I1130 10:35:53.417543 CommandDispatcher.cpp:333] (dicom) Association Received from AET A{} on IP h"
    )
    notes, found = read("\n".join(line.format(number) for number in range(300)))
    assert len(found) == len(notes.stories) == 300


def test_an_answer_of_orthanc_s() -> None:
    """It tells those of others, whom it asks."""
    outgoing = BLOCK.format("ECHO").replace("INCOMING", "OUTGOING")
    notes, _ = read(
        "I1130 10:35:53.417543 DicomAssociation.cpp:293] (dicom) Opening a DICOM SCU connection from AET "
        f'"ORTHANC" to AET "PACS" on host 127.0.0.1:104\n{outgoing}'
    )
    assert told.commands(notes.stories[0]) == ["requestor C-ECHO-RQ 7 on 1"]


def test_a_client() -> None:
    """As a client Orthanc tells when it opens a connection, and DCMTK's words for why that failed."""
    notes, _ = read(
        "I1130 10:35:53.417543 DicomAssociation.cpp:293] (dicom) Opening a DICOM SCU connection from AET "
        '"ORTHANC" to AET "PACS" on host 127.0.0.1:104\n'
        "E1130 10:35:53.517543 OrthancException.cpp:57] TCP Initialization Error: Connection refused"
    )
    assert notes.stories == [["acceptor resets"]]


@pytest.mark.parametrize(
    "line",
    [
        *("Association Received from AET", "Incoming connection from AET A on IP h, calling AET B"),
        *("Rejected association, because of a bad called AET in the request (X)", "nothing"),
    ],
)
def test_lines_alone(line: str) -> None:
    _, found = read(f"I1130 10:35:53.417543 CommandDispatcher.cpp:333] (dicom) {line}")
    assert len(found) == line.startswith("Association Received")


def test_orthanc_that_runs_now(tmp_path: Path) -> None:
    program = require("/usr/sbin/Orthanc")
    config, log = tmp_path / "orthanc.json", tmp_path / "orthanc.log"

    def command(port: int) -> list[str]:
        config.write_text(
            f'{{"HttpServerEnabled": false, "Plugins": [], "DicomAet": "ORTHANC", "DicomPort": {port}, '
            f'"StorageDirectory": "{tmp_path}", "IndexDirectory": "{tmp_path}"}}'
        )
        return [program, "--verbose", "--trace-dicom", str(config)]

    with running(command, log, end=signal.SIGKILL) as port:
        subprocess.run(
            [require("/usr/bin/echoscu"), "-aec", "ORTHANC", "127.0.0.1", str(port)],
            env=environment(),
            timeout=30,
            check=True,
        )
        end = "Association Release with AET"
        while end not in log.read_text(errors="replace"):
            pass
    notes, found = told.read(log)
    assert [
        "requestor ECHOSCU calls ORTHANC 1",
        "acceptor accepts 1",
        "requestor C-ECHO-RQ 1 on 1",
        "requestor releases",
    ] in notes.stories
    assert all(each.logged for each in found)
