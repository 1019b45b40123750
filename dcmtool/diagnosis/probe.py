"""Obeys the tasks of a diagnosis on blocking sockets, one association after the other."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import monotonic_ns, time
from uuid import uuid4

from dcmtool.diagnosis.evidence import (
    LONGEST_START,
    Attempt,
    Evidence,
    Inquiry,
    Lookup,
    bytes_of,
    fact_of,
    of_report,
)
from dcmtool.diagnosis.experiments import APART
from dcmtool.diagnosis.findings import Seen
from dcmtool.diagnosis.query import ask
from dcmtool.diagnosis.stages import Associate, LookUp, Task, Tasks
from dcmtool.emitter import Emitter
from dcmtool.errors import ConnectionLost, TransportError, VerificationFailed
from dcmtool.events import Event, Failed, Listener, Pdu
from dcmtool.settings import EchoRequest
from dcmtool.steps import (
    Connect,
    Connected,
    Deadline,
    PlainProcedure,
    Receive,
    Received,
    Result,
    Send,
    StartTls,
    Step,
    carried_out,
    receive_until,
    wait,
)
from dcmtool.transport.addresses import source_towards
from dcmtool.transport.blocking import BlockingConnection, Notice
from dcmtool.transport.blocking import run as run_blocking
from dcmtool.upper_layer.pdus import PDU_NAMES
from dcmtool.verification.echo import verify

# Called with each task before it is done, and with what came of it after.
Progress = Callable[[Task, Lookup | Attempt | None], object]


class Prober:
    """Does what a diagnosis asks for; the `listener` receives every event of its associations.

    `waiting` and `notice` are those of `transport.blocking.run`.
    """

    def __init__(
        self,
        request: EchoRequest,
        progress: Progress = lambda _task, _answer: None,
        waiting: AbstractContextManager[object] | None = None,
        notice: Notice | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._request, self._progress, self._listener = request, progress, listener
        self._waiting, self._notice = waiting or nullcontext(), notice
        self._started = monotonic_ns()

    def run(self, tasks: Tasks) -> Evidence:
        """Do every task, and return what was seen."""
        try:
            task = next(tasks)
            while True:
                self._progress(task, None)
                answer = self._done(task)
                self._progress(task, answer)
                task = tasks.send(answer)
        except StopIteration as stop:
            evidence: Evidence = stop.value
            return evidence

    def _done(self, task: Task) -> Lookup | Attempt:
        """Do a task; one that is not begun yet when the user stops it ends so, too."""
        try:
            return self._look_up(task) if isinstance(task, LookUp) else self._associate(task)
        except KeyboardInterrupt as stop:
            if isinstance(task, LookUp):
                return Lookup(task.family, (), stop, 0, task.wanted)
            asked = Inquiry.by(task.request)
            return Attempt(asked, "connect", stop, task.number, task.address)

    def _look_up(self, task: LookUp) -> Lookup:
        peer, seconds = self._request.peer, self._request.timeouts.connect
        begun = monotonic_ns()
        deadline = None if seconds is None else Deadline.after(begun, "connect", seconds)
        step = Connect(peer.host, peer.port, task.family, deadline, None)
        try:
            found = BlockingConnection(self._waiting, self._notice).look_up(step)
        except TransportError as error:
            return Lookup(task.family, (), error, monotonic_ns() - begun, task.wanted)
        addresses = tuple(dict.fromkeys(each.text for each in found))
        return Lookup(task.family, addresses, None, monotonic_ns() - begun, task.wanted)

    def _associate(self, task: Associate) -> Attempt:
        if task.experiment is not None and (stopped := self._pause()):
            asked, what = Inquiry.by(task.request), task.experiment.what
            return Attempt(asked, "connect", stopped, task.number, address=task.address, experiment=what)
        recorder = _Recorder(task.number, self._started, self._listener)
        emitter = Emitter(recorder, monotonic_ns, time)
        if task.experiment is not None and task.experiment.service:
            unique = uuid4().int >> 8
            procedure = ask(task.request, task.experiment.service, unique, monotonic_ns(), emitter)
        else:
            procedure = verify(task.request, monotonic_ns(), emitter)
        if task.request.tls is not None:
            from dcmtool.tls.contexts import prepare
            from dcmtool.tls.layer import over_tls

            procedure = over_tls(procedure, prepare(task.request.tls))
        connection = ProbedConnection(task.address, task.listen)
        plain = carried_out(procedure, connection.obey, (TransportError, KeyboardInterrupt))
        report = run_blocking(plain, None, self._waiting, self._notice)
        if report.address is None:  # there was no connection
            report.address = task.address
            report.source = source_towards(task.address, task.request.peer.port)
        attempt = of_report(
            report,
            task.request,
            number=task.number,
            seen=recorder.seen,
            listened=task.listen > 0,
            spoke_first=connection.heard,
        )
        tried = task.experiment
        if tried is None:
            return attempt
        return attempt._replace(experiment=tried.what, shows=tried.shows, service=tried.service)

    def _pause(self) -> KeyboardInterrupt | None:
        """Wait before an experiment; return what ended that early: what is known by then is still told."""
        until = monotonic_ns() + int(APART * 1_000_000_000)
        try:
            run_blocking(wait(until), None, self._waiting, self._notice)
        except KeyboardInterrupt as interrupt:
            return interrupt
        return None


class _Recorder:
    """Keeps what the peer sent and how the association failed, as evidence; passes every event on."""

    def __init__(self, number: int, started: int, listener: Listener | None) -> None:
        self._number, self._started, self._listener = number, started, listener
        self.seen: list[Seen] = []

    def __call__(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)
        what, at = event.what, event.at - self._started
        if isinstance(what, Pdu) and event.sender == "peer":
            name = PDU_NAMES.get(what.kind, "a PDU")
            self.seen.append(Seen(name, self._number, at, what.data[:LONGEST_START]))
        elif isinstance(what, Failed) and isinstance(what.failure, VerificationFailed):
            cause = what.failure.cause
            data = bytes_of(cause)
            if data and self.seen and self.seen[-1].data == data:
                at = self.seen.pop().at or at  # when it came, not when it was read
            self.seen.append(Seen(fact_of(cause), self._number, at, data))


class ProbedConnection:
    """Has a procedure connect to one address of its host, and listen there for some seconds before it sends.

    `heard` says that the peer sent something, or hung up, by itself.
    """

    def __init__(self, address: str, listen: float) -> None:
        self._address, self._listen = address, listen
        self._early: Received | None = None
        self.heard = False

    def obey(self, step: Step) -> PlainProcedure[Result]:
        """Carry out a step of what goes over the connection, TLS included."""
        assert not isinstance(step, StartTls), "TLS is a layer above"
        if self._early is not None and isinstance(step, Receive):
            early, self._early = self._early, None
            return early
        if self._early is not None and not self._early.data and isinstance(step, Send):
            raise ConnectionLost
        if isinstance(step, Connect):
            step = step._replace(host=self._address, family="auto")
        result = yield step
        if isinstance(result, Connected) and self._listen and not self.heard:
            yield from self._hear(result.connected_at)
        return result

    def _hear(self, now: int) -> PlainProcedure[None]:
        until = now + int(self._listen * 1_000_000_000)
        try:
            received = yield from receive_until("first bytes", None, until)
        except ConnectionLost:
            received = Received(b"", now)
        if received is not None:
            self._early, self.heard = received, True
