"""What the logs of DCMTK, pynetdicom and Orthanc have in common, line by line.

Each has a reader of its own, which knows its sentences. A log is of one side, or of both in turn: one who
serves a C-MOVE requests associations meanwhile.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.logs.association import LoggedAssociation, Observe
from dcmtool.capture.logs.dumps import Dump, begins
from dcmtool.capture.logs.message import CANCEL, FIELDS, RESPONSE, LoggedMessage
from dcmtool.capture.logs.mixing import Mixing
from dcmtool.capture.logs.sentences import rejection_of, status_of
from dcmtool.capture.logs.times import Times

LONGEST = 1024  # characters of a line that are looked at: no sentence has as many
# Every sentence that begins or ends an association has one of them: they are soon looked for.
_WORDS = ("ssociation", "onnect", "TCP Init", "Presentation Contexts", "DICOM SCU")
# The sentences by which an association ends.
_ENDS = frozenset(
    (
        *("released", "releasing", "over", "peer_aborted", "provider_aborted", "aborted", "aborting"),
        "lost",
    )
)
_MOST_NESTED = 4  # associations that one of the other role interrupts
_DIMSE = r"Echo|Store|Find|Move|Get|Set|Action|Create|Delete|Event Report"
_REQUEST = re.compile(
    rf"\b(Sending|Received|Incoming) ({_DIMSE}) (?:SCP )?(?:Request|request|RQ)(?:\b.*?MsgID (\d{{1,5}})\b)?"
)
_RESPONSE = re.compile(
    rf"\b({_DIMSE}) (?:SC[PU] )?(?:Response|Result|RSP)(?: ?:? \d+\b)?[: -]*"
    r"[(\[]?(?:[Ss]tatus[:=] ?)?(?:0x([0-9A-Fa-f]{4}))?(?: - |[ (]*)?([A-Za-z][^)\]]*)?[)\]]"
)
_SUB_OPERATION = re.compile(r"\bStore SCU RQ: MsgID (\d{1,5})\b")
_CANCEL = re.compile(r"\bSending C-?C(?:ancel|ANCEL) [Rr]equest|\bSending Cancel Request")
_REJECTED = re.compile(r"Result: (.*), Source: (.*)$")
_REASON = re.compile(r"\bReason: (.*)$")
_OF_N = {"Event Report": "N-EVENT-REPORT", "Set": "N-SET", "Action": "N-ACTION"} | {
    name: f"N-{name.upper()}" for name in ("Create", "Delete")
}


def _field(name: str) -> int:
    """Return the Command Field of the request that a sentence calls so."""
    return FIELDS[f"{_OF_N.get(name) or f'C-{name.upper()}'}-RQ"]


Sentences = tuple[tuple[str, str], ...]


class LogReader:
    """Reads one log: `observe` makes the observers of its associations, `times` reads its times."""

    # Sentences that begin, answer and end associations, each with the method that takes it.
    SENTENCES: Sentences = ()

    # What keeps an association that another process goes on with, and says whether it does.
    leave: Callable[[LoggedAssociation], bool] | None = None

    def __init__(
        self, observe: Observe, times: Times | None = None, warn: Callable[[str], None] | None = None
    ) -> None:
        self._observe, self._times = observe, times or Times()
        self._mixing = Mixing(warn or (lambda _: None))
        self._sentences = re.compile("|".join(f"(?P<{name}>{words})" for name, words in self.SENTENCES))
        self._at = 0
        self._dump: Dump | None = None
        self._open: list[LoggedAssociation] = []  # the last one is what is going on
        self._done: list[LoggedAssociation] = []
        self._rejection: tuple[str, str] | None = None
        self._host = ""  # of whom the next association is from

    def read(self, lines: Iterable[str]) -> Iterator[ObservedConnection]:
        """Yield each association once it is over, then those that are not."""
        for line in lines:
            yield from self.take(line)
        yield from self.rest()

    def take(self, line: str) -> Iterable[ObservedConnection]:
        """Take a line; return what is over with it."""
        self._take(line)
        return self._finished() if self._done else ()

    def rest(self) -> Iterator[ObservedConnection]:
        """Yield the associations that are not over where the log ends."""
        self._finish()
        self._done += [*self._open]
        self._open.clear()
        yield from self._finished()

    def _finish(self) -> None:
        """Take what was kept back until the end."""

    def _finished(self) -> Iterator[ObservedConnection]:
        done, self._done = self._done, []
        for association in done:
            yield association.told()

    def _take(self, line: str) -> None:
        line = line[:LONGEST]
        if self._dump is not None:
            if self._dump.add(line):
                dump, self._dump = self._dump, None
                self._take_dump(dump)
            return
        self._at = self._times.read(line) or self._at
        self._dump = begins(line)
        if self._dump is not None:
            return
        may_be = any(word in line for word in _WORDS)
        if may_be and (found := self._sentences.search(line)) is not None:
            name = found.lastgroup or ""
            if name in _ENDS and not self._open:
                self._mixing.ended_one()
            getattr(self, f"_{name}")(line, found)
        else:
            self._take_message(line)

    # Blocks -----------------------------------------------------------------------------------------

    def _take_dump(self, dump: Dump) -> None:
        name = dump.name.removesuffix(" PDU")
        if name == "A-ASSOCIATE-RQ":
            self._take_request(dump)
        elif name == "A-ASSOCIATE-AC":
            self._take_acceptance(dump)
        elif name == "DIMSE MESSAGE" and self._open:
            self._take_command(dump)

    def _take_request(self, dump: Dump) -> None:
        requests = not dump.is_incoming if dump.is_incoming is not None else self._requests(dump)
        association = self._begun("requestor" if requests else "acceptor")
        association.calling = dump.fields.get("Calling Application Name", "")
        association.called = dump.fields.get("Called Application Name", "")
        association.proposed = dump.proposed()
        association.parameters["requestor"] = dump.parameters("Our" if requests else "Their")

    def _requests(self, dump: Dump) -> bool:
        """Return whether we request, of whom nothing can be known yet; an acceptor knows who calls."""
        return not dump.fields.get("Their Implementation Class UID") and not self._host

    def _take_acceptance(self, dump: Dump) -> None:
        if not self._open:  # the log begins here
            is_ours = self._is_ours(dump) if dump.is_incoming is None else dump.is_incoming
            association = self._begun("requestor" if is_ours else "acceptor")
            association.calling = dump.fields.get("Calling Application Name", "")
            association.called = dump.fields.get("Called Application Name", "")
            association.proposed = dump.proposed()
        association = self._open[-1]
        ours = association.kept_by == "requestor"
        association.parameters["acceptor"] = dump.parameters("Their" if ours else "Our")
        association.accept(self._at, dump.results())

    def _is_ours(self, dump: Dump) -> bool:
        """Return whether we requested what was accepted: an acceptor knows who responds."""
        return not dump.fields.get("Responding Application Name") or not self._host

    def _take_command(self, dump: Dump) -> None:
        message = dump.message()
        if message is not None and not self._comes_late(message):
            self._open[-1].say(message._replace(sender=self._sender(bool(dump.is_incoming))), self._at)

    def _comes_late(self, message: LoggedMessage) -> bool:  # noqa: ARG002 - of some programs it does
        """Return whether a dump may come before what happened earlier, so that sentences count."""
        return False

    def _is_told(self, verb: str) -> bool:  # noqa: ARG002 - of some programs they are
        """Return whether sentences that begin so are about a message that was told already."""
        return False

    # Sentences --------------------------------------------------------------------------------------

    def _take_message(self, line: str) -> None:
        """Take what may be a message, or numbers of a rejection."""
        if self._rejection is not None or "Result: " in line:
            self._take_rejection(line)
        if not self._open or not ("R" in line or "request" in line):
            return
        if _CANCEL.search(line):
            self._hold(LoggedMessage(CANCEL, self._sender(is_incoming=False)))
        elif found := _SUB_OPERATION.search(line):
            sender = self._sender(is_incoming=False)
            field, number = FIELDS["C-STORE-RQ"], int(found[1]) & 0xFFFF
            self._hold(LoggedMessage(field, sender, message_id=number, has_data_set=True))
        elif found := _REQUEST.search(line):
            self._take_asked(*found.groups())
        elif (found := _RESPONSE.search(line)) and (found[2] or found[3]):
            status = int(found[2], 16) if found[2] else status_of(found[3])
            self._hold(LoggedMessage(_field(found[1]) | RESPONSE, status=status))

    def _take_asked(self, verb: str, name: str, number: str | None) -> None:
        is_whole = number or verb == "Incoming" or name == "Echo"  # else a dump follows
        if is_whole and not self._is_told(verb):
            message_id = int(number) & 0xFFFF if number else None
            sender = self._sender(verb != "Sending")
            has_data_set = name != "Echo"
            self._hold(LoggedMessage(_field(name), sender, None, message_id, has_data_set=has_data_set))

    def _hold(self, message: LoggedMessage) -> None:
        """Take a message for the association that it is on: a response is where its request was."""
        association = self._open[-1]
        if message.is_response:
            waiting = (each for each in reversed(self._open) if each.waits_for(message.field))
            association = next(waiting, association)
        association.hold(message, self._at)

    def _take_rejection(self, line: str) -> None:
        if found := _REJECTED.search(line):
            self._rejection = found[1], found[2]
        elif self._rejection is not None and (found := _REASON.search(line)):
            answer, self._rejection = rejection_of(*self._rejection, found[1]), None
            if self._open:
                self._open[-1].reject(answer, self._at)
                self._end()

    def _sender(self, is_incoming: bool) -> Side:
        ours = self._open[-1].kept_by
        other: Side = "acceptor" if ours == "requestor" else "requestor"
        return other if is_incoming else ours

    # Beginnings and ends ----------------------------------------------------------------------------

    def _begin(self, kept_by: Side) -> LoggedAssociation:
        """Begin an association; one of the same role that was going on is over, as far as the log tells."""
        self._make_room(kept_by)
        association = LoggedAssociation(self._observe, kept_by, self._at)
        if kept_by == "acceptor":
            association.requestor, self._host = Endpoint(self._host), ""
        self._mixing.began(association)
        self._open.append(association)
        return association

    def adopt(self, association: LoggedAssociation) -> None:
        """Go on with an association that another process accepted."""
        self._open.append(association)

    def give(self) -> LoggedAssociation | None:
        """Return an association that was accepted, for the process that goes on with it, if there is one."""
        last = self._last("acceptor")
        return self._open.pop() if last is not None and last.is_accepted and last.is_silent else None

    def _make_room(self, kept_by: Side) -> None:
        """End what is over when another begins."""
        while self._open and (self._open[-1].kept_by == kept_by or len(self._open) == _MOST_NESTED):
            last = self._open[-1]
            if last.kept_by == kept_by == "acceptor" and last.is_accepted:
                if self.leave is not None and self.leave(last):
                    self._open.pop()
                    continue
                self._mixing.began_beside(last)
            self._end()

    def _begun(self, kept_by: Side) -> LoggedAssociation:
        """Return the association that has just begun by a sentence, or else a new one."""
        if self._open:
            last = self._open[-1]
            if last.kept_by == kept_by and not last.is_accepted and not last.proposed:
                return last
        return self._begin(kept_by)

    def _last(self, kept_by: Side | None = None) -> LoggedAssociation | None:
        """Return what is going on, if it is of that role."""
        last = self._open[-1] if self._open else None
        return last if last is None or kept_by is None or last.kept_by == kept_by else None

    def _end(self) -> None:
        self._done.append(self._open.pop())
        self._rejection = None
