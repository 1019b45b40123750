"""The hint for each cause of a failure, and the sentence that goes with it."""

import errno
from typing import Any

import pytest

from dcmtool import errors
from dcmtool.advice import API, SENTENCES, Advice
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis.evidence import Attempt, Inquiry, of_failure
from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.diagnosis.rules import (
    RULES,
    advice_for,
    alternatives_of,
    finding_for,
    finding_of,
    rule_for,
    sentence,
)
from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    EchoFailed,
    Interrupted,
    MaximumLengthTooSmall,
    NameNotResolved,
    NoConnection,
    NoPresentationContext,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    ReleaseFailed,
    StatusNotSuccess,
    TlsFailed,
    TlsFailure,
    TlsWanted,
    UnexpectedPdu,
    UnexpectedResponse,
    VerificationFailed,
)
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings, first_transfer_syntaxes
from dcmtool.upper_layer.reader import too_long

PLAIN = EchoRequest(Peer("pacs", 104), Negotiation("US {1}", "Archive"))
SECURED = EchoRequest(Peer("pacs", 104), tls=TlsSettings())
MANY = EchoRequest(Peer("pacs", 104), Negotiation(transfer_syntaxes=first_transfer_syntaxes(51)))
UNTITLED = EchoRequest(Peer("pacs", 104))
NAMED = EchoRequest(Peer("pacs", 104), tls=TlsSettings(server_name="pacs"))
ONLY_IPV6 = EchoRequest(Peer("pacs", 104, "ipv6"))
# What goes by the clock is likely at best, since ours may be wrong.
BY_OUR_CLOCK = ("expired", "not-yet-valid", "expires-soon")
LATE = DeadlineExpired("answer", "acse", 30)
CUT_SHORT = DeadlineExpired("answer", "acse", 30, partial="A-ASSOCIATE-AC")


def unconnected(*numbers: int | None) -> NoConnection:
    """Return the failure of as many attempts, each with the system's error."""
    attempts = tuple((f"192.0.2.{place}", _error(number)) for place, number in enumerate(numbers))
    return NoConnection("connect", ConnectFailed("pacs", 104, attempts))


def _error(number: int | None) -> OSError:
    return TimeoutError("no answer in its share of the time") if number is None else OSError(number, "")


def rejected(result: int, source: int, reason: int) -> AssociationRejected:
    """Return the failure of a rejection."""
    return AssociationRejected("associate", Rejection(result, source, reason))


def unaccepted(*results: str) -> NoPresentationContext:
    """Return the failure of contexts with these results."""
    numbered = tuple((2 * place + 1, text) for place, text in enumerate(results))
    return NoPresentationContext("associate", NothingAccepted(numbered))


def answered(status: int) -> EchoFailed:
    """Return the failure of a status."""
    return EchoFailed("echo", StatusNotSuccess(status, "meaning"))


# What a failure comes to: the finding, how certain it is, and the hint.
Case = tuple[VerificationFailed, EchoRequest, str | None, str | None, str | None]

NOTHING_BACK = "nothing comes back at all: the address is wrong, or a firewall drops what is sent to port 104"
NOT_THE_PORT = "104 is not the DICOM port: ask for that of the node Archive"
TOO_MANY = "servers built on DCMTK 3.6.7 or older take at most 50 transfer syntaxes a context: lower -pts"
ALLOW = "have Verification allowed for US {1} at the node"
LOG = "read the node's log at this time: it names the titles and the address that it saw"
BUSY = "the node is busy for now: try again later"
NO_REASON = (
    "the node gives no reason: see its log, and whether it knows the titles US {1} and Archive "
    "and this host's address"
)
KNOWN = (
    "the node only answers callers that it knows: have US {1} added there with this host's address, "
    "or give a title that it knows with -aet"
)
KNOWS_NOT = "some nodes abort where they should reject: see whether it knows the titles US {1} and Archive"
RESERVED = "ask the vendor what it means: titles, a licence and limits are told so by some"
OTHER_STANDARD = "see in the node's log what it found wrong with the request, and bring it up to date"
NO_SUITE = "choose another profile (+ph lists them), or give a server name with --request-sni"


def tls(kind: str, advice: Advice | None = None, **fields: Any) -> TlsFailed:
    """Return the failure of a kind."""
    return TlsFailed("tls", TlsFailure(kind, "what {this}", advice, **fields))


def aborted(stage: str, source: int, reason: int) -> AssociationAborted:
    """Return the failure of an A-ABORT."""
    return AssociationAborted(stage, PeerAbort(source, reason))


GIVEN: dict[str, Case] = {
    # The connection.
    "unknown name": (
        *(NoConnection("connect", NameNotResolved("pacs", 104, "unknown")), PLAIN),
        *("unknown-host", "certain"),
        "check the spelling of the name, or give the node's address in its place",
    ),
    "no name service": (
        *(NoConnection("connect", NameNotResolved("pacs", 104, "again", temporary=True)), PLAIN),
        *("lookup-unanswered", "likely"),
        "the name service does not answer: give the node's address in place of its name",
    ),
    "no address of the family": (
        *(NoConnection("connect", NameNotResolved("pacs", 104, "none")), ONLY_IPV6),
        *("family-mismatch", "likely"),
        "use -i0, or give an address of the other family",
    ),
    "late name": (
        *(NoConnection("connect", DeadlineExpired("address of pacs", "-to", 1)), PLAIN),
        *("lookup-unanswered", "likely"),
        "the name service does not answer: give the node's address in place of its name",
    ),
    "refused": (
        *(unconnected(errno.ECONNREFUSED, errno.ECONNREFUSED), PLAIN, "refused", "likely"),
        "nothing listens on port 104 there, or a firewall says so: check that the node is running, "
        "and its port",
    ),
    "unreachable": (
        *(unconnected(errno.EHOSTUNREACH, errno.ENETUNREACH), PLAIN, "unreachable", "likely"),
        "no way leads to this address, or a firewall says so: check the address, the network, the VPN, and "
        "the firewalls on the way and at the node",
    ),
    "not allowed here": (
        *(unconnected(errno.EPERM), PLAIN, "local-policy", "certain"),
        "have this program and port 104 allowed in this host's firewall or endpoint protection",
    ),
    "reset at once": (
        *(unconnected(errno.ECONNRESET), PLAIN, "closed-at-once", "likely"),
        "if a proxy, a load balancer or a container's port stands there, see that the node behind runs",
    ),
    "no answer to the connection": (
        *(unconnected(errno.ETIMEDOUT, None), PLAIN, "no-answer-to-connect", "likely"),
        NOTHING_BACK,
    ),
    "two ways to fail": (
        *(unconnected(errno.ETIMEDOUT, errno.ECONNREFUSED), PLAIN, "refused", "likely"),
        "nothing listens on port 104 there, or a firewall says so: check that the node is running, "
        "and its port",
    ),
    "another error": (
        *(unconnected(errno.EMFILE), PLAIN, "connect-failed", "likely"),
        "see what this host's system says about it in its log",
    ),
    "late connection": (
        NoConnection("connect", DeadlineExpired("TCP connection to pacs port 104", "-to", 1)),
        *(PLAIN, "no-answer-to-connect", "likely", NOTHING_BACK),
    ),
    "whatever there may be": (
        *(NoConnection("connect", ConnectionLost()), PLAIN, "connect-failed", "likely"),
        "see what this host's system says about it in its log",
    ),
    "whatever there may be of TLS": (
        *(TlsFailed("tls", ConnectionLost()), SECURED, "tls-refused", "likely"),
        "see the node's log of TLS at this time",
    ),
    # Another protocol.
    **{
        f"{name} at the port": (
            *(AssociationFailed("associate", NotDicom(start)), PLAIN, "other-protocol", "certain"),
            f"this port speaks {name}: {NOT_THE_PORT}",
        )
        for name, start in {
            "HTTP": b"HTTP/1.0",
            "SSH": b"SSH-2.0-",
            "FTP or SMTP": b"220 mail",
            "a mail protocol (POP3 or IMAP)": b"+OK",
            "HL7 (MLLP)": b"\x0bMSH|",
        }.items()
    },
    "something else": (
        *(AssociationFailed("associate", NotDicom(b"\xff{}")), PLAIN, "other-protocol", "likely"),
        f"this port does not speak DICOM: {NOT_THE_PORT}",
    ),
    "no DICOM where no title was given": (
        *(AssociationFailed("associate", NotDicom(b"HTTP/1.1")), UNTITLED, "other-protocol", "certain"),
        "this port speaks HTTP: 104 is not the DICOM port: ask for that of the node",
    ),
    "TLS wanted": (
        *(TlsFailed("associate", TlsWanted()), PLAIN, "tls-expected", "certain"),
        "this port wants TLS: try +tla, or +tls where it asks for a certificate",
    ),
    # TLS.
    "no version, no name": (
        *(tls("no-common-version", Advice("other-profile")), SECURED, "tls-version", "likely"),
        "choose another profile (+ph lists them)",
    ),
    "no version": (
        *(tls("no-common-version", Advice("other-profile")), NAMED, "tls-version", "certain"),
        "choose another profile (+ph lists them)",
    ),
    "no cipher suite": (
        *(tls("no-common-cipher", Advice("other-profile-or-name")), SECURED, "tls-cipher", "likely"),
        NO_SUITE,
    ),
    "no such name": (
        *(tls("server-name", Advice("server-name")), SECURED, "tls-sni", "certain"),
        "give one with --request-sni",
    ),
    "certificate wanted": (
        tls("client-certificate-required", Advice("client-certificate"), alert="certificate required"),
        *(SECURED, "client-certificate-required", "certain", "give one with +tls KEY CERT"),
    ),
    "certificate wanted, it seems": (
        *(tls("client-certificate-required", Advice("client-certificate")), SECURED),
        *("client-certificate-required", "likely", "give one with +tls KEY CERT"),
    ),
    "certificate refused": (
        tls("client-certificate-refused", Advice("other-client-certificate"), alert="unknown ca"),
        *(SECURED, "client-certificate-refused", "certain"),
        "give another with +tls, or have the peer trust it",
    ),
    "certificate refused, it seems": (
        *(tls("client-certificate-refused", Advice("other-client-certificate")), SECURED),
        *("client-certificate-refused", "likely", "give another with +tls, or have the peer trust it"),
    ),
    "too old": (tls("too-old", Advice("update")), SECURED, "tls-refused", "likely", "bring it up to date"),
    "alert": (
        *(tls("alert", Advice("log-or-name"), alert="internal error"), SECURED, "tls-refused", "likely"),
        "see its log; it may go by a server name: give one with --request-sni",
    ),
    "TLS broken": (
        *(tls("broken"), SECURED, "tls-refused", "likely"),
        "see the node's log of TLS at this time",
    ),
    "DICOM in place of TLS": (
        tls("not-tls", Advice("dicom-without-tls"), start=b"\x07\0\0\0\0\4\0\0"),
        *(SECURED, "plain-expected", "certain", "leave +tla or +tls out, or ask for its TLS port"),
    ),
    "HTTP in place of TLS": (
        *(tls("not-tls", Advice("right-port"), start=b"HTTP/1.1"), SECURED, "other-protocol", "certain"),
        "is it the right port?",
    ),
    "something in place of TLS": (
        *(tls("not-tls", Advice("right-port"), start=b"220 mail"), SECURED, "other-protocol", "likely"),
        "is it the right port?",
    ),
    "closed in a handshake": (
        *(tls("closed-midway"), SECURED, "tls-refused", "likely"),
        "see the node's log of TLS at this time",
    ),
    "closed in place of a handshake": (
        *(tls("closed", Advice("closed-with-tls-or-name")), SECURED, "plain-expected", "likely"),
        "if the port is one without TLS, leave +tla or +tls out; else give a server name with --request-sni, "
        "or see the peer's log",
    ),
    **{
        f"certificate: {kind}": (tls(kind, Advice("log")), SECURED, finding, certainty, "see its log")
        for kind, finding in {
            "untrusted": "certificate-untrusted",
            "self-signed": "certificate-self-signed",
            "expired": "certificate-expired",
            "not-yet-valid": "certificate-not-yet-valid",
            "wrong-host": "certificate-other-host",
            "revoked": "certificate-revoked",
            "no-crl": "revocation-unknown",
            "too-weak": "certificate-weak",
            "purpose": "certificate-purpose",
            "expires-soon": "certificate-expires-soon",
        }.items()
        for certainty in ("likely" if kind in BY_OUR_CLOCK else "certain",)
    },
    "late TLS": (
        *(TlsFailed("tls", DeadlineExpired("answer to the TLS ClientHello", "-ta", 1)), SECURED),
        *("tls-unanswered", "likely"),
        "something listens but does not answer TLS: if the port is one without, leave +tla or +tls out",
    ),
    # Rejections.
    "called title": (
        *(rejected(1, 1, 7), PLAIN, "called-title", "likely"),
        "the called AE title is case-sensitive; you sent Archive: give the node's own with -aec",
    ),
    "called title where none was given": (
        *(rejected(1, 1, 7), UNTITLED, "called-title", "likely"),
        "you called ANY-SCP, since no title was given: give the node's own with -aec",
    ),
    "calling title": (rejected(1, 1, 3), PLAIN, "calling-title", "likely", KNOWN),
    "calling title where none was called": (
        *(rejected(1, 1, 3), UNTITLED, "calling-title", "likely"),
        "the node only answers callers that it knows: have ECHOSCU added there with this host's address, "
        "or give a title that it knows with -aet; you called ANY-SCP",
    ),
    "application context": (rejected(1, 1, 2), PLAIN, "application-context", "certain", OTHER_STANDARD),
    "a limit of dcm4che": (
        *(rejected(2, 1, 2), PLAIN, "local-limit", "likely"),
        "have the node's number of associations raised, and see who leaves them open",
    ),
    "rejected for no reason": (rejected(1, 1, 1), PLAIN, "rejected-without-reason", "likely", NO_REASON),
    "rejected by the provider": (rejected(1, 2, 1), PLAIN, "rejected-without-reason", "likely", NO_REASON),
    "another version": (rejected(1, 2, 2), PLAIN, "protocol-version", "certain", OTHER_STANDARD),
    "another version, for now": (rejected(2, 2, 2), PLAIN, "protocol-version", "likely", OTHER_STANDARD),
    "congestion": (rejected(2, 3, 1), PLAIN, "busy", "likely", BUSY),
    "the ACSE's, for now": (rejected(2, 2, 1), PLAIN, "busy", "likely", BUSY),
    "busy for no reason": (rejected(2, 1, 1), PLAIN, "busy", "likely", BUSY),
    "local limit": (
        *(rejected(2, 3, 2), PLAIN, "local-limit", "certain"),
        "have the node's number of associations raised, and see who leaves them open",
    ),
    "local limit for good": (
        *(rejected(1, 3, 2), PLAIN, "local-limit", "likely"),
        "have the node's number of associations raised, and see who leaves them open",
    ),
    "1/3/8": (rejected(1, 3, 8), PLAIN, "rejected-reserved-reason", "likely", RESERVED),
    "1/3/56": (rejected(1, 3, 56), PLAIN, "rejected-reserved-reason", "likely", RESERVED),
    # No acceptance.
    "too many syntaxes, closed": (
        *(AssociationFailed("associate", ConnectionLost()), MANY, "closed-on-association", "likely"),
        TOO_MANY,
    ),
    "too many syntaxes, silent": (
        *(AssociationFailed("associate", LATE), MANY, "no-answer-to-association", "likely"),
        TOO_MANY,
    ),
    "closed": (
        *(AssociationFailed("associate", ConnectionLost()), PLAIN, "closed-on-association", "likely"),
        "the port may want TLS: try +tla; or the node hangs up on callers that it does not know",
    ),
    "closed within the answer": (
        *(AssociationFailed("associate", ConnectionLost(partial="A-ASSOCIATE-AC")), PLAIN),
        *("malformed-answer", "likely", "tell the vendor of the node, with what was seen here"),
    ),
    "silent within the answer": (
        *(AssociationFailed("associate", CUT_SHORT), PLAIN, "no-answer-to-association", "likely"),
        "see the node's log, and whether its program still runs: it may hang or be full",
    ),
    "closed, TLS": (
        *(AssociationFailed("associate", ConnectionLost()), SECURED, "closed-on-association", "likely"),
        "the node may hang up on callers that it does not know: see its log",
    ),
    "silent": (
        *(AssociationFailed("associate", LATE), PLAIN, "no-answer-to-association", "likely"),
        "something listens but says nothing: the port may be none of DICOM, or want TLS (try +tla)",
    ),
    "silent, TLS": (
        *(AssociationFailed("associate", LATE), SECURED, "no-answer-to-association", "likely"),
        "see the node's log, and whether its program still runs: it may hang or be full",
    ),
    "aborted at once": (aborted("associate", 0, 0), PLAIN, "aborted-on-association", "likely", KNOWS_NOT),
    "aborted at once, none called": (
        *(aborted("associate", 2, 0), UNTITLED, "aborted-on-association", "likely"),
        "some nodes abort where they should reject: see whether it knows the titles ECHOSCU and ANY-SCP",
    ),
    "aborted for a PDU": (
        *(aborted("associate", 2, 2), PLAIN, "aborted-on-association", "likely"),
        "the node's protocol machine found fault with the request: see its log for what",
    ),
    "no Verification": (
        *(unaccepted(*["Abstract Syntax Not Supported"] * 2), PLAIN, "no-verification", "likely"),
        "the node offers no Verification (1.2.840.10008.1.1) to US {1}: have it allowed there",
    ),
    "no syntax": (
        *(unaccepted("Transfer Syntaxes Not Supported"), PLAIN, "no-transfer-syntax", "certain"),
        "the node takes none of the transfer syntaxes offered: offer more with -pts",
    ),
    "several results": (
        *(unaccepted("User Rejection", "No Reason"), PLAIN, "no-verification", "likely"),
        "the node offers no Verification (1.2.840.10008.1.1) to US {1}: have it allowed there",
    ),
    "a length that no PDU has": (
        *(AssociationFailed("associate", too_long(3, 1 << 20, 4, b"\3\0\0\x13")), PLAIN),
        *("malformed-answer", "likely", "tell the vendor of the node, with what was seen here"),
    ),
    "unexpected PDU": (
        *(AssociationFailed("associate", UnexpectedPdu("P-DATA-TF", "waiting")), PLAIN),
        *("malformed-answer", "certain", "tell the vendor of the node, with what was seen here"),
    ),
    # The echo.
    "small PDUs": (
        *(EchoFailed("echo", MaximumLengthTooSmall(6)), PLAIN, "malformed-answer", "certain"),
        "have the maximum PDU length raised in the node's configuration; 16384 is usual",
    ),
    "aborted for an echo": (
        *(aborted("echo", 2, 1), PLAIN, "aborted-on-echo", "likely"),
        "the node's protocol machine found fault with the request: see its log for what",
    ),
    "aborted later": (
        *(aborted("echo", 0, 0), PLAIN, "aborted-on-echo", "likely"),
        "it accepted the association and aborted the echo: it may not know US {1}, or not allow it to echo: "
        "see its log",
    ),
    "closed later": (
        *(EchoFailed("echo", ConnectionLost()), PLAIN, "closed-on-echo", "likely"),
        "it accepted the association and hung up on the echo: it may have failed, or not know US {1}: "
        "see its log",
    ),
    "not supported": (answered(0x0122), PLAIN, "echo-status", "likely", ALLOW),
    "not authorized": (answered(0x0124), PLAIN, "echo-status", "likely", ALLOW),
    "short of something": (
        *(answered(0x0213), PLAIN, "echo-status", "likely"),
        "the node is short of something for now: try again later",
    ),
    "another status": (answered(0x0110), PLAIN, "echo-status", "certain", LOG),
    "no answer": (
        *(EchoFailed("echo", DeadlineExpired("C-ECHO-RSP", "dimse", 1)), PLAIN),
        *("no-answer-to-echo", "likely"),
        "the node took the association but does not answer: see its log, or allow it more time",
    ),
    "no response": (
        *(EchoFailed("echo", UnexpectedResponse("it is a C-STORE-RQ")), PLAIN, "wrong-answer", "certain"),
        "tell the vendor of the node, with what was seen here",
    ),
    # The release.
    "no release": (
        *(ReleaseFailed("release", LATE), PLAIN, "release-unanswered", "likely"),
        "the echo itself was answered, so this does no harm but in the node's log",
    ),
    "aborted release": (
        *(aborted("release", 0, 0), PLAIN, "release-aborted", "likely"),
        "the echo itself was answered, so this does no harm but in the node's log",
    ),
    "interrupted": (Interrupted("echo", KeyboardInterrupt()), PLAIN, None, None, None),
}


@pytest.mark.parametrize("case", GIVEN.values(), ids=GIVEN)
def test_what_a_failure_comes_to(case: Case) -> None:
    failure, request, name, certainty, hint = case
    finding, advice = finding_for(failure, request), advice_for(failure, request)
    assert (finding and finding.id, finding and finding.certainty) == (name, certainty)
    assert (advice and advice.in_words(COMMAND_LINE)) == hint


@pytest.mark.parametrize("case", GIVEN.values(), ids=GIVEN)
def test_no_certainty_beside_alternatives_and_nothing_without_evidence(case: Case) -> None:
    finding = finding_for(*case[:2])
    if finding is None:
        return
    assert not (finding.certainty == "certain" and finding.alternatives)
    assert finding.evidence
    assert {*finding.alternatives} <= FINDINGS.keys() - {finding.id}
    assert all(finding.id in alternatives_of(other) for other in finding.alternatives)
    assert [step.in_words(API) for step in finding.advice]


def test_no_certain_row_takes_what_another_finding_would_look_like() -> None:
    """What a certain row takes, no row of another finding names as an alternative with the same evidence."""
    certain = {name for *_, name, certainty, _ in GIVEN.values() if certainty == "certain"}
    for failure, request, name, certainty, _ in GIVEN.values():
        rule = rule_for(of_failure(failure, request))
        if certainty == "certain":
            assert rule is not None
            assert (rule.finding, rule.alternatives) == (name, ())
    assert certain < FINDINGS.keys()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tls-sni", "tls-cipher"),
        ("tls-sni", "tls-refused"),
        ("tls-sni", "plain-expected"),
        ("calling-title", "calling-address"),
        ("calling-title", "called-title"),
        ("closed-on-association", "proxy-header-expected"),
        ("closed-on-association", "tls-expected"),
        ("no-answer-to-association", "tls-expected"),
        ("plain-expected", "tls-refused"),
        ("local-limit", "application-context"),
        ("slow-accept", "slow-reverse-lookup"),
        ("aborted-on-association", "called-title"),
        ("aborted-on-echo", "calling-title"),
        ("tls-refused", "client-certificate-required"),
        ("rejected-without-reason", "identity-refused"),
    ],
)
def test_what_looks_the_same_is_told_of_both(one: str, other: str) -> None:
    assert other in alternatives_of(one)
    assert one in alternatives_of(other)


def test_the_api_has_its_own_words() -> None:
    failure, request, *_ = GIVEN["called title"]
    words = "the called AE title is case-sensitive; you sent Archive: give the node's own with called_aet="
    assert str(advice_for(failure, request)) == words


def test_every_rule_is_needed() -> None:
    attempts = [of_failure(failure, request) for failure, request, *_ in GIVEN.values()]
    used = [rule_for(attempt) for attempt in [*attempts, *MORE.values()]]
    assert [rule for rule in RULES if all(rule is not each for each in used)] == []


PLAINLY = Inquiry.by(PLAIN)
MORE = {  # what a failure alone does not tell
    "identity-refused": Attempt(PLAINLY._replace(identity=True), "associate", Rejection(2, 2, 1)),
    "unreachable": Attempt(
        PLAINLY, "connect", ConnectFailed("pacs", 104, (("2001:db8::7", _error(errno.EACCES)),))
    ),
    "closed-at-once": Attempt(PLAINLY, "associate", ConnectionLost(), listened=True, spoke_first=True),
}


@pytest.mark.parametrize("name", MORE)
def test_what_an_attempt_comes_to(name: str) -> None:
    finding = finding_of(MORE[name])
    assert finding is not None
    assert (finding.id, finding.certainty, len(finding.evidence)) == (name, "likely", 1)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.cause.__name__} {rule.finding}")
def test_a_rule_is_about_a_cause_and_has_its_sentences(rule: Any) -> None:
    assert issubclass(rule.cause, errors.Cause)
    assert {rule.finding, *rule.alternatives} <= FINDINGS.keys()
    assert {*(rule.advice or ())} <= SENTENCES.keys()


CODES = [(result, source, reason) for result in range(4) for source in range(5) for reason in range(10)]


@pytest.mark.parametrize("code", [*CODES, (1, 3, 56), (1, 1, 255)])
def test_every_rejection_has_advice_and_no_certain_one_another_cause(code: tuple[int, int, int]) -> None:
    finding = finding_for(rejected(*code), PLAIN)
    assert finding is not None
    assert finding.advice
    certain = {(1, 1, 2): "application-context", (1, 2, 2): "protocol-version", (2, 3, 2): "local-limit"}
    assert (finding.id if finding.certainty == "certain" else None) == certain.get(code)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            rejected(1, 1, 7),
            "the peer rejected the association: Rejected Permanent by the Service User: "
            "Called AE Title Not Recognized",
        ),
        (
            rejected(9, 9, 9),
            "the peer rejected the association: Undefined (9) by the Undefined (9): Undefined (9)",
        ),
        (
            unaccepted("User Rejection"),
            "no acceptable presentation context: the one proposed was refused: User Rejection",
        ),
        (TlsFailed("tls", TlsFailure("kind", "what: now", Advice("log"))), "what: now"),
        (TlsFailed("tls", TlsFailure("kind", "what")), "what"),
        (
            TlsFailed("associate", TlsWanted()),
            "the peer answered with a TLS alert: it wants TLS here (RFC 8446 6)",
        ),
        (ReleaseFailed("release", LATE), "no answer within 30 s (timeouts.acse)"),
        (Interrupted("echo", KeyboardInterrupt()), "interrupted (stage: echo)"),
        (EchoFailed("echo", ConnectionLost()), str(ConnectionLost())),
    ],
)
def test_the_message(failure: VerificationFailed, expected: str) -> None:
    assert sentence(failure, API) == expected
