"""An association between two others, observed: the bytes of both directions in, events out (PS3.8, PS3.7).

Both state machines are followed. Whatever the bytes are, nothing is raised: what breaks a clause of the
standard is an event like the rest. Data sets are counted and never kept, and stars stand for the UIDs of
instances.
"""

from collections.abc import Iterator
from typing import Literal

from dcmtool.dimse.fragments import MAX_COMMAND_SET
from dcmtool.dimse.hidden import without_instances
from dcmtool.dimse.reassembly import MessageReassembler, WholeCommand
from dcmtool.errors import RemoteProtocolError
from dcmtool.events import (
    AbortSent,
    AssociationId,
    DataSetReceived,
    Event,
    MessageReceived,
    Negotiated,
    Pdu,
    ProtocolFault,
    Requested,
    RequestRejected,
    Sender,
    StateChanged,
    TransportEnded,
    Warned,
    What,
)
from dcmtool.text import counted
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import PDU_EVENTS
from dcmtool.upper_layer.contexts import ACCEPTANCE, negotiated
from dcmtool.upper_layer.hidden import bytes_without_secrets, without_secrets
from dcmtool.upper_layer.pdus import PDU_NAMES, AnyPdu, AssociateRq, RequestLimits
from dcmtool.upper_layer.reader import MAX_ASSOCIATE
from dcmtool.upper_layer.states import TRANSITIONS, Action, State, StateEvent
from dcmtool.upper_layer.stream import DataBegun, Fragment, Item, PduStream, WholePdu
from dcmtool.upper_layer.user_information import MaximumLength, find

Side = Literal["requestor", "acceptor"]
NOT_FROM_ITS_BEGINNING = "the association was not seen from its beginning"
_Told = Iterator[tuple[What, Sender | None]]

# What each PDU is to its sender's state machine; an A-ASSOCIATE-RQ begins both.
_SENT = {
    pdus.ASSOCIATE_AC: StateEvent.ASSOCIATE_ACCEPT,
    pdus.ASSOCIATE_RJ: StateEvent.ASSOCIATE_REJECT,
    pdus.P_DATA_TF: StateEvent.DATA_REQUEST,
    pdus.RELEASE_RQ: StateEvent.RELEASE_REQUEST,
    pdus.RELEASE_RP: StateEvent.RELEASE_RESPONSE,
    pdus.ABORT: StateEvent.ABORT_REQUEST,
}
# The states of sender and receiver before a PDU that is the first one seen, as the sender keeps to the table.
_MIDDLE = {
    pdus.P_DATA_TF: (State.ESTABLISHED, State.ESTABLISHED),
    pdus.RELEASE_RQ: (State.ESTABLISHED, State.ESTABLISHED),
    pdus.RELEASE_RP: (State.RELEASE_REQUESTED_BY_PEER, State.AWAITING_RELEASE_RESPONSE),
    pdus.ABORT: (State.ESTABLISHED, State.ESTABLISHED),
}
_ANSWERED = (State.AWAITING_LOCAL_ASSOCIATE_RESPONSE, State.AWAITING_ASSOCIATE_RESPONSE)
_LIMITS = RequestLimits(MAX_ASSOCIATE)


class _Side:
    """What is known of one side: its state, what it sends, the longest P-DATA-TF it takes (0: no limit)."""

    def __init__(self, role: Side) -> None:
        self.role: Side = role
        self.state = State.IDLE
        self.stream = PduStream(MAX_COMMAND_SET)
        self.messages = MessageReassembler()
        self.passes_over: Literal["", "command", "data set"] = ""  # until the next message begins
        self.max_pdu = 0
        self.ended = False


class ObservedAssociation:
    """Takes the bytes that two sides exchange over one connection, in any pieces, and tells what they mean.

    It may begin in the middle of an association, whose contexts are then not known.
    """

    def __init__(self, association: AssociationId) -> None:
        self.association = association
        self._sides: dict[Side, _Side] = {"requestor": _Side("requestor"), "acceptor": _Side("acceptor")}
        self._has_begun = False
        self._has_gaps = False  # so that a PDU need not fit to the one before
        self._request: AssociateRq | None = None

    def receive(self, sender: Side, data: bytes | memoryview, at: int) -> list[Event]:
        """Take bytes from one side, at this time (monotonic ns); none means that it closed its side."""
        side = self._sides[sender]
        if side.ended:
            return []
        if not data:
            return self._events(self._end(side, "closed"), at)
        context_id = side.messages.data_set_context
        if context_id is not None and self._is_established():
            # Most bytes of most associations: nothing is told of them.
            data = memoryview(data)
            taken, counted = side.stream.skim(data, context_id, self._other(sender).max_pdu)
            side.messages.count(counted)
            if taken == len(data):
                return []
            data = data[taken:]
        side.stream.feed(data)
        return self._events(self._items(side), at)

    def unread(self, sender: Side) -> int:
        """Return how many bytes that come next from a side mean nothing, whatever they are."""
        side = self._sides[sender]
        return 0 if side.ended else side.stream.unread

    def skip(self, sender: Side, count: int) -> None:
        """Pass over bytes that a side sent, at most `unread` of them."""
        self._sides[sender].stream.skip(count)

    def reset(self, sender: Side, at: int) -> list[Event]:
        """Take note that one side reset the connection, which ends both directions."""
        side, other = self._sides[sender], self._other(sender)
        if side.ended:
            return []
        events = self._events(self._end(side, "reset"), at)
        if not other.ended:
            other.ended = True
            events += self._events(self._step(side, StateEvent.TRANSPORT_CLOSED), at)
        return events

    def missed(self, sender: Side, count: int, at: int) -> list[Event]:
        """Take note that so many bytes of one side were not seen (at least one).

        Within a data set they are counted as if they had been. Elsewhere nothing of this side can be read
        until `resume`, and what was on its way is forgotten.
        """
        side = self._sides[sender]
        if side.ended:
            return []
        if side.stream.pass_over(count):
            return self._events(self._items(side), at)
        side.stream.lose()
        side.messages.forget()
        side.passes_over = "data set"
        self._has_gaps = True
        what = f"{counted(count, 'byte')} of the {sender}'s, and what they mean, were not seen"
        return [Event(self.association, None, at, Warned(what))]

    def resume(self, sender: Side) -> None:
        """Read on after what was not seen: what comes next of this side is the beginning of a PDU."""
        self._has_gaps = True
        self._sides[sender].stream.resume()

    def allow_gaps(self) -> None:
        """Take it as no fault where a PDU does not fit to what was seen before."""
        self._has_gaps = True

    def is_lost(self, role: Side) -> bool:
        """Return whether nothing more can be read of one side, unless it is told to `resume`."""
        return self._sides[role].stream.is_lost

    def partial(self, role: Side) -> str:
        """Return the name of the PDU that one side has begun and not ended, or nothing."""
        return self._sides[role].stream.partial

    def state(self, role: Side) -> State:
        """Return the state that one side is in, as far as can be told."""
        return self._sides[role].state

    # Inside -----------------------------------------------------------------------------------------

    def _events(self, told: _Told, at: int) -> list[Event]:
        return [Event(self.association, sender, at, what) for what, sender in told]

    def _other(self, role: Side) -> _Side:
        return self._sides["acceptor" if role == "requestor" else "requestor"]

    def _is_established(self) -> bool:
        sides = self._sides
        return sides["requestor"].state is State.ESTABLISHED and sides["acceptor"].state is State.ESTABLISHED

    def _end(self, side: _Side, how: Literal["closed", "reset"]) -> _Told:
        fault = side.stream.finish()
        if fault is not None:
            yield ProtocolFault(fault), side.role
        side.ended = True
        yield TransportEnded(how, side.stream.partial), side.role
        yield from self._step(self._other(side.role), StateEvent.TRANSPORT_CLOSED)

    def _items(self, side: _Side) -> _Told:
        while (item := side.stream.next_item()) is not None:
            yield from self._take(side, item)

    def _take(self, side: _Side, item: Item) -> _Told:
        match item:
            case WholePdu(kind, data):
                yield Pdu(kind, bytes_without_secrets(data)), side.role
                yield from self._take_pdu(side, kind, data[pdus.PDU_HEADER.size :])
            case DataBegun(length):
                yield from self._take_data(side, length)
            case Fragment(pdv, skipped):
                yield from self._take_fragment(side, pdv, skipped)
            case _:
                yield ProtocolFault(item), side.role

    def _take_pdu(self, side: _Side, kind: int, body: bytes) -> _Told:
        pdu: AnyPdu
        try:
            if kind == pdus.ASSOCIATE_RQ:
                pdu = AssociateRq.decode(body, _LIMITS)
            else:
                pdu = pdus.decode_pdu(kind, body)
        except RemoteProtocolError as error:
            yield ProtocolFault(error), side.role
            return
        yield from self._begin(side, kind)
        fault = self._misplaced(side, kind)
        if fault is None:
            yield from self._follow(side, kind)
            yield from self._tell(side, pdu)
        else:
            yield ProtocolFault(fault), side.role

    def _take_data(self, side: _Side, length: int) -> _Told:
        yield from self._begin(side, pdus.P_DATA_TF)
        fault = self._misplaced(side, pdus.P_DATA_TF)
        if fault is not None:
            side.stream.skip_data()
            yield ProtocolFault(fault), side.role
            return
        receiver = self._other(side.role)
        if receiver.max_pdu and length > receiver.max_pdu:
            takes = f"the {receiver.role}, which takes {receiver.max_pdu}"
            what = f"P-DATA-TF of {length} bytes was sent to {takes}"
            yield ProtocolFault(RemoteProtocolError(what, "PS3.8 D.1", abort_reason=6)), side.role
        yield from self._follow(side, pdus.P_DATA_TF)

    def _take_fragment(self, side: _Side, pdv: pdus.Pdv, skipped: int) -> _Told:
        if side.passes_over:
            if not pdv.is_command:
                return
            if side.passes_over == "command":
                if pdv.is_last:
                    side.passes_over = "data set"
                return
            side.passes_over = ""
        try:
            whole = side.messages.add(pdv, skipped)
        except RemoteProtocolError as error:
            side.passes_over = "command" if pdv.is_command and not pdv.is_last else "data set"
            yield ProtocolFault(error), side.role
            return
        if isinstance(whole, WholeCommand):
            yield MessageReceived(whole.context_id, without_instances(whole.elements)), side.role
        elif whole is not None:
            yield DataSetReceived(*whole), side.role

    # The two state machines -------------------------------------------------------------------------

    def _begin(self, side: _Side, kind: int) -> _Told:
        """Take the states that the first PDU shows."""
        if self._has_begun:
            return
        if kind == pdus.ASSOCIATE_RQ and side.role == "requestor":
            self._has_begun = True
            yield from self._step(side, StateEvent.ASSOCIATE_REQUEST)
            yield from self._step(side, StateEvent.TRANSPORT_OPEN)
            yield from self._step(self._other(side.role), StateEvent.TRANSPORT_INDICATION)
            return
        is_answer = kind in (pdus.ASSOCIATE_AC, pdus.ASSOCIATE_RJ) and side.role == "acceptor"
        states = _ANSWERED if is_answer else _MIDDLE.get(kind)
        if states is not None:
            self._has_begun = True
            side.state, self._other(side.role).state = states
            for each in self._sides.values():
                each.passes_over = "data set"
            yield Warned(NOT_FROM_ITS_BEGINNING), None

    def _misplaced(self, side: _Side, kind: int) -> RemoteProtocolError | None:
        """Return what is wrong with a PDU that its receiver cannot but answer with an abort."""
        receiver = self._other(side.role)
        transition = TRANSITIONS[receiver.role].get((PDU_EVENTS[kind], receiver.state))
        if transition is not None and transition.action is not Action.AA_8:
            return None
        if self._has_gaps and kind in _MIDDLE:
            side.state, receiver.state = _MIDDLE[kind]
            return None
        what = f"{PDU_NAMES[kind]} was sent while the {receiver.role} was {receiver.state.words}"
        return RemoteProtocolError(what, "PS3.8 9.2.3", abort_reason=2)

    def _follow(self, side: _Side, kind: int) -> _Told:
        """Take the steps of both sides."""
        if kind == pdus.RELEASE_RQ and side.state is State.RELEASE_REQUESTED_BY_PEER:
            # It had not had the other's yet: they crossed.
            side.state = State.AWAITING_RELEASE_RESPONSE
            yield from self._step(side, StateEvent.RELEASE_RQ)
        elif kind in _SENT:
            yield from self._step(side, _SENT[kind])
        yield from self._step(self._other(side.role), PDU_EVENTS[kind])

    def _step(self, side: _Side, event: StateEvent) -> _Told:
        """Take a step, if the table has one; those that change no state are not told."""
        transition = TRANSITIONS[side.role].get((event, side.state))
        if transition is not None and transition.next_state is not side.state:
            before, side.state = side.state, transition.next_state
            yield StateChanged(event, transition.action, before, side.state), side.role

    def _tell(self, side: _Side, pdu: AnyPdu) -> _Told:
        match pdu:
            case pdus.AssociateRq():
                self._request, side.max_pdu = without_secrets(pdu), _max_pdu(pdu)
                yield Requested(self._request), side.role
            case pdus.AssociateAc():
                side.max_pdu = _max_pdu(pdu)
                accepted = frozenset(each.context_id for each in pdu.contexts if each.result == ACCEPTANCE)
                for each in self._sides.values():
                    each.messages = MessageReassembler(accepted)
                if self._request is not None:
                    contexts = negotiated(self._request.contexts, pdu.contexts)
                    yield Negotiated(self._request, without_secrets(pdu), contexts), side.role
            case pdus.AssociateRj():
                yield RequestRejected(pdu), side.role
            case pdus.Abort():
                yield AbortSent(*pdu), side.role


def _max_pdu(pdu: pdus.AssociateRq | pdus.AssociateAc) -> int:
    maximum = find(pdu.user_information, MaximumLength)
    return maximum.value if maximum else 0
