"""Each echo on an association of its own: one report of them all."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dcmtool.errors import DeadlineExpired, EchoFailed, Interrupted, VerificationFailed
from dcmtool.settings import EchoRequest
from dcmtool.steps import Deadline, Procedure, clock, wait
from dcmtool.verification.report import EchoReport
from dcmtool.verification.statistics import Durations

if TYPE_CHECKING:
    from dcmtool.emitter import Emitter

Associate = Callable[[Iterable[int], int], Procedure[EchoReport]]


def verify_each(
    request: EchoRequest,
    numbers: Iterable[int],
    started: int,
    overall: Deadline | None,
    emitter: "Emitter | None",
    associate: Associate,
) -> Procedure[EchoReport]:
    """Verify a node once for each of the numbers; a failure ends none but its own association.

    `associate` is called with the numbers of an association's echoes and the time.
    """
    report = EchoReport(request.peer.host, request.peer.port)
    interval = int(request.interval * 1_000_000_000)
    due = started
    for index, number in enumerate(numbers):
        try:
            now = yield from _wait(due, overall)
        except (DeadlineExpired, KeyboardInterrupt) as cause:
            failure = (EchoFailed if isinstance(cause, DeadlineExpired) else Interrupted)("echo", cause)
            _take_error(report, failure)
            if emitter is not None:
                from dcmtool.events import Failed

                emitter(Failed(failure), None)
            break
        due = max(due, now) + interval
        if emitter is not None and index:
            emitter.next_association()
        single = yield from associate((number,), now)
        _add(report, single)
        if isinstance(single.error, Interrupted):
            break
    return report


def _wait(due: int, overall: Deadline | None) -> Procedure[int]:
    """Wait until an echo is due, and return the time.

    Raises:
        DeadlineExpired: the whole run has no time for it.
    """
    end = due if overall is None else min(due, overall.at)
    now = yield from clock()
    if now < end:
        yield from wait(end)
        now = yield from clock()
    if overall is not None and now >= overall.at:
        raise DeadlineExpired("time for the next echo", overall.budget, overall.seconds)
    return now


def _take_error(report: EchoReport, error: VerificationFailed | None) -> None:
    report.error = report.error or error


def _add(report: EchoReport, single: EchoReport) -> None:
    """Add the report of one association with one echo to that of all."""
    _take_error(report, single.error)
    report.address, report.source, report.stage = single.address, single.source, single.stage
    report.phases, report.tls, report.accepted = single.phases, single.tls, single.accepted
    stopped = isinstance(single.error, Interrupted)
    report.echoes.sent += single.echoes.sent if stopped else 1
    for reply in single.echoes.replies:
        report.echoes.add(reply)
    for name, time in vars(single.phases).items():
        if time is not None:
            report.per_phase.setdefault(name, Durations()).add(time)
