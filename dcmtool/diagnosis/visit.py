"""One association for whatever purpose: made, used and released, or given up as well as it can be."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dcmtool.association.proposal import associate_rq
from dcmtool.association.requestor import Requestor
from dcmtool.errors import Cause, Interrupted, NothingAccepted
from dcmtool.settings import EchoRequest
from dcmtool.steps import Deadline, Procedure, close
from dcmtool.verification.echo import failure_at, proposal
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.emitter import Emitter

# An abstract syntax and the transfer syntaxes that are proposed with it (UIDs).
Proposed = tuple[str, tuple[str, ...]]
# What an association is used for, once it is accepted; returns whether it is still there, to be released.
Use = Callable[[Requestor, EchoReport], Procedure[bool]]


def visit(
    request: EchoRequest,
    contexts: tuple[Proposed, ...],
    started: int,
    use: Use | None = None,
    emitter: "Emitter | None" = None,
) -> Procedure[EchoReport]:
    """Associate with these contexts, use the association, and release it.

    Titles, times and TLS are those of the request; `started` is the time (monotonic ns). The report is that
    of a verification whose echo is the use. No failure is raised: the report holds it.
    """
    seconds = request.timeouts.deadline
    overall = None if seconds is None else Deadline.after(started, "deadline", seconds)
    asked = proposal(request.negotiation)._replace(contexts=contexts)
    wanted = associate_rq.__wrapped__(asked)  # kept nowhere
    requestor = Requestor(request.peer, wanted, request.timeouts, started, overall, emitter)
    report = EchoReport(request.peer.host, request.peer.port)
    try:
        yield from _associate(request, requestor, report)
        if use is None or (yield from use(requestor, report)):
            report.stage = "release"
            yield from requestor.release()
        report.stage = "done"
    except (Cause, KeyboardInterrupt) as cause:
        if isinstance(cause, Cause):
            report.error = failure_at(report.stage, cause)
        else:
            report.error = Interrupted(report.stage, cause)
        if emitter is not None:
            from dcmtool.events import Failed

            emitter(Failed(report.error))
        if isinstance(cause, NothingAccepted):
            yield from _release_quietly(requestor)
        else:
            yield from requestor.abandon(cause)
    yield from close()
    return report


def _associate(request: EchoRequest, requestor: Requestor, report: EchoReport) -> Procedure[None]:
    connected = yield from requestor.connect(secured=request.tls is not None)
    report.address, report.source = connected.address, connected.source
    report.phases.connect = connected.connected_at - connected.resolved_at
    if request.tls is not None:
        report.stage = "tls"
        report.tls = yield from requestor.start_tls()
    report.stage = "associate"
    begun = requestor.exchange.now
    report.accepted = yield from requestor.associate()
    report.phases.associate = requestor.exchange.now - begun


def _release_quietly(requestor: Requestor) -> Procedure[None]:
    try:
        yield from requestor.release()
    except (Cause, KeyboardInterrupt) as failure:
        yield from requestor.abandon(failure)
