"""Traces of our own: of both roles, with TLS, and of connections that never became an association."""

import json
from collections.abc import Iterator
from errno import ECONNREFUSED, ETIMEDOUT
from pathlib import Path

import pytest

from dcmtool import events
from dcmtool.capture import trace_file
from dcmtool.capture.connection import ObservedConnection
from dcmtool.dimse import command_set as cs
from dcmtool.errors import (
    AssociationFailed,
    ConnectFailed,
    ConnectionLost,
    DcmtoolError,
    InputFileError,
    NameNotResolved,
    NoConnection,
    NotDicom,
    NothingAccepted,
)
from dcmtool.steps import TlsSession
from dcmtool.trace import json_lines
from dcmtool.upper_layer.pdus import AssociateRj
from tests.capture import told
from tests.peers import dcmtk
from tests.peers.programs import environment, run_dcmtool

STARTED = 1_700_000_000
SECOND = 1_000_000_000
ECHO = [
    *("opened", "requestor ECHOSCU calls ANY-SCP 1", "acceptor accepts 1", "requestor C-ECHO-RQ 1 on 1"),
    *("acceptor C-ECHO-RSP 1 on 1 0000", "requestor releases"),
]


def traced(
    *what: tuple[events.What, events.Sender | None], role: events.Role = "requestor", number: int = 1
) -> Iterator[str]:
    """Yield the lines of a trace, one event a second."""
    association = events.AssociationId(number, role, float(STARTED + number), 5)
    for second, (each, sender) in enumerate(what, 1):
        yield json_lines.json_line(events.Event(association, sender, 5 + second * SECOND, each))


def read(*lines: Iterator[str]) -> tuple[told.Notes, list[ObservedConnection]]:
    notes = told.Notes()
    text = [json_lines.header("1"), *(line for each in lines for line in each)]
    return notes, list(trace_file.read(text, "trace", notes.observe))


OPENED: tuple[events.What, None] = events.TransportOpened("192.0.2.1", 104, None), None
PDUS = [
    (bytes.fromhex(event["data"]), event["sender"])
    for event in map(json.loads, (told.SAMPLES / "echo-trace.jsonl").read_text().splitlines())
    if event.get("event") == "pdu"
]


def pdu(number: int, sender: events.Sender) -> tuple[events.What, events.Sender]:
    data, _ = PDUS[number]
    return events.Pdu(data[0], data), sender


def test_an_echo() -> None:
    notes, found = told.read(told.SAMPLES / "echo-trace.jsonl")
    assert notes.stories == [ECHO]
    assert notes.observers[0].ends == " > 127.0.0.1:11230"
    assert found[0].began == 1_796_034_511_665_113_000
    assert found[0].ended == notes.observers[0].events[-1].at or found[0].ended
    assert notes.observers[0].times == sorted(notes.observers[0].times)


def test_nobody_listens() -> None:
    notes, found = told.read(told.SAMPLES / "refused-trace.jsonl")
    assert notes.stories == [["acceptor resets"]]
    assert notes.observers[0].ends == " > 127.0.0.1:9"
    assert found[0].ended is not None


def test_an_acceptor() -> None:
    notes, _ = read(traced(OPENED, pdu(0, "peer"), pdu(1, "local"), role="acceptor"))
    assert notes.stories == [ECHO[:3]]
    assert notes.observers[0].ends == "192.0.2.1:104 > "
    assert notes.observers[0].times == [(STARTED + 1 + second) * SECOND for second in (1, 2, 3)]


def test_an_observer_has_no_pdus_of_messages() -> None:
    elements = {0: b"\0\0\0\0", cs.COMMAND_FIELD: cs.us(0x20), cs.MESSAGE_ID: cs.us(1)}
    elements[cs.COMMAND_DATA_SET_TYPE] = cs.us(1)
    notes, _ = read(
        traced(
            *(pdu(0, "requestor"), pdu(1, "acceptor"), (events.MessageReceived(1, elements), "requestor")),
            (events.DataSetReceived(1, 1 << 60), "requestor"),
            role="observer",
        )
    )
    assert notes.stories == [[*ECHO[1:3], "requestor C-FIND-RQ 1 on 1", "requestor data set"]]


def test_one_after_the_other() -> None:
    rejected = AssociateRj(1, 1, 7).encode()
    first = traced(OPENED, pdu(0, "local"), (events.Pdu(3, rejected), "peer"))
    notes, found = read(first, traced(OPENED, pdu(0, "local"), number=2))
    assert notes.stories == [[*ECHO[:2], "acceptor rejects 1/1/7"], ECHO[:2]]
    assert [each.number for each in found] == [1, 2]
    assert found[0].ended == (STARTED + 1 + 3) * SECOND
    assert found[1].ended is None or found[1].ended == 0


def test_many_at_the_same_time_have_a_bound() -> None:
    _, found = read(*(traced(OPENED, number=number) for number in range(1, 400)))
    assert len(found) == 399


SESSION = TlsSession("TLSv1.3", "TLS_AES_128_GCM_SHA256", 128, b"DER", True, "pacs")


@pytest.mark.parametrize("role", ["requestor", "acceptor"])
def test_tls(role: events.Role) -> None:
    _, found = read(traced(OPENED, (events.TlsEstablished(SESSION, "pacs"), None), role=role))
    tls = found[0].tls
    assert tls is not None
    assert (tls.version, tls.suite, tls.server_name) == ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "pacs")
    assert tls.certificates == ((b"DER",) if role == "requestor" else ())
    assert tls.client_certificates == (() if role == "requestor" else (b"DER",))
    assert tls.established


def test_tls_that_was_refused() -> None:
    session = SESSION._replace(certificate=b"")
    _, found = read(traced(OPENED, (events.TlsRefused(session, "pacs"), None)))
    assert found[0].tls is not None
    assert not found[0].tls.established
    assert found[0].tls.certificates == ()


FAILED = ConnectFailed("pacs", 104, (("192.0.2.1", OSError(ECONNREFUSED, "Connection refused")),))
LATE = ConnectFailed("pacs", 104, (("192.0.2.1", OSError(ETIMEDOUT, "timed out")),))


@pytest.mark.parametrize(
    ("failure", "story"),
    [
        (NoConnection("connect", FAILED), ["acceptor resets"]),
        (NoConnection("connect", LATE), []),
        (AssociationFailed("associate", ConnectionLost()), ["acceptor closes"]),
        (AssociationFailed("associate", ConnectionLost(ConnectionResetError())), ["acceptor resets"]),
        (AssociationFailed("associate", NothingAccepted(())), None),
    ],
)
def test_failures(failure: DcmtoolError, story: list[str] | None) -> None:
    notes, found = read(traced((events.Failed(failure), None)))
    assert notes.stories == ([] if story is None else [story])
    assert len(found) == len(notes.stories)


def test_a_name_that_does_not_resolve() -> None:
    failure = NoConnection("connect", NameNotResolved("nowhere", 104, "unknown"))
    assert read(traced((events.Failed(failure), None)))[1] == []


def test_an_answer_that_is_not_dicom() -> None:
    failure = AssociationFailed("associate", NotDicom(b"HTTP/1.1"))
    notes, _ = read(traced(OPENED, (events.Failed(failure), None)))
    assert len(notes.stories[0]) > 1 or notes.observers[0].events


def test_who_closes() -> None:
    ends: list[tuple[events.What, events.Sender]] = [
        (events.TransportEnded("closed", ""), "local"),
        (events.TransportEnded("reset", ""), "peer"),
    ]
    notes, _ = read(*(traced(OPENED, each, number=number) for number, each in enumerate(ends, 1)))
    assert [story[1:] for story in notes.stories] == [["requestor closes"], ["acceptor resets"]]


def test_what_is_opened_twice() -> None:
    notes, _ = read(traced(OPENED, OPENED, pdu(0, "local")))
    assert notes.stories == [["opened", "opened", ECHO[1]]]


def test_no_trace() -> None:
    with pytest.raises(InputFileError, match="line 1"):
        list(trace_file.read(["{}"], "trace", told.Notes().observe))


def test_a_trace_that_is_written_now(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path) as port:
        run_dcmtool("127.0.0.1", str(port), "--trace-file", str(tmp_path / "trace"), env=environment())
    notes, _ = told.read(tmp_path / "trace")
    assert notes.stories == [ECHO]
