"""One association that a log tells of: what is told of it becomes PDUs, and an observer is shown them.

So a log says what a capture does, by the same rules, as far as it goes.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Ending, Endpoint, ObservedConnection
from dcmtool.capture.logs.message import CANCEL, PENDING, RESPONSE, LoggedMessage
from dcmtool.capture.logs.names import LONGEST, encodable
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.timeless import without, without_times
from dcmtool.named_tuple import NamedTuple
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN
from dcmtool.upper_layer.contexts import ACCEPTANCE, PresentationContext
from dcmtool.upper_layer.pdus import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ContextResult,
    ProposedContext,
    ReleaseRp,
    ReleaseRq,
)
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    SubItem,
)

Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]

UNKNOWN = AssociateRj(1, 1, 1)  # the result, source and reason that say least
_LONGEST_NAME = 16  # characters of a title (PS3.5 6.2), and of the name of a version
_MOST_OPEN = 256  # requests that wait for a response; windows of asynchronous operations are small


class SideParameters(NamedTuple):
    """What a side says of itself: its implementation, and the longest P-DATA-TF it takes."""

    class_uid: str = ""
    version_name: str = ""
    max_pdu: int | None = None

    def sub_items(self) -> tuple[SubItem, ...]:
        """Return it as a User Information item has it."""
        items: list[SubItem] = []
        if self.max_pdu is not None:
            items.append(MaximumLength(self.max_pdu))
        if self.class_uid:
            items.append(ImplementationClassUid(encodable(self.class_uid, LONGEST)))
        if self.version_name:
            items.append(ImplementationVersionName(encodable(self.version_name, _LONGEST_NAME)))
        return tuple(items)


class LoggedAssociation:
    """Takes what a log tells of one association, by the side `kept_by`; `at` is ns since 1970, 0 unknown."""

    def __init__(self, observe: Observe, kept_by: Side, at: int) -> None:
        self._observe, self.kept_by = observe, kept_by
        self.began = self.last = at
        self.requestor, self.acceptor = Endpoint(), Endpoint()
        self.called = self.calling = ""
        self.parameters: dict[Side, SideParameters] = {}
        self.proposed: tuple[ProposedContext, ...] = ()
        self.results: tuple[ContextResult, ...] | None = None
        self.is_accepted = self.has_ended = False
        self.is_silent = True  # nothing was said on it yet
        self.is_mixed = False  # with others, so that what seems to be of it may be of those
        self._observer: ConnectionObserver | None = None
        self._is_answered = False
        self._contexts: tuple[PresentationContext, ...] = ()
        self._open: dict[int, LoggedMessage] = {}  # requests without a final response, by message ID
        self._held: tuple[LoggedMessage, int] | None = None
        self._guessed: set[str] = set()  # SOP classes of contexts that messages were put on for want of any

    # What is told -----------------------------------------------------------------------------------

    def accept(self, at: int, results: Iterable[ContextResult] | None = None) -> None:
        """The acceptor took it; the results may be told with it, or later, or never."""
        if not self.is_accepted:
            self._ask()
        self.is_accepted, self.last = True, at
        if results is not None and not self._is_answered:
            self.results = tuple(results)
            self._answer()

    def reject(self, answer: AssociateRj, at: int) -> None:
        """The acceptor rejected it."""
        if not self.has_ended and not self._is_answered:
            self._send("acceptor", answer.encode(), at)
            self.has_ended = True

    def refuse(self, at: int) -> None:
        """No connection came about, since nobody listens."""
        if not self.has_ended:
            self._ask(with_request=False).reset("acceptor", at)
            self.has_ended, self.last = True, at

    def hold(self, message: LoggedMessage, at: int) -> None:
        """A message is told in a sentence; a dump of the same one may follow."""
        self.flush()
        self._held, self.is_silent = (message, at), False

    def say(self, message: LoggedMessage, at: int) -> None:
        """A message is told, by all that the log tells of it."""
        self.is_silent = False
        if self._held is not None and self._held[0].field == message.field:
            self._held = None
        self.flush()
        self._say(message, at)

    def waits_for(self, field: int) -> bool:
        """Return whether a response with this Command Field is awaited."""
        self.flush()
        return any(each.field == field & ~RESPONSE for each in self._open.values())

    def flush(self) -> None:
        """Take the message that was held."""
        if self._held is not None:
            (message, at), self._held = self._held, None
            self._say(message, at)

    def release(self, sender: Side, at: int) -> None:
        """A side released it; a log that tells of no failure had the other's answer."""
        if not self.has_ended:
            self._establish()
            other: Side = "acceptor" if sender == "requestor" else "requestor"
            self._send(sender, ReleaseRq().encode(), at)
            self._send(other, ReleaseRp().encode(), at)
            self.has_ended = True

    def abort(self, sender: Side, at: int, source: int = 0, reason: int = 0) -> None:
        """A side aborted it, with these numbers of source and reason (PS3.8 9.3.8)."""
        if not self.has_ended:
            if self.is_accepted:
                self._establish()
            self._send(sender, Abort(source, reason).encode(), at)
            self.has_ended = True

    def close(self, sender: Side, how: Literal["closed", "reset"], at: int) -> None:
        """A side closed or reset the connection."""
        if not self.has_ended:
            observer = self._ask()
            (observer.closed if how == "closed" else observer.reset)(sender, at)
            self.has_ended, self.last = True, at

    def told(self) -> ObservedConnection:
        """Return what the log told."""
        if self.is_accepted and not self.has_ended:
            self._establish()
        self.flush()
        return self._as_told(self._ask().result())

    # Inside -----------------------------------------------------------------------------------------

    def _ask(self, *, with_request: bool = True) -> ConnectionObserver:
        """Return the observer, which has seen the request."""
        if self._observer is None:
            self._observer = self._observe(self.requestor, self.acceptor, self.began, True)
            if with_request:
                proposed = self.proposed or (ProposedContext(1, "", (IMPLICIT_VR_LITTLE_ENDIAN,)),)
                items = self.parameters.get("requestor", SideParameters()).sub_items()
                request = AssociateRq(*self._titles(), proposed, items)
                self._observer.received("requestor", request.encode(), self.began)
        return self._observer

    def _titles(self) -> tuple[str, str]:
        return encodable(self.called, _LONGEST_NAME), encodable(self.calling, _LONGEST_NAME)

    def _answer(self) -> None:
        """Show the observer that it was accepted: every context, where the log tells of none."""
        self._is_answered = True
        self._ask()
        proposed = self.proposed or (ProposedContext(1, "", (IMPLICIT_VR_LITTLE_ENDIAN,)),)
        results = self.results or tuple(
            ContextResult(
                each.context_id, ACCEPTANCE, (*each.transfer_syntaxes, IMPLICIT_VR_LITTLE_ENDIAN)[0]
            )
            for each in proposed
        )
        by_id = {each.context_id: each for each in proposed}
        self._contexts = tuple(
            PresentationContext(by_id[each.context_id], each.result)
            for each in results
            if each.context_id in by_id
        )
        items = self.parameters.get("acceptor", SideParameters()).sub_items()
        answer = AssociateAc(*self._titles(), results, items)
        self._send("acceptor", answer.encode(), self.last)

    def _establish(self) -> None:
        if not self._is_answered:
            self.is_accepted = True
            self._answer()
        self.flush()

    def _say(self, message: LoggedMessage, at: int) -> None:
        if self.has_ended:
            return
        if not self._is_answered:
            self.is_accepted = True
            self._answer()
        whole = self._completed(message)
        if whole is not None and whole.sender is not None:
            self._send(whole.sender, whole.encode(), at)

    def _completed(self, message: LoggedMessage) -> LoggedMessage | None:
        """Return a message with what goes without saying; None for a response to nothing."""
        if message.is_response:
            return self._as_answer(message)
        number = message.message_id
        if number is None:
            number = max(self._open, default=0) % 0xFFFF + 1
        whole = message._replace(message_id=number, context_id=self._context_of(message))
        if message.field != CANCEL and len(self._open) < _MOST_OPEN:
            self._open.pop(number, None)
            self._open[number] = whole
        return whole

    def _as_answer(self, message: LoggedMessage) -> LoggedMessage | None:
        asked = self._open.get(message.message_id or 0)
        if asked is None or asked.field != message.field & ~RESPONSE:
            same = [each for each in self._open.values() if each.field == message.field & ~RESPONSE]
            asked = same[-1] if same else None
        if asked is None or asked.message_id is None:
            return None
        if message.status not in PENDING:
            del self._open[asked.message_id]
        sender: Side = "acceptor" if asked.sender == "requestor" else "requestor"
        return message._replace(sender=sender, message_id=asked.message_id, context_id=asked.context_id)

    def _context_of(self, message: LoggedMessage) -> int:
        """Return the context that a message came on: as told, or else the first one that is for it."""
        known = {each.context_id for each in self._contexts}
        if message.context_id in known:
            return int(message.context_id or 0)
        accepted = [each for each in self._contexts if each.accepted]
        fitting = [each for each in accepted if each.proposed.abstract_syntax == message.sop_class]
        if not message.sop_class and len({each.proposed.abstract_syntax for each in accepted}) > 1:
            self._guessed.add(accepted[0].proposed.abstract_syntax)
        return next((each.context_id for each in (*fitting, *accepted, *self._contexts)), 1)

    def _send(self, sender: Side, data: bytes, at: int) -> None:
        self._ask().received(sender, data, at)
        self.last = max(at, self.last)

    def _as_told(self, seen: ObservedConnection) -> ObservedConnection:
        """Return what was seen without what no log tells, and what this one does not."""
        told = seen._replace(
            request_pdu=b"", starts=(b"", b""), bytes=(0, 0), connect=None, release=None, logged=True
        )
        if not self.proposed and not self.called and not self.calling:
            told = told._replace(request=None)
        elif not self.proposed and told.request is not None:
            told = told._replace(request=told.request._replace(contexts=()))
        if self.results is None and isinstance(told.answer, AssociateAc):
            told = told._replace(answer=None, contexts=tuple(map(PresentationContext, self.proposed)))
        told = told._replace(
            services=tuple(
                each._replace(sop_class="") if each.sop_class in self._guessed else each
                for each in told.services
            )
        )
        if self.is_mixed:
            told = _without_course(told)
        if self.kept_by == "acceptor":  # it tells what it was asked; of its responses only some
            told = without(told, "waiting")._replace(unanswered=())
        if self.began == 0:
            return without_times(told)
        return told._replace(ended=self.last if self.has_ended else told.ended)


def _without_course(told: ObservedConnection) -> ObservedConnection:
    """Return a connection without what was done on it, which may have been done on another one."""
    told = without(told, "ended", "waiting", "hung_up", "ended_by", "abort", "release_by")
    sentence = "its lines are mixed with those of other associations: what was done on it is not known"
    ending: Ending = "rejected" if isinstance(told.answer, AssociateRj) else "open"
    return told._replace(
        services=(), unanswered=(), faults=(), ending=ending, warnings=(*told.warnings, sentence)
    )
