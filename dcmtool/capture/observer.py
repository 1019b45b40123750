"""Follows one connection between two others, told in the order in which things happened."""

from collections.abc import Iterable

from dcmtool.association.observed import NOT_FROM_ITS_BEGINNING, ObservedAssociation, Side
from dcmtool.capture.connection import Ending, Endpoint, ObservedConnection, ObservedTls, Protocol
from dcmtool.capture.icmp import Unreachable
from dcmtool.capture.observed_side import ObservedSide
from dcmtool.capture.protocols import (
    Followed,
    PduSearch,
    begins_pdu,
    begins_record,
    followed,
    named,
    proxy_header_length,
)
from dcmtool.capture.record import AssociationRecord
from dcmtool.capture.tls_records import TlsRecords, of_session
from dcmtool.capture.undelivered import Undelivered
from dcmtool.events import (
    AssociationId,
    Event,
    Listener,
    TlsEstablished,
    TransportEnded,
    TransportOpened,
    What,
)
from dcmtool.text import counted
from dcmtool.upper_layer.pdus import ASSOCIATE_RQ, PDU_NAMES

_ANY = 1 << 30  # bytes


class ConnectionObserver:
    """Takes what is seen of a connection, from a capture, a relay or a log; all times are ns since 1970.

    `number` counts connections from 1; `listener` is called with what happens on the association. Nothing is
    raised whatever the bytes are, and memory is bounded.
    """

    def __init__(
        self,
        number: int,
        requestor: Endpoint,
        acceptor: Endpoint,
        began: int,
        listener: Listener | None = None,
        *,
        handshake: bool = True,
    ) -> None:
        self._number, self._requestor, self._acceptor, self._began = number, requestor, acceptor, began
        self._listener, self._handshake = listener, handshake
        self._id = AssociationId(number, "observer", began / 1_000_000_000, began)
        self._directions: dict[Side, ObservedSide] = {
            "requestor": ObservedSide("requestor"),
            "acceptor": ObservedSide("acceptor"),
        }
        self._association: ObservedAssociation | None = None
        self._record: AssociationRecord | None = None
        self._tls: TlsRecords | None = None
        self._told_tls: ObservedTls | None = None
        self._syns = 0
        self._first_syn: int | None = None
        self._opened: int | None = None
        self._end: tuple[Ending, Side] | None = None
        self._ended: int | None = None
        self._hung_up: int | None = None
        self._until: int | None = None
        self._undelivered = Undelivered(self._directions)
        if not handshake:
            for direction in self._directions.values():
                direction.search, direction.is_late = PduSearch(), True

    def syn(self, at: int) -> None:
        """A SYN of the requestor's, the first or one more."""
        self._syns += 1
        if self._first_syn is None:
            self._first_syn = at

    def opened(self, at: int) -> None:
        """The acceptor took the connection (SYN and ACK)."""
        if self._opened is not None:
            return
        self._opened = at
        if self._acceptor.port is not None:
            what = TransportOpened(self._acceptor.address, self._acceptor.port, None)
            self._emit(Event(self._id, "requestor", at, what))

    def received(self, sender: Side, data: bytes | memoryview, at: int) -> None:
        """Bytes that a side sent, in order; nothing is kept of `data`."""
        direction = self._directions[sender]
        direction.bytes += len(data)
        if len(direction.start) < direction.room:
            direction.start += data[: direction.room - len(direction.start)]
        if direction.search is not None:
            self._look_for(direction, direction.search, data, at)
        elif direction.speaks == "dicom":
            if self._association is not None and (events := self._association.receive(sender, data, at)):
                self._tell(events)
        else:
            self._take(direction, data, at)

    def unread(self, sender: Side) -> int:
        """How many bytes that come next from a side mean nothing: they need not be told one by one."""
        direction = self._directions[sender]
        if direction.speaks == "other" and len(direction.start) == direction.room and not direction.is_judged:
            return _ANY
        if direction.speaks != "dicom" or direction.search is not None or self._association is None:
            return 0
        return self._association.unread(sender)

    def skip(self, sender: Side, count: int, at: int) -> None:  # noqa: ARG002 - the contract of all that is seen
        """So many bytes that a side sent, at most `unread`, the last of them then."""
        direction = self._directions[sender]
        direction.bytes += count
        if direction.speaks == "dicom" and self._association is not None:
            self._association.skip(sender, count)

    def missed(self, sender: Side, count: int, at: int) -> None:
        """So many bytes of a side's are not in the capture, and come next."""
        direction = self._directions[sender]
        if count <= 0:
            return
        direction.miss(count)
        if direction.speaks == "tls" and self._tls is not None:
            self._tls.missed(sender, count)
            return
        if direction.speaks == "other":
            return
        if self._association is not None and direction.search is None:
            events = self._association.missed(sender, count, at)
            if not self._association.is_lost(sender):
                self._tell(events)
                return
            for event in events:  # of which `_losses` says more
                self._emit(event)
        self._lose(direction)

    def retransmitted(self, sender: Side, at: int) -> None:  # noqa: ARG002 - the contract of all that is seen
        """A segment that had come before."""
        self._directions[sender].retransmitted += 1

    def closed(self, sender: Side, at: int) -> None:
        """A side closed its direction (FIN)."""
        direction = self._directions[sender]
        if direction.ended:
            return
        direction.ended = True
        self._end = self._end or ("closed", sender)
        self._ended = at
        self._hung_up = at if self._hung_up is None else self._hung_up
        if self._association is None:
            self._emit(Event(self._id, sender, at, TransportEnded("closed", "")))
        else:
            self._tell(self._association.receive(sender, b"", at))

    def reset(self, sender: Side, at: int) -> None:
        """A side reset the connection (RST); before it was opened, the acceptor refused it."""
        is_refused = sender == "acceptor" and self._handshake and self._opened is None and not self._has_bytes
        self._end = self._end or ("refused" if is_refused else "reset", sender)
        self._ended = at
        if self._association is None:
            self._emit(Event(self._id, sender, at, TransportEnded("reset", "")))
        else:
            self._tell(self._association.reset(sender, at))

    def unreachable(self, said: Unreachable) -> None:
        """What a side sent did not arrive; somebody on the way says so."""
        self._undelivered.take(said)

    def until(self, at: int) -> None:
        """What was captured ends then."""
        self._until = at

    def told(self, what: What, sender: Side | None, at: int) -> None:
        """What a log says in place of bytes."""
        match what:
            case TransportOpened():
                self._opened = at if self._opened is None else self._opened
            case TransportEnded(how) if sender is not None:
                self._end, self._ended = self._end or (how, sender), at
                self._hung_up = at if self._hung_up is None and how == "closed" else self._hung_up
            case TlsEstablished(session):
                self._told_tls = of_session(session)
        self._tell([Event(self._id, sender, at, what)])

    def result(self) -> ObservedConnection:
        """Return what is known so far, without findings."""
        requestor, acceptor = self._directions["requestor"], self._directions["acceptor"]
        connection = ObservedConnection(
            self._number,
            self._requestor,
            self._acceptor,
            self._began,
            self._ended,
            self._protocol(),
            *self._ending(),
            self._span(),
            tls=self._tls.seen() if self._tls is not None else self._told_tls,
            starts=(requestor.beginning(), acceptor.beginning()),
            bytes=(requestor.bytes, acceptor.bytes),
            missing=(requestor.missing, acceptor.missing),
            retransmitted=(requestor.retransmitted, acceptor.retransmitted),
            syns=self._syns,
            handshake=self._handshake,
            hung_up=self._hung_up,
            warnings=() if self._association is None else (*requestor.losses(), *acceptor.losses()),
        )
        if self._record is not None:
            connection = self._with_record(connection, self._record)
        connection = self._undelivered.added(connection, self._opened)
        return connection if connection.ended is not None else connection._replace(ended=self._until)

    # What is spoken ---------------------------------------------------------------------------------

    def _take(self, direction: ObservedSide, data: bytes | memoryview, at: int) -> None:
        """Take bytes of a side that does not speak DICOM, or of which that is not known yet."""
        if direction.to_skip:
            count = min(direction.to_skip, len(data))
            direction.to_skip -= count
            data = data[count:]
        if direction.speaks is None and data:
            self._decide(direction, direction.held + data, at)
            return
        if direction.speaks == "tls" and self._tls is not None:
            self._tls.feed(direction.role, data)
        if direction.is_judged:
            self._judge(direction, data, at)

    def _decide(self, direction: ObservedSide, data: bytes, at: int) -> None:
        speaks, direction.held = followed(data), b""
        if speaks == "proxy" and direction.was_proxied:
            speaks = "other"
        if speaks == "proxy":
            length = proxy_header_length(data)
            if length is None:
                direction.held = data
                return
            direction.was_proxied, direction.to_skip = True, length
            self._take(direction, data, at)
            return
        if speaks is None:
            direction.held = data
            return
        self._speak(direction, speaks, data, at)

    def _speak(self, direction: ObservedSide, speaks: Followed, data: bytes, at: int) -> None:
        direction.speaks = speaks
        other = self._directions["acceptor" if direction.role == "requestor" else "requestor"]
        if speaks == "dicom":
            self._tell(self._observed().receive(direction.role, data, at))
            if direction.role == "requestor" and not direction.holes and other.speaks in ("tls", "other"):
                self._judge(other, other.start, at)
            return
        if speaks == "tls":
            self._tls = self._tls or TlsRecords()
            self._tls.feed(direction.role, data)
        if direction.role == "acceptor" and other.speaks == "dicom":
            self._judge(direction, data, at)

    def _judge(self, direction: ObservedSide, data: bytes | memoryview, at: int) -> None:
        """Show the association what the acceptor sends in place of DICOM, for what is wrong with it."""
        association = self._observed()
        self._tell(association.receive(direction.role, data, at))
        direction.is_judged = not association.is_lost(direction.role)

    def _observed(self) -> ObservedAssociation:
        if self._association is None:
            self._association = ObservedAssociation(self._id)
            # One side alone may be captured: without the SYN and ACK, or without what the acceptor answers.
            if self._opened is None or not self._directions["requestor"].bytes:
                self._association.allow_gaps()
        return self._association

    # After a hole, and from the middle --------------------------------------------------------------

    def _lose(self, direction: ObservedSide) -> None:
        direction.holes += 1
        direction.held, direction.to_skip = b"", 0
        direction.search = PduSearch()
        if self._record is not None:
            self._record.missed(direction.role)

    def _look_for(
        self, direction: ObservedSide, search: PduSearch, data: bytes | memoryview, at: int
    ) -> None:
        """Take bytes from the middle, of which it is not known where a PDU begins."""
        if direction.speaks is None and begins_record(data) and not begins_pdu(data):
            direction.search = None
            self._speak(direction, "tls", bytes(data), at)
            return
        found = search.find(data)
        if found is not None:
            direction.search = None
            if direction.holes or direction.bytes != len(found):
                self._observed().resume(direction.role)
            elif direction.role == "requestor" and found[0] == ASSOCIATE_RQ:
                self._directions["acceptor"].begin_with_answer()
            self._speak(direction, "dicom", found, at)

    # The result -------------------------------------------------------------------------------------

    @property
    def _has_bytes(self) -> bool:
        return any(each.bytes or each.missing for each in self._directions.values())

    def _protocol(self) -> Protocol:
        requestor, acceptor = self._directions["requestor"], self._directions["acceptor"]
        record = self._record
        if requestor.was_proxied and not (
            acceptor.speaks == "tls" or (record is not None and record.answer is not None)
        ):
            return "proxy"
        if requestor.speaks in ("dicom", "tls"):
            return requestor.speaks
        if requestor.speaks is None and acceptor.speaks in ("dicom", "tls"):
            return acceptor.speaks
        if start := requestor.start or acceptor.start:
            return named(start)
        if record is not None and record.shows_association:
            return "dicom"
        return "" if self._told_tls is None else "tls"

    def _ending(self) -> tuple[Ending, Side | None]:
        if self._record is not None and self._record.ending is not None:
            return self._record.ending, self._record.ended_by
        if self._end is not None:
            return self._end
        return ("unanswered" if self._syns and self._opened is None and not self._has_bytes else "open"), None

    def _span(self) -> int | None:
        """Return how long it took to be connected."""
        first, opened = self._first_syn, self._opened
        return None if first is None or opened is None else max(0, opened - first)

    def _with_record(self, connection: ObservedConnection, record: AssociationRecord) -> ObservedConnection:
        return connection._replace(
            ended=record.ended if self._ended is None else self._ended,
            accept=record.accept,
            release=record.release,
            request=record.request,
            request_pdu=record.request_pdu,
            answer=record.answer,
            contexts=record.contexts,
            services=record.services.uses(),
            unanswered=() if self._is_one_sided else record.services.unanswered(),
            waiting=None if self._is_one_sided else record.services.waiting(),
            requested=record.requested,
            release_by=record.release_by,
            abort=record.abort,
            faults=tuple(record.faults),
            warnings=(*self._warnings(record), *connection.warnings, *self._bounds(record)),
            partial=(self._partial("requestor", record), self._partial("acceptor", record)),
        )

    def _partial(self, side: Side, record: AssociationRecord) -> str:
        """Return which PDU of a side did not come whole."""
        if self._directions[side].speaks not in ("dicom", None) and not self._directions[side].is_judged:
            return ""
        partial = record.partial.get(side) or (self._association.partial(side) if self._association else "")
        return partial if partial in PDU_NAMES.values() else ""

    def _warnings(self, record: AssociationRecord) -> Iterable[str]:
        """Return what was warned of; a request that cannot be read is a beginning, too."""
        was_seen = record.requested is not None or self._directions["requestor"].speaks in ("tls", "other")
        return (each for each in record.warnings if not (was_seen and each == NOT_FROM_ITS_BEGINNING))

    @property
    def _is_one_sided(self) -> bool:
        """Whether one side's bytes are not in the capture: nobody sends data to one that never answered."""
        requestor, acceptor = self._directions["requestor"], self._directions["acceptor"]
        return bool(requestor.bytes) != bool(acceptor.bytes)

    def _bounds(self, record: AssociationRecord) -> Iterable[str]:
        """Yield what was left out."""
        if record.request is None:
            yield from self._directions["requestor"].cut_request()
        if record.more_faults:
            verb = "is" if record.more_faults == 1 else "are"
            yield f"{counted(record.more_faults, 'more fault')} {verb} not listed"
        if record.services.leaves_out:
            yield "there are more kinds of commands and statuses than are counted"
        services = record.services.uses()
        if self._is_one_sided and services:
            silent = "acceptor" if self._directions["requestor"].bytes else "requestor"
            yield f"nothing that the {silent} sent is in the capture"

    # Events -----------------------------------------------------------------------------------------

    def _tell(self, events: list[Event]) -> None:
        self._record = record = self._record or AssociationRecord()
        for event in events:
            record.take(event)
            self._emit(event)

    def _emit(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)
