"""A node that is being verified, and what of its failures may pass by itself."""

import errno
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING

from dcmtool.errors import ConnectFailed, DeadlineExpired, Rejection, TransportError
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.target import Target
from dcmtool.settings import Peer
from dcmtool.steps import Connect
from dcmtool.transport.addresses import look_up
from dcmtool.transport.running import Found
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.transport.running import Running

_TRANSIENT = 2  # the result of a rejection (PS3.8 9.3.4)
_NOTHING_LEFT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Attempts:
    """One target, with its place in the order, the addresses of its host, and how often it was tried.

    `waited` is how long its name took to look up (ns), `late` by how much the loop has been late since (ns).
    """

    started: datetime
    running: "Running[EchoReport] | None" = None
    short_since: int | None = None  # when this machine first had nothing left for its connection

    def __init__(self, number: int, target: Target) -> None:
        self.number, self.target = number, target
        self.found: Found = None
        self.addresses: tuple[str, ...] = ()
        self.count = self.waited = self.late = 0

    @property
    def patience(self) -> float | None:
        """The seconds that looking its name up may take; None is no bound."""
        timeouts = self.target.request.timeouts
        return min((each for each in (timeouts.connect, timeouts.deadline) if each is not None), default=None)

    def take(self, found: Found, waited: int) -> None:
        """Take what came of the look-up."""
        self.found, self.waited = found, waited
        if isinstance(found, Sequence):
            port = self.target.request.peer.port  # another node of the same host may have another one
            self.found = [each.at(port) for each in found]
            self.addresses = tuple(dict.fromkeys(each.machine for each in found))

    def find(self, _step: Connect, _deliver: object) -> Found:
        """Return the addresses, as the driver asks for them."""
        return self.found

    def begin(self) -> None:
        """Count one more."""
        self.count += 1
        self.started = datetime.now(UTC)

    def result(self, report: EchoReport) -> NodeResult:
        """Return what came of it."""
        if report.error is None:
            finding = None
        else:
            from dcmtool.diagnosis.rules import finding_for

            finding = finding_for(report.error, self.target.request)
        return NodeResult(self.target, report, self.started, finding, self.count, self.late)

    def may_pass(self, report: EchoReport) -> bool:
        """Whether the failure is one that may pass by itself: a transient rejection, a connect timeout."""
        cause = None if report.error is None else report.error.cause
        if not self.addresses:
            return False
        if isinstance(cause, Rejection):
            return cause.result == _TRANSIENT
        if isinstance(cause, DeadlineExpired):
            return report.stage == "connect"
        return isinstance(cause, ConnectFailed) and all(
            isinstance(error, TimeoutError) for _, error in cause.attempts
        )

    def lacks_room(self, report: EchoReport, seconds: float) -> bool:
        """Whether it is this machine that had nothing left for the connection, and not for so long yet."""
        cause = None if report.error is None else report.error.cause
        if not isinstance(cause, ConnectFailed) or not any(
            error.errno in _NOTHING_LEFT for _, error in cause.attempts
        ):
            return False
        if self.short_since is None:
            self.short_since = monotonic_ns()
        return monotonic_ns() - self.short_since < seconds * 1_000_000_000


def addresses_of(peer: Peer) -> Found:
    """Return the addresses of a host that is one itself."""
    try:
        return look_up(Connect(peer.host, peer.port, peer.family, None, None))
    except TransportError as error:
        return error
