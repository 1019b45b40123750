"""What observed connections come to: every ending and cause, who has to act, and words that take no side."""

import json
import re
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.advice import API, SENTENCES, Advice
from dcmtool.association.observed import Side
from dcmtool.capture.connection import (
    Ending,
    Endpoint,
    ObservedConnection,
    ObservedFault,
    Protocol,
    ServiceUse,
    Spans,
)
from dcmtool.capture.explanation import explained
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis.callers.table import CALLERS
from dcmtool.diagnosis.definition import Definition
from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.diagnosis.observed.table import (
    OBSERVED,
    SERVICES,
    WORDS,
)
from dcmtool.errors import NotDicom, RemoteProtocolError
from dcmtool.reporting.finding_report import finding as as_json
from dcmtool.upper_layer.pdus import AssociateAc
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    MaximumLength,
    RoleSelection,
    UnknownSubItem,
    UserIdentity,
    UserIdentityResponse,
)
from tests.capture.observations import (
    BEGAN,
    CT_STORAGE,
    MILLISECOND,
    SECOND,
    STUDY_ROOT_FIND,
    STUDY_ROOT_MOVE,
    USER,
    VERIFICATION,
    aborted,
    accepted,
    connection,
    ended,
    rejected,
    request,
    requested,
    unanswered,
    use,
)
from tests.peers.scu import associate_request

FIND, MOVE, STORE = request(STUDY_ROOT_FIND), request(STUDY_ROOT_MOVE), request(CT_STORAGE)
LATE, SOON = 1002 * MILLISECOND, 30 * MILLISECOND
WAITING = BEGAN + 10 * MILLISECOND


def names(found: ObservedConnection) -> list[str]:
    """Return the ids of what a connection comes to, with who has to act."""
    return [f"{each.finding.id} {each.actor}" for each in found.findings]


def fault(sender: Side, what: str, clause: str = "PS3.8 9.3.1", **others: object) -> ObservedFault:
    """Return what a side sent that breaks a clause."""
    return ObservedFault(sender, RemoteProtocolError(what, clause, **others), BEGAN)  # type: ignore[arg-type]


def starting(first: bytes, answer: bytes = b"", **others: object) -> ObservedConnection:
    """Return a connection on which both sides began so, which is no DICOM."""
    sizes = len(first), len(answer)
    return connection(protocol="unknown", starts=(first, answer), bytes=sizes, **others)


TOO_LONG = "P-DATA-TF of 99999 bytes was sent to the acceptor, which takes 16384"
NO_PDU = ObservedFault("acceptor", NotDicom(b"HTTP"), 0)
CUT_SHORT: dict[str, Any] = {
    "protocol": "dicom",
    "starts": (b"\1\0\0\0\0\xcd\0\1", b""),
    "bytes": (8, 0),
    "partial": ("a PDU", ""),
}
FAULT = RemoteProtocolError("the Maximum Length item has 2 byte(s)", "PS3.8 D.1")
WITHOUT_STATUS = Spans(1, 1, 1, 1)
SHORT_ROLE = request(user_information=(*USER, UnknownSubItem(0x54, b"\0\x05a")))
RDP = bytes.fromhex("0300001300e00000000000010008000b000000")
ABORT_PDU = b"\x07\0\0\0\0\x04\0\0\2\1"


def ac_with(seen: ObservedConnection, maximum: MaximumLength) -> ObservedConnection:
    """Return the connection, its acceptor taking PDUs of another length."""
    assert isinstance(seen.answer, AssociateAc)
    return seen._replace(answer=seen.answer._replace(user_information=(maximum, *USER[1:])))


# The connection, and what it comes to in order.
CASES: dict[str, tuple[ObservedConnection, list[str]]] = {
    # In order.
    "echo": (accepted(use()), []),
    "store": (accepted(use("C-STORE", (0, 5), (0xB000, 2)), asked=STORE), []),
    "query with matches": (accepted(use("C-FIND", (0xFF00, 9), (0, 1)), asked=FIND), []),
    "cancelled query": (accepted(use("C-FIND", (0xFF00, 9), (0xFE00, 1)), asked=FIND), []),
    "goes on when the capture ends": (accepted(use(), ending="open", ended_by=None), []),
    "waits when the capture ends": (
        accepted(unanswered(), ending="open", ended_by=None, unanswered=("C-ECHO",), waiting=WAITING),
        [],
    ),
    "asked when the capture ends": (requested(ending="open", ended_by=None), []),
    "nothing sent when the capture ends": (connection(ending="open", ended_by=None), []),
    "from the middle": (connection(handshake=False, **ended("acceptor", "reset")), []),
    "from the middle of an association": (
        connection(protocol="dicom", handshake=False, starts=(b"\4\0\0\0\0\x10", b""), **ended("requestor")),
        [],
    ),
    "from the middle of a store": (
        connection(protocol="dicom", handshake=False, services=(use("C-STORE"),), **ended("requestor")),
        ["no-release requestor"],
    ),
    "bytes missing at the beginning": (connection(missing=(70, 0)), []),
    # Nothing of the acceptor's in the capture.
    "one side, and no SYN": (
        requested(bytes=(200, 0), handshake=False, syns=0, connect=None, **ended("requestor")),
        [],
    ),
    "one side, with its SYN": (requested(bytes=(200, 0), connect=None, **ended("requestor")), []),
    "one side, to its release": (
        requested(
            bytes=(900, 0),
            release_by="requestor",
            faults=(fault("requestor", "P-DATA-TF was sent while the acceptor was deciding", "PS3.8 9.2.3"),),
            **ended("requestor"),
        ),
        [],
    ),
    # TCP.
    "refused": (connection(syns=2, connect=None, **ended("acceptor", "refused")), ["refused acceptor"]),
    "refused, as a log tells what was to be asked": (
        requested(logged=True, request_pdu=b"", syns=0, connect=None, **ended("acceptor", "refused")),
        ["refused acceptor"],
    ),
    "unanswered": (
        connection(ending="unanswered", ended=None, ended_by=None, connect=None, syns=4),
        ["no-answer-to-connect network"],
    ),
    "late connection": (accepted(use(), syns=2, connect=1003 * MILLISECOND), ["slow-connect network"]),
    "very late connection": (accepted(use(), syns=1, connect=3 * SECOND), ["slow-connect network"]),
    # Silence.
    "nothing sent": (connection(), ["left-without-a-word requestor"]),
    "closed at once": (connection(**ended("acceptor")), ["closed-at-once acceptor"]),
    "reset at once": (connection(**ended("acceptor", "reset")), ["closed-at-once acceptor"]),
    "closed after a while": (connection(**ended("acceptor", after=30 * SECOND)), ["silent-caller requestor"]),
    "silent": (
        connection(ending="open", ended_by=None, ended=BEGAN + 60 * SECOND),
        ["silent-caller requestor"],
    ),
    # Other protocols.
    "HTTP to DICOM": (starting(b"GET / HTTP/1.1\r\n", ABORT_PDU), ["other-protocol-sent requestor"]),
    "HTTP to nobody": (starting(b"GET / HTTP/1.1\r\n"), ["other-protocol-sent requestor"]),
    "HTTP to HTTP": (starting(b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200"), []),
    "HTTP, open": (starting(b"GET / HTTP/1.1\r\n", ending="open"), []),
    "noise to DICOM": (starting(b"\xff" * 20, ABORT_PDU), ["no-dicom-sent requestor"]),
    "RDP to DICOM": (starting(RDP, ABORT_PDU), ["other-protocol-sent requestor"]),
    "HTTP to TLS": (starting(b"GET / HTTP/1.1\r\n", b"\x15\3\3\0\2\2\x0a")._replace(protocol="tls"), []),
    "PROXY header to TLS": (
        starting(b"PROXY TCP4 1 2 3 4\r\n", b"\x15\3\3\0\2\2\x0a")._replace(protocol="tls"),
        ["proxy-header-sent network"],
    ),
    "SSH greets": (starting(b"", b"SSH-2.0-x"), []),
    "PROXY header": (
        starting(b"PROXY TCP4 1 2 3 4\r\n", ABORT_PDU)._replace(protocol="proxy"),
        ["proxy-header-sent network"],
    ),
    "request behind a PROXY header": (
        requested(protocol="proxy", starts=(b"PROXY TCP4 1 2 3 4\r\n", b""), **ended("acceptor")),
        ["proxy-header-sent network"],
    ),
    "HTTP in answer": (
        requested(
            starts=(b"\1\0", b"HTTP/1.1 400"), faults=(ObservedFault("acceptor", NotDicom(b"HTTP"), 0),)
        ),
        ["other-protocol requestor"],
    ),
    "TLS alert in answer": (
        requested(starts=(b"\1\0", bytes([21, 3, 3, 0, 2, 2, 10]))),
        ["tls-expected requestor"],
    ),
    # Requests that cannot be read.
    "data first": (
        connection(protocol="dicom", starts=(b"\4\0\0\0\0\x10", b""), bytes=(16, 0)),
        ["no-request-first requestor"],
    ),
    "malformed request": (
        connection(
            protocol="dicom",
            starts=(b"\1\0\0\0\0\x10", b""),
            faults=(fault("requestor", "it has no titles", offset=6),),
        ),
        ["malformed-request requestor"],
    ),
    "request of another version": (
        connection(
            protocol="dicom",
            starts=(b"\1\0\0\0\0\x10", b""),
            faults=(fault("requestor", "version 2", kind="version"),),
        ),
        ["other-protocol-version requestor"],
    ),
    "request too long": (
        connection(
            protocol="dicom",
            starts=(b"\1\0\xff\0\0\x10", b""),
            faults=(fault("requestor", "too long", kind="too-long"),),
        ),
        ["request-over-limit requestor"],
    ),
    "request of another version, rejected": (
        rejected(
            *(1, 2, 2),
            request=None,
            faults=(fault("requestor", "A-ASSOCIATE-RQ has protocol version 0x0002, without bit 0"),),
        ),
        ["other-protocol-version requestor"],
    ),
    "request cut short": (
        connection(
            protocol="dicom", starts=(b"\1\0\0\0\0\xcd\0\1", b""), bytes=(8, 0), partial=("a PDU", "")
        ),
        ["request-cut-short requestor"],
    ),
    "request that is on its way": (connection(**CUT_SHORT, ending="open", ended_by=None), []),
    "request cut short, and reset": (
        connection(**CUT_SHORT, **ended("acceptor", "reset")),
        ["request-cut-short requestor"],
    ),
    # Rejections.
    "1/1/7": (rejected(1, 1, 7), ["called-title requestor"]),
    "1/1/3": (rejected(1, 1, 3), ["calling-title acceptor"]),
    "1/1/2": (rejected(1, 1, 2), ["application-context acceptor"]),
    "2/1/2": (rejected(2, 1, 2), ["local-limit acceptor"]),
    "1/1/1": (rejected(1, 1, 1), ["rejected-without-reason acceptor"]),
    "1/2/2": (rejected(1, 2, 2), ["protocol-version acceptor"]),
    "2/3/1": (rejected(2, 3, 1), ["busy acceptor"]),
    "2/3/2": (rejected(2, 3, 2), ["local-limit acceptor"]),
    "1/3/8": (rejected(1, 3, 8), ["rejected-reserved-reason acceptor"]),
    "2/2/1 with an identity": (
        rejected(2, 2, 1, asked=request(user_information=(*USER, UserIdentity(1, False, b"x", b"")))),
        ["identity-refused requestor"],
    ),
    "1/1/7, blank title": (
        rejected(1, 1, 7, asked=request(called_aet=" ")),
        ["blank-called-title requestor"],
    ),
    "1/1/3, blank title": (
        rejected(1, 1, 3, asked=request(calling_aet="")),
        ["blank-calling-title requestor"],
    ),
    "1/1/2, another context": (
        rejected(1, 1, 2, asked=request(application_context="1.2.3")),
        ["other-application-context requestor"],
    ),
    "1/2/2, another version": (
        rejected(1, 2, 2, asked=request(protocol_version=2)),
        ["other-protocol-version requestor"],
    ),
    "rejection alone": (
        rejected(1, 1, 7, request=None, request_pdu=b"", requested=None),
        ["called-title requestor"],
    ),
    # No answer.
    "closed on the request": (requested(**ended("acceptor")), ["closed-on-association acceptor"]),
    "reset on the request": (requested(**ended("acceptor", "reset")), ["closed-on-association acceptor"]),
    "closed before the request": (
        requested(hung_up=BEGAN + MILLISECOND, **ended("acceptor")),
        ["closed-at-once acceptor"],
    ),
    "aborted on the request": (requested(**aborted("acceptor")), ["aborted-on-association acceptor"]),
    "closed by nobody knows whom": (
        requested(ending="closed", ended_by=None, ended=None),
        ["closed-on-association acceptor"],
    ),
    "left soon": (requested(**ended("requestor")), ["left-before-answer requestor"]),
    "left late": (requested(**aborted("requestor", after=LATE)), ["no-answer-to-association acceptor"]),
    "left late, without the time of the request": (
        requested(requested=None, **ended("requestor", after=LATE)),
        ["no-answer-to-association acceptor"],
    ),
    "left at no known time": (
        requested(ended=None, ended_by="requestor"),
        ["no-answer-to-association acceptor"],
    ),
    "still waiting": (
        requested(ending="open", ended_by=None, ended=BEGAN + 60 * SECOND),
        ["no-answer-to-association acceptor"],
    ),
    "half an answer": (
        requested(partial=("", "A-ASSOCIATE-AC"), **ended("requestor", after=LATE)),
        ["no-answer-to-association acceptor"],
    ),
    "closed within an answer": (
        requested(partial=("", "A-ASSOCIATE-AC"), **ended("acceptor")),
        ["malformed-answer acceptor"],
    ),
    "malformed answer": (
        requested(
            starts=(b"\1\0", b"\2\0\0\0\0\x10"),
            faults=(fault("acceptor", "the peer sent no titles"),),
            **aborted("requestor", 2, 6),
        ),
        ["malformed-answer acceptor"],
    ),
    "too long an answer": (
        requested(starts=(b"\1\0", b"\3\0"), faults=(fault("acceptor", "19 bytes", kind="too-long"),)),
        ["malformed-answer acceptor"],
    ),
    # Logs, which do not tell all.
    "a log without an answer": (requested(logged=True, request_pdu=b"", **ended("requestor")), []),
    "a log of a connection that was closed": (
        requested(logged=True, request_pdu=b"", **ended("acceptor")),
        [],
    ),
    "a log of an abort": (
        requested(logged=True, request_pdu=b"", **aborted("acceptor")),
        ["aborted-on-association acceptor"],
    ),
    "a log of a query that was aborted": (
        accepted(unanswered("C-FIND"), asked=FIND, logged=True, **aborted("acceptor")),
        ["service-denied acceptor"],
    ),
    # Contexts.
    "no Verification": (
        accepted(results=(3,), **aborted("requestor")),
        ["no-verification acceptor"],
    ),
    "no transfer syntax": (accepted(results=(4,)), ["no-transfer-syntax requestor"]),
    "no context": (
        accepted(asked=request(CT_STORAGE, STUDY_ROOT_FIND), results=(3, 4), **aborted("requestor")),
        ["no-context-accepted acceptor"],
    ),
    "a class refused, and nothing done": (
        accepted(asked=request(CT_STORAGE, VERIFICATION), results=(3, 0)),
        ["context-refused acceptor"],
    ),
    "a class refused, and another used": (
        accepted(use(), asked=request(CT_STORAGE, VERIFICATION), results=(3, 0)),
        [],
    ),
    "no context proposed": (
        accepted(asked=request(contexts=()), **ended("requestor")),
        ["no-context-accepted requestor"],
    ),
    "contexts that a log does not tell": (
        accepted(use(), asked=request(contexts=()), request_pdu=b""),
        [],
    ),
    "maximum too small": (
        requested(request(user_information=(MaximumLength(6), *USER[1:])), **aborted("acceptor", 2, 6)),
        ["maximum-too-small requestor"],
    ),
    "maximum of the acceptor too small": (
        ac_with(accepted(unanswered(), unanswered=("C-ECHO",), **aborted("requestor")), MaximumLength(6)),
        ["malformed-answer acceptor"],
    ),
    "no bound of length": (ac_with(accepted(use()), MaximumLength(0)), []),
    # Echoes.
    "echo status": (accepted(use("C-ECHO", (0x0122, 1))), ["echo-status acceptor"]),
    "aborted echo": (
        accepted(unanswered(), unanswered=("C-ECHO",), **aborted("acceptor")),
        ["aborted-on-echo acceptor"],
    ),
    "closed echo": (
        accepted(unanswered(), unanswered=("C-ECHO",), **ended("acceptor")),
        ["closed-on-echo acceptor"],
    ),
    "idle since it was accepted": (
        accepted(**ended("acceptor", "aborted", after=LATE, abort=(0, 0))),
        ["silent-after-answer requestor"],
    ),
    "closed, nobody knows how long after": (
        accepted(**ended("acceptor", after=LATE, accept=None)),
        ["closed-on-echo acceptor"],
    ),
    "stops in the middle": (
        accepted(partial=("P-DATA-TF", ""), **aborted("acceptor")),
        ["left-in-the-middle requestor"],
    ),
    "aborted for a request that cannot be answered": (
        accepted(unanswered(), **aborted("acceptor", 2, 6)),
        ["aborted-on-echo acceptor"],
    ),
    "aborted for more echoes than may be": (
        accepted(unanswered(requests=2), unanswered=("C-ECHO", "C-ECHO"), **aborted("acceptor", 2, 0)),
        ["aborted-on-echo acceptor"],
    ),
    "aborted in place of an echo": (accepted(**aborted("acceptor")), ["aborted-on-echo acceptor"]),
    "silence to an echo": (
        accepted(unanswered(), unanswered=("C-ECHO",), waiting=WAITING, **aborted("requestor", after=LATE)),
        ["no-answer-to-echo acceptor"],
    ),
    "silence to an echo, released": (
        accepted(unanswered(), unanswered=("C-ECHO",), waiting=WAITING, ended=BEGAN + LATE),
        ["no-answer-to-echo acceptor"],
    ),
    "impatient echo": (
        accepted(unanswered(), unanswered=("C-ECHO",), waiting=WAITING, **ended("requestor", after=SOON)),
        ["left-before-response requestor"],
    ),
    "release in place of an echo": (
        accepted(unanswered(), unanswered=("C-ECHO",), release_by="acceptor", **aborted("requestor", 2, 2)),
        ["wrong-answer acceptor"],
    ),
    "another message": (
        accepted(
            unanswered(),
            unanswered=("C-ECHO",),
            warnings=("the acceptor answered message 77 with C-ECHO-RSP, which was not asked for",),
            **aborted("requestor"),
        ),
        ["wrong-answer acceptor"],
    ),
    "no status": (
        accepted(unanswered(spans=WITHOUT_STATUS), **aborted("requestor")),
        ["wrong-answer acceptor"],
    ),
    "noise for an echo": (
        accepted(
            unanswered(), unanswered=("C-ECHO",), faults=(fault("acceptor", "noise"),), **aborted("requestor")
        ),
        ["wrong-answer acceptor"],
    ),
    # Other services.
    "out of resources": (
        accepted(use("C-STORE", (0, 3), (0xA700, 2)), asked=STORE),
        ["response-status acceptor"],
    ),
    "what does not match": (
        accepted(use("C-STORE", (0xA900, 1)), asked=STORE),
        ["response-status requestor"],
    ),
    "a duplicate": (accepted(use("C-STORE", (0x0111, 1)), asked=STORE), ["response-status requestor"]),
    "cannot understand": (accepted(use("C-STORE", (0xC001, 1)), asked=STORE), ["response-status acceptor"]),
    "not authorized": (accepted(use("C-FIND", (0x0124, 1)), asked=FIND), ["service-denied acceptor"]),
    "not authorized, of the acceptor": (
        accepted(use("N-EVENT-REPORT", (0x0124, 1), sender="acceptor"), asked=FIND),
        ["response-status requestor"],
    ),
    "destination unknown": (
        accepted(use("C-MOVE", (0xA801, 1)), asked=MOVE),
        ["move-destination-unknown acceptor"],
    ),
    "sub-operations failed": (
        accepted(use("C-MOVE", (0xFF00, 4), (0xB000, 1)), asked=MOVE),
        ["response-status acceptor"],
    ),
    "unable to move": (accepted(use("C-MOVE", (0xC000, 1)), asked=MOVE), ["response-status acceptor"]),
    "several statuses": (
        accepted(use("C-STORE", (0xA700, 1), (0xC001, 1)), asked=STORE),
        ["response-status acceptor", "response-status acceptor"],
    ),
    "aborted after a failure": (
        accepted(use("C-STORE", (0xA700, 1)), asked=STORE, **aborted("requestor")),
        ["response-status acceptor"],
    ),
    "aborted query": (
        accepted(unanswered("C-FIND"), asked=FIND, unanswered=("C-FIND",), **aborted("acceptor")),
        ["service-denied acceptor"],
    ),
    "aborted query, after another": (
        accepted(use("C-FIND"), asked=FIND, unanswered=("C-FIND",), **aborted("acceptor")),
        ["aborted-on-request acceptor"],
    ),
    "aborted store": (
        accepted(unanswered("C-STORE"), asked=STORE, unanswered=("C-STORE",), **aborted("acceptor")),
        ["aborted-on-request acceptor"],
    ),
    "reset store": (
        accepted(unanswered("C-STORE"), asked=STORE, unanswered=("C-STORE",), **ended("acceptor", "reset")),
        ["closed-on-request acceptor"],
    ),
    "aborted before any request": (
        accepted(asked=STORE, **aborted("acceptor")),
        ["aborted-on-request acceptor"],
    ),
    "unanswered store": (
        accepted(unanswered("C-STORE"), asked=STORE, unanswered=("C-STORE",), **aborted("requestor")),
        ["request-unanswered acceptor"],
    ),
    "unanswered event": (
        accepted(unanswered("N-EVENT-REPORT", sender="acceptor"), asked=FIND, unanswered=("N-EVENT-REPORT",)),
        ["request-unanswered requestor"],
    ),
    "unanswered for long": (
        accepted(
            unanswered("C-STORE"),
            asked=STORE,
            unanswered=("C-STORE",),
            waiting=WAITING,
            ending="open",
            ended_by=None,
            ended=BEGAN + 60 * SECOND,
        ),
        ["request-unanswered acceptor"],
    ),
    # The end.
    "aborted release": (
        accepted(use(), release_by="requestor", **aborted("acceptor")),
        ["release-aborted acceptor"],
    ),
    "closed release": (
        accepted(use(), release_by="requestor", **ended("acceptor")),
        ["release-unanswered acceptor"],
    ),
    "unanswered release": (
        accepted(use(), release_by="requestor", **ended("requestor")),
        ["release-unanswered acceptor"],
    ),
    "rejected release": (
        accepted(
            use(), release_by="requestor", faults=(fault("acceptor", "A-ASSOCIATE-RJ"),), **ended("requestor")
        ),
        ["release-unanswered acceptor"],
    ),
    "no release": (accepted(use(), **ended("requestor")), ["no-release requestor"]),
    "aborted once done": (accepted(use(), **aborted("requestor")), ["no-release requestor"]),
    "closed once idle": (accepted(use(), **ended("acceptor")), ["association-left-open requestor"]),
    "left after the answer": (accepted(**ended("requestor")), ["left-after-answer requestor"]),
    "left in the middle": (
        accepted(unanswered("C-STORE"), partial=("P-DATA-TF", ""), asked=STORE, **ended("requestor")),
        ["left-in-the-middle requestor"],
    ),
    "takes offence": (accepted(use(), **aborted("requestor", 2, 6)), ["refuses-our-answer requestor"]),
    "harmless last": (
        accepted(use("C-ECHO", (0x0110, 1)), release_by="requestor", **ended("acceptor")),
        ["echo-status acceptor", "release-unanswered acceptor"],
    ),
    # Faults.
    "PDU too long": (
        accepted(
            unanswered("C-STORE"),
            asked=STORE,
            unanswered=("C-STORE",),
            faults=(fault("requestor", TOO_LONG, "PS3.8 D.1"),),
            **aborted("acceptor", 2, 6),
        ),
        ["pdu-too-long requestor"],
    ),
    "PDU too long, of the acceptor": (
        accepted(use("C-GET"), asked=MOVE, faults=(fault("acceptor", TOO_LONG, "PS3.8 D.1"),)),
        ["pdu-too-long acceptor"],
    ),
    "refused context": (
        accepted(use(), faults=(fault("requestor", "context 3", kind="context"),), **aborted("acceptor")),
        ["refused-context-used requestor"],
    ),
    "misplaced PDU": (
        accepted(
            use(),
            faults=(
                fault(
                    "requestor", "A-ASSOCIATE-RQ was sent while the acceptor was established", "PS3.8 9.2.3"
                ),
            ),
            **aborted("acceptor", 2, 2),
        ),
        ["misplaced-pdu requestor"],
    ),
    "data before the answer": (
        requested(
            faults=(
                fault("requestor", "P-DATA-TF was sent while the acceptor was answering", "PS3.8 9.2.3"),
            ),
            **aborted("acceptor", 2, 2),
        ),
        ["data-before-answer requestor"],
    ),
    "malformed PDU": (
        accepted(
            use(), faults=(fault("requestor", "the peer sent no PDV", offset=6),), **aborted("acceptor")
        ),
        ["malformed-pdu requestor"],
    ),
    "rejected, and a fault": (
        rejected(1, 1, 3, faults=(fault("requestor", "P-DATA-TF", kind="command-set"),)),
        ["malformed-command requestor", "calling-title acceptor"],
    ),
    "two faults at once": (
        accepted(
            use(),
            faults=(fault("requestor", TOO_LONG, "PS3.8 D.1"), fault("requestor", "it has no PDV")),
            **aborted("acceptor", 2, 6),
        ),
        ["pdu-too-long requestor"],
    ),
    "fault of a request that is taken": (
        accepted(use(), faults=(ObservedFault("requestor", FAULT, BEGAN + 2 * MILLISECOND),)),
        [],
    ),
    "fault of the acceptor, and all in order": (
        accepted(use(), faults=(fault("acceptor", "noise"),)),
        ["wrong-answer acceptor"],
    ),
    # Time and loss.
    "slow acceptance": (accepted(use(), accept=2 * SECOND), ["slow-accept acceptor"]),
    "slow echo": (accepted(use(spans=Spans(1, 3 * SECOND, 3 * SECOND, 3 * SECOND))), ["slow-echo acceptor"]),
    "slow store": (
        accepted(use("C-STORE", spans=Spans(9, 3 * SECOND, 3 * SECOND, 4 * SECOND)), asked=STORE),
        ["slow-response acceptor"],
    ),
    "one slow store": (
        accepted(use("C-STORE", spans=Spans(9, SECOND, 3 * SECOND, 4 * SECOND)), asked=STORE),
        [],
    ),
    "retrieval takes its time": (
        accepted(use("C-MOVE", spans=Spans(1, 90 * SECOND, 90 * SECOND, 90 * SECOND)), asked=MOVE),
        [],
    ),
    "loss": (accepted(use(), retransmitted=(4, 0)), ["packets-lost network"]),
    "hardly any loss": (accepted(use(), retransmitted=(1, 1)), []),
    "large requests lost": (
        requested(retransmitted=(5, 0), **ended("requestor", after=LATE)),
        ["no-answer-to-association acceptor", "packets-lost network"],
    ),
    # Oddities.
    "NULs in a title": (
        accepted(use(), request_pdu=associate_request(calling=b"ME\0")),
        ["nul-padded-title requestor"],
    ),
    "echo of another class": (accepted(*[use(sop_class="1.2.3")] * 2), ["odd-command requestor"]),
    "a short role, for which it was aborted": (
        requested(SHORT_ROLE, **aborted("acceptor", 2, 6)),
        ["malformed-sub-item requestor", "aborted-on-association acceptor"],
    ),
    "odd command": (
        accepted(use(), warnings=("the peer's command set has a group length of 2",)),
        ["odd-command requestor"],
    ),
    "another warning": (accepted(use(), warnings=("200 bytes are not in the capture",)), []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_it_comes_to(name: str) -> None:
    seen, expected = CASES[name]
    found = explained(seen)
    assert names(found) == expected
    assert found._replace(findings=()) == seen
    check(found)


def check(found: ObservedConnection) -> None:
    """See that findings can be shown, in words that take no side, and that doubtful ones are not certain."""
    for each, actor in found.findings:
        assert actor in ("requestor", "acceptor", "network")
        assert each.actor == actor
        assert each.evidence
        assert {*each.alternatives} <= OBSERVED.keys() - {each.id}
        assert each.certainty != "certain" or not each.alternatives
        assert each.advice
        document = json.loads(json.dumps(as_json(each)))
        for text in (document["sentence"], *document["advice"], *(seen.what for seen in each.evidence)):
            assert not SIDES.search(text), text


# Words that belong to a side of ours, or to who reads.
SIDES = re.compile(
    r"\b(we|us|our|ours|you|your|here|this host|the node|the caller|the peer)\b", re.IGNORECASE
)
FACTS = dict.fromkeys(
    (
        *("requestor", "acceptor", "place", "source", "port", "calling", "called", "sender", "receiver"),
        *("asker", "answerer", "service", "most", "release", "speaks", "version", "router"),
    ),
    "X",
)
every_finding = pytest.mark.parametrize(("name", "definition"), OBSERVED.items(), ids=OBSERVED)


@every_finding
def test_words_take_no_side(name: str, definition: Definition) -> None:
    texts = [definition.sentence, *(SENTENCES[key] for key in definition.advice)]
    if name not in ("proxy-header-sent", "left-without-a-word", "release-not-awaited"):
        assert all(field in FACTS for key in definition.advice for field in fields(SENTENCES[key]))
    for text in texts:
        assert not SIDES.search(text), text
    assert re.match(r"[a-z{]", definition.sentence)
    assert not definition.sentence.endswith(".")
    assert definition.actor in ("requestor", "acceptor", "network")
    assert definition.advice


def fields(sentence: str) -> set[str]:
    """Return the facts that a sentence names."""
    return {field for _, field, _, _ in Formatter().parse(sentence) if field is not None}


@every_finding
def test_advice_is_the_same_in_all_words(name: str, definition: Definition) -> None:
    for key in definition.advice:
        advice = Advice.about(key, **FACTS)
        assert advice.in_words(API) == advice.in_words(COMMAND_LINE)


def test_ids_are_those_of_the_other_tables_or_new_ones() -> None:
    assert WORDS.keys() <= FINDINGS.keys() | CALLERS.keys()
    assert not SERVICES.keys() & (FINDINGS.keys() | CALLERS.keys())
    assert OBSERVED.keys() == WORDS.keys() | SERVICES.keys()


# Sentences --------------------------------------------------------------------------------------------


def first_of(found: ObservedConnection) -> str:
    """Return the sentence of the first finding, and its advice, a line each."""
    first = explained(found).findings[0].finding
    return "\n".join((first.sentence, *map(str, first.advice)))


def test_both_sides_are_named() -> None:
    assert first_of(rejected(1, 1, 3)) == (
        "ORTHANC (10.0.0.5:104) does not know the calling AE title of MODALITY (10.0.0.9)\n"
        "add MODALITY with the address 10.0.0.9 to the callers that ORTHANC (10.0.0.5:104) knows\n"
        "read the log of ORTHANC (10.0.0.5:104) at this time: it names the titles and address that it saw"
    )


def test_sides_without_addresses() -> None:
    places: dict[str, Any] = {"requestor": Endpoint(), "acceptor": Endpoint()}
    assert first_of(rejected(1, 1, 7, **places)).startswith(
        "the acceptor does not know the AE title ORTHANC that MODALITY calls it by\n"
    )
    silent = connection(**places, **ended("acceptor"))
    assert first_of(silent).startswith("the acceptor takes the connection of the requestor and closes it")


def test_of_very_many_statuses_the_first_are_told() -> None:
    statuses = [(0xC000 + number, 1) for number in range(99)]
    assert len(explained(accepted(use("C-STORE", *statuses), asked=STORE)).findings) == 16


def test_a_destination_may_be_why_nothing_can_be_moved() -> None:
    (found,) = explained(accepted(use("C-MOVE", (0xC000, 1)), asked=MOVE)).findings
    assert (found.finding.certainty, found.finding.alternatives) == ("likely", ("move-destination-unknown",))


def test_statuses_are_counted_over_all_classes() -> None:
    uses = [use("C-STORE", (0, 2), (0xA700, number), sop_class=f"1.2.{number}") for number in (1, 2)]
    found = explained(accepted(*uses, asked=STORE)).findings
    assert [each.finding.sentence for each in found] == [
        "ORTHANC (10.0.0.5:104) answered 3 of 7 C-STORE of MODALITY (10.0.0.9) with status 0xA700"
        " (Refused: Out of Resources)"
    ]


def test_a_server_that_may_take_no_more_transfer_syntaxes() -> None:
    asked = request()
    many = asked.contexts[0]._replace(transfer_syntaxes=tuple(f"1.2.{number}" for number in range(60)))
    found = requested(asked._replace(contexts=(many,)), **ended("acceptor"))
    assert "have MODALITY (10.0.0.9) propose at most 50 transfer syntaxes a context" in first_of(found)


def test_what_is_slow_can_be_told() -> None:
    late = accepted(use(), accept=SECOND)
    assert names(explained(late)) == []
    assert names(explained(late, slow=0.5)) == ["slow-accept acceptor"]


def test_an_unknown_answer_to_another_protocol_leaves_doubts() -> None:
    (found,) = explained(starting(b"GET / HTTP/1.1\r\n")).findings
    assert found.finding.certainty == "possible"


def test_a_refused_context_names_some_of_all_classes() -> None:
    classes = [CT_STORAGE, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, "1.2.3.4", VERIFICATION]
    found = accepted(asked=request(*classes), results=(3, 3, 3, 3, 0))
    assert "CT Image Storage, Study Root" in first_of(found)
    assert "and 1 more" in first_of(found)


# Usual oddities -----------------------------------------------------------------------------------------

ROLES = request(
    user_information=(
        *USER,
        RoleSelection(VERIFICATION, True, True),
        AsynchronousOperationsWindow(4, 4),
        UserIdentity(1, True, b"x", b""),
    )
)


def test_what_is_usual_is_told_where_it_may_be_why() -> None:
    assert names(explained(accepted(use(), asked=ROLES))) == []
    assert names(explained(requested(ROLES, **aborted("acceptor")))) == [
        "aborted-on-association acceptor",
        "roles-proposed requestor",
        "asynchronous-window requestor",
        "identity-unanswered requestor",
    ]


def test_an_identity_that_was_confirmed() -> None:
    found = accepted(asked=ROLES, **ended("requestor"))
    assert isinstance(found.answer, AssociateAc)
    confirmed = found.answer._replace(user_information=(*USER, UserIdentityResponse(b"")))
    assert "identity-unanswered requestor" in names(explained(found))
    assert "identity-unanswered requestor" not in names(explained(found._replace(answer=confirmed)))


# Anything -----------------------------------------------------------------------------------------------

SIDES_OF_ALL: list[Side] = ["requestor", "acceptor"]
ENDINGS: list[Ending] = [
    *("released", "rejected", "aborted", "closed", "reset", "refused", "unanswered", "open"),
]
PROTOCOLS: list[Protocol] = ["dicom", "tls", "http", "proxy", "unknown", ""]
SENDERS: st.SearchStrategy[Side] = st.sampled_from(SIDES_OF_ALL)
COMMANDS = st.sampled_from(["C-ECHO", "C-STORE", "C-FIND", "C-MOVE", "N-EVENT-REPORT", "command 0x1234"])
TIMES = st.none() | st.integers(-SECOND, 10**20)
USES = st.builds(
    ServiceUse,
    COMMANDS,
    st.sampled_from([VERIFICATION, CT_STORAGE, "", "\x1b"]),
    SENDERS,
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(1, 9)), max_size=3).map(tuple),
    st.none() | st.builds(Spans, st.integers(1, 9), *[st.integers(0, 10**12)] * 3),
    st.just(0),
    st.just(0),
)
FAULTS = st.builds(
    ObservedFault,
    SENDERS,
    st.builds(
        RemoteProtocolError,
        st.text(max_size=20).map(repr) | st.just("P-DATA-TF was sent while the acceptor was idle"),
        st.sampled_from(["PS3.8 D.1", "PS3.8 9.2.3", "PS3.7 6.3.1"]),
        offset=st.none() | st.integers(0, 99),
        kind=st.sampled_from(["", "context", "too-long", "too-many", "command-set", "version"]),
    ),
    st.integers(0, 10**20),
)
STARTS = st.sampled_from(
    [
        b"",
        b"\1\0\0\0\0\xcd",
        b"\4\0\0\0\0\x10",
        b"GET / HTTP",
        b"\x16\3\1\0\xc8",
        b"\x15\3\3\0\2\2\x28",
        b"\xff",
    ]
)
BASES = st.sampled_from([connection(), requested(), rejected(1, 1, 7), accepted(), accepted(use())])


@st.composite
def connections(draw: st.DrawFn) -> ObservedConnection:
    """Draw a connection that may be at odds with itself."""
    return draw(BASES)._replace(
        protocol=draw(st.sampled_from(PROTOCOLS)),
        ending=draw(st.sampled_from(ENDINGS)),
        ended_by=draw(st.none() | SENDERS),
        began=draw(st.integers(0, 10**20)),
        ended=draw(TIMES),
        connect=draw(st.none() | st.integers(0, 10**12)),
        services=tuple(draw(st.lists(USES, max_size=3))),
        unanswered=tuple(draw(st.lists(COMMANDS, max_size=2))),
        abort=draw(st.none() | st.tuples(st.integers(0, 255), st.integers(0, 255))),
        faults=tuple(draw(st.lists(FAULTS, max_size=2))),
        warnings=tuple(draw(st.lists(st.text(max_size=10), max_size=2))),
        starts=(draw(STARTS), draw(STARTS)),
        partial=(draw(st.sampled_from(["", "a PDU"])), draw(st.sampled_from(["", "a PDU"]))),
        missing=(draw(st.sampled_from([0, 9])), 0),
        retransmitted=(draw(st.integers(0, 9)), 0),
        handshake=draw(st.booleans()),
        requested=draw(TIMES),
        waiting=draw(TIMES),
        hung_up=draw(TIMES),
        release_by=draw(st.none() | SENDERS),
    )


@given(connections())
def test_any_connection(seen: ObservedConnection) -> None:
    found = explained(seen)
    check(found)
    assert len({each.finding.sentence for each in found.findings}) == len(found.findings)
