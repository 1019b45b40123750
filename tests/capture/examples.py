"""Connections between two others as they are shown: made by hand, one of each kind."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest

from dcmtool.advice import Advice
from dcmtool.capture import connections as reading
from dcmtool.capture.connection import (
    ActingSide,
    Endpoint,
    ObservedConnection,
    ObservedFault,
    ObservedFinding,
    ObservedTls,
    ServiceUse,
    Spans,
)
from dcmtool.diagnosis.findings import Finding, Seen
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq, ContextResult, ProposedContext
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
)

MS = 1_000_000
BEGAN = 1_796_026_500_250_000_000  # 2026-11-30T08:15:00.250Z
VERIFICATION, CT, MR = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
MODALITY, PACS = Endpoint("10.0.0.5", 51514), Endpoint("10.0.0.9", 104)
_CONTEXTS = (
    ProposedContext(1, VERIFICATION, (IMPLICIT,)),
    ProposedContext(3, CT, (EXPLICIT, IMPLICIT)),
    ProposedContext(5, MR, (EXPLICIT,)),
)
REQUEST = AssociateRq(
    "PACS",
    "CT1",
    _CONTEXTS,
    (
        MaximumLength(16384),
        ImplementationClassUid("1.2.3.4"),
        ImplementationVersionName("MODALITY_4"),
    ),
)
ANSWER = AssociateAc(
    "PACS",
    "CT1",
    (ContextResult(1, 0, IMPLICIT), ContextResult(3, 0, EXPLICIT), ContextResult(5, 3, "")),
    (MaximumLength(0), ImplementationClassUid("1.2.3.5"), ImplementationVersionName("ARCHIVE_9")),
)
_NEGOTIATED = (
    PresentationContext(_CONTEXTS[0], 0, IMPLICIT),
    PresentationContext(_CONTEXTS[1], 0, EXPLICIT),
    PresentationContext(_CONTEXTS[2], 3),
)


def finding(
    name: str,
    sentence: str,
    actor: ActingSide | None,
    *,
    others: tuple[str, ...] = (),
    advice: tuple[Advice, ...] = (Advice("log-of-node"),),
) -> ObservedFinding:
    """Return a finding."""
    seen = (Seen("A-ASSOCIATE-RJ", None, 3 * MS, b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07"),)
    certainty = "likely" if others else "certain"
    found = Finding(name, certainty, sentence, seen, others, "us", advice, "PS3.8 9.3.4")  # type: ignore[arg-type]
    return ObservedFinding(found, actor)


STORED = ObservedConnection(
    1,
    MODALITY,
    PACS,
    BEGAN,
    ended=BEGAN + 12_400 * MS,
    protocol="dicom",
    ending="released",
    ended_by="requestor",
    connect=400_000,
    accept=3_100_000,
    release=1 * MS,
    request=REQUEST,
    answer=ANSWER,
    contexts=_NEGOTIATED,
    services=(
        ServiceUse(
            "C-STORE",
            CT,
            "requestor",
            120,
            ((0, 118), (0xA700, 2)),
            Spans(120, 12 * MS, 40 * MS, 80 * MS),
            120,
            63_200_000,
        ),
        ServiceUse("C-ECHO", VERIFICATION, "requestor", 1, ((0, 1),), Spans(1, MS, MS, MS), 0, 0),
    ),
    bytes=(63_300_000, 20_000),
    syns=1,
)
REJECTED = ObservedConnection(
    2,
    MODALITY._replace(port=51515),
    PACS,
    BEGAN + 60_000 * MS,
    ended=BEGAN + 60_004 * MS,
    protocol="dicom",
    ending="rejected",
    ended_by="acceptor",
    connect=400_000,
    accept=2 * MS,
    request=REQUEST,
    answer=AssociateRj(1, 1, 7),
    syns=1,
    findings=(
        finding(
            "called-title",
            "PACS at 10.0.0.9 port 104 does not know the AE title PACS that it was called by",
            "requestor",
            others=("calling-title",),
        ),
    ),
)
ABORTED = STORED._replace(
    number=3,
    ending="aborted",
    ended_by="acceptor",
    release=None,
    abort=(2, 2),
    services=(),
    unanswered=("C-STORE", "C-STORE"),
    faults=(ObservedFault("requestor", RemoteProtocolError("P-DATA-TF is too long", "PS3.8 D.1"), BEGAN),),
    warnings=("10 bytes were passed over",),
    retransmitted=(3, 1),
    missing=(0, 2500),
    partial=("P-DATA-TF", ""),
    handshake=False,
    findings=(finding("request-lost", "packets are lost on the way", "network", advice=()),),
)
REFUSED = ObservedConnection(
    4,
    MODALITY,
    PACS._replace(port=105),
    BEGAN,
    ended=BEGAN + MS,
    ending="refused",
    ended_by="acceptor",
    syns=1,
    findings=(finding("refused", "nothing listens on port 105 of 10.0.0.9", "acceptor", advice=()),),
)
UNANSWERED = REFUSED._replace(number=5, ending="unanswered", ended_by=None, ended=None, syns=3, findings=())
SECURED = ObservedConnection(
    6,
    MODALITY,
    PACS._replace(port=2762),
    BEGAN,
    ended=BEGAN + 5 * MS,
    protocol="tls",
    ending="closed",
    ended_by="requestor",
    tls=ObservedTls(
        offered=("TLS 1.3", "TLS 1.2"),
        suites=("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_A", "TLS_B"),
        server_name="pacs.example.org",
        version="TLS 1.2",
        suite="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        certificates=(b"no certificate",),
        asks_for_certificate=True,
        alerts=(("requestor", "unknown ca"),),
    ),
)
HTTP = ObservedConnection(
    7, MODALITY, PACS, BEGAN, protocol="http", starts=(b"GET / HTTP/1.1", b""), ending="open"
)
MIDDLE = ObservedConnection(
    8,
    Endpoint("2001:db8::1", 5),
    PACS,
    BEGAN,
    protocol="dicom",
    ending="reset",
    ended_by="requestor",
    handshake=False,
)
LOGGED = ObservedConnection(
    9, Endpoint(), Endpoint(), 0, protocol="dicom", ending="open", request=REQUEST._replace(calling_aet="")
)
EVERY = (STORED, REJECTED, ABORTED, REFUSED, UNANSWERED, SECURED, HTTP, MIDDLE, LOGGED)


def showing(
    monkeypatch: pytest.MonkeyPatch, *connections: ObservedConnection, warnings: tuple[str, ...] = ()
) -> None:
    """Have every file that is read hold these connections, which are explained already."""

    def read(
        _file: BinaryIO, _path: str, _format: str | None, _observe: object, warn: Callable[[str], None]
    ) -> Iterator[ObservedConnection]:
        for sentence in warnings:
            warn(sentence)
        yield from connections

    monkeypatch.setattr(reading, "read", read)
    monkeypatch.setattr(reading, "explained", lambda connection, _slow: connection)
