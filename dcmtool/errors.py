"""Everything that can go wrong, as exceptions whose fields say what and whose text is one sentence.

DcmtoolError
├── SettingsError                 a setting that no association can be made with
├── InputFileError                a file that cannot be read or is not valid
├── OutputFileError               a file that cannot be written
├── UnknownNode                   a name that no node of the node file has
├── ListenFailed                  an address that cannot be listened on
├── TlsSettingsError              TLS settings that no session can be made with
├── Cause                         what happened, wherever it happened
│   ├── TransportError
│   │   ├── ConnectionLost        the peer closed or reset the connection
│   │   ├── DeadlineExpired       a budget of time is used up
│   │   ├── TlsFailure            TLS was refused, by the peer or by us
│   │   └── ConnectFailed         no TCP connection
│   │       └── NameNotResolved
│   ├── RemoteProtocolError       what the peer sent breaks a clause of the standard
│   │   ├── NotDicom              bytes that begin no PDU
│   │   ├── TlsWanted             a TLS alert in place of a PDU
│   │   └── UnexpectedPdu         a sound PDU that does not belong there
│   ├── PeerAbort                 the peer sent A-ABORT
│   ├── Rejection                 the peer sent A-ASSOCIATE-RJ
│   ├── NothingAccepted           no presentation context was accepted
│   ├── MaximumLengthTooSmall     the peer takes no PDU that could hold a message
│   └── UnexpectedResponse        a message that does not answer the request
│       └── StatusNotSuccess
└── VerificationFailed            a stage failed, for one of these causes
    ├── NoConnection
    ├── TlsFailed
    ├── AssociationFailed
    │   └── AssociationRejected
    ├── NoPresentationContext
    ├── EchoFailed
    ├── ReleaseFailed
    ├── AssociationAborted
    └── Interrupted
"""

from collections.abc import Sequence
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL
from os import strerror
from typing import TYPE_CHECKING

from dcmtool.text import decoded, printable

if TYPE_CHECKING:
    from dcmtool.steps import TlsSession


class DcmtoolError(Exception):
    """The root of every error that dcmtool raises on purpose."""


class SettingsError(DcmtoolError, ValueError):
    """A setting that no association can be made with: its name, its value, and what is wrong."""

    def __init__(self, name: str, value: object, reason: str) -> None:
        super().__init__(name, value, reason)
        self.name, self.value, self.reason = name, value, reason

    def __str__(self) -> str:
        return f"{self.name} '{printable(str(self.value))}' {self.reason}"


class InputFileError(DcmtoolError):
    """A file that cannot be read or is not valid: its path and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{_shown(self.path)}: {self.reason}"


class OutputFileError(DcmtoolError):
    """A file that cannot be written: its path and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{_shown(self.path)} cannot be written: {self.reason}"


class UnknownNode(DcmtoolError):
    """A name that no node has: the name, the node file, and up to three names of nodes that look like it."""

    def __init__(self, name: str, path: str, near: Sequence[str] = (), *, file_exists: bool = True) -> None:
        super().__init__(name, path, near)
        self.name, self.path, self.near, self.file_exists = name, path, near, file_exists

    def __str__(self) -> str:
        name, path = printable(self.name), printable(self.path)
        if not self.file_exists:
            return f"there is no node '{name}', as there is no file {path}"
        near = f" (did you mean {' or '.join(self.near)}?)" if self.near else ""
        return f"there is no node '{name}' in {path}{near}"


_WHY_NOT_LISTEN = {
    EACCES: "ports below 1024 are the system administrator's",
    EADDRINUSE: "another program listens there; port 0 takes a free one",
    EADDRNOTAVAIL: "it is no address of this machine",
}


class ListenFailed(DcmtoolError):
    """An address that cannot be listened on: host, port, and the system's error."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(host, port, error)
        self.host, self.port, self.error = host, port, error

    def __str__(self) -> str:
        where = f"{printable(self.host)} port {self.port}" if self.host else f"port {self.port}"
        meaning = _WHY_NOT_LISTEN.get(self.error.errno or 0)
        return f"cannot listen on {where}: {reason_of(self.error)}{f' ({meaning})' if meaning else ''}"


class TlsSettingsError(DcmtoolError):
    """TLS settings that no session can be made with, though every file could be read; its text says why."""


class Cause(DcmtoolError):
    """What happened, wherever in a verification it happened."""


class TransportError(Cause):
    """The connection did not do what was asked of it."""


class ConnectionLost(TransportError):
    """The peer closed the connection, or the connection broke; `error` is the system's word for it."""

    def __init__(self, error: OSError | None = None, *, partial: str = "") -> None:
        super().__init__(error)
        self.error, self.partial = error, partial

    def __str__(self) -> str:
        inside = f" in the middle of {self.partial}" if self.partial else ""
        if self.error is None:
            return f"the peer closed the connection{inside} without an A-ABORT (PS3.8 9.2.3, AA-4)"
        return f"the connection broke{inside}: {reason_of(self.error)}"


class DeadlineExpired(TransportError):
    """A budget of time was used up while waiting."""

    def __init__(self, waiting_for: str, budget: str, seconds: float) -> None:
        super().__init__(waiting_for, budget, seconds)
        self.waiting_for, self.budget, self.seconds = waiting_for, budget, seconds

    def __str__(self) -> str:
        return f"no {printable(self.waiting_for)} within {self.seconds:g} s ({self.budget})"


class TlsFailure(TransportError):
    """TLS was refused: one word for the kind, what happened, and what to change.

    `session` is what was negotiated, where that is known.
    """

    def __init__(self, kind: str, what: str, advice: str = "", session: "TlsSession | None" = None) -> None:
        super().__init__(kind, what, advice)
        self.kind, self.what, self.advice, self.session = kind, what, advice, session

    def __str__(self) -> str:
        return f"{self.what}: {self.advice}" if self.advice else self.what


class ConnectFailed(TransportError):
    """No address of the host accepted a TCP connection: each address tried, with the system's error."""

    def __init__(self, host: str, port: int, attempts: tuple[tuple[str, OSError], ...]) -> None:
        super().__init__(host, port, attempts)
        self.host, self.port, self.attempts = host, port, attempts

    def __str__(self) -> str:
        tried = [(address, reason_of(error)) for address, error in self.attempts]
        where = f"{printable(self.host)} port {self.port}"
        if len({reason for _, reason in tried}) == 1:
            also = "" if tried[0][0] == self.host else f" ({', '.join(address for address, _ in tried)})"
            return f"no connection to {where}{also}: {tried[0][1]}"
        return f"no connection to {where}: " + "; ".join(f"{address}: {reason}" for address, reason in tried)


class NameNotResolved(ConnectFailed):
    """The host name has no address of the family asked for."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(host, port, ())
        self.args = (host, port, reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the host name '{printable(self.host)}' has no address: {self.reason}"


class RemoteProtocolError(Cause):
    """What the peer sent breaks a clause of the standard.

    `abort_reason` is the reason of the A-ABORT that answers it (PS3.8 9.3.8).
    """

    def __init__(self, what: str, clause: str, *, abort_reason: int = 0) -> None:
        super().__init__(what, clause)
        self.what, self.clause, self.abort_reason = what, clause, abort_reason

    def __str__(self) -> str:
        return f"{self.what} ({self.clause})"


class NotDicom(RemoteProtocolError):
    """What the peer sent begins no PDU of PS3.8; `start` is its first bytes, at most 8."""

    def __init__(self, start: bytes) -> None:
        shown = printable(decoded(start))
        what = f'what the peer sent is no DICOM PDU: it begins with {start.hex(" ")} ("{shown}")'
        super().__init__(what, "PS3.8 9.3.1", abort_reason=1)
        self.args = (start,)
        self.start = start


class TlsWanted(RemoteProtocolError):
    """The peer answered with a TLS alert, so it wants TLS, which we did not use."""

    advice = "use +tla, or +tls with a client certificate"

    def __init__(self) -> None:
        what = "the peer answered with a TLS alert: it wants TLS here"
        super().__init__(what, "RFC 8446 6", abort_reason=1)
        self.args = ()

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.advice}"


class UnexpectedPdu(RemoteProtocolError):
    """A sound PDU that has no place in the state the association is in (PS3.8 9.2.3, AA-8)."""

    def __init__(self, pdu: str, state: str) -> None:
        super().__init__(f"the peer sent {pdu} while we were {state}", "PS3.8 9.2.3", abort_reason=2)
        self.pdu, self.state = pdu, state


class PeerAbort(Cause):
    """The peer sent A-ABORT, with the numbers of its source and reason (PS3.8 9.3.8)."""

    SOURCES = {0: "service user", 1: "reserved source", 2: "service provider"}  # noqa: RUF012
    REASONS = {  # noqa: RUF012
        0: "reason not specified",
        1: "unrecognized PDU",
        2: "unexpected PDU",
        3: "reserved reason",
        4: "unrecognized PDU parameter",
        5: "unexpected PDU parameter",
        6: "invalid PDU parameter value",
    }

    def __init__(self, source: int, reason: int) -> None:
        super().__init__(source, reason)
        self.source, self.reason = source, reason

    def __str__(self) -> str:
        source = self.SOURCES.get(self.source, f"source {self.source}")
        if self.source != 2:  # the reason is only significant from the provider (PS3.8 9.3.8)
            return f"the peer aborted the association (A-ABORT from the {source})"
        reason = self.REASONS.get(self.reason, f"reason {self.reason}")
        return f"the peer aborted the association (A-ABORT from the {source}: {reason})"


class Rejection(Cause):
    """The peer sent A-ASSOCIATE-RJ, with the numbers of its result, source and reason (PS3.8 9.3.4)."""

    RESULTS = {1: "Rejected Permanent", 2: "Rejected Transient"}  # noqa: RUF012
    SOURCES = {  # noqa: RUF012
        1: "Service User",
        2: "Service Provider (ACSE Related)",
        3: "Service Provider (Presentation Related)",
    }
    REASONS = {  # noqa: RUF012
        (1, 1): "No Reason",
        (1, 2): "App Context Name Not Supported",
        (1, 3): "Calling AE Title Not Recognized",
        (1, 7): "Called AE Title Not Recognized",
        (2, 1): "No Reason",
        (2, 2): "Protocol Version Not Supported",
        (3, 1): "Temporary Congestion",
        (3, 2): "Local Limit Exceeded",
    }

    def __init__(self, result: int, source: int, reason: int) -> None:
        super().__init__(result, source, reason)
        self.result, self.source, self.reason = result, source, reason

    @property
    def is_defined(self) -> bool:
        """Whether PS3.8 9.3.4 has these numbers."""
        return self.result in self.RESULTS and (self.source, self.reason) in self.REASONS

    def __str__(self) -> str:
        return f"Result: {self.result_text}, Source: {self.source_text}, Reason: {self.reason_text}"

    @property
    def result_text(self) -> str:
        """The result in words; a number that PS3.8 does not define is named as such."""
        return self.RESULTS.get(self.result, f"Undefined ({self.result})")

    @property
    def source_text(self) -> str:
        """The source in words."""
        return self.SOURCES.get(self.source, f"Undefined ({self.source})")

    @property
    def reason_text(self) -> str:
        """The reason in words, which depend on the source."""
        return self.REASONS.get((self.source, self.reason), f"Undefined ({self.reason})")


class NothingAccepted(Cause):
    """The association was accepted, but none of the proposed presentation contexts was."""

    def __init__(self, results: tuple[tuple[int, str], ...]) -> None:
        super().__init__(results)
        self.results = results

    def __str__(self) -> str:
        reasons = sorted({text for _, text in self.results})
        return f"all {len(self.results)} proposed were refused: {', '.join(reasons)}"


class MaximumLengthTooSmall(Cause):
    """The peer's maximum length leaves no room for a message (PS3.8 D.1)."""

    def __init__(self, maximum: int) -> None:
        super().__init__(maximum)
        self.maximum = maximum

    def __str__(self) -> str:
        return (
            f"the peer's maximum PDU length of {self.maximum} bytes is too small for any message (PS3.8 D.1)"
        )


class UnexpectedResponse(Cause):
    """A message that is not an answer to the request: what is wrong, and the clause."""

    def __init__(self, what: str, clause: str = "PS3.7 9.3.5") -> None:
        super().__init__(what, clause)
        self.what, self.clause = what, clause

    def __str__(self) -> str:
        return f"{self.what} ({self.clause})"


class StatusNotSuccess(UnexpectedResponse):
    """The C-ECHO-RSP has a status other than Success (PS3.7 9.1.5.1.4)."""

    def __init__(self, status: int, meaning: str, comment: str = "") -> None:
        super().__init__(meaning, "PS3.7 9.1.5.1.4")
        self.status, self.meaning, self.comment = status, meaning, comment

    def __str__(self) -> str:
        said = f', the peer says "{printable(self.comment)}"' if self.comment else ""
        return f"status 0x{self.status:04X} ({self.meaning}){said}"


class VerificationFailed(DcmtoolError):
    """A stage of the verification failed; the cause says why."""

    def __init__(self, stage: str, cause: BaseException) -> None:
        super().__init__(stage, cause)
        self.stage, self.cause = stage, cause

    def __str__(self) -> str:
        return str(self.cause)


class NoConnection(VerificationFailed):
    """There is no TCP connection to the peer."""


class TlsFailed(VerificationFailed):
    """There is no TLS session with the peer, or none that is as it was asked for."""


class AssociationFailed(VerificationFailed):
    """A-ASSOCIATE-RQ had no answer, or none that can be used."""


class AssociationRejected(AssociationFailed):
    """A-ASSOCIATE-RQ was answered with A-ASSOCIATE-RJ."""


class NoPresentationContext(VerificationFailed):
    """The association has no presentation context for Verification."""


class EchoFailed(VerificationFailed):
    """A C-ECHO-RQ had no answer, or one other than Success."""


class ReleaseFailed(VerificationFailed):
    """The association could not be released in order."""


class AssociationAborted(VerificationFailed):
    """The peer aborted the association, at whatever stage."""


class Interrupted(VerificationFailed):
    """The user stopped the run."""

    def __str__(self) -> str:
        return f"interrupted (stage: {self.stage})"


def _shown(path: str) -> str:
    return printable(path) or "''"


def reason_of(error: OSError) -> str:
    """Return the system's words for an error, without its number or file name."""
    return strerror(error.errno) if error.errno else str(error) or type(error).__name__
