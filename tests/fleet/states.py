"""What a sweep must say of each node: by state, the set-ups of `tests.setups` that are in it."""

from typing import NamedTuple


class State(NamedTuple):
    """How one association ends, and what that is put down to."""

    outcome: str
    finding: str | None = None


ANSWERED, SKIPPED = State("success"), State("skipped")
UNKNOWN_HOST, REFUSED = State("no-connection", "unknown-host"), State("no-connection", "refused")
UNCONNECTED = State("no-connection", "no-answer-to-connect")
UNANSWERED = State("association-failed", "no-answer-to-association")
CLOSED = State("association-failed", "closed-on-association")
OTHER_PROTOCOL = State("association-failed", "other-protocol")
MALFORMED = State("association-failed", "malformed-answer")
CALLED_TITLE, CALLING_TITLE = State("rejected", "called-title"), State("rejected", "calling-title")
FOR_NO_REASON = State("rejected", "rejected-without-reason")
BUSY, LIMITED = State("rejected", "busy"), State("rejected", "local-limit")
NO_VERIFICATION = State("no-presentation-context", "no-verification")
ECHO_STATUS, WRONG_ANSWER = State("echo-failed", "echo-status"), State("echo-failed", "wrong-answer")
ABORTED_ON_ECHO = State("aborted", "aborted-on-echo")
PLAIN, OTHER_THAN_TLS = State("tls-failed", "plain-expected"), State("tls-failed", "other-protocol")
UNTRUSTED = State("tls-failed", "certificate-untrusted")
TLS_VERSION, TLS_CIPHER = State("tls-failed", "tls-version"), State("tls-failed", "tls-cipher")
TLS_REFUSED, TLS_SNI = State("tls-failed", "tls-refused"), State("tls-failed", "tls-sni")
CERTIFICATE_WANTED = State("tls-failed", "client-certificate-required")
CERTIFICATE_REFUSED = State("tls-failed", "client-certificate-refused")

# Not among them is what the moment decides: a reset in place of an answer, and TLS 1.3 with a certificate
# that the node wants of us, whose alert a reset may take away. What several associations tell `diagnose` one
# alone does not: that a door closes by itself, say, or that TLS lacks a server name.
SETUPS: dict[State, tuple[str, ...]] = {
    ANSWERED: (
        "pynetdicom",
        "for another host",
        "expires in five days",
    ),
    REFUSED: ("closed port",),
    UNCONNECTED: ("full queue",),
    UNANSWERED: (
        "stopped storescp",
        "Python's HTTP server",
        "silent",
        "half an acceptance, then silence",
    ),
    CLOSED: (
        "closes at once",
        "proxy with nothing behind it",
        "closes on the request",
        "resets on the request",
        "OpenSSL, called without TLS",
    ),
    OTHER_PROTOCOL: (
        "nginx",
        "SSH",
        "SMTP",
        "FTP",
        "POP3",
        "IMAP",
        "MySQL",
        "VNC",
        "telnet",
        "Redis",
        "RTSP",
        "HL7",
        "LDAP",
        "PostgreSQL",
        "HTTP/2",
        "noise",
    ),
    MALFORMED: (
        "RDP",
        "accepts with half a header",
        "accepts with an item that is longer than all",
        "answers with data",
        "closes within an acceptance",
    ),
    State("tls-failed", "tls-expected"): ("TLS alert, called without TLS",),
    CALLED_TITLE: ("pynetdicom, called title",),
    CALLING_TITLE: ("pynetdicom, calling title",),
    BUSY: ("rejects with 2/1/1", "rejects with 2/2/1", "rejects with 2/3/1"),
    LIMITED: ("rejects with 2/1/2", "pynetdicom, full"),
    FOR_NO_REASON: ("rejects with 1/2/1",),
    State("rejected", "application-context"): ("rejects with 1/1/2",),
    State("rejected", "protocol-version"): ("rejects with 1/2/2",),
    State("rejected", "rejected-reserved-reason"): (
        "rejects with 1/3/8",
        "rejects with 1/3/56",
        "rejects with 1/1/4",
    ),
    State("rejected", "identity-refused"): ("pynetdicom, user refused",),
    State("aborted", "aborted-on-association"): ("aborts as a user", "aborts as a provider"),
    NO_VERIFICATION: ("pynetdicom without Verification", "refuses the context without a reason"),
    State("no-presentation-context", "no-transfer-syntax"): ("pynetdicom, Explicit VR alone",),
    ECHO_STATUS: ("pynetdicom, status 0122", "status 0213"),
    WRONG_ANSWER: (
        "releases in place of an echo",
        "noise for the echo",
        "another message id",
        "another command",
        "no status",
    ),
    ABORTED_ON_ECHO: ("aborts what it accepted", "aborts the echo as a provider"),
    State("echo-failed", "closed-on-echo"): ("closes on the echo", "resets on the echo"),
    State("echo-failed", "no-answer-to-echo"): ("silent to the echo",),
    State("release-failed", "release-unanswered"): (
        "silent to the release",
        "closes on the release",
        "rejects the release",
    ),
    State("aborted", "release-aborted"): ("aborts the release",),
    TLS_VERSION: ("OpenSSL, TLS 1.0 alone", "TLS alert 70"),
    TLS_CIPHER: ("OpenSSL, another suite", "server name wanted", "TLS alert 40"),
    TLS_SNI: ("TLS alert 112",),
    TLS_REFUSED: ("TLS alert 49", "TLS alert 80"),
    State("tls-failed", "tls-unanswered"): ("silent to TLS",),
    PLAIN: ("pynetdicom without TLS",),
    OTHER_THAN_TLS: ("SSH, called with TLS",),
    CERTIFICATE_WANTED: ("OpenSSL, TLS 1.2, demands a certificate",),
    CERTIFICATE_REFUSED: ("OpenSSL, TLS 1.2, refuses our certificate",),
    UNTRUSTED: ("strange authority", "authority between not sent"),
    State("tls-failed", "certificate-self-signed"): ("self-signed",),
    State("tls-failed", "certificate-expired"): ("expired",),
    State("tls-failed", "certificate-not-yet-valid"): ("not yet valid",),
    State("tls-failed", "certificate-weak"): ("RSA of 1024 bits",),
    State("tls-failed", "certificate-revoked"): ("revoked",),
    State("tls-failed", "certificate-purpose"): ("for clients alone",),
    State("tls-failed", "revocation-unknown"): ("no revocation list",),
    State("tls-failed", "certificate-other-host"): ("for another host, checked",),
}
