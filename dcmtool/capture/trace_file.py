"""Traces that dcmtool wrote of its own associations: the bytes in them, and what became of the connection."""

from collections.abc import Callable, Iterable, Iterator
from errno import ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH

from dcmtool import events
from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection, ObservedTls
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.dimse import command_set
from dcmtool.errors import ConnectFailed, ConnectionLost, DcmtoolError, NameNotResolved, RemoteProtocolError
from dcmtool.steps import TlsSession
from dcmtool.trace import json_lines
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.pdus import PDataTf, Pdv

Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]

_MOST_OPEN = 256  # associations that go on at the same time; dcmtool itself traces one after the other
_LAST = (pdus.RELEASE_RP, pdus.ASSOCIATE_RJ, pdus.ABORT)
_REFUSALS = (ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH)


def read(lines: Iterable[str], path: str, observe: Observe) -> Iterator[ObservedConnection]:
    """Yield the connections of a trace, each once the next one begins.

    Raises:
        InputFileError: a line is not what it should be.
    """
    traced: dict[events.AssociationId, _Traced] = {}
    for event in json_lines.read(lines, path):
        known = traced.get(event.association)
        if known is None:
            over = [each for each, one in traced.items() if one.is_over] or [*traced][
                : len(traced) // _MOST_OPEN
            ]
            yield from _results(traced.pop(each) for each in over)
            known = traced[event.association] = _Traced(event.association, observe)
        known.take(event)
    yield from _results(traced.values())


def _results(traced: "Iterable[_Traced]") -> Iterator[ObservedConnection]:
    for each in traced:
        if (seen := each.seen()) is not None:
            yield seen


class _Traced:
    """One association of a trace, which has it from the side of one of the two, or of an observer."""

    def __init__(self, association: events.AssociationId, observe: Observe) -> None:
        self._observe = observe
        self._role: Side = "acceptor" if association.role == "acceptor" else "requestor"
        self._began = round(association.started * 1_000_000) * 1000
        self._last = self._began
        self._observer: ConnectionObserver | None = None
        self._tls: ObservedTls | None = None
        self._is_whole = association.role != "observer"
        self.is_over = False

    def take(self, event: events.Event) -> None:
        """Take what happened."""
        at = self._last = max(self._last, self._began + event.offset)
        match event.what:
            case events.TransportOpened(address, port, _):
                self._open(address, port).opened(at)
            case events.Pdu(kind, data):
                self._observed().received(self._side(event.sender), data, at)
                self.is_over |= kind in _LAST
            case events.MessageReceived(context_id, elements) if not self._is_whole:
                command = Pdv(context_id, True, True, command_set.encode(_sorted(elements)))
                self._observed().received(self._side(event.sender), PDataTf((command,)).encode(), at)
            case events.DataSetReceived(context_id, _) if not self._is_whole:
                empty = Pdv(context_id, False, True, b"")  # nobody kept what was in it
                self._observed().received(self._side(event.sender), PDataTf((empty,)).encode(), at)
            case events.TlsEstablished(session, _) | events.TlsRefused(session, _):
                self._take_tls(session, isinstance(event.what, events.TlsEstablished))
            case events.TransportEnded(how, _):
                self._end(self._side(event.sender), how, at)
            case events.Failed(failure):
                self._fail(failure, at)

    def seen(self) -> ObservedConnection | None:
        """Return what was seen; None if nothing was sent to anybody."""
        if self._observer is None:
            return None
        seen = self._observer.result()
        ended = seen.ended if seen.ended is not None or not self.is_over else self._last
        return seen._replace(ended=ended, tls=self._tls or seen.tls)

    def _observed(self) -> ConnectionObserver:
        return self._observer or self._open("", None)

    def _open(self, address: str, port: int | None) -> ConnectionObserver:
        """Begin; the trace knows the address of the other side alone."""
        if self._observer is None:
            other = Endpoint(address, port)
            ends = (other, Endpoint()) if self._role == "acceptor" else (Endpoint(), other)
            self._observer = self._observe(*ends, self._began, True)
            self._observer.syn(self._began)
        return self._observer

    def _side(self, sender: events.Sender | None) -> Side:
        if sender == "requestor" or sender == "acceptor":
            return sender
        if sender == "peer":
            return "acceptor" if self._role == "requestor" else "requestor"
        return self._role

    def _take_tls(self, session: TlsSession, is_established: bool) -> None:
        shown = (session.certificate,) if session.certificate else ()
        ours = self._role == "requestor"
        self._tls = ObservedTls(
            server_name=session.server_name,
            version=session.protocol,
            suite=session.cipher,
            certificates=shown if ours else (),
            client_certificates=() if ours else shown,
            established=is_established,
        )

    def _end(self, side: Side, how: str, at: int) -> None:
        observer = self._observed()
        (observer.reset if how == "reset" else observer.closed)(side, at)
        self.is_over = True

    def _fail(self, failure: DcmtoolError, at: int) -> None:
        """Take a failure, for what it says of the connection."""
        cause = getattr(failure, "cause", failure)
        other = self._side("peer")
        match cause:
            case NameNotResolved():
                self.is_over = True
            case ConnectFailed():
                self._fail_to_connect(cause, at)
            case ConnectionLost():
                is_reset = isinstance(cause.error, ConnectionResetError)
                self._end(other, "reset" if is_reset else "closed", at)
            case RemoteProtocolError() if cause.start:
                self._observed().received(other, cause.start, at)

    def _fail_to_connect(self, cause: ConnectFailed, at: int) -> None:
        address, error = next(iter(cause.attempts[::-1]), (cause.host, OSError()))
        observer = self._open(address, cause.port)
        if error.errno in _REFUSALS:
            observer.reset("acceptor", at)
        self.is_over = True


def _sorted(elements: command_set.CommandSet) -> list[tuple[int, bytes]]:
    of_group = {tag: value for tag, value in elements.items() if 0 < tag <= command_set.LAST_TAG}
    return sorted(of_group.items())
