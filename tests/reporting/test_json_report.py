"""Reports as JSON: plain types, finite numbers, a peer's text unharmed, always by the schema."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool import errors
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.events import EchoAnswered
from dcmtool.identity import Identity
from dcmtool.reporting.json_report import document, reply, without_verification
from dcmtool.settings import EchoRequest, Negotiation, Peer
from dcmtool.steps import TlsSession
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.indications import Accepted
from dcmtool.upper_layer.pdus import AssociateAc, ProposedContext
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    UserIdentityResponse,
)
from dcmtool.verification.report import EchoReport, Phases, Reply
from tests.peers import pki
from tests.reporting.documents import read, unverified, validator

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
REQUEST = EchoRequest(Peer("pacs", 104), Negotiation("US", "PACS"))
CODES = {
    errors.NoConnection: 60,
    errors.TlsFailed: 71,
    errors.AssociationFailed: 61,
    errors.EchoFailed: 62,
    errors.ReleaseFailed: 67,
}


def written(
    report: EchoReport, code: int = 0, now: datetime = NOW, request: EchoRequest = REQUEST
) -> dict[str, Any]:
    """Return the document of a report as whoever reads it has it."""
    made = document(report, request, code, now)
    text = json.dumps(made, allow_nan=False)
    assert json.loads(text) == made
    return read(text)


def finished(**fields: Any) -> EchoReport:
    """Return the report of a success."""
    return EchoReport("pacs", 104, stage="done", **fields)


def session(certificate: bytes, server_name: str | None = None) -> TlsSession:
    """Return a session with this certificate."""
    return TlsSession("TLSv1.2", "TLS_RSA_WITH_NULL_SHA256", 0, certificate, True, server_name)


def test_a_session_without_a_certificate() -> None:
    assert written(finished(tls=session(b"")))["tls"] == {
        "protocol": "TLSv1.2",
        "cipher": "TLS_RSA_WITH_NULL_SHA256",
        "bits": 0,
        "server_name": None,
        "certificate": None,
        "certificate_error": None,
    }


def test_a_certificate_that_cannot_be_read() -> None:
    tls = written(finished(tls=session(b"abc")))["tls"]
    assert (tls["certificate"], tls["certificate_error"]) == (
        None,
        "the 3 bytes are not the DER of an X.509 certificate",
    )


@pytest.mark.parametrize(
    ("identity", "name", "state", "days", "matches"),
    [
        (pki.standard().server, "localhost", "valid", 27026, True),
        (pki.standard().expired, "other", "expired", -8767, False),
        (pki.standard().future, None, "not-yet-valid", 27026, False),
    ],
)
def test_a_certificate(
    identity: pki.Identity, name: str | None, state: str, days: int, matches: bool
) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    der = identity.certificate.public_bytes(Encoding.DER)
    shown = written(finished(tls=session(der, name)))["tls"]["certificate"]
    assert (shown["state"], shown["days_left"], shown["name_matches"]) == (state, days, matches)
    assert shown["not_after"] == identity.certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z")
    assert shown["verified"] is True


@pytest.mark.parametrize(
    ("identity", "kind", "text", "user"),
    [
        (Identity("änna"), 1, "user name", "änna"),
        (Identity("anna", "s3cret", positive_response=True), 2, "user name and passcode", "anna"),
        (Identity(kerberos_ticket=b"s3cret"), 3, "Kerberos", None),
        (Identity(saml_assertion="s3cret"), 4, "SAML", None),
        (Identity(jwt="s3cret"), 5, "JWT", None),
    ],
)
def test_a_user_identity(identity: Identity, kind: int, text: str, user: str | None) -> None:
    request = EchoRequest(Peer("pacs", 104), Negotiation(identity=identity))
    made = {"type": kind, "type_text": text, "user": user}
    made["confirmation_requested"] = identity.positive_response
    for answer, confirmed in ((None, None), ((), False), ((UserIdentityResponse(b"s3cret"),), True)):
        accepted = None if answer is None else Accepted(AssociateAc("", "", (), answer), ())
        told = written(finished(accepted=accepted), request=request)
        assert told["user_identity"] == made | {"confirmed": confirmed}
        assert "s3cret" not in json.dumps(told)


def test_without_a_verification() -> None:
    made = without_verification("usage-error", "what \x1b", 1)
    assert read(json.dumps(made)) == unverified("usage-error", 1, "what \x1b")


def test_the_start_is_told_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    made = written(finished(), now=datetime(2026, 1, 1, 1, 2, 3, 4, tzinfo=east))
    assert made["started"] == "2025-12-31T23:02:03.000004Z"


def test_a_reply() -> None:
    made = reply(EchoAnswered(CEchoRsp(7, 0xFFFF, "a comment"), 12), 34, NOW)
    assert read(json.dumps(made), "echo-reply") == {
        "schema": "dcmtool.echo-reply/1",
        "started": "2026-01-01T12:00:00.000000Z",
        "message_id": 7,
        "status": 0xFFFF,
        "round_trip_ns": 12,
        "offset_ns": 34,
    }


@pytest.mark.parametrize(
    ("source", "reason", "texts"),
    [
        (0, 1, ("service user", None)),
        (2, 6, ("service provider", "invalid PDU parameter value")),
        (2, 200, ("service provider", None)),
        (255, 0, (None, None)),
    ],
)
def test_an_abort(source: int, reason: int, texts: tuple[str | None, str | None]) -> None:
    error = errors.AssociationAborted("echo", errors.PeerAbort(source, reason))
    abort = written(EchoReport("pacs", 104, stage="echo", error=error), 70)["abort"]
    assert (abort["source"], abort["reason"]) == (source, reason)
    assert (abort["source_text"], abort["reason_text"]) == texts


# Whatever the peer says -------------------------------------------------------------------------------

SYNTAX = "1.2.840.10008.1.2"
taken = st.one_of(st.none(), st.integers(0, 10**15))
latin = st.text(st.characters(max_codepoint=0xFF), max_size=70)
contexts = st.builds(
    PresentationContext,
    st.builds(ProposedContext, st.integers(0, 127).map(lambda n: 2 * n + 1), latin, st.just((SYNTAX,))),
    st.one_of(st.none(), st.integers(0, 255)),
    latin,
)
information = st.tuples(
    st.builds(MaximumLength, st.integers(0, 2**32 - 1)),
    st.builds(ImplementationClassUid, latin),
    st.builds(ImplementationVersionName, latin),
)
answers = st.builds(
    lambda information, contexts: Accepted(AssociateAc("", "", (), information), tuple(contexts)),
    information,
    st.lists(contexts, max_size=4),
)
replies = st.lists(st.builds(Reply, st.just(1), st.integers(0, 0xFFFF), st.integers(0, 10**15)), max_size=6)
failures = st.one_of(
    st.none(),
    st.builds(lambda text: errors.EchoFailed("echo", errors.StatusNotSuccess(1, "x", text)), st.text()),
    st.builds(
        lambda data: errors.AssociationFailed("associate", errors.NotDicom(data)), st.binary(max_size=8)
    ),
    st.just(errors.ReleaseFailed("release", errors.ConnectionLost())),
)
sessions = st.one_of(st.none(), st.builds(session, st.binary(max_size=40), st.one_of(st.none(), latin)))


@given(
    st.text(min_size=1).filter(str.strip),
    st.builds(Phases, taken, taken, taken, taken, taken, taken),
    st.one_of(st.none(), answers),
    replies,
    failures,
    sessions,
)
def test_every_report_is_by_the_schema(
    host: str,
    phases: Phases,
    accepted: Accepted | None,
    replies: list[Reply],
    failure: errors.VerificationFailed | None,
    tls: TlsSession | None,
) -> None:
    stage = failure.stage if failure else "done"
    report = EchoReport(host, 104, stage=stage, error=failure, phases=phases, tls=tls, accepted=accepted)
    for each in replies:
        report.echoes.sent += 1
        report.echoes.add(each)
    shown = written(report, CODES[type(failure)] if failure else 0)
    assert shown["peer"]["host"] == host
    assert sum(status["count"] for status in shown["echoes"]["statuses"]) == len(replies)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_every_clock_will_do(now: datetime) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    der = pki.standard().server.certificate.public_bytes(Encoding.DER)
    shown = written(finished(tls=session(der)), now=now)["tls"]["certificate"]
    assert timedelta(days=shown["days_left"]) <= pki.VALID[1] - now


def test_the_schema_refuses_what_is_not_in_it() -> None:
    good = document(finished(), REQUEST, 0, NOW)
    for bad in (
        good | {"more": 1},
        good | {"exit_code": 1},
        good | {"message": "what"},
        good | {"peer": None},
        good | {"phases": {}},
        {key: value for key, value in good.items() if key != "abort"},
    ):
        assert not validator("echo").is_valid(bad)
