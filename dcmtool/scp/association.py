"""One association, from its request to its end, as pynetdicom serves it and as the faults spoil it."""

import socket
from threading import Event, Semaphore
from time import monotonic
from typing import NamedTuple

from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association
from pynetdicom.transport import AddressInformation

from dcmtool.errors import PeerAbort, Rejection
from dcmtool.scp.arrival import Arrived
from dcmtool.scp.line import Line
from dcmtool.scp.record import Outcome, Record
from dcmtool.scp.settings import ScpSettings
from dcmtool.uids import (
    APPLICATION_CONTEXT,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    TRANSFER_SYNTAXES,
    VERIFICATION_SOP_CLASS,
)
from dcmtool.upper_layer.pdus import Abort, AssociateRj, ReleaseRp

_REQUEST_READ = 5  # seconds for pynetdicom to read a request that has come already
_LOOK = 0.05  # seconds between two looks whether the peer is still there
_LEAVES = 0.25  # seconds for a peer that has just gone to free its place
_LIMIT_EXCEEDED, _UNKNOWN_APPLICATION_CONTEXT = Rejection(2, 3, 2), Rejection(1, 1, 2)


class Ending(NamedTuple):
    """How an association ended, why in words, and with which numbers it was rejected, if it was."""

    outcome: Outcome
    reason: str = ""
    rejection: Rejection | None = None


class Node:
    """What all associations have in common.

    The rules of acceptance are the entity's, pynetdicom's; `stopping` is set once all are to end.
    """

    def __init__(self, settings: ScpSettings) -> None:
        self.settings = settings
        self.entity = made = AE(ae_title=settings.title)
        made.require_called_aet = settings.require_called
        made.require_calling_aet = list(settings.allowed_calling)
        made.maximum_pdu_size = settings.max_pdu
        made.acse_timeout = _REQUEST_READ
        made.network_timeout = None  # `Line` sees to it
        made.implementation_class_uid = IMPLEMENTATION_CLASS_UID
        made.implementation_version_name = IMPLEMENTATION_VERSION_NAME
        # pynetdicom counts the threads of associations, which outlive them a little.
        made.maximum_associations = 1 << 16
        self.places = Semaphore(settings.max_associations)
        self.stopping = Event()


class Served:
    """An association that is served."""

    def __init__(self, node: Node, connection: socket.socket, record: Record, arrived: Arrived) -> None:
        self._node, self._faults = node, node.settings.faults
        self._association = Association(node.entity, "acceptor")
        limits = node.settings.max_pdu, node.settings.idle_timeout
        self._line = Line(self._association, connection, arrived[1:], limits, self._leave)
        self._speaks_dicom = arrived.request.application_context == APPLICATION_CONTEXT
        self._has_place = False
        self._begun = 0  # echoes
        self._prepare(node.entity, record)

    def _prepare(self, ae: AE, record: Record) -> None:
        association, acceptor = self._association, self._association.acceptor
        association.set_socket(self._line)
        acceptor.maximum_length = ae.maximum_pdu_size
        acceptor.ae_title = ae.ae_title
        acceptor.implementation_class_uid = ae.implementation_class_uid
        acceptor.implementation_version_name = ae.implementation_version_name
        if not self._faults.refuse_contexts:
            acceptor.supported_contexts = [build_context(VERIFICATION_SOP_CLASS, list(TRANSFER_SYNTAXES))]
        association.requestor.address_info = AddressInformation(record.address, record.port)
        association.bind(evt.EVT_REQUESTED, self._requested)
        association.bind(evt.EVT_C_ECHO, self._echo)

    def run(self) -> Ending:
        """Serve the association until it has ended."""
        self._association.start()
        self._association.join()
        self._association.dul.kill_dul()  # it has ended, unless the association did by a defect
        self._association.dul.join()
        self._leave()
        return self._ending()

    def abort(self, why: str) -> None:
        """Abort it, from whatever thread, unless it has ended."""
        self._line.abort(why)

    @property
    def accepted(self) -> int:
        """The number of accepted presentation contexts."""
        return len(self._association.accepted_contexts)

    @property
    def echoes(self) -> int:
        """The number of answered echoes."""
        return self._line.echoes

    def _leave(self) -> None:
        if self._has_place:
            self._has_place = False
            self._node.places.release()

    def _requested(self, event: evt.Event) -> None:
        """Answer an association request late, or with a rejection."""
        association = event.assoc
        self._pause(self._faults.delay_accept)
        if self._is_gone():
            association.is_aborted = True
            association.kill()
            return
        rejection = self._rejection()
        if rejection is not None:
            association.acse.send_reject(rejection.result, rejection.source, rejection.reason)
            association.kill()

    def _rejection(self) -> Rejection | None:
        """Return the rejection that is not left to pynetdicom, if any."""
        if self._faults.reject is not None:
            return self._faults.reject
        if not self._speaks_dicom:
            return _UNKNOWN_APPLICATION_CONTEXT
        self._has_place = self._node.places.acquire(timeout=_LEAVES)
        return None if self._has_place else _LIMIT_EXCEEDED

    def _echo(self, event: evt.Event) -> int:
        """Return the status of the answer to an echo, late or not at all."""
        limit = self._faults.abort_after
        if limit is not None and self._begun >= limit:
            self.abort("--abort-after")
        self._pause(self._faults.delay_echo)
        if self._is_gone():
            event.assoc.is_established = False  # so that nothing is sent
        self._begun += 1
        return self._faults.status

    def _pause(self, seconds: float) -> None:
        """Wait, unless the SCP or the association ends before."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and not self._is_gone():
            if self._node.stopping.wait(min(left, _LOOK)):
                self.abort("the SCP was ended")

    def _is_gone(self) -> bool:
        association = self._association
        return self._line.is_ending or association.acse.is_aborted() or not association.dul.is_alive()

    def _ending(self) -> Ending:
        line = self._line
        if line.refused is not None:
            return Ending(Outcome.ABORTED, str(line.refused))
        if isinstance(line.last, AssociateRj):
            rejection = Rejection(*line.last)
            return Ending(Outcome.REJECTED, rejection.reason_text, rejection)
        if isinstance(line.last, ReleaseRp):
            return Ending(Outcome.RELEASED)
        if line.peer_abort is not None:
            return Ending(Outcome.ABORTED_BY_PEER, str(PeerAbort(*line.peer_abort)))
        if isinstance(line.last, Abort):  # pynetdicom's own
            return Ending(Outcome.ABORTED)
        return Ending(Outcome.CONNECTION_LOST, line.lost)
