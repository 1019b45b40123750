"""What all that was seen of a node comes to."""

import errno
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dcmtool.certificates import throwaway
from dcmtool.diagnosis.conclusions import findings_of
from dcmtool.diagnosis.evidence import Evidence
from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import (
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NameNotResolved,
    PeerAbort,
    Rejection,
    TlsFailure,
)
from dcmtool.settings import EchoRequest, Peer, TlsSettings
from dcmtool.verification.report import Phases, Reply
from tests.diagnosis.attempts import (
    FIRST,
    SECOND,
    SECOND_ADDRESS,
    SECURED,
    SESSION,
    SIXTH,
    bad,
    evidence,
    found,
    good,
    negotiated,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IN_ORDER = [good(), good(2), good(3), good(4)]
NAMED = EchoRequest(Peer("pacs", 104), tls=TlsSettings(server_name="pacs"))


def findings(seen: Evidence) -> list[Finding]:
    """Return what was found."""
    return list(findings_of(seen, NOW))


def ids(seen: Evidence) -> list[str]:
    """Return the ids of what was found, in their order."""
    return [each.id for each in findings(seen)]


def refused(address: str, number: int = errno.ECONNREFUSED) -> ConnectFailed:
    """Return the failure of an address."""
    return ConnectFailed(address, 104, ((address, OSError(number, "")),))


def test_nothing_wrong() -> None:
    (finding,) = findings(evidence(*IN_ORDER))
    assert (finding.id, finding.certainty, finding.actor, finding.advice) == ("in-order", "certain", None, ())
    assert finding.sentence == "the node ARCHIVE answers every echo, at once and each time alike"
    assert [each.association for each in finding.evidence] == [1, 2, 3, 4]


NOBODY = NameNotResolved("pacs", 104, "unknown")
AGAIN = NameNotResolved("pacs", 104, "again", temporary=True)


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        ((found("ipv6", cause=NOBODY), found("ipv4", cause=NOBODY)), ("unknown-host", "certain")),
        ((found("ipv6", SIXTH, wanted=False), found("ipv4", cause=NOBODY)), ("family-mismatch", "certain")),
        ((found("ipv6", cause=AGAIN), found("ipv4", cause=AGAIN)), ("lookup-unanswered", "likely")),
        (
            (found("ipv4", cause=DeadlineExpired("address of pacs", "connect", 10)),),
            ("lookup-unanswered", "likely"),
        ),
    ],
)
def test_no_address(lookups: tuple[Any, ...], expected: tuple[str, str]) -> None:
    (finding,) = findings(evidence(lookups=lookups))
    assert (finding.id, finding.certainty) == expected
    assert len(finding.evidence) == len(lookups)


def test_a_slow_lookup() -> None:
    lookups = (found("ipv6", cause=NOBODY, took=5 * SECOND), found("ipv4", FIRST))
    (finding,) = findings(evidence(*IN_ORDER, lookups=lookups))
    assert (finding.id, finding.sentence) == ("slow-lookup", "looking up pacs took 5.0 s")


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.ENETUNREACH])
def test_an_address_of_another_family_that_is_refused_at_once_costs_nothing(number: int) -> None:
    assert ids(evidence(bad("connect", refused(SIXTH, number), address=SIXTH), good(2))) == ["in-order"]


@pytest.mark.parametrize(
    ("address", "number", "name"),
    [
        (SIXTH, errno.ETIMEDOUT, "no-answer-to-connect"),
        (SECOND_ADDRESS, errno.ECONNREFUSED, "refused"),
    ],
)
def test_one_address_of_several_that_fails(address: str, number: int, name: str) -> None:
    assert ids(evidence(good(), bad("connect", refused(address, number), 2, address=address))) == [name]


def test_now_and_then() -> None:
    first, second = findings(evidence(good(), bad("associate", Rejection(2, 3, 2), 2), good(3), good(4)))
    assert (first.id, first.certainty, second.id) == ("intermittent", "likely", "local-limit")
    assert first.sentence.startswith("1 of 4 associations failed, and the others did not: ")
    assert {"different-peers", "busy", "local-limit"} == {*first.alternatives}
    assert len(first.evidence) == 3


def test_several_programs_at_one_address() -> None:
    others = negotiated("1.2.4", "")
    (finding,) = findings(evidence(good(), good(2, negotiated=others), good(3), good(4)))
    assert (finding.id, finding.sentence) == (
        "different-peers",
        "not the same program answers each time: 1.2.3 (PACS_1) and 1.2.4",
    )
    assert len(finding.evidence) == 4


@pytest.mark.parametrize(
    ("attempt", "name", "alternatives"),
    [
        (good(phases=Phases(connect=SECOND)), "slow-connect", ()),
        (good(phases=Phases(associate=SECOND)), "slow-accept", ("slow-reverse-lookup",)),
        (good(replies=(Reply(1, 0, 5), Reply(2, 0, SECOND))), "slow-echo", ()),
    ],
)
def test_what_takes_too_long(attempt: Any, name: str, alternatives: tuple[str, ...]) -> None:
    (finding,) = findings(evidence(attempt, good(2)))
    assert (finding.id, finding.alternatives, finding.certainty) == (name, alternatives, "likely")
    assert "took 1.0 s" in finding.sentence
    assert [each.what for each in finding.evidence] == ["took 1.0 s"]


def test_listening_is_no_slowness() -> None:
    attempts = [bad("associate", ConnectionLost()), good(2, listened=True, phases=Phases(associate=SECOND))]
    assert ids(evidence(*attempts)) == ["intermittent", "closed-on-association"]


def test_who_hangs_up_by_itself() -> None:
    by_itself = bad("associate", ConnectionLost(), 2, listened=True, spoke_first=True)
    (finding,) = findings(evidence(bad("associate", ConnectionLost()), by_itself))
    assert (finding.id, finding.certainty) == ("closed-at-once", "likely")
    assert "calling-address" in finding.alternatives


def test_who_hangs_up_only_once_it_is_asked() -> None:
    waited = bad("associate", ConnectionLost(), 2, listened=True)
    (finding,) = findings(evidence(bad("associate", ConnectionLost()), waited))
    assert finding.id == "closed-on-association"
    assert "closed-at-once" not in finding.alternatives
    assert "proxy-header-expected" in finding.alternatives


def test_the_server_name_was_all() -> None:
    failed = bad("tls", TlsFailure("no-common-cipher", "what"), request=SECURED)
    (first,) = findings(evidence(failed, good(2, NAMED)))  # what it looked like at first is none
    assert (first.id, first.certainty, first.alternatives) == ("tls-sni", "certain", ())
    assert first.sentence == "the node ARCHIVE goes by the server name (SNI), and takes pacs"
    assert str(first.advice[0]) == "give one with server_name="


def test_a_close_in_place_of_tls_may_be_chance() -> None:
    failed = bad("tls", TlsFailure("closed", "what"), request=SECURED)
    (finding,) = findings(evidence(failed, good(2, NAMED)))
    assert (finding.id, finding.certainty, finding.alternatives) == ("tls-sni", "likely", ("intermittent",))


def test_the_server_name_was_too_much() -> None:
    failed = bad("tls", TlsFailure("server-name", "what"), request=NAMED)
    first = findings(evidence(failed, good(2, SECURED)))[0]
    assert (first.id, first.sentence) == ("tls-sni", "the node goes by the server name (SNI), and takes none")


@pytest.fixture(scope="module")
def certificate() -> bytes:
    """A certificate that is valid from now on for 30 days."""
    return throwaway.self_signed("pacs", ["pacs"], NOW).certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("day", "least", "name"),
    [
        (0, None, "in-order"),
        (20, None, "certificate-expires-soon"),
        (20, 5, "in-order"),
        (0, 31, "certificate-expires-soon"),
        (31, None, "certificate-expired"),
        (-1, None, "certificate-not-yet-valid"),
    ],
)
def test_the_dates_of_a_certificate(certificate: bytes, day: int, least: int | None, name: str) -> None:
    request = EchoRequest(Peer("pacs", 104), tls=TlsSettings(min_days=least, verify_peer=False))
    attempt = good(1, request, session=SESSION._replace(certificate=certificate))
    seen = evidence(attempt, request=request)
    (finding,) = findings_of(seen, NOW + timedelta(days=day))
    by_our_clock = "certain" if name == "in-order" else "likely"
    assert (finding.id, finding.certainty) == (name, by_our_clock)


def test_a_certificate_for_another_host(certificate: bytes) -> None:
    request = EchoRequest(Peer("archive", 104), tls=TlsSettings())
    session = SESSION._replace(certificate=certificate)
    (finding,) = findings(evidence(good(1, request, session=session)))
    assert (finding.id, finding.evidence[0].what) == (
        "certificate-other-host",
        "the certificate is for DNS:pacs",
    )
    named = EchoRequest(Peer("archive", 104), tls=TlsSettings(server_name="pacs"))
    assert ids(evidence(good(1, named, session=session))) == ["in-order"]


def test_a_reset_while_connecting_is_by_itself() -> None:
    reset = ConnectFailed("pacs", 104, (("192.0.2.7", ConnectionResetError(errno.ECONNRESET, "reset")),))
    first, second = bad("associate", ConnectionLost()), bad("connect", reset, 2)
    assert ids(evidence(first, second._replace(listened=True))) == ["closed-at-once"]


def test_a_certificate_that_cannot_be_read_has_no_dates() -> None:
    assert ids(evidence(good(1, SECURED, session=SESSION._replace(certificate=b"?")))) == ["in-order"]


def test_the_same_finding_is_told_once() -> None:
    attempts = [bad("echo", PeerAbort(0, 0)), bad("echo", PeerAbort(0, 0), 2)]
    assert ids(evidence(*attempts)) == ["aborted-on-echo"]


def test_who_stops_it_finds_what_there_was() -> None:
    assert ids(evidence(bad("associate", KeyboardInterrupt()))) == []
    assert ids(evidence(bad("connect", refused(FIRST)), bad("echo", KeyboardInterrupt(), 2))) == ["refused"]
