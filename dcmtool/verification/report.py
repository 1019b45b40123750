"""What came out of a verification, as a value: text, JSON and exit code derive from it."""

from enum import StrEnum
from typing import TYPE_CHECKING

from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    EchoFailed,
    Interrupted,
    NoConnection,
    NoPresentationContext,
    ReleaseFailed,
    TlsFailed,
    VerificationFailed,
)
from dcmtool.fields import Fields, made
from dcmtool.named_tuple import NamedTuple
from dcmtool.steps import TlsSession
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.indications import Accepted
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    UserIdentityResponse,
    find,
)
from dcmtool.verification.statistics import Durations

if TYPE_CHECKING:
    from typing import Self

MAX_REPLIES = 1000  # replies kept one by one; beyond, the statistics go on in constant memory


class Outcome(StrEnum):
    """How a verification ended."""

    SUCCESS = "success"
    NO_CONNECTION = "no-connection"
    TLS_FAILED = "tls-failed"
    ASSOCIATION_FAILED = "association-failed"
    REJECTED = "rejected"
    NO_PRESENTATION_CONTEXT = "no-presentation-context"
    ECHO_FAILED = "echo-failed"
    RELEASE_FAILED = "release-failed"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"


_OUTCOMES: dict[type[VerificationFailed], Outcome] = {
    NoConnection: Outcome.NO_CONNECTION,
    TlsFailed: Outcome.TLS_FAILED,
    AssociationFailed: Outcome.ASSOCIATION_FAILED,
    AssociationRejected: Outcome.REJECTED,
    NoPresentationContext: Outcome.NO_PRESENTATION_CONTEXT,
    EchoFailed: Outcome.ECHO_FAILED,
    ReleaseFailed: Outcome.RELEASE_FAILED,
    AssociationAborted: Outcome.ABORTED,
    Interrupted: Outcome.INTERRUPTED,
}


def outcome_of(failure: VerificationFailed) -> Outcome:
    """Return how a verification ends with this failure."""
    return _OUTCOMES[type(failure)]


class Reply(NamedTuple):
    """One C-ECHO-RSP: its status (PS3.7 Annex C) and the round trip in nanoseconds."""

    message_id: int
    status: int
    round_trip: int


class Echoes:
    """All echoes of a verification: counts, the first replies, and the round trips' statistics (ns)."""

    __slots__ = ("received", "replies", "round_trips", "sent", "statuses")

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0
        self.replies: list[Reply] = []
        self.statuses: dict[int, int] = {}
        self.round_trips = Durations()

    def __repr__(self) -> str:
        return f"Echoes(sent={self.sent}, received={self.received}, statuses={self.statuses})"

    def add(self, reply: Reply) -> None:
        """Count a reply in."""
        if self.received < MAX_REPLIES:
            self.replies.append(reply)
        self.received += 1
        self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
        self.round_trips.add(reply.round_trip)

    @property
    def lost(self) -> int:
        """How many requests had no response."""
        return self.sent - self.received

    @property
    def total(self) -> int:
        """The sum of the round trips (ns)."""
        return self.round_trips.total

    @property
    def minimum(self) -> int | None:
        """The shortest round trip (ns)."""
        return self.round_trips.minimum

    @property
    def maximum(self) -> int | None:
        """The longest round trip (ns)."""
        return self.round_trips.maximum

    @property
    def mean(self) -> float | None:
        """The mean round trip (ns)."""
        return self.round_trips.mean

    @property
    def deviation(self) -> float | None:
        """The standard deviation of the round trips (ns)."""
        return self.round_trips.deviation

    @property
    def median(self) -> int | None:
        """The round trip that half of them do not exceed (ns)."""
        return self.round_trips.quantile(0.5)

    @property
    def p95(self) -> int | None:
        """The round trip that 95 % of them do not exceed (ns)."""
        return self.round_trips.quantile(0.95)

    @property
    def p99(self) -> int | None:
        """The round trip that 99 % of them do not exceed (ns)."""
        return self.round_trips.quantile(0.99)


class Phases(Fields):
    """How long each phase took, in monotonic nanoseconds; None where it was not reached or not ended."""

    resolve: int | None = None
    connect: int | None = None
    tls: int | None = None
    associate: int | None = None
    echo: int | None = None
    release: int | None = None


PHASES = tuple(Phases._defaults)  # in their order


class NegotiatedParameters(NamedTuple):
    """What the peer answered to A-ASSOCIATE-RQ; its contexts in the order of the answer."""

    contexts: tuple[PresentationContext, ...]
    max_pdu: int
    implementation_class_uid: str
    implementation_version_name: str


class EchoReport(Fields):
    """One verification: what was reached, what was negotiated, how long it took, and what went wrong.

    `stage` is the last stage reached: `connect`, `tls`, `associate`, `echo`, `release`, or `done`.
    `error` is the first failure, whose text is one sentence. `tls` is the session, also one that was refused
    for its certificate. `source` is our own address on the connection, by which a node's access list goes.

    Where each echo had its own association, all but `error` and `echoes` is that of the last one, and
    `per_phase` holds how the times of each phase are distributed, by the phase's name; a request that was not
    even sent, since there was no association, counts as sent and lost.
    """

    host: str
    port: int
    address: str | None = None
    stage: str = "connect"
    error: VerificationFailed | None = None
    phases: Phases = made(Phases)
    tls: TlsSession | None = None
    accepted: Accepted | None = None
    echoes: Echoes = made(Echoes)
    per_phase: dict[str, Durations] = made(dict)
    source: str | None = None

    @property
    def success(self) -> bool:
        """Whether every echo was answered with Success, and the association ended in order."""
        return self.error is None

    def __bool__(self) -> bool:
        return self.success

    def raise_for_failure(self) -> "Self":
        """Return the report if it is one of a success.

        Raises:
            VerificationFailed: the report's error.
        """
        if self.error is not None:
            raise self.error
        return self

    @property
    def exit_code(self) -> int:
        """The exit code of a `dcmtool echo` that ends so."""
        if self.error is None:
            return 0
        from dcmtool.exit_codes import exit_code

        return exit_code(self.error)

    @property
    def outcome(self) -> Outcome:
        """How it ended, in one word."""
        return outcome_of(self.error) if self.error else Outcome.SUCCESS

    @property
    def identity_confirmed(self) -> bool | None:
        """Whether the peer confirmed who the user is (PS3.7 D.3.3.7.2); None where it did not accept."""
        if self.accepted is None:
            return None
        return find(self.accepted.answer.user_information, UserIdentityResponse) is not None

    @property
    def negotiated(self) -> NegotiatedParameters | None:
        """What the peer answered to A-ASSOCIATE-RQ; None where it did not accept."""
        if self.accepted is None:
            return None
        information = self.accepted.answer.user_information
        maximum = find(information, MaximumLength)
        implementation = find(information, ImplementationClassUid)
        version = find(information, ImplementationVersionName)
        return NegotiatedParameters(
            self.accepted.contexts,
            maximum.value if maximum else 0,
            implementation.uid if implementation else "",
            version.name if version else "",
        )
