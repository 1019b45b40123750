"""What came of some nodes in a sweep, made by hand: one of each kind, and with hostile text."""

import errno
from datetime import UTC, datetime, timedelta

from dcmtool.advice import Advice
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis.rules import finding_for
from dcmtool.errors import (
    AssociationRejected,
    ConnectFailed,
    Interrupted,
    NoConnection,
    Rejection,
    TlsFailed,
    TlsFailure,
    VerificationFailed,
)
from dcmtool.fleet.result import NodeResult, Summary, summary_of
from dcmtool.fleet.target import Target
from dcmtool.reporting.sweep_row import SweepRow, row_of
from dcmtool.settings import EchoRequest, Negotiation, Peer
from dcmtool.steps import TlsSession
from dcmtool.verification.report import EchoReport, Phases, Reply
from tests.peers import pki

MS = 1_000_000  # nanoseconds
STARTED = datetime(2026, 11, 30, 8, 15, tzinfo=UTC)
ENDED = STARTED + timedelta(seconds=10)
_NOT_AFTER = STARTED + timedelta(days=5, hours=1)
_CERTIFICATE = pki.Authority().issue(validity=(STARTED - timedelta(days=1), _NOT_AFTER), key="p256").der


def target(name: str, title: str = "PACS", tags: tuple[str, ...] = (), do_not_probe: str = "") -> Target:
    """Return a target."""
    request = EchoRequest(Peer("pacs.example.org", 104), Negotiation(called_aet=title))
    return Target(name, request, tags, do_not_probe)


def answered(name: str, milliseconds: float = 1.5, *, tls: bool = False, title: str = "PACS") -> NodeResult:
    """Return the result of a node that answered."""
    phases = Phases(resolve=MS, connect=2 * MS, tls=3 * MS if tls else None, associate=4 * MS)
    report = EchoReport("pacs.example.org", 104, "192.0.2.7", "done", phases=phases, tls=_session(tls))
    report.echoes.sent = 1
    report.echoes.add(Reply(1, 0, int(milliseconds * MS)))
    return NodeResult(target(name, title, ("ct", "site a")), report, STARTED)


def _session(tls: bool) -> TlsSession | None:
    return TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, _CERTIFICATE, True, None) if tls else None


def failed(name: str, error: VerificationFailed, stage: str, *, tls: bool = False) -> NodeResult:
    """Return the result of a node that failed."""
    report = EchoReport(
        *("pacs.example.org", 104, "192.0.2.7", stage, error), Phases(connect=MS), tls=_session(tls)
    )
    to = target(name)
    return NodeResult(to, report, STARTED, finding_for(error, to.request))


def rejected(name: str) -> NodeResult:
    """Return the result of a node that does not know the title."""
    return failed(name, AssociationRejected("associate", Rejection(1, 1, 7)), "associate")


def refused(name: str) -> NodeResult:
    """Return the result of a node that is not there."""
    tried = ("192.0.2.7", ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    return failed(name, NoConnection("connect", ConnectFailed("pacs.example.org", 104, (tried,))), "connect")


def short_of_days(name: str) -> NodeResult:
    """Return the result of a node of which only the certificate is short of days."""
    fact = "it is valid for 5 more days, where 30 are asked for"
    error = TlsFailure("expires-soon", fact, Advice("expires-soon"), _session(True))
    return failed(name, TlsFailed("tls", error), "tls", tls=True)


def interrupted(name: str) -> NodeResult:
    """Return the result of a node that had no time to answer."""
    return failed(name, Interrupted("echo", KeyboardInterrupt()), "echo")


def skipped(name: str, reason: str = "it hangs") -> NodeResult:
    """Return the result of a node that is not to be probed."""
    return NodeResult(target(name, do_not_probe=reason), None, STARTED)


def rows(*results: NodeResult) -> list[SweepRow]:
    """Return the rows of results, in the words of the command line."""
    return [row_of(result, COMMAND_LINE) for result in results]


def total(*results: NodeResult) -> Summary:
    """Return what they come to."""
    return summary_of(results, 10.25)
