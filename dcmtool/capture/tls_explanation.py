"""What a TLS handshake between two others comes to, as far as it is in the clear (RFC 8446, RFC 5246).

In TLS 1.3 certificates and most alerts are encrypted: of what happens then only who ended it is known.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ObservedConnection, ObservedFinding, ObservedTls
from dcmtool.capture.moments import LONG, PATIENCE, lasted
from dcmtool.capture.parties import Parties
from dcmtool.certificates.description import Description, described_if_any
from dcmtool.diagnosis.callers.first_bytes import begins_tls
from dcmtool.diagnosis.conclusions import DAYS, seconds
from dcmtool.diagnosis.findings import Seen
from dcmtool.errors import DeadlineExpired, TlsFailure
from dcmtool.text import brief

_ENCRYPTED = "encrypted alert"
_CLOSING = ("close notify", "user canceled", _ENCRYPTED)  # alerts that give no reason
# Alerts of the acceptor's before its own first message, and the kinds of failure that they are.
_BEFORE = {
    "protocol version": "no-common-version",
    "handshake failure": "no-common-cipher",
    "insufficient security": "no-common-cipher",
    "unrecognized name": "server-name",
}
# Alerts about the other side's certificate (RFC 8446 6.2).
_UNKNOWN_CA, _EXPIRED, _REVOKED, _UNSUPPORTED = (
    "unknown ca",
    "certificate expired",
    "certificate revoked",
    "unsupported certificate",
)
_ABOUT_CERTIFICATES = (
    *(_UNKNOWN_CA, _EXPIRED, _REVOKED, _UNSUPPORTED, "bad certificate", "certificate unknown"),
    *("access denied", "decrypt error"),
)
_DOUBTS = (
    *("certificate-untrusted", "certificate-other-host", "certificate-not-yet-valid", "certificate-weak"),
    *("certificate-purpose", "certificate-self-signed"),
)
_NOT_SEEN = ("certificate-self-signed", "revocation-unknown")
_SHORTEST_RSA = 2048  # bits (PS3.15 B.10)
# Bytes behind a ClientHello, in TLS 1.3: a certificate and a request have more, a request alone has less; a
# Finished and alerts have less than a request (RFC 8446 4.4.4, PS3.8 9.3.2).
_WITH_CERTIFICATE, _WITH_REQUEST = 1000, 200
_RECORD_HEADER = 5
_KEPT = 8  # bytes of what is no TLS


def of_certificate(parties: Parties) -> list[ObservedFinding]:
    """Return what is wrong with the certificate of a session that came about."""
    tls = parties.connection.tls
    return [] if tls is None else [*_of_certificate(parties, tls)]


def of_tls(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield why there is no TLS session, then what is wrong with the certificate in it."""
    connection = parties.connection
    tls = connection.tls or ObservedTls()
    if not begins_tls(connection.starts[0]) or any(connection.missing):
        yield from of_certificate(parties)  # how it failed, if it did, is not known
        return
    failure = _failure(parties, tls)
    certificates = list(_of_certificate(parties, tls))
    if failure is None:
        yield from certificates
        return
    # Who does not take a certificate that does not hold says so in many words, or in none.
    is_about = failure.finding.id in ("certificate-untrusted", "tls-broken-off")
    reasons = [each for each in certificates if each.finding.id != "certificate-expires-soon"]
    if not (is_about and reasons):
        yield failure
    yield from (each for each in certificates if each.finding.id != failure.finding.id)


def _failure(parties: Parties, tls: ObservedTls) -> ObservedFinding | None:
    connection = parties.connection
    start = connection.starts[1]
    if start and not _is_tls(start):
        seen = Seen("what came in place of an answer", data=start)
        cause = TlsFailure("not-tls", "no TLS came", start=start[:_KEPT])
        return parties.of_attempt("tls", cause, seen)
    if not start and not tls.version:
        return _of_no_answer(parties)
    if tls.established:
        return _broken_off(parties, "as soon as there was a session") if _is_unused(parties, tls) else None
    for side, alert in tls.alerts:
        if alert not in _CLOSING:
            return _of_alert(parties, tls, side, alert)
    if connection.ending == "open":
        return None
    if ("acceptor", _ENCRYPTED) in tls.alerts[:1]:
        return _of_encrypted_refusal(parties)
    return _of_end(parties, tls)


def _is_tls(start: bytes) -> bool:
    return start[0] in (0x15, 0x16) and start[1:2] in (b"", b"\x03")


def _of_encrypted_refusal(parties: Parties) -> ObservedFinding:
    """Return what an acceptor refuses once its own part of a TLS 1.3 handshake is over: a certificate."""
    names = ["client-certificate-required", "client-certificate-refused"]
    if _behind_hello(parties.connection) >= _WITH_CERTIFICATE:
        names.reverse()
    seen = Seen("the acceptor sent an encrypted alert in place of what follows the handshake")
    return parties.finding(names[0], seen, alternatives=(names[1], "tls-refused"))


def _is_unused(parties: Parties, tls: ObservedTls) -> bool:
    """Return whether a requestor left before it sent a request on the session, as far as that can be told."""
    connection = parties.connection
    left = tls.alerts[0][0] if tls.alerts else connection.ended_by
    return left == "requestor" and tls.version == "TLS 1.3" and _behind_hello(connection) < _WITH_REQUEST


def _behind_hello(connection: ObservedConnection) -> int:
    """Return how many bytes the requestor sent behind its ClientHello."""
    start = connection.starts[0]
    return connection.bytes[0] - _RECORD_HEADER - int.from_bytes(start[3:_RECORD_HEADER])


def _of_no_answer(parties: Parties) -> ObservedFinding | None:
    connection = parties.connection
    waited = lasted(connection) - (connection.connect or 0)
    at = parties.since(connection.ended)
    if connection.ending == "open":
        if waited < LONG:
            return None
    elif connection.ended_by != "requestor":
        verb = "reset" if connection.ending == "reset" else "closed"
        cause = TlsFailure("closed", "closed in place of an answer")
        return parties.of_attempt("tls", cause, Seen(f"the acceptor {verb} the connection", at=at))
    elif waited < PATIENCE:
        return _broken_off(parties, "it left before the answer")
    late = DeadlineExpired("ServerHello", "connect", waited / 1e9)
    return parties.of_attempt("tls", late, Seen(f"no answer for {seconds(waited)}", at=at))


# Alerts -----------------------------------------------------------------------------------------------


def _of_alert(parties: Parties, tls: ObservedTls, side: Side, alert: str) -> ObservedFinding:
    """Return what an alert that ended the handshake comes to."""
    seen = Seen(f"the {side} sent the alert '{brief(alert)}'")
    if side == "requestor":
        return _of_requestor_s_alert(parties, tls, alert, seen)
    if not tls.version:
        kind = _BEFORE.get(alert, "alert")
        facts = {"offer": _offer(tls), "sni": _sni(tls)}
        return parties.of_attempt("tls", TlsFailure(kind, alert, alert=alert), seen, facts=facts)
    if alert == "certificate required" or alert in (*_ABOUT_CERTIFICATES, "handshake failure"):
        return _of_client_certificate(parties, tls, alert, seen)
    return parties.of_attempt("tls", TlsFailure("alert", alert, alert=alert), seen)


def _of_client_certificate(parties: Parties, tls: ObservedTls, alert: str, seen: Seen) -> ObservedFinding:
    shown = bool(tls.client_certificates)
    if not tls.asks_for_certificate and not shown and alert != "certificate required":
        return parties.of_attempt("tls", TlsFailure("alert", alert, alert=alert), seen)
    kind = "client-certificate-refused" if shown else "client-certificate-required"
    return parties.of_attempt("tls", TlsFailure(kind, alert, alert=alert), seen)


def _of_requestor_s_alert(parties: Parties, tls: ObservedTls, alert: str, seen: Seen) -> ObservedFinding:
    what = f"the alert '{brief(alert)}'"
    leaf = _leaf(tls)
    match alert:
        case "certificate expired":
            return parties.finding("certificate-expired", seen)
        case "certificate revoked":
            return parties.finding("certificate-revoked", seen)
        case "protocol version":
            return parties.finding("tls-version", seen, facts={"offer": _offer(tls)})
        case "unsupported certificate":
            others = ("certificate-weak", "certificate-untrusted")
            return parties.finding("certificate-purpose", seen, alternatives=others)
        case "unknown ca" if leaf is not None and leaf.self_signed:
            return parties.finding("certificate-self-signed", seen)
        case "unknown ca":
            unseen = () if tls.certificates else _NOT_SEEN
            facts = {"what": "it does not know its authority"}
            return parties.finding("certificate-untrusted", seen, alternatives=unseen, facts=facts)
    if alert in _ABOUT_CERTIFICATES:
        if leaf is not None and leaf.key_kind == "RSA" and leaf.key_bits < _SHORTEST_RSA:
            key = Seen(f"its key has {leaf.key_bits} bits")
            return parties.finding("certificate-weak", seen, key, alternatives=_DOUBTS)
        return parties.finding("certificate-untrusted", seen, alternatives=_DOUBTS, facts={"what": what})
    return _broken_off(parties, what)


def _broken_off(parties: Parties, what: str) -> ObservedFinding:
    seen = Seen("the requestor ended the handshake", at=parties.since(parties.connection.ended))
    return parties.finding("tls-broken-off", seen, alternatives=_DOUBTS, facts={"what": what})


def _of_end(parties: Parties, tls: ObservedTls) -> ObservedFinding:
    """Return what it means that a handshake was answered and came to no end."""
    connection = parties.connection
    verb = "reset" if connection.ending == "reset" else "closed"
    if connection.ended_by == "requestor":
        return _broken_off(parties, f"it {verb} the connection")
    seen = Seen(f"the acceptor {verb} the connection", at=parties.since(connection.ended))
    if tls.asks_for_certificate:
        kind = "client-certificate-refused" if tls.client_certificates else "client-certificate-required"
    else:
        kind = "closed-midway"
    return parties.of_attempt("tls", TlsFailure(kind, "closed in the middle of the handshake"), seen)


def _offer(tls: ObservedTls) -> str:
    offered = ", ".join(tls.offered) or "none that can be read"
    return f"the requestor offers {brief(offered)}"


def _sni(tls: ObservedTls) -> str:
    return f"asks for {brief(tls.server_name)}" if tls.server_name else "names none"


# The acceptor's certificate -----------------------------------------------------------------------------


def _leaf(tls: ObservedTls) -> Description | None:
    return described_if_any(tls.certificates[0]) if tls.certificates else None


def _of_certificate(parties: Parties, tls: ObservedTls) -> Iterator[ObservedFinding]:
    """Yield what is wrong with the name and the dates of the certificate, at the time of the capture."""
    leaf = _leaf(tls)
    if leaf is None:
        return
    first, last = (f"{date:%Y-%m-%d}" for date in (leaf.not_before, leaf.not_after))
    dates = Seen(f"the certificate is valid from {first} to {last}")
    now = _moment(parties.connection.began)
    if now is not None:
        state = leaf.state(now)
        if state == "expired":
            yield parties.finding("certificate-expired", dates)
        elif state == "not-yet-valid":
            yield parties.finding("certificate-not-yet-valid", dates)
        elif leaf.days_left(now) < DAYS:
            yield parties.finding("certificate-expires-soon", dates)
    if tls.server_name and not leaf.matches(tls.server_name):
        names = brief(", ".join(leaf.names) or f"CN={leaf.common_name}")
        seen = Seen(f"the certificate is for {names}")
        yield parties.finding("certificate-other-host", seen, facts={"name": brief(tls.server_name)})


def _moment(at: int) -> datetime | None:
    """Return a time (ns since 1970), None where it is not known or no date."""
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at // 1000) if at > 0 else None
    except OverflowError:
        return None
