"""Drives the procedure by hand: each step that it must take, and what a transport would answer.

    play = Playbook()
    play.associates()
    play.receives(C_ECHO_RSP, play.answer(...))

The clock is the playbook's: it starts at 0 and every step takes one millisecond.
"""

import errno
from collections.abc import Iterator
from dataclasses import replace

from dcmtool import events
from dcmtool.emitter import Emitter
from dcmtool.errors import ConnectionLost, DeadlineExpired, TransportError
from dcmtool.settings import EchoRequest, Peer, Timeouts
from dcmtool.steps import (
    Clock,
    Close,
    Connect,
    Connected,
    Deadline,
    Receive,
    Received,
    Result,
    Secured,
    Send,
    StartTls,
    Step,
    TlsSession,
    Wait,
)
from dcmtool.trace.timers import timed
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport
from tests.peers import wire

MS = 1_000_000  # nanoseconds
ADDRESS = "192.0.2.7"
STARTED = 1_795_521_600.0  # the wall clock when a run begins: 2026-11-24, 12:00 UTC
TIMERS = (events.TimerStarted, events.TimerStopped, events.TimerExpired)
ECHO = EchoRequest(Peer("pacs", 104), timeouts=Timeouts(socket=None))
EVERY_BUDGET = Timeouts(connect=5, acse=30, dimse=20, socket=60, deadline=100)

SESSION = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, b"", True, None)

TO_ASSOCIATE, TO_ECHO = "answer to A-ASSOCIATE-RQ", "C-ECHO-RSP"
TO_RELEASE, TO_CLOSE = "A-RELEASE-RP", "close of the connection"
BETWEEN = "time for the next echo"
LAST_WORDS = "last words"  # of a peer that broke the connection

RELEASE_RQ, RELEASE_RP = wire.pdu(wire.RELEASE_RQ, bytes(4)), wire.pdu(wire.RELEASE_RP, bytes(4))
USER_ABORT = wire.abort(0, 0)


def acse(since: int) -> Deadline:
    """Return the end of the ACSE timeout, 30 s, that began `since` (ms)."""
    return Deadline((30_000 + since) * MS, "acse", 30)


def dimse(since: int) -> Deadline:
    """Return the end of the DIMSE timeout, 20 s, that began `since` (ms)."""
    return Deadline((20_000 + since) * MS, "dimse", 20)


def artim(since: int) -> Deadline:
    """Return the end of the ARTIM timer that began `since` (ms)."""
    return Deadline((1_000 + since) * MS, "ARTIM", 1)


def grace(since: int) -> Deadline:
    """Return the end of what Ctrl-C leaves of a wait, pressed at that time (ms)."""
    return Deadline((1_000 + since) * MS, "Ctrl-C", 1)


def overall(seconds: float) -> Deadline:
    """Return the end of the whole run."""
    return Deadline(int(seconds * 1000) * MS, "deadline", seconds)


def echo_rq(message_id: int = 1, context_id: int = 1) -> bytes:
    """Return the P-DATA-TF with a C-ECHO-RQ (PS3.7 9.3.5.1)."""
    words = ((0x0100, wire.ECHO_RQ), (0x0110, message_id), (0x0800, 0x0101))
    rest = wire.element(0x0002, wire.VERIFICATION.encode()) + b"".join(
        wire.element(number, word.to_bytes(2, "little")) for number, word in words
    )
    return wire.p_data(context_id, wire.element(0, len(rest).to_bytes(4, "little")) + rest)


def echo_rsp(message_id: int = 1, status: int = 0, comment: str = "", context_id: int = 1) -> bytes:
    """Return the P-DATA-TF with a C-ECHO-RSP."""
    return wire.p_data(context_id, wire.echo_response(message_id, status, comment=comment))


class Playbook:
    """One run of the procedure; each method checks that its step is the next one, and answers it."""

    def __init__(
        self,
        request: EchoRequest = ECHO,
        *,
        chunk: int | None = None,
        detail: bool = True,
        orderly: bool = False,
    ) -> None:
        self.request, self.chunk = request, chunk
        self.now = 0
        self.events: list[events.Event] = []
        self.report: EchoReport | None = None
        self.associate_rq = b""
        emitter = Emitter(self.events.append, self._clock, lambda: STARTED + self.now / 1_000_000_000)
        procedure = verify(request, 0, emitter, detail=detail, orderly=orderly)
        self._procedure = timed(procedure, self._clock, emitter)
        self.step: Step | None = next(self._procedure)

    def _clock(self) -> int:
        return self.now

    # One step -------------------------------------------------------------------------------------

    def give(self, result: Result) -> None:
        """Answer the step."""
        try:
            self.step = self._procedure.send(result)
        except StopIteration as stop:
            self.step, self.report = None, stop.value

    def fails(self, error: TransportError | KeyboardInterrupt) -> None:
        """Let the step fail."""
        self.now += MS
        try:
            self.step = self._procedure.throw(error)
        except StopIteration as stop:
            self.step, self.report = None, stop.value

    def expires(self) -> None:
        """Let the step last until its deadline."""
        assert isinstance(self.step, Connect | StartTls | Send | Receive)
        deadline = self.step.deadline
        assert deadline is not None
        awaited = self.step.awaited if isinstance(self.step, Receive) else "TCP connection"
        self.now = deadline.at - MS
        self.fails(DeadlineExpired(awaited, deadline.budget, deadline.seconds))

    def tick(self) -> int:
        """Return the time after the step."""
        self.now += MS
        return self.now

    def connects(self, deadline: Deadline | None = None) -> None:
        """Expect a connection to be asked for; looking up takes a millisecond of its own."""
        host, port, family = self.request.peer.host, self.request.peer.port, self.request.peer.family
        assert self.step == Connect(host, port, family, deadline, self.request.timeouts.socket)
        self.give(Connected(ADDRESS, port, self.tick(), self.tick()))

    def secures(self, deadline: Deadline | None) -> None:
        """Expect TLS to be started."""
        assert self.step == StartTls(self.request.peer.host, deadline)
        self.give(Secured(SESSION, self.tick()))

    def sends(self, data: bytes, deadline: Deadline | None) -> None:
        """Expect these bytes in one write."""
        assert self.step == Send(data, deadline)
        self.give(self.tick())

    def receives(self, awaited: str, data: bytes, deadline: Deadline | None) -> None:
        """Expect a wait for something, and bring the data, in pieces if the playbook has a chunk size."""
        assert self._waits_for(awaited, deadline)
        for piece in self._pieces(data):
            if not self._waits_for(awaited, deadline):
                break  # what came so far was enough
            self.give(Received(piece, self.tick()))

    def _waits_for(self, awaited: str, deadline: Deadline | None) -> bool:
        """Whether the step is this wait, whatever part of a PDU has come."""
        step = self.step
        flowing = isinstance(step, Receive) and step.flowing
        return step == Receive(awaited, deadline, flowing=flowing)

    def hears(self, data: bytes, step: Step | None) -> None:
        """Bring the data in pieces, for as long as the step is this one."""
        for piece in self._pieces(data):
            if self.step == step:
                self.give(Received(piece, self.tick()))

    def receives_anyhow(self, data: bytes) -> None:
        """Bring the data, whatever is waited for until whenever."""
        assert isinstance(self.step, Receive)
        self.give(Received(data, self.tick()))

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        size = self.chunk or len(data) or 1
        return (data[start : start + size] for start in range(0, len(data) or 1, size))

    def rests(self, until: int, deadline: Deadline | None = None) -> None:
        """Expect a wait for the next echo, until then (ms), and let nothing come."""
        assert self.step == Receive(BETWEEN, deadline, until * MS)
        self.give(None)
        self.now = until * MS - MS
        self.tells_the_time()

    def waits(self, until: int) -> None:
        """Expect a wait without a connection, until then (ms)."""
        assert self.step == Wait(until * MS)
        self.give(None)
        self.now = until * MS - MS
        self.tells_the_time()

    def tells_the_time(self) -> None:
        """Expect a look at the clock."""
        assert isinstance(self.step, Clock)
        self.give(self.tick())

    def closed(self) -> None:
        """Expect the connection to be closed."""
        assert isinstance(self.step, Close)
        self.give(None)

    def closes(self) -> EchoReport:
        """Expect the connection to be closed and the procedure to end."""
        self.closed()
        assert self.report is not None
        return self.report

    def happened(self) -> list[events.What]:
        """Return all that happened, without the timers."""
        return [event.what for event in self.events if not isinstance(event.what, TIMERS)]

    def progress(self) -> list[events.What]:
        """Return what happened beside PDUs, states and timers."""
        return [what for what in self.happened() if not isinstance(what, events.Pdu | events.StateChanged)]

    # A whole stage --------------------------------------------------------------------------------

    def requests(self, deadline: Deadline | None = None) -> None:
        """Expect connection and A-ASSOCIATE-RQ."""
        self.connects(deadline)
        assert isinstance(self.step, Send)
        self.associate_rq = self.step.data
        self.sends(self.associate_rq, acse(self.now // MS))

    def acceptance(
        self,
        max_length: int | None = 16384,
        results: tuple[int, ...] = (0,),
        transfer_syntax: str | None = None,
        reverse: bool = False,
    ) -> bytes:
        """Return the A-ASSOCIATE-AC to the request that was sent."""
        request = wire.parse_request(self.associate_rq[6:])
        return wire.accept(request, max_length, results, transfer_syntax, reverse)

    def associates(self, max_length: int | None = 16384) -> None:
        """Expect the association to be requested, and accept it."""
        self.requests()
        self.receives(TO_ASSOCIATE, self.acceptance(max_length), acse(self.now // MS - 1))

    def asks(self, message_id: int = 1) -> None:
        """Expect a C-ECHO-RQ, with no bound on the wait."""
        self.sends(echo_rq(message_id), None)

    def echoes(self, message_id: int = 1) -> None:
        """Expect a C-ECHO-RQ, and answer it with Success."""
        self.asks(message_id)
        self.receives(TO_ECHO, echo_rsp(message_id), None)

    def asks_for_release(self) -> Deadline:
        """Expect A-RELEASE-RQ; return the deadline of its answer."""
        self.tells_the_time()
        deadline = acse(self.now // MS)
        self.sends(RELEASE_RQ, deadline)
        return deadline

    def releases(self) -> EchoReport:
        """Expect the release in order."""
        self.released()
        assert self.report is not None
        return self.report

    def released(self) -> None:
        """Expect the release in order, of one association of several."""
        deadline = self.asks_for_release()
        self.receives(TO_RELEASE, RELEASE_RP, deadline)
        self.closed()

    def aborts(self, abort: bytes = USER_ABORT) -> EchoReport:
        """Expect A-ABORT; close when it has come (PS3.8 9.2, AA-1, AA-8)."""
        begun = self.now
        self.tells_the_time()
        timer = artim((self.now if abort == USER_ABORT else begun) // MS)
        self.sends(abort, timer)
        self.receives(TO_CLOSE, b"", timer)
        return self.closes()

    def breaks(self, *last_words: bytes) -> None:
        """Let a write fail, after the peer said this; then it has closed."""
        self.fails(ConnectionLost(BrokenPipeError(errno.EPIPE, "")))
        deadline = Deadline(self.now - MS + 1000 * MS, LAST_WORDS, 1)
        for data in (*last_words, b""):
            self.receives(LAST_WORDS, data, deadline)

    def goes(self) -> EchoReport:
        """Expect the end without another word to the peer."""
        if isinstance(self.step, Clock):
            self.tells_the_time()
        return self.closes()

    # Without looking at every step ----------------------------------------------------------------

    def reaches(self, awaited: str) -> None:
        """Answer every step as a good peer would, until that wait; "" is the connection."""
        while not (awaited == "" or (isinstance(self.step, Receive) and self.step.awaited == awaited)):
            match self.step:
                case Connect():
                    self.give(Connected(ADDRESS, self.request.peer.port, self.tick(), self.tick()))
                case Send(data):
                    self.associate_rq = self.associate_rq or data
                    self.give(self.tick())
                case Receive(wait):
                    answer = self.acceptance() if wait == TO_ASSOCIATE else echo_rsp()
                    self.give(Received(answer, self.tick()))
                case _:
                    self.tells_the_time()

    def ends(self) -> tuple[EchoReport, bytes]:
        """Let the peer close once it is asked to; return the report and what it was sent before."""
        sent = b""
        while not isinstance(self.step, Close):
            if isinstance(self.step, Send):
                sent += self.step.data
                self.give(self.tick())
            elif isinstance(self.step, Receive):
                assert self.step.awaited == TO_CLOSE
                self.give(Received(b"", self.tick()))
            else:
                self.tells_the_time()
        return self.closes(), sent


def with_timeouts(timeouts: Timeouts, request: EchoRequest = ECHO) -> EchoRequest:
    """Return the request with other budgets."""
    return replace(request, timeouts=timeouts)
