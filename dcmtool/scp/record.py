"""What became of each connection, as values, and what they come to."""

from enum import StrEnum
from typing import NamedTuple

from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import Rejection
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.upper_layer.undecoded import has_nul_padding, raw_titles, request_contexts
from dcmtool.upper_layer.user_information import ImplementationVersionName, MaximumLength, find


class ConnectionOutcome(StrEnum):
    """How a connection ended."""

    RELEASED = "released"
    REJECTED = "rejected"
    ABORTED_BY_PEER = "aborted-by-peer"
    ABORTED = "aborted"  # by us
    CONNECTION_LOST = "connection-lost"
    NO_REQUEST = "no-request"  # something else in place of an A-ASSOCIATE-RQ
    TLS_FAILED = "tls-failed"
    NOTHING_SENT = "nothing-sent"  # as health checks do
    TURNED_AWAY = "turned-away"  # too many connections

    @property
    def of_association(self) -> bool:
        """Whether an association had been asked for."""
        return self in _OF_ASSOCIATIONS


_OF_ASSOCIATIONS = {
    ConnectionOutcome.RELEASED,
    ConnectionOutcome.REJECTED,
    ConnectionOutcome.ABORTED_BY_PEER,
    ConnectionOutcome.ABORTED,
    ConnectionOutcome.CONNECTION_LOST,
}


_MOST_KEPT = 200  # characters of a value that the standard gives 64 at most, and that a peer chooses


class TlsFacts(NamedTuple):
    """What was negotiated with a client: version, cipher suite (IANA's name), and its certificate in DER."""

    protocol: str
    cipher: str
    certificate: bytes


class RequestSummary(NamedTuple):
    """What is kept of an A-ASSOCIATE-RQ: a whole one may take megabytes, once it is decoded.

    `abstract_syntaxes` is empty where the request was refused before it was decoded. `nul_padded` says that
    a title is padded with NULs, not blanks (PS3.8 9.3.2).
    """

    calling_aet: str
    called_aet: str
    contexts: int
    abstract_syntaxes: tuple[str, ...] = ()
    max_pdu: int | None = None
    implementation_version_name: str | None = None
    nul_padded: bool = False

    @classmethod
    def of(cls, request: AssociateRq, pdu: bytes = b"") -> "RequestSummary":
        """Return the summary of a decoded request and its bytes."""
        version = find(request.user_information, ImplementationVersionName)
        longest = find(request.user_information, MaximumLength)
        return cls(
            request.calling_aet,
            request.called_aet,
            len(request.contexts),
            tuple(dict.fromkeys(each.abstract_syntax[:_MOST_KEPT] for each in request.contexts)),
            longest.value if longest else None,
            version.name[:_MOST_KEPT] if version else None,
            has_nul_padding(pdu),
        )

    @classmethod
    def of_undecoded(cls, pdu: bytes) -> "RequestSummary":
        """Return what the bytes of a request show at a look."""
        called, calling = (title.rstrip(" \0") for title in raw_titles(pdu))
        return cls(calling, called, request_contexts(pdu), nul_padded=has_nul_padding(pdu))


class Record(NamedTuple):
    """A connection from its beginning to its end.

    `request` is None where no association was asked for; `accepted` counts its accepted presentation
    contexts, `echoes` those that were answered. `reason` says why it ended so, in words; `rejection` with
    which numbers; `status` is that of the answers to echoes. `duration` is in nanoseconds. `warnings` are
    what is wrong with its messages and was worked with; `findings` say why the caller did not get what it
    wants, or what it does oddly, None where nobody asked.
    """

    address: str
    port: int
    outcome: ConnectionOutcome
    duration: int
    reason: str = ""
    tls: TlsFacts | None = None
    request: RequestSummary | None = None
    accepted: int = 0
    echoes: int = 0
    rejection: Rejection | None = None
    status: int = 0
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] | None = None


class Totals:
    """What all connections come to; `outcomes` counts them by how they ended."""

    def __init__(self) -> None:
        self.outcomes: dict[ConnectionOutcome, int] = {}
        self.associations = self.echoes = 0

    def add(self, record: Record) -> None:
        """Count one more."""
        self.outcomes[record.outcome] = self.outcomes.get(record.outcome, 0) + 1
        self.associations += record.request is not None
        self.echoes += record.echoes

    @property
    def connections(self) -> int:
        """All connections, with and without an association."""
        return sum(self.outcomes.values())
