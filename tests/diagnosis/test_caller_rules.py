"""Whatever a caller sends, and however it leaves: what is found can be shown, and nothing is raised."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from dcmtool.cli.output import finding_text
from dcmtool.diagnosis.callers.call import Call, OnPurpose
from dcmtool.diagnosis.callers.request_rules import about_request
from dcmtool.diagnosis.callers.rules import about_call
from dcmtool.diagnosis.callers.subject import Subject
from dcmtool.diagnosis.callers.table import CALLERS
from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import (
    Cause,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NotDicom,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    Stopped,
    TlsFailure,
    UnexpectedPdu,
)
from dcmtool.reporting.finding_report import finding as as_json
from dcmtool.uids import TRANSFER_SYNTAXES
from dcmtool.upper_layer.pdus import RequestLimits, decode_request
from tests.peers.scu import associate_request
from tests.upper_layer.strategies import ASSOCIATE_RQ

LONGEST_LINE = 700  # characters: two values of at most 200 each, escaped, and the words around them
SYNTAXES = frozenset(TRANSFER_SYNTAXES)
TEXT = st.text(st.characters(codec="latin-1"), max_size=40)
BYTE, TIME, COUNT = st.integers(0, 255), st.integers(0, 10**12), st.integers(0, 200)
STARTS = st.one_of(
    st.binary(max_size=64),
    st.sampled_from(
        [b"PROXY TCP4", b"\r\n\r\n\0\r\nQUIT\n", b"GET / HTTP", b"\x16\3\1", b"\1\0\0\0\0\xcd\0\1"]
    ),
)
FAULTS = st.builds(
    RemoteProtocolError,
    TEXT.map(repr),
    st.just("PS3.8 9.3"),
    offset=st.none() | COUNT,
    kind=st.sampled_from(
        ["", "too-long", "too-many", "version", "context", "command", "no-sop-class", "command-set"]
    ),
)
CAUSES: st.SearchStrategy[Cause | None] = st.one_of(
    st.none(),
    st.just(ConnectionLost()),
    st.just(ConnectionLost(ConnectionResetError(104, "x"))),
    st.just(Stopped()),
    st.builds(DeadlineExpired, st.just("answer"), st.sampled_from(["idle", "acse", "socket"]), st.just(0.5)),
    st.builds(PeerAbort, BYTE, BYTE),
    st.builds(MaximumLengthTooSmall, BYTE),
    st.builds(NotDicom, STARTS.map(lambda start: start[:8])),
    st.just(UnexpectedPdu("P-DATA-TF", "associated")),
    st.builds(
        TlsFailure,
        st.sampled_from(
            ["not-tls", "no-certificate", "certificate", "nothing-shared", "handshake", "session"]
        ),
        TEXT.map(repr),
        alert=st.sampled_from(["", "unknown ca", "internal error"]),
        start=STARTS,
    ),
    FAULTS,
)
CALLS = st.builds(
    Call,
    st.just("192.0.2.1"),
    st.just(104),
    st.just("PACS"),
    st.sampled_from(["connected", "requested", "accepted", "asked", "echoed", "releasing"]),
    CAUSES,
    st.none() | st.builds(Rejection, BYTE, BYTE, BYTE),
    STARTS,
    COUNT,
    STARTS,
    st.sampled_from(["", "A-ASSOCIATE-RQ", "a PDU"]),
    TEXT,
    TEXT,
    *(COUNT, COUNT, COUNT, TIME, TIME, TEXT),
    st.lists(TEXT.map(repr), max_size=2).map(tuple),
    st.booleans(),
    COUNT,
    st.builds(OnPurpose, *[st.booleans()] * 3, COUNT),
)


def check(findings: tuple[Finding, ...]) -> None:
    """See that findings can be shown, each once, and that what has alternatives is not certain."""
    names = [each.id for each in findings]
    assert len(names) == len({*names})
    assert {*names} <= CALLERS.keys()
    for each in findings:
        assert each.evidence
        assert each.certainty != "certain" or not each.alternatives
        assert json.loads(json.dumps(as_json(each)))["id"] == each.id
        for line in finding_text.lines(each):
            assert line.isprintable()
            assert len(line) <= LONGEST_LINE


@given(CALLS, st.booleans())
def test_any_call(call: Call, expects_title: bool) -> None:
    check(about_call(call, (), expects_title=expects_title))


@given(ASSOCIATE_RQ.map(lambda request: request.encode()), st.data())
def test_any_request(pdu: bytes, data: st.DataObject) -> None:
    damaged = bytearray(pdu)
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(6, len(damaged) - 1))] = data.draw(BYTE)
    with suppress(RemoteProtocolError):
        request = decode_request(bytes(damaged[6:]), RequestLimits())
        titles = request.calling_aet, request.called_aet
        subject = Subject("192.0.2.1", 104, "PACS", *titles)
        check(about_request(request, bytes(damaged), subject, SYNTAXES))


def test_both_titles_are_one_finding() -> None:
    pdu = associate_request(called=b"YOU\\".ljust(16, b"\0"), calling=b"ME\\".ljust(16, b"\0"))
    request = decode_request(pdu[6:], RequestLimits())
    subject = Subject("192.0.2.1", 104, "PACS", "ME", "YOU")
    found = {each.id: each for each in about_request(request, pdu, subject, SYNTAXES)}
    for name in ("nul-padded-title", "odd-title"):
        assert " in its called and calling AE title" in found[name].sentence
        assert len(found[name].evidence) == 2
