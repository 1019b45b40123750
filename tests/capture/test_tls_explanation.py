"""What TLS handshakes between two others come to, as far as they are in the clear."""

import time
from typing import Any

import pytest

from dcmtool.capture.connection import ObservedConnection, ObservedTls
from dcmtool.capture.explanation import explained
from dcmtool.capture.parties import Parties
from dcmtool.capture.tls_explanation import of_certificate
from tests.capture.observations import MILLISECOND, SECOND, accepted, connection, ended, use
from tests.peers import pki

HELLO = b"\x16\x03\x01\x00\xc8\x01"  # a record of 205 bytes
SERVER_HELLO, ALERT, PDU = b"\x16\x03\x03\x00\x7a\x02", b"\x15\x03\x03\x00\x02\x02\x28", b"\x07\0\0\0\0\x04"
SIZE = 205
LATE = 1002 * MILLISECOND
NOW = time.time_ns()
CAST = pki.standard()


def secured(answer: bytes = SERVER_HELLO, *, sent: int = SIZE, **others: Any) -> ObservedConnection:
    """Return a connection that the requestor began with TLS; `others` are of the handshake or the rest."""
    of_tls = {name: others.pop(name) for name in ObservedTls._fields if name in others}
    usual: dict[str, Any] = {"offered": ("TLS 1.2", "TLS 1.3"), "server_name": None}
    if answer == SERVER_HELLO:
        usual["version"] = "TLS 1.2"
    given: dict[str, Any] = {"protocol": "tls", "began": NOW, "ended": NOW + 20 * MILLISECOND}
    tls = ObservedTls(**(usual | of_tls))
    sizes = {"starts": (HELLO, answer), "bytes": (sent, len(answer))}
    return connection(**(given | sizes | {"tls": tls} | others))


def left(by: str, after: int = 20 * MILLISECOND, how: str = "closed") -> dict[str, Any]:
    """Return how a connection ended."""
    return {"ending": how, "ended_by": by, "ended": NOW + after}


def alert(side: str, name: str) -> dict[str, Any]:
    """Return that a side sent an alert."""
    return {"alerts": ((side, name),)}


DER = {
    name: (getattr(CAST, name).der,) for name in ("server", "expired", "future", "small", "own", "elsewhere")
}
WEEK = 7 * 24 * 3600 * SECOND
LAST_DAYS = int(CAST.server.certificate.not_valid_after_utc.timestamp()) * SECOND - WEEK

CASES: dict[str, tuple[ObservedConnection, list[str]]] = {
    # No answer, or one of another protocol.
    "DICOM in answer": (secured(PDU), ["plain-expected requestor"]),
    "HTTP in answer": (secured(b"HTTP/1.1 400"), ["other-protocol requestor"]),
    "SSH in answer": (secured(b"SSH-2.0"), ["other-protocol requestor"]),
    "closed": (secured(b"", **left("acceptor")), ["plain-expected requestor"]),
    "reset": (secured(b"", **left("acceptor", how="reset")), ["plain-expected requestor"]),
    "silent": (secured(b"", **left("requestor", LATE)), ["tls-unanswered acceptor"]),
    "impatient": (secured(b"", **left("requestor")), ["tls-broken-off requestor"]),
    "waits when the capture ends": (secured(b"", ending="open", ended_by=None), []),
    "waits for long": (
        secured(b"", ending="open", ended_by=None, ended=NOW + 60 * SECOND),
        ["tls-unanswered acceptor"],
    ),
    "parts are missing": (secured(b"", missing=(0, 9), **left("acceptor")), []),
    "nothing known of the handshake": (
        secured(b"", tls=None, **left("acceptor")),
        ["plain-expected requestor"],
    ),
    # Alerts before an answer.
    "version": (secured(ALERT, **alert("acceptor", "protocol version")), ["tls-version requestor"]),
    "suite": (secured(ALERT, **alert("acceptor", "handshake failure")), ["tls-cipher requestor"]),
    "strength": (secured(ALERT, **alert("acceptor", "insufficient security")), ["tls-cipher requestor"]),
    "name": (secured(ALERT, **alert("acceptor", "unrecognized name")), ["tls-sni requestor"]),
    "any": (secured(ALERT, **alert("acceptor", "internal error")), ["tls-refused acceptor"]),
    # Alerts of the acceptor's, once it has answered.
    "certificate wanted": (
        secured(asks_for_certificate=True, **alert("acceptor", "handshake failure")),
        ["client-certificate-required requestor"],
    ),
    "certificate wanted, in as many words": (
        secured(**alert("acceptor", "certificate required")),
        ["client-certificate-required requestor"],
    ),
    "certificate refused": (
        secured(client_certificates=DER["server"], **alert("acceptor", "unknown ca")),
        ["client-certificate-refused requestor"],
    ),
    "no certificate asked for": (secured(**alert("acceptor", "bad certificate")), ["tls-refused acceptor"]),
    "something else": (secured(**alert("acceptor", "internal error")), ["tls-refused acceptor"]),
    # The end without an alert.
    "closed midway": (secured(**left("acceptor")), ["tls-refused acceptor"]),
    "closed for want of a certificate": (
        secured(asks_for_certificate=True, **left("acceptor")),
        ["client-certificate-required requestor"],
    ),
    "closed for a certificate": (
        secured(asks_for_certificate=True, client_certificates=DER["server"], **left("acceptor")),
        ["client-certificate-refused requestor"],
    ),
    "left midway": (secured(**alert("requestor", "close notify")), ["tls-broken-off requestor"]),
    "still at it": (secured(ending="open", ended_by=None), []),
    # TLS 1.3, in which most is encrypted.
    "certificate wanted, encrypted": (
        secured(
            version="TLS 1.3", sent=SIZE + 400, **alert("acceptor", "encrypted alert"), **left("acceptor")
        ),
        ["client-certificate-required requestor"],
    ),
    "certificate refused, encrypted": (
        secured(
            version="TLS 1.3", sent=SIZE + 2400, **alert("acceptor", "encrypted alert"), **left("acceptor")
        ),
        ["client-certificate-refused requestor"],
    ),
    "left as soon as there was a session": (
        secured(version="TLS 1.3", established=True, sent=SIZE + 104),
        ["tls-broken-off requestor"],
    ),
    "left with an alert as soon as there was a session": (
        secured(
            version="TLS 1.3",
            established=True,
            sent=SIZE + 104,
            **alert("requestor", "encrypted alert"),
            **left("acceptor"),
        ),
        ["tls-broken-off requestor"],
    ),
    "in order": (secured(version="TLS 1.3", established=True, sent=SIZE + 900), []),
    "in order, closed by the acceptor": (
        secured(version="TLS 1.3", established=True, **left("acceptor")),
        [],
    ),
    # The acceptor's certificate.
    "unknown authority": (
        secured(certificates=DER["server"], **alert("requestor", "unknown ca")),
        ["certificate-untrusted requestor"],
    ),
    "unknown authority, encrypted": (
        secured(**alert("requestor", "unknown ca")),
        ["certificate-untrusted requestor"],
    ),
    "self-signed": (
        secured(certificates=DER["own"], **alert("requestor", "unknown ca")),
        ["certificate-self-signed requestor"],
    ),
    "expired": (
        secured(certificates=DER["expired"], **alert("requestor", "certificate expired")),
        ["certificate-expired acceptor"],
    ),
    "expired, without a word": (
        secured(certificates=DER["expired"]),
        ["certificate-expired acceptor"],
    ),
    "expired, and refused as unknown": (
        secured(certificates=DER["expired"], **alert("requestor", "certificate unknown")),
        ["certificate-expired acceptor"],
    ),
    "expired, and taken": (
        secured(certificates=DER["expired"], established=True),
        ["certificate-expired acceptor"],
    ),
    "expired in the clear of a cut handshake": (
        secured(certificates=DER["expired"], missing=(9, 0)),
        ["certificate-expired acceptor"],
    ),
    "not yet valid": (
        secured(certificates=DER["future"], **alert("requestor", "bad certificate")),
        ["certificate-not-yet-valid acceptor"],
    ),
    "expires soon": (
        secured(certificates=DER["server"], began=LAST_DAYS, established=True),
        ["certificate-expires-soon acceptor"],
    ),
    "expires soon, and refused": (
        secured(certificates=DER["server"], began=LAST_DAYS, **alert("requestor", "bad certificate")),
        ["certificate-untrusted requestor", "certificate-expires-soon acceptor"],
    ),
    "another name": (
        secured(
            certificates=DER["elsewhere"], server_name="localhost", **alert("requestor", "bad certificate")
        ),
        ["certificate-other-host requestor"],
    ),
    "right name": (
        secured(certificates=DER["server"], server_name="localhost", established=True),
        [],
    ),
    "revoked": (
        secured(certificates=DER["server"], **alert("requestor", "certificate revoked")),
        ["certificate-revoked acceptor"],
    ),
    "weak": (
        secured(certificates=DER["small"], **alert("requestor", "bad certificate")),
        ["certificate-weak acceptor"],
    ),
    "of another purpose": (
        secured(**alert("requestor", "unsupported certificate")),
        ["certificate-purpose acceptor"],
    ),
    "certificate of no date": (secured(certificates=DER["expired"], began=0, established=True), []),
    "certificate after all dates": (secured(certificates=DER["expired"], began=10**30, established=True), []),
    "no certificate": (secured(certificates=(b"\0",), established=True), []),
    "version chosen": (secured(**alert("requestor", "protocol version")), ["tls-version requestor"]),
    "the requestor's own reason": (
        secured(**alert("requestor", "illegal parameter")),
        ["tls-broken-off requestor"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_it_comes_to(name: str) -> None:
    seen, expected = CASES[name]
    found = explained(seen).findings
    assert [f"{each.finding.id} {each.actor}" for each in found] == expected
    for each in found:
        assert each.finding.certainty != "certain" or not each.finding.alternatives


def test_words() -> None:
    seen = secured(ALERT, server_name="pacs", **alert("acceptor", "protocol version"))
    assert explained(seen).findings[0].finding.sentence == (
        "10.0.0.9 and 10.0.0.5:104 have no TLS version in common (the requestor offers TLS 1.2, TLS 1.3)"
    )
    named = secured(ALERT, server_name="pacs", **alert("acceptor", "unrecognized name"))
    assert explained(named).findings[0].finding.sentence.endswith("and 10.0.0.9 asks for pacs")


def test_a_session_that_a_trace_tells_of() -> None:
    tls = ObservedTls(version="TLS 1.3", certificates=DER["expired"], established=True)
    seen = accepted(use(), tls=tls, began=NOW)
    assert [each.finding.id for each in explained(seen).findings] == ["certificate-expired"]
    assert explained(accepted(use(), tls=tls._replace(certificates=()))).findings == ()


def test_no_session_has_no_certificate() -> None:
    assert of_certificate(Parties(connection(**ended("requestor")))) == []
