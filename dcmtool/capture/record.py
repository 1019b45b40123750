"""What the events of an association between two others come to."""

from typing import cast

from dcmtool import events
from dcmtool.association.observed import Side
from dcmtool.capture.connection import Ending, ObservedFault
from dcmtool.capture.services import ServiceTally
from dcmtool.diagnosis.callers.conduct_rules import MESSAGE_HAS
from dcmtool.dimse.command_set import foreign_elements
from dcmtool.dimse.commands import CommandHead
from dcmtool.errors import RemoteProtocolError
from dcmtool.events import Event
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.contexts import PresentationContext, negotiated
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq, RequestLimits, decode_request

_MOST_FAULTS = 32
_MOST_WARNINGS = 32
_LONGEST_KEPT = 1 << 18  # bytes of an A-ASSOCIATE-RQ; see `RequestLimits`


class AssociationRecord:
    """Takes the events of one association in their order; memory is bounded, and no data set is kept.

    Of several associations on one connection, which PS3.8 does not have, the first one counts.
    """

    def __init__(self) -> None:
        self.request: AssociateRq | None = None
        self.request_pdu = b""
        self.answer: AssociateAc | AssociateRj | None = None
        self.contexts: tuple[PresentationContext, ...] = ()
        self.services = ServiceTally()
        self.requested: int | None = None
        self.accept: int | None = None
        self.release: int | None = None
        self.abort: tuple[int, int] | None = None
        self.faults: list[ObservedFault] = []
        self.more_faults = 0  # that were not kept
        self.ending: Ending | None = None
        self.ended_by: Side | None = None
        self.ended: int | None = None
        self.partial: dict[Side, str] = {}
        self._warnings: dict[str, None] = {}
        self._releasing: tuple[Side, int] | None = None
        self._last: int | None = None  # the type of the PDU that the event before was
        self._is_whole = True

    @property
    def release_by(self) -> Side | None:
        """Who asked first for the release, if anybody did."""
        return None if self._releasing is None else self._releasing[0]

    @property
    def shows_association(self) -> bool:
        """Whether anything of an association was seen."""
        return bool(self.request or self.answer or self.ending or self.services.uses())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What can be worked with, each sentence once."""
        return tuple(self._warnings)

    def warn(self, sentence: str) -> None:
        """Keep a sentence."""
        if len(self._warnings) < _MOST_WARNINGS:
            self._warnings[sentence] = None

    def missed(self, sender: Side) -> None:
        """Take note that PDUs of a side were not seen."""
        self._is_whole = False
        self.services.missed(sender)

    def take(self, event: Event) -> None:
        """Take what happened."""
        what, at = event.what, event.at
        side = cast("Side", event.sender)
        last, self._last = self._last, None
        match what:
            case events.MessageReceived(context_id, elements):
                self._take_command(side, context_id, elements, at)
            case events.DataSetReceived(_, length):
                self.services.data_set(side, length, at)
            case events.StateChanged():
                pass
            case events.Pdu(kind, data):
                self._take_pdu(side, kind, data, at)
            case events.ProtocolFault(error):
                self._take_fault(side, error, at, last)
            case events.Releasing():
                self._releasing = self._releasing or (side, at)
            case events.Warned(sentence):
                self.warn(sentence)
            case events.TransportEnded(_, partial):
                self.partial[side] = partial
            case _:
                self._take_answer(side, what, at)

    # Inside -----------------------------------------------------------------------------------------

    def _take_answer(self, side: Side, what: events.What, at: int) -> None:
        """Take what an association begins or ends with."""
        match what:
            case events.Requested(associate):
                if self.request is not None:
                    self.warn("another association was requested on the same connection")
                self._ask(associate, at)
            case events.Negotiated(associate, answer, contexts):
                self._ask(associate, None)
                self._answer(answer, at, contexts)
            case events.RequestRejected(answer):
                self._answer(answer, at)
                self._end("rejected", side, at)
            case events.AbortSent(source, reason):
                self.abort = self.abort or (source, reason)
                self._end("aborted", side, at)

    def _ask(self, request: AssociateRq, at: int | None) -> None:
        if self.request is None:
            self.request = request
            self.requested = at if self.requested is None else self.requested

    def _answer(
        self, answer: AssociateAc | AssociateRj, at: int, contexts: tuple[PresentationContext, ...] = ()
    ) -> None:
        if self.answer is None:
            self.answer, self.contexts = answer, contexts
            self.accept = None if self.requested is None else max(0, at - self.requested)

    def _end(self, ending: Ending, side: Side, at: int) -> None:
        if self.ending is None:
            self.ending, self.ended_by, self.ended = ending, side, at

    def _take_pdu(self, side: Side, kind: int, data: bytes, at: int) -> None:
        self._last = kind
        if kind == pdus.ASSOCIATE_RQ and self.requested is None:
            self.requested = at
            self.request_pdu = data if len(data) <= _LONGEST_KEPT else b""
        elif kind == pdus.ASSOCIATE_AC and self.answer is None:
            self._take_acceptance(data, at)
        elif kind == pdus.RELEASE_RQ:
            self._releasing = self._releasing or (side, at)
        elif kind == pdus.RELEASE_RP:
            self._take_release(at)

    def _take_release(self, at: int) -> None:
        if self.ending is not None:
            self._last = None
            return
        asker, asked = self._releasing or (None, None)
        self.ending, self.ended, self.ended_by = "released", at, asker
        self.release = None if asked is None else max(0, at - asked)

    def _take_acceptance(self, data: bytes, at: int) -> None:
        """Take an A-ASSOCIATE-AC, which is told as such only where its request could be read."""
        try:
            answer = pdus.decode_pdu(pdus.ASSOCIATE_AC, data[pdus.PDU_HEADER.size :])
        except RemoteProtocolError:
            return
        assert isinstance(answer, AssociateAc)
        contexts = () if self.request is None else negotiated(self.request.contexts, answer.contexts)
        self._answer(answer, at, contexts)

    def _take_fault(self, side: Side, error: RemoteProtocolError, at: int, last: int | None) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(ObservedFault(side, error, at))
        else:
            self.more_faults += 1
        if last == pdus.RELEASE_RP:  # it was no answer to anything
            self.ending = self.ended_by = self.ended = self.release = None
        elif last == pdus.ASSOCIATE_RQ and self.request is None and self.request_pdu:
            try:  # as acceptors do, which are not strict
                self.request = decode_request(self.request_pdu[pdus.PDU_HEADER.size :], RequestLimits())
            except RemoteProtocolError:
                self.request = None

    def _take_command(self, side: Side, context_id: int, elements: dict[int, bytes], at: int) -> None:
        try:
            command = CommandHead.from_command_set(elements)
        except RemoteProtocolError as error:
            self._take_fault(side, error, at, None)
            return
        syntax = next(
            (
                each.proposed.abstract_syntax
                for each in self.contexts
                if each.context_id == context_id and not command.sop_class
            ),
            "",
        )
        if foreign := foreign_elements(elements):
            self.warn(f"{MESSAGE_HAS}{foreign}")
        odd = self.services.command(side, command, syntax, at)
        if odd and self._is_whole and self.request is not None:
            self.warn(odd)
