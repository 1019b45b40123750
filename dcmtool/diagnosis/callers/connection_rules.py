"""The rules of callers that come as far as no association request: other protocols, TLS, silence."""

from collections.abc import Iterator

from dcmtool.diagnosis.callers import first_bytes
from dcmtool.diagnosis.callers.call import Call
from dcmtool.diagnosis.callers.subject import Subject
from dcmtool.diagnosis.findings import Finding, Seen
from dcmtool.errors import (
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NotDicom,
    PeerAbort,
    RemoteProtocolError,
    TlsFailure,
    UnexpectedPdu,
    reason_of,
)
from dcmtool.text import brief, decoded

_LENGTH = slice(2, 6)  # of the body, in the header of a PDU (PS3.8 9.3.1)
_HEADER = 6
_TEXT = 40  # bytes that are shown as text
_DISTRUST = ("certificate", "unknown ca", "decrypt error")  # in alerts (RFC 8446 6.2)


def sent(what: str, data: bytes = b"", at: int | None = None) -> Seen:
    """Return what a caller sent as evidence; the text may hold anything."""
    return Seen(brief(what), at=at, data=data)


def of_connection(call: Call, subject: Subject) -> Iterator[Finding]:
    """Yield why a caller came as far as no association."""
    cause = call.cause
    match cause:
        case TlsFailure():
            yield _of_tls(call, cause, subject)
        case UnexpectedPdu(pdu=pdu):
            yield subject.finding("no-request-first", begun(call.start), pdu=pdu)
        case MaximumLengthTooSmall(maximum=maximum):
            seen = Seen(f"its maximum length is {maximum}")
            yield subject.finding("maximum-too-small", seen, maximum=maximum)
        case PeerAbort():
            yield subject.finding("no-request-first", begun(call.start), pdu="A-ABORT")
        case ConnectionLost() | DeadlineExpired():
            yield _of_silence(call, cause, subject)
        case RemoteProtocolError():
            yield _foreign(call.start, subject) or _of_request(call, cause, subject)


def begun(start: bytes) -> Seen:
    """Return how a caller began, in words too where that is text."""
    line = decoded(start[:_TEXT].split(b"\r")[0].split(b"\n")[0])
    is_text = line.isascii() and line.isprintable() and line != ""
    return Seen(f'it began with "{line}"' if is_text else "how it began", data=start)


# Other protocols --------------------------------------------------------------------------------------


def _foreign(start: bytes, subject: Subject) -> Finding | None:
    """Return which other protocol a caller speaks, if these bytes tell."""
    seen = begun(start)
    version = first_bytes.proxy_version(start)
    if version is not None:
        return subject.finding("proxy-header-sent", seen, version=version)
    if first_bytes.begins_tls(start):
        return subject.finding("tls-at-plain-port", seen)
    speaks = first_bytes.other_protocol(start)
    return None if speaks is None else subject.finding("other-protocol-sent", seen, speaks=speaks)


def _of_request(call: Call, error: RemoteProtocolError, subject: Subject) -> Finding:
    """Return what is wrong with a request, or with what came in its place."""
    start = call.faulty or call.start
    if isinstance(error, NotDicom):
        return subject.finding("no-dicom-sent", begun(call.start))
    seen = Seen(error.what, data=start)
    if error.kind == "version":
        return subject.finding("other-protocol-version", seen)
    if error.kind in ("too-many", "too-long"):
        return subject.finding("request-over-limit", seen, what=f"{error.what} ({error.clause})")
    offset = "?" if error.offset is None else error.offset
    what = f"{error.what} ({error.clause})"
    return subject.finding("malformed-request", seen, offset=offset, what=what)


# TLS ------------------------------------------------------------------------------------------------


def _of_tls(call: Call, failure: TlsFailure, subject: Subject) -> Finding:
    seen = sent(failure.what, failure.start, at=call.ended)
    match failure.kind:
        case "not-tls":
            if first_bytes.begins_dicom(failure.start):
                return subject.finding("plain-at-tls-port", seen)
            found = _foreign(failure.start, subject)
            return found or subject.finding("no-dicom-sent", seen)
        case "no-certificate":
            return subject.finding("no-certificate-shown", seen)
        case "certificate":
            return subject.finding("certificate-not-accepted", seen, what=failure.what)
        case "nothing-shared":
            return subject.finding("no-shared-tls", seen)
    if any(word in failure.alert for word in _DISTRUST):
        return subject.finding("our-certificate-untrusted", seen, alert=failure.alert)
    return subject.finding("tls-broken-off", seen, what=failure.what)


# Silence --------------------------------------------------------------------------------------------


def _of_silence(call: Call, cause: ConnectionLost | DeadlineExpired, subject: Subject) -> Finding:
    """Return what it means that a caller sent nothing, or not all of its request."""
    how = left(cause)
    ended = Seen(how, at=call.ended)
    if not call.start:
        is_silent = isinstance(cause, DeadlineExpired)
        return subject.finding("silent-caller" if is_silent else "left-without-a-word", ended)
    found = _foreign(call.start, subject)
    if found is not None:
        return found
    claimed = _HEADER + int.from_bytes(call.start[_LENGTH]) if len(call.start) >= _HEADER else "more"
    seen = Seen(f"{call.received} bytes came", data=call.start)
    return subject.finding("request-cut-short", seen, ended, there=call.received, claimed=claimed, then=how)


def left(cause: BaseException | None) -> str:
    """Return in words how a caller left."""
    match cause:
        case PeerAbort():
            return str(cause).replace("the peer aborted the association", "it aborted", 1)
        case ConnectionLost(error=None):
            return "it closed the connection"
        case ConnectionLost(error=OSError() as error):
            return f"the connection broke ({reason_of(error)})"
        case DeadlineExpired(seconds=seconds):
            return f"nothing more came for {seconds:g} s"
        case _:
            return "it left"
