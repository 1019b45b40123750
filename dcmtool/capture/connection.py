"""What is known of a connection between two others, as values: who, what was asked, how it went and ended."""

from typing import Literal

from dcmtool.association.observed import Side
from dcmtool.capture.icmp import Unreachable
from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import RemoteProtocolError
from dcmtool.named_tuple import NamedTuple
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq

# What is spoken, by the first bytes; "" where nothing was sent, "unknown" where nobody knows.
Protocol = Literal["dicom", "tls", "http", "proxy", "hl7", "ssh", "mail", "unknown", ""]
# How it ended: an association released, rejected or aborted; else what became of the connection. A SYN that
# was answered by a reset is refused, one that was answered by nothing is unanswered, and one that did not
# arrive, as somebody on the way says, is unreachable.
Ending = Literal[
    "released", "rejected", "aborted", "closed", "reset", "refused", "unanswered", "unreachable", "open"
]
# Who has to act on a finding; None where nobody has.
ActingSide = Literal["requestor", "acceptor", "network"]


class Endpoint(NamedTuple):
    """One end of a connection; of a log it may have neither an address nor a port."""

    address: str = ""
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return host if self.port is None else f"{host}:{self.port}"


class Spans(NamedTuple):
    """How long something took, how often: all in nanoseconds but `times`."""

    times: int
    median: int
    p95: int
    longest: int


class ServiceUse(NamedTuple):
    """The commands of one kind on one association, and how they were answered.

    `command` is the request's name (PS3.7 E.1), such as C-STORE; `sop_class` its SOP Class UID. `sender` is
    who asked. `statuses` counts the responses by status; a pending one counts too. `spans` is from a request
    to its final response, None where there is none. `data_sets` and `data_bytes` count the data sets of
    requests and responses together.
    """

    command: str
    sop_class: str
    sender: Side
    requests: int
    statuses: tuple[tuple[int, int], ...]
    spans: Spans | None
    data_sets: int
    data_bytes: int


class ObservedTls(NamedTuple):
    """What a TLS handshake shows in the clear (RFC 8446 4.1, RFC 5246 7.4).

    `offered` and `version` are versions in words, such as TLS 1.2; `suite` is IANA's name. `certificates` are
    the acceptor's in DER, its own first, `client_certificates` the requestor's; both are empty in TLS 1.3.
    `alerts` are who sent which, by its name of RFC 8446 6 in words; `asks_for_certificate` whether the
    acceptor asks for one; `established` whether application data was seen in both directions.
    """

    offered: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    server_name: str | None = None
    version: str = ""
    suite: str = ""
    certificates: tuple[bytes, ...] = ()
    client_certificates: tuple[bytes, ...] = ()
    asks_for_certificate: bool = False
    alerts: tuple[tuple[Side, str], ...] = ()
    established: bool = False


class ObservedFault(NamedTuple):
    """What one side sent that breaks a clause of the standard, and when (ns since 1970)."""

    sender: Side
    error: RemoteProtocolError
    at: int


class ObservedFinding(NamedTuple):
    """A finding about a connection between two others, and which of them has to act."""

    finding: Finding
    actor: ActingSide | None


class ObservedConnection(NamedTuple):
    """One connection between two others, from its beginning to its end, or to that of what was captured.

    The requestor is who opened it. Times are nanoseconds since 1970, durations nanoseconds; None is what was
    not seen. `ended` of one that is open, or was not answered, is when the capture ends. `connect` is from
    the first SYN to its answer, `accept` from the whole A-ASSOCIATE-RQ to its answer, `release` from the
    A-RELEASE-RQ to its. `request_pdu` is the A-ASSOCIATE-RQ as it was sent. `starts` are the first bytes of
    both sides, requestor first; `bytes` and `missing` count what each sent, and what was not captured of it;
    `retransmitted` counts segments. `unanswered` are requests without a final response, by command, and
    `partial` the PDU of each side that did not come whole. `handshake` says whether the beginning was seen,
    and `source` which file it is from. `requested` is when the whole A-ASSOCIATE-RQ had come, `waiting` since
    when the oldest of `unanswered` waits, `hung_up` when a side first closed its direction (all ns since
    1970), and `release_by` who asked for the release. What is `logged` is from a log, which tells values and
    no bytes; one without times has `began` 0. `unreachable` is what was said on the way of what a side sent,
    if that side was not answered after it.
    """

    number: int
    requestor: Endpoint
    acceptor: Endpoint
    began: int
    ended: int | None = None
    protocol: Protocol = ""
    ending: Ending = "open"
    ended_by: Side | None = None
    connect: int | None = None
    accept: int | None = None
    release: int | None = None
    request: AssociateRq | None = None
    request_pdu: bytes = b""
    answer: AssociateAc | AssociateRj | None = None
    contexts: tuple[PresentationContext, ...] = ()
    services: tuple[ServiceUse, ...] = ()
    unanswered: tuple[str, ...] = ()
    abort: tuple[int, int] | None = None
    faults: tuple[ObservedFault, ...] = ()
    warnings: tuple[str, ...] = ()
    tls: ObservedTls | None = None
    starts: tuple[bytes, bytes] = (b"", b"")
    partial: tuple[str, str] = ("", "")
    bytes: tuple[int, int] = (0, 0)
    missing: tuple[int, int] = (0, 0)
    retransmitted: tuple[int, int] = (0, 0)
    syns: int = 0
    handshake: bool = True
    source: str = ""
    findings: tuple[ObservedFinding, ...] = ()
    requested: int | None = None
    waiting: int | None = None
    release_by: Side | None = None
    hung_up: int | None = None
    logged: bool = False
    unreachable: Unreachable | None = None

    @property
    def is_association(self) -> bool:
        """Whether an association was asked for, or is in progress."""
        return self.request is not None or self.protocol == "dicom"

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.findings)
