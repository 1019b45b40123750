"""pynetdicom as the judge of both sides: a DICOM implementation of which no line is ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmtool.api.echo import echo
from dcmtool.scp.server import VerificationScp
from dcmtool.scp.settings import ScpSettings
from dcmtool.selftest.identities import HOST
from dcmtool.settings import Timeouts
from dcmtool.uids import VERIFICATION_SOP_CLASS
from dcmtool.verification.report import Outcome

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.association import Association

_ECHOES = 3
_CALLS = 3
_PATIENT = 30.0  # seconds


class Judgement(NamedTuple):
    """A check with pynetdicom on the other side; `calls_us` says which of the two calls."""

    name: str
    calls_us: bool
    outcome: Outcome = Outcome.SUCCESS

    def tried(self) -> tuple[str, str, bool]:
        """Return the outcome that was seen, a sentence about what failed, and whether it is what must be."""
        return _called_by_it() if self.calls_us else _calling_it()


JUDGEMENTS = (Judgement("pynetdicom calls us", True), Judgement("pynetdicom is called", False))


def _called_by_it() -> tuple[str, str, bool]:
    """Return how our SCP serves it; where it loses an answer between its own threads it calls again."""
    for _ in range(_CALLS - 1):
        judged, lost = _served_to_it()
        if not lost:
            return judged
    return _served_to_it()[0]


def _served_to_it() -> tuple[tuple[str, str, bool], bool]:
    """Have its AE associate with our SCP, send echoes, and release; return with it if it lost an answer."""
    with VerificationScp(ScpSettings(HOST, 0), lambda _record: None) as scp:
        outcome, sentence, taken = _call(scp)
    holds = outcome == Outcome.SUCCESS and scp.totals.echoes == _ECHOES
    return (outcome, sentence, holds), outcome == Outcome.ECHO_FAILED and taken < scp.totals.echoes


def _call(scp: VerificationScp) -> tuple[str, str, int]:
    """Return the outcome, a sentence about what failed, and how many answers it has."""
    with _entity() as entity:
        entity.add_requested_context(VERIFICATION_SOP_CLASS)
        association = entity.associate(HOST, scp.address.port)
        if not association.is_established:
            return Outcome.REJECTED, "pynetdicom got no association", 0
        statuses = [_status(association, each) for each in range(1, _ECHOES + 1)]
        association.release()
        association.join(_PATIENT)
        taken = sum(status is not None for status in statuses)
        if statuses != [0] * _ECHOES:
            return Outcome.ECHO_FAILED, f"pynetdicom took the answers to be {statuses}", taken
        if not association.is_released:
            return Outcome.RELEASE_FAILED, "pynetdicom could not release the association", taken
    return Outcome.SUCCESS, "", taken


def _status(association: "Association", message_id: int) -> int | None:
    """Return the status of the answer to an echo, None where there is no answer."""
    try:
        return getattr(association.send_c_echo(message_id), "Status", None)
    except RuntimeError:  # the association is over
        return None


def _calling_it() -> tuple[str, str, bool]:
    """Verify its SCP with our procedure."""
    with _entity() as entity:
        entity.add_supported_context(VERIFICATION_SOP_CLASS)
        server: Any = entity.start_server((HOST, 0), block=False)
        try:
            timeouts = Timeouts(connect=_PATIENT, deadline=_PATIENT)
            report = echo(HOST, server.socket.getsockname()[1], repeat=_ECHOES, timeouts=timeouts)
        finally:
            server.shutdown()
    return report.outcome, str(report.error or ""), report.echoes.received == _ECHOES


@contextmanager
def _entity() -> "Iterator[AE]":
    """Have an application entity, none of whose threads is left at the end."""
    from pynetdicom import AE

    entity = AE("DCMTOOL-TEST")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = _PATIENT
    try:
        yield entity
    finally:
        entity.shutdown()
