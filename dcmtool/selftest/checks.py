"""The checks as data: an SCP, how it is called, and what must come of it."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dcmtool.api.echo import echo
from dcmtool.errors import DcmtoolError, Rejection
from dcmtool.scp.server import VerificationScp
from dcmtool.scp.settings import Faults, ScpSettings
from dcmtool.selftest.identities import HOST, Identities
from dcmtool.selftest.judge import JUDGEMENTS, Judgement
from dcmtool.settings import ServerTls, Timeouts
from dcmtool.verification.report import EchoReport, Outcome

_SHORT = Timeouts(dimse=0.3, deadline=10)  # seconds; what is to be late is so by much more
_PATIENT = Timeouts(connect=10, deadline=30)
_LATE = 30.0
NOT_DONE = "not-done"


class Check(NamedTuple):
    """What is tried, the SCP with its faults, the arguments of the call, and what must come of it.

    `sentence` is what must stand in the failure's own sentence.
    """

    name: str
    outcome: Outcome
    sentence: str = ""
    faults: Faults = Faults()
    server: ServerTls | None = None
    call: dict[str, Any] = {}  # noqa: RUF012  (nobody changes it)

    def tried(self) -> tuple[str, str, bool]:
        """Return the outcome that was seen, the failure's own sentence, and whether that is what must be."""
        report = _called(self)
        return report.outcome, str(report.error or ""), _holds(self, report)


class Result(NamedTuple):
    """A check, the outcome that was seen, the failure's own sentence, and whether that is what must be."""

    check: Check | Judgement
    seen: str
    sentence: str
    holds: bool


def checks(known: Identities) -> Iterator[Check | Judgement]:
    """Yield all checks: over TCP, with pynetdicom, then over TLS."""
    yield Check("one echo", Outcome.SUCCESS)
    yield Check("100 echoes", Outcome.SUCCESS, call={"repeat": 100})
    called = Rejection(1, 1, 7)
    yield Check("rejection", Outcome.REJECTED, called.reason_text, Faults(reject=called))
    refused = "Abstract Syntax Not Supported"
    yield Check("refused contexts", Outcome.NO_PRESENTATION_CONTEXT, refused, Faults(refuse_contexts=True))
    yield Check("status of failure", Outcome.ECHO_FAILED, "0x0110", Faults(status=0x0110))
    yield Check("abort", Outcome.ABORTED, "A-ABORT", Faults(abort_after=0))
    yield Check(
        *("no answer", Outcome.ECHO_FAILED, "within 0.3 s", Faults(delay_echo=_LATE)),
        call={"timeouts": _SHORT},
    )
    yield from JUDGEMENTS
    yield from _secured(known)


def _secured(known: Identities) -> Iterator[Check]:
    none = Faults()
    yield Check("TLS", Outcome.SUCCESS, "", none, known.server, {"tls": known.anonymous})
    yield Check("mutual TLS", Outcome.SUCCESS, "", none, known.demanding, {"tls": known.client})
    yield Check(
        *("unknown authority", Outcome.TLS_FAILED, "not from an authority"),
        *(none, known.server, {"tls": known.stranger}),
    )
    yield Check(
        *("no client certificate", Outcome.TLS_FAILED, "client certificate"),
        *(none, known.demanding, {"tls": known.anonymous}),
    )
    yield Check("no TLS where it is wanted", Outcome.TLS_FAILED, "wants TLS", none, known.server)


def run(all_checks: Iterable[Check | Judgement]) -> Iterator[Result]:
    """Do the checks, one after the other."""
    for check in all_checks:
        try:
            seen, sentence, holds = check.tried()
        except DcmtoolError as error:  # what there must be for the call, such as a free port, is not there
            yield Result(check, NOT_DONE, str(error), False)
        else:
            yield Result(check, str(seen), sentence, holds)


def _called(check: Check) -> EchoReport:
    settings = ScpSettings(HOST, 0, faults=check.faults, tls=check.server)
    with VerificationScp(settings, lambda _record: None) as scp:
        return echo(HOST, scp.address.port, **{"timeouts": _PATIENT, **check.call})


def _holds(check: Check, report: EchoReport) -> bool:
    echoes = check.call.get("repeat", 1) if check.outcome is Outcome.SUCCESS else report.echoes.received
    return (
        report.outcome is check.outcome
        and report.echoes.received == echoes
        and check.sentence in str(report.error or "")
    )
