"""What is told of connections: a sentence each, the totals, and JSON by the schema."""

from typing import Any

import pytest

from dcmtool.errors import Rejection
from dcmtool.scp import report
from dcmtool.scp.record import ConnectionOutcome, Record, RequestSummary, TlsFacts, Totals
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from dcmtool.upper_layer.user_information import ImplementationVersionName, MaximumLength
from tests.peers import pki
from tests.reporting.documents import validator

VERIFICATION, CT, MR = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
BARE = Record("10.0.0.1", 104, ConnectionOutcome.NOTHING_SENT, 1_500_000)


def asking(*uids: str, titles: tuple[str, str] = ("YOU", "ME")) -> RequestSummary:
    """Return what is kept of a request for these abstract syntaxes, a context each."""
    contexts = tuple(ProposedContext(2 * n + 1, uid, ("1.2.840.10008.1.2",)) for n, uid in enumerate(uids))
    information = (MaximumLength(0), ImplementationVersionName("X\x1b"))
    return RequestSummary.of(AssociateRq(*titles, contexts, information))


def served(outcome: ConnectionOutcome = ConnectionOutcome.RELEASED, **others: Any) -> Record:
    """Return the record of an association."""
    usual = {"request": asking(VERIFICATION), "accepted": 1, "echoes": 1}
    return BARE._replace(outcome=outcome, **{**usual, **others})


SENTENCES = [
    (BARE, "10.0.0.1 port 104: nothing was sent (2 ms)"),
    (
        BARE._replace(reason="nothing came within 30 s"),
        "10.0.0.1 port 104: nothing was sent: nothing came within 30 s (2 ms)",
    ),
    (
        BARE._replace(outcome=ConnectionOutcome.TURNED_AWAY),
        "10.0.0.1 port 104: turned away, too many connections (2 ms)",
    ),
    (
        BARE._replace(outcome=ConnectionOutcome.TLS_FAILED, reason="why"),
        "10.0.0.1 port 104: no TLS session: why (2 ms)",
    ),
    (
        served(),
        "10.0.0.1 port 104: ME called YOU for Verification, 1 of 1 context accepted, 1 echo, released (2 ms)",
    ),
    (
        served(request=asking(VERIFICATION, VERIFICATION, CT), accepted=2, echoes=0, duration=12_345_678_901),
        "10.0.0.1 port 104: ME called YOU for Verification and CT Image Storage, 2 of 3 contexts accepted, "
        "0 echoes, released (12.3 s)",
    ),
    (
        served(request=asking(VERIFICATION, CT, MR), echoes=2),
        "10.0.0.1 port 104: ME called YOU for Verification and 2 other SOP classes, "
        "1 of 3 contexts accepted, 2 echoes, released (2 ms)",
    ),
    (
        served(request=asking(CT, MR), accepted=0, echoes=0),
        "10.0.0.1 port 104: ME called YOU for 2 SOP classes, 0 of 2 contexts accepted, 0 echoes, "
        "released (2 ms)",
    ),
    (
        served(request=asking("1.2.3\x1b[31m"), accepted=0, echoes=0),
        "10.0.0.1 port 104: ME called YOU for 1.2.3\\x1b[31m, 0 of 1 context accepted, 0 echoes, "
        "released (2 ms)",
    ),
    (
        served(request=asking(), accepted=0, echoes=0),
        "10.0.0.1 port 104: ME called YOU, 0 of 0 contexts accepted, 0 echoes, released (2 ms)",
    ),
    (
        served(ConnectionOutcome.REJECTED, reason="Local Limit Exceeded", rejection=Rejection(2, 3, 2)),
        "10.0.0.1 port 104: ME called YOU for Verification, rejected: Local Limit Exceeded (2 ms)",
    ),
    (
        served(request=asking(VERIFICATION, titles=("\x07", "\x1b[2J"))),
        "10.0.0.1 port 104: \\x1b[2J called \\x07 for Verification, 1 of 1 context accepted, 1 echo, "
        "released (2 ms)",
    ),
    (
        served(tls=TlsFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", b"")),
        "10.0.0.1 port 104 (TLSv1.3): ME called YOU for Verification, 1 of 1 context accepted, 1 echo, "
        "released (2 ms)",
    ),
    (
        served(tls=TlsFacts("TLSv1.2", "X", pki.standard().client.der)),
        "10.0.0.1 port 104 (TLSv1.2, CN=client,O=Test,C=DE): ME called YOU for Verification, "
        "1 of 1 context accepted, 1 echo, released (2 ms)",
    ),
    (
        served(tls=TlsFacts("TLSv1.2", "X", b"garbage")),
        "10.0.0.1 port 104 (TLSv1.2, a certificate that cannot be read): ME called YOU for Verification, "
        "1 of 1 context accepted, 1 echo, released (2 ms)",
    ),
]


@pytest.mark.parametrize(("record", "sentence"), SENTENCES)
def test_sentences(record: Record, sentence: str) -> None:
    assert report.sentence(record) == sentence


@pytest.mark.parametrize("record", [record for record, _ in SENTENCES])
def test_documents_are_valid(record: Record) -> None:
    document = report.connection(record)
    validator("scp").validate(document)
    assert document["event"] == "connection"
    assert document["connection"]["outcome"] == record.outcome


def test_totals() -> None:
    totals = Totals()
    assert report.summary(totals, 0.04) == (
        "0 associations, 0 echoes, 0 connections without an association, in 0.0 s"
    )
    for record in (BARE, served(), served(echoes=3), served(ConnectionOutcome.ABORTED, echoes=0)):
        totals.add(record)
    assert (totals.connections, totals.associations, totals.echoes) == (4, 3, 4)
    assert report.summary(totals, 61.25) == (
        "3 associations (1 aborted, 2 released), 4 echoes, 1 connection without an association, in 61.2 s"
    )
    document = report.ended(totals, 5)
    validator("scp").validate(document)
    assert document["totals"]["outcomes"] == {
        str(each): totals.outcomes.get(each, 0) for each in ConnectionOutcome
    }


@pytest.mark.parametrize("fingerprint", [None, "AA:BB"])
def test_that_it_listens(fingerprint: str | None) -> None:
    document = report.listening("::", 104, "PACS", fingerprint)
    validator("scp").validate(document)
    assert document["listening"] == {
        "address": "::",
        "port": 104,
        "aetitle": "PACS",
        "fingerprint_sha256": fingerprint,
    }
