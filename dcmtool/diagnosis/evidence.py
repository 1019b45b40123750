"""What was seen of a node, as values: each association tried, each lookup of its name, and all of them.

Nothing here knows how it was seen: an attempt can be made of what a verification reports, or of an
association that was merely observed.
"""

from collections.abc import Iterable

from dcmtool.diagnosis.findings import Seen
from dcmtool.errors import (
    Advised,
    DeadlineExpired,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    TlsFailure,
    TlsWanted,
    VerificationFailed,
)
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import EchoRequest, Negotiation
from dcmtool.steps import Family, TlsSession
from dcmtool.text import brief
from dcmtool.verification.report import EchoReport, NegotiatedParameters, Phases, Reply

LONGEST_START = 64  # bytes of a PDU, or of what is none, that are kept as evidence


class Inquiry(NamedTuple):
    """What was asked of the node, as far as a failure can come of it."""

    host: str
    port: int
    calling: str
    called: str
    family: Family = "auto"
    syntaxes: int = 1  # transfer syntaxes offered in each context
    secured: bool = False
    server_name: str | None = None
    client_certificate: bool = False
    profile: str = ""
    identity: bool = False  # whether a user identity was sent (PS3.7 D.3.3.7)
    confirmation: bool = False  # and whether it was to be confirmed

    @classmethod
    def by(cls, request: EchoRequest) -> "Inquiry":
        """Return what a verification asks."""
        titles, tls = request.negotiation, request.tls
        return cls(
            request.peer.host,
            request.peer.port,
            titles.calling_aet,
            titles.called_aet,
            request.peer.family,
            len(titles.transfer_syntaxes),
            tls is not None,
            tls.server_name if tls else None,
            tls is not None and tls.certificate_file is not None,
            tls.profile if tls else "",
            titles.identity is not None,
            titles.identity is not None and titles.identity.positive_response,
        )

    @property
    def node(self) -> str:
        """The node in words: with its title, where one was given."""
        return "the node" if self.called == Negotiation.called_aet else f"the node {self.called}"


class Attempt(NamedTuple):
    """One association, as far as it came: `stage` is the last one reached, `cause` what ended it there.

    `number` counts the attempts of a diagnosis from 1. `source` is our own address. `seen` holds what the
    peer sent, in order. With `listened` nothing was sent before the peer had had a moment to speak first, and
    `spoke_first` says that it did, or closed.
    """

    asked: Inquiry
    stage: str
    cause: BaseException | None = None
    number: int = 1
    address: str | None = None
    source: str | None = None
    phases: Phases = Phases()
    session: TlsSession | None = None
    negotiated: NegotiatedParameters | None = None
    replies: tuple[Reply, ...] = ()
    seen: tuple[Seen, ...] = ()
    listened: bool = False
    spoke_first: bool = False
    identity_confirmed: bool | None = None
    experiment: str = ""  # in words, what was otherwise than asked for
    shows: tuple[str, ...] = ()  # the findings that its end is proof of
    service: str = ""  # that was asked in place of an echo

    @property
    def succeeded(self) -> bool:
        """Whether every echo was answered with Success and the association ended in order."""
        return self.cause is None

    @property
    def was_stopped(self) -> bool:
        """Whether the user ended it."""
        return isinstance(self.cause, KeyboardInterrupt)

    @property
    def implementation(self) -> str:
        """The node's implementation class UID and version name, as far as it gave any."""
        if self.negotiated is None:
            return ""
        uid, name = (
            self.negotiated.implementation_class_uid,
            self.negotiated.implementation_version_name,
        )
        return f"{uid} ({name})" if uid and name else uid or name


def of_failure(failure: VerificationFailed, request: EchoRequest) -> Attempt:
    """Return the attempt that a failure alone tells of."""
    cause = failure.cause
    seen = (Seen(fact_of(cause), 1, None, bytes_of(cause)),)
    return Attempt(Inquiry.by(request), failure.stage, cause, seen=seen)


def of_report(
    report: EchoReport,
    request: EchoRequest,
    *,
    number: int = 1,
    seen: Iterable[Seen] = (),
    listened: bool = False,
    spoke_first: bool = False,
) -> Attempt:
    """Return the attempt that a verification was; `seen` is what its events told."""
    error = report.error
    return Attempt(
        Inquiry.by(request),
        error.stage if error else report.stage,
        error.cause if error else None,
        number,
        report.address,
        report.source,
        report.phases,
        report.tls,
        report.negotiated,
        tuple(report.echoes.replies),
        tuple(seen),
        listened,
        spoke_first,
        report.identity_confirmed,
    )


def fact_of(cause: BaseException) -> str:
    """Return what happened, without advice, and without the name of a setting."""
    if isinstance(cause, DeadlineExpired):
        missing = f"more than a part of {cause.partial}" if cause.partial else brief(cause.waiting_for)
        return f"no {missing} within {cause.seconds:g} s"
    return cause.fact if isinstance(cause, Advised) else str(cause)


def bytes_of(cause: BaseException) -> bytes:
    """Return the bytes from the peer that a cause rests on, as far as it knows them (PS3.8 9.3)."""
    if isinstance(cause, Rejection):
        return bytes((3, 0, 0, 0, 0, 4, 0, cause.result, cause.source, cause.reason))
    if isinstance(cause, PeerAbort):
        return bytes((7, 0, 0, 0, 0, 4, 0, 0, cause.source, cause.reason))
    if isinstance(cause, TlsWanted):
        return b"\x15\x03"
    return cause.start if isinstance(cause, RemoteProtocolError | TlsFailure) else b""


class Lookup(NamedTuple):
    """What the name service said of the addresses of one family, and how long that took (ns)."""

    family: Family
    addresses: tuple[str, ...] = ()
    cause: BaseException | None = None
    took: int = 0
    wanted: bool = True  # whether the addresses are to be called


class Evidence(NamedTuple):
    """All that a diagnosis saw: lookups, attempts in their order, and from what time on something is slow.

    `slow` is in nanoseconds. The experiments are attempts too, at what nobody asked for.
    """

    request: EchoRequest
    slow: int
    lookups: tuple[Lookup, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    experiments: tuple[Attempt, ...] = ()
    works: EchoRequest | None = None  # the request of the experiment that succeeded

    @property
    def was_stopped(self) -> bool:
        """Whether the user ended it."""
        attempts = (each.cause for each in (*self.attempts, *self.experiments))
        causes = (*(each.cause for each in self.lookups), *attempts)
        return any(isinstance(cause, KeyboardInterrupt) for cause in causes)
