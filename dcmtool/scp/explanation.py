"""What one caller did, noted while it is served, and the findings that it comes to."""

from dcmtool.association.acceptor import Acceptor
from dcmtool.diagnosis.callers.call import Call, OnPurpose, Stage
from dcmtool.diagnosis.callers.request_rules import about_request
from dcmtool.diagnosis.callers.rules import about_call
from dcmtool.diagnosis.callers.subject import Subject
from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import Cause, RemoteProtocolError
from dcmtool.scp.record import ConnectionOutcome, Record
from dcmtool.scp.settings import ScpSettings
from dcmtool.uids import TRANSFER_SYNTAXES
from dcmtool.upper_layer.pdus import AssociateRq

_SYNTAXES = frozenset(TRANSFER_SYNTAXES)
_PRESENTATION = 3  # a source of rejections for want of room (PS3.8 9.3.4)
_SHOWN = 32  # bytes of a malformed PDU from its fault on


class CallNotes:
    """The notes on one connection: from this address, to this port of ours, begun then (monotonic ns)."""

    def __init__(self, settings: ScpSettings, address: str, port: int, begun: int) -> None:
        self._settings, self._address, self._port, self._begun = settings, address, port, begun
        self._stage: Stage = "connected"
        self._waiting = begun  # since when it waits for what we are to send
        self._of_request: tuple[Finding, ...] = ()
        self._faulty = b""
        self._cause: Cause | None = None
        self._is_aborted_on_purpose = False

    def reached(self, stage: Stage, at: int) -> None:
        """Note how far it came, and when."""
        self._stage, self._waiting = stage, at

    def took_request(self, request: AssociateRq, pdu: bytes) -> None:
        """Note a request, whose bytes are `pdu`."""
        subject = Subject(
            self._address,
            self._port,
            self._settings.title,
            request.calling_aet,
            request.called_aet,
        )
        self._of_request = about_request(request, pdu, subject, _SYNTAXES)

    def refused_request(self, error: RemoteProtocolError, pdu: bytes) -> None:
        """Note what is wrong with a request, whose bytes are `pdu`."""
        self._stage = "connected"
        if error.offset is not None:
            self._faulty = pdu[error.offset : error.offset + _SHOWN]

    def ended(self, cause: Cause) -> None:
        """Note what ended it."""
        self._cause = cause

    def aborted_on_purpose(self) -> None:
        """Note that we ended it, as we are to."""
        self._is_aborted_on_purpose = True

    def findings(self, record: Record, acceptor: Acceptor) -> tuple[Finding, ...]:
        """Return what it all comes to."""
        request, settings = record.request, self._settings
        call = Call(
            record.address,
            self._port,
            settings.title,
            self._stage,
            self._cause,
            record.rejection,
            acceptor.start,
            acceptor.received,
            self._faulty,
            acceptor.partial,
            request.calling_aet if request else "",
            request.called_aet if request else "",
            request.contexts if request else 0,
            record.accepted,
            record.echoes,
            record.duration,
            self._waiting - self._begun,
            record.reason if record.outcome is ConnectionOutcome.RELEASED else "",
            tuple(acceptor.warnings),
            record.rejection is not None and record.rejection.source == _PRESENTATION,
            settings.max_associations,
            self._purpose(),
        )
        return about_call(call, self._of_request, expects_title=settings.title != ScpSettings.title)

    def _purpose(self) -> OnPurpose:
        faults = self._settings.faults
        return OnPurpose(
            faults.reject is not None,
            faults.refuse_contexts,
            self._is_aborted_on_purpose,
            faults.status,
            faults.delay_accept,
            faults.delay_echo,
        )


def turned_away(settings: ScpSettings, address: str, port: int) -> tuple[Finding, ...]:
    """Return the finding about a caller whose connection was closed at once."""
    limit = settings.max_associations
    call = Call(address, port, settings.title, has_no_place=True, max_associations=limit)
    return about_call(call, (), expects_title=False)
