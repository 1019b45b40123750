"""What readers of logs have in common: times, names, words, blocks, and what is not told."""

from datetime import UTC, datetime, timedelta

import pytest

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection, ServiceUse, Spans
from dcmtool.capture.logs import dumps, sentences
from dcmtool.capture.logs.association import LoggedAssociation, SideParameters
from dcmtool.capture.logs.dcmtk import DcmtkLog
from dcmtool.capture.logs.message import FIELDS, LoggedMessage
from dcmtool.capture.logs.names import uid_of
from dcmtool.capture.logs.times import Times
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.commands import Command
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import (
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ContextResult,
    PDataTf,
    ProposedContext,
)
from tests.capture import told

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = 1_000_000_000


def local(*fields: int) -> int:
    return int(datetime(*fields).timestamp()) * SECOND  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "nanoseconds"),
    [
        ("2026-01-02T03:04:05.123456789Z D: x", 1_767_323_045_123_456_789),
        ("2026-01-02T03:04:05+01:00 D: x", 1_767_319_445 * SECOND),
        ("2026-01-02T03:04:05-0130 D: x", 1_767_328_445 * SECOND),
        ("2026-01-02 03:04:05,250 - pynetdicom - INFO - x", local(2026, 1, 2, 3, 4, 5) + SECOND // 4),
        ("[2026/01/02 03:04:05] x", local(2026, 1, 2, 3, 4, 5)),
        ("I0228 03:04:05.000001 a.cpp:1] x", local(2026, 2, 28, 3, 4, 5) + 1000),
        ("I0303 03:04:05.000001 a.cpp:1] x", local(2025, 3, 3, 3, 4, 5) + 1000),
        ("Feb  3 03:04:05 host storescp[1]: D: x", local(2026, 2, 3, 3, 4, 5)),
        ("I0229 03:04:05.000001 a.cpp:1] x", local(2024, 2, 29, 3, 4, 5) + 1000),
        ("I0231 03:04:05.000001 a.cpp:1] x", 0),
        ("2026-13-02T03:04:05Z", 0),
        ("0001-01-01T00:00:00+23:59", 0),
        ("1900-01-01T00:00:00Z", 0),
        ("D: no time", 0),
        ("nothing", 0),
        (" " * 100 + "2026-01-02T03:04:05Z", 0),
    ],
)
def test_times(line: str, nanoseconds: int) -> None:
    assert Times(lambda: NOW).read(line) == nanoseconds


def test_a_time_that_is_not_ahead() -> None:
    tomorrow = datetime.now(UTC) + timedelta(hours=12)
    assert Times().read(f"I{tomorrow:%m%d %H:%M:%S}.000000 a.cpp:1] x") > 0


@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("=VerificationSOPClass", "1.2.840.10008.1.1"),
        ("Verification SOP Class", "1.2.840.10008.1.1"),
        ("=FINDStudyRootQueryRetrieveInformationModel", "1.2.840.10008.5.1.4.1.2.2.1"),
        ("Study Root Query/Retrieve Information Model - FIND", "1.2.840.10008.5.1.4.1.2.2.1"),
        ("=LittleEndianImplicit", "1.2.840.10008.1.2"),
        ("Explicit VR Big Endian", "1.2.840.10008.1.2.2"),
        ("=JPEGLossless:Non-hierarchical-1stOrderPrediction", "1.2.840.10008.1.2.4.70"),
        ("=RETIRED_UltrasoundImageStorage", "1.2.840.10008.5.1.4.1.1.6"),
        ("1.2.3.4", "1.2.3.4"),
        ("", ""),
        ("?", "?"),
        ("x" * 100, "x" * 64),
        ("\ufffd", "?"),
    ],
)
def test_names(name: str, uid: str) -> None:
    assert uid_of(name) == uid


def test_words() -> None:
    assert sentences.status_of("Success") == 0
    assert sentences.status_of("Failed: UnableToProcess") == 0xC001
    assert sentences.rejection_of("?", "?", "?") == AssociateRj(1, 1, 1)
    assert sentences.rejection_of("Rejected Permanent", "Service User", "App Context Name Not Supported") == (
        1,
        1,
        2,
    )
    assert sentences.rejection_for("?") == AssociateRj(1, 1, 1)
    assert sentences.abort_of("DUL service-user", "") == (0, 0)


def test_a_block() -> None:
    dump = dumps.begins("D: ====================== BEGIN A-ASSOCIATE-AC =====================")
    assert dump is not None
    lines = [
        *("D:     Abstract Syntax: =OfNoContext", "D:   Context ID:        0 (Proposed)"),
        *("D:   Context ID:        1 (Accepted)", "D:     Abstract Syntax: =VerificationSOPClass"),
        *("D:     Accepted Transfer Syntax: =LittleEndianImplicit", "D: Our Max PDU Receive Size:    16384"),
        *(
            "D:   Context ID:        3 (Rejected - Transfer Syntaxes Not Supported)",
            "D:   Context ID:  5 (?)",
        ),
        *(
            "D:   Context ID:        7 (Proposed)",
            "D:   Context ID: x",
            "D: Their Max PDU Receive Size: 99999999999",
        ),
    ]
    assert not any(map(dump.add, lines))
    assert dump.add("D: ======================= END A-ASSOCIATE-AC ======================")
    assert dump.results() == (
        ContextResult(1, 0, "1.2.840.10008.1.2"),
        ContextResult(3, 4, ""),
        ContextResult(5, 2, ""),
    )
    assert [each.context_id for each in dump.proposed()] == [1, 3, 5, 7]
    assert dump.parameters("Our") == SideParameters(max_pdu=16384)
    assert dump.parameters("Their") == SideParameters()
    assert dump.message() is None


def test_a_block_has_a_bound() -> None:
    dump = dumps.begins("====== BEGIN A-ASSOCIATE-RQ ======")
    assert dump is not None
    for number in range(1, 600, 2):
        dump.add(f"  Context ID: {number} (Proposed)")
    for number in range(300):
        dump.add(f"     =1.2.{number}")
    proposed = dump.proposed()
    assert (len(proposed), len(proposed[-1].transfer_syntaxes)) == (128, 128)
    assert any(dump.add("") for _ in range(dumps.MOST_LINES))


def test_a_message_as_bytes() -> None:
    message = LoggedMessage(
        FIELDS["C-MOVE-RQ"], "requestor", 3, 9, "1.2.3", None, True, "DEST", (None, 1, 2, None)
    )
    pdu = message.encode()
    length = int.from_bytes(pdu[2:6], "big")
    (pdv,) = PDataTf.decode(pdu[6 : 6 + length]).pdvs
    command = Command.from_command_set(cs.decode(pdv.data))
    assert (command.name, command.message_id, command.sop_class) == ("C-MOVE-RQ", 9, "1.2.3")
    assert (command.move_destination, command.has_data_set) == ("DEST", True)
    assert command.suboperations == (None, 1, 2, None)
    assert len(pdu) == 6 + length + 12  # and an empty data set
    of_instance = LoggedMessage(FIELDS["N-GET-RQ"], "requestor", 1, 1, "1.2.3").encode()
    assert cs.REQUESTED_SOP_CLASS_UID in cs.decode(of_instance[12:])


# What is not told -------------------------------------------------------------------------------------

SPANS = Spans(1, 5, 5, 5)
PROPOSED = (ProposedContext(1, "1.2.3", ("1.2",)), ProposedContext(3, "1.2.4", ("1.2",)))


class FinishedObserver(ConnectionObserver):
    """One that comes to a result with everything in it."""

    def result(self) -> ObservedConnection:
        uses = (ServiceUse("C-STORE", "1.2.3", "requestor", 1, ((0, 1),), SPANS, 1, 0),)
        return ObservedConnection(
            *(1, Endpoint(), Endpoint(), 7, None, "dicom", "released", "requestor", 1, 2, 3),
            request=AssociateRq("B", "A", PROPOSED, ()),
            request_pdu=b"x",
            answer=AssociateAc("B", "A", (), ()),
            contexts=(PresentationContext(PROPOSED[0], 0, "1.2"),),
            services=uses,
            unanswered=("C-STORE",),
            bytes=(5, 5),
            starts=(b"x", b"y"),
        )


def logged(kept_by: Side = "requestor", at: int = 7) -> LoggedAssociation:
    return LoggedAssociation(
        lambda requestor, acceptor, began, _: FinishedObserver(1, requestor, acceptor, began), kept_by, at
    )


def test_what_no_log_tells() -> None:
    association = logged()
    association.calling, association.called, association.proposed = "A", "B", PROPOSED
    association.accept(8, [ContextResult(1, 0, "1.2")])
    association.release("requestor", 9)
    seen = association.told()
    assert seen.logged
    assert (seen.request_pdu, seen.starts, seen.bytes) == (b"", (b"", b""), (0, 0))
    assert (seen.connect, seen.accept, seen.release, seen.ended) == (None, 2, None, 9)
    assert seen.request is not None
    assert seen.answer is not None
    assert seen.services[0].spans == SPANS
    assert seen.unanswered == ("C-STORE",)


def test_what_a_log_without_times_does_not_tell() -> None:
    seen = logged(at=0).told()
    assert (seen.began, seen.ended, seen.accept, seen.services[0].spans) == (0, None, None, None)


def test_what_a_log_without_blocks_does_not_tell() -> None:
    association = logged()
    association.accept(8)
    seen = association.told()
    assert (seen.request, seen.answer, seen.contexts) == (None, None, ())
    association.calling = "A"
    request = association.told().request
    assert request is not None
    assert request.contexts == ()
    association.proposed = PROPOSED
    assert association.told().contexts == tuple(map(PresentationContext, PROPOSED))


def test_what_an_acceptor_does_not_tell() -> None:
    assert logged("acceptor").told().unanswered == ()


def test_a_message_on_a_context_of_several_has_no_known_sop_class() -> None:
    association = logged()
    association.proposed = PROPOSED
    association.accept(
        8, [ContextResult(1, 0, "1.2"), ContextResult(3, 0, "1.2"), ContextResult(5, 0, "1.2")]
    )
    association.hold(LoggedMessage(FIELDS["C-STORE-RQ"], "requestor"), 8)
    assert [each.sop_class for each in association.told().services] == [""]


def test_what_no_pdu_can_have() -> None:
    text = (
        (told.SAMPLES / "dcmtk-clients.log").read_text().replace("DEST", "\ufffd").replace("OFFIS", "\u20ac")
    )
    notes = told.Notes()
    list(DcmtkLog(notes.observe).read(text.replace("1.2.276", "\u20ac").splitlines()))
    assert notes.stories[0][0] == "requestor ECHOSCU calls ? 1"


def test_many_requests_without_a_response_are_not_kept() -> None:
    notes = told.Notes()
    association = LoggedAssociation(notes.observe, "requestor", 0)
    for number in range(1, 1000):
        association.say(LoggedMessage(FIELDS["C-STORE-RQ"], "requestor", None, number), 0)
    association.say(LoggedMessage(FIELDS["C-STORE-RSP"], None, None, 999, status=0), 0)
    assert len(notes.stories[0]) == 2 + 999 + 1
    assert not association.waits_for(FIELDS["C-FIND-RSP"])


def test_nothing_comes_after_the_end() -> None:
    notes = told.Notes()
    association = LoggedAssociation(notes.observe, "requestor", 0)
    association.refuse(0)
    association.refuse(0)
    association.reject(AssociateRj(1, 1, 1), 0)
    association.release("requestor", 0)
    association.abort("requestor", 0)
    association.close("acceptor", "reset", 0)
    association.say(LoggedMessage(FIELDS["C-ECHO-RQ"], "requestor"), 0)
    assert notes.stories == [["acceptor resets"]]
    other = LoggedAssociation(notes.observe, "requestor", 0)
    other.close("acceptor", "reset", 0)
    assert notes.stories[1] == ["requestor  calls  1", "acceptor resets"]


@pytest.mark.parametrize(
    "line", ["I: Received Store Response (" * 40_000, "Result: " * 100_000, "=" * 1_000_000]
)
def test_long_lines_take_no_time(line: str) -> None:
    notes = told.Notes()
    text = ["I: Requesting Association", line, f"(0010,0010) PN [{line}]"]
    assert len(list(DcmtkLog(notes.observe).read(text))) == 1
