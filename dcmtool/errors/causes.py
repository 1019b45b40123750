"""What happened, wherever in a verification it happened: the connection, TLS, what the peer sent."""

from typing import TYPE_CHECKING

from dcmtool.text import brief, decoded

if TYPE_CHECKING:
    from dcmtool.advice import Advice, Words
    from dcmtool.steps import TlsSession
from dcmtool.errors.roots import Advised, DcmtoolError, reason_of


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
    """A budget of time was used up while waiting; `budget` is its key, as in `steps.Deadline`.

    `partial` names a PDU of which a part had come.
    """

    def __init__(self, waiting_for: str, budget: str, seconds: float, *, partial: str = "") -> None:
        super().__init__(waiting_for, budget, seconds)
        self.waiting_for, self.budget, self.seconds, self.partial = waiting_for, budget, seconds, partial

    def in_words(self, words: "Words") -> str:
        """Return what was awaited, and the budget as these words call it."""
        budget = words.get(self.budget, self.budget)
        if self.partial:
            return f"no more than a part of {self.partial} within {self.seconds:g} s ({budget})"
        return f"no {brief(self.waiting_for)} within {self.seconds:g} s ({budget})"

    def __str__(self) -> str:
        from dcmtool.advice import API

        return self.in_words(API)


class Stopped(TransportError):
    """The program ends, and so does what it serves."""

    def __str__(self) -> str:
        return "the SCP was ended"


class TlsFailure(Advised, TransportError):
    """TLS was refused: one word for the kind, what happened, and what to change.

    `session` is what was negotiated, where that is known; `alert` the peer's, by its name of RFC 8446 6 in
    words; `start` what the peer began with, at most 8 bytes, where that is no TLS.
    """

    def __init__(
        self,
        kind: str,
        what: str,
        advice: "Advice | None" = None,
        session: "TlsSession | None" = None,
        *,
        alert: str = "",
        start: bytes = b"",
    ) -> None:
        super().__init__(kind, what, advice)
        self.kind, self.what, self.advice, self.session = kind, what, advice, session
        self.alert, self.start = alert, start

    @property
    def fact(self) -> str:
        """What happened."""
        return self.what


class ConnectFailed(TransportError):
    """No address of the host accepted a TCP connection: each address tried, with the system's error."""

    def __init__(self, host: str, port: int, attempts: tuple[tuple[str, OSError], ...]) -> None:
        super().__init__(host, port, attempts)
        self.host, self.port, self.attempts = host, port, attempts

    def __str__(self) -> str:
        tried = [(address, reason_of(error)) for address, error in self.attempts]
        where = f"{brief(self.host)} port {self.port}"
        if len({reason for _, reason in tried}) == 1:
            also = "" if tried[0][0] == self.host else f" ({', '.join(address for address, _ in tried)})"
            return f"no connection to {where}{also}: {tried[0][1]}"
        return f"no connection to {where}: " + "; ".join(f"{address}: {reason}" for address, reason in tried)


class NameNotResolved(ConnectFailed):
    """The host name has no address of the family asked for; `temporary` if no name service could say so."""

    def __init__(self, host: str, port: int, reason: str, *, temporary: bool = False) -> None:
        super().__init__(host, port, ())
        self.args = (host, port, reason)
        self.reason, self.temporary = reason, temporary

    def __str__(self) -> str:
        return f"the host name '{brief(self.host)}' has no address: {self.reason}"


class RemoteProtocolError(Cause):
    """What the peer sent breaks a clause of the standard.

    `abort_reason` is the reason of the A-ABORT that answers it (PS3.8 9.3.8). Where that is known, `offset`
    counts the bytes of the PDU before the fault, `kind` is a word for what is wrong, and `start` how what was
    sent begins, at most 8 bytes, if it may be no PDU at all.
    """

    def __init__(
        self,
        what: str,
        clause: str,
        *,
        abort_reason: int = 0,
        offset: int | None = None,
        kind: str = "",
        start: bytes = b"",
    ) -> None:
        super().__init__(what, clause)
        self.what, self.clause, self.abort_reason = what, clause, abort_reason
        self.offset, self.kind, self.start = offset, kind, start

    def __str__(self) -> str:
        return f"{self.what} ({self.clause})"


class NotDicom(RemoteProtocolError):
    """What the peer sent begins no PDU of PS3.8; `start` is its first bytes, at most 8."""

    def __init__(self, start: bytes) -> None:
        shown = brief(decoded(start))
        what = f'what the peer sent is no DICOM PDU: it begins with {start.hex(" ")} ("{shown}")'
        super().__init__(what, "PS3.8 9.3.1", abort_reason=1, offset=0, start=start)
        self.args = (start,)


class TlsWanted(Advised, RemoteProtocolError):
    """The peer answered with a TLS alert, so it wants TLS, which we did not use."""

    def __init__(self) -> None:
        from dcmtool.advice import Advice

        what = "the peer answered with a TLS alert: it wants TLS here"
        super().__init__(what, "RFC 8446 6", abort_reason=1, offset=0)
        self.args = ()
        self.advice = Advice("use-tls")

    @property
    def fact(self) -> str:
        """What the peer sent, and the clause that it breaks."""
        return RemoteProtocolError.__str__(self)


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
    def numbers(self) -> str:
        """Result, source and reason as `1/1/7`."""
        return f"{self.result}/{self.source}/{self.reason}"

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
        several = (
            f"all {len(self.results)} proposed were" if len(self.results) > 1 else "the one proposed was"
        )
        return f"{several} refused: {', '.join(reasons)}"


class MaximumLengthTooSmall(Cause):
    """The peer's maximum length leaves no room for a message (PS3.8 D.1)."""

    def __init__(self, maximum: int) -> None:
        super().__init__(maximum)
        self.maximum = maximum

    def __str__(self) -> str:
        return (
            f"the peer's maximum PDU length of {self.maximum} bytes is too small for any message (PS3.8 D.1)"
        )


class NoRoom(Cause):
    """What a peer sent is not whole, or not decoded yet, and there is no room left to hold it (bytes).

    `size` is what all connections may hold together.
    """

    def __init__(self, held: int, size: int) -> None:
        super().__init__(held, size)
        self.held, self.size = held, size

    def __str__(self) -> str:
        return (
            f"there is no room for {self.held} bytes that wait for their rest or their turn: "
            f"all connections together may have {self.size}"
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
        said = f', the peer says "{brief(self.comment)}"' if self.comment else ""
        return f"status 0x{self.status:04X} ({self.meaning}){said}"
