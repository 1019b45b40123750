"""What observers are told, as short lines, and the samples in this folder."""

from collections.abc import Iterable
from pathlib import Path

from dcmtool.association.observed import Side
from dcmtool.capture import sources
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.dimse.commands import Command
from dcmtool.events import (
    AbortSent,
    DataSetReceived,
    Event,
    MessageReceived,
    Negotiated,
    Pdu,
    ProtocolFault,
    Requested,
    RequestRejected,
)
from dcmtool.upper_layer import pdus

SAMPLES = Path(__file__).parent / "samples"


class NotedObserver(ConnectionObserver):
    """An observer that keeps what it is shown, each with the time."""

    def __init__(self, number: int, requestor: Endpoint, acceptor: Endpoint, began: int) -> None:
        super().__init__(number, requestor, acceptor, began, self._note)
        self.ends = f"{requestor} > {acceptor}"
        self.lines: list[str] = []
        self.times: list[int] = []
        self.events: list[Event] = []

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if line := _line(event):
            self._add(f"{event.sender} {line}", event.at)

    def _add(self, line: str, at: int) -> None:
        self.lines.append(line)
        self.times.append(at)

    def opened(self, at: int) -> None:
        super().opened(at)
        self._add("opened", at)

    def closed(self, sender: Side, at: int) -> None:
        super().closed(sender, at)
        self._add(f"{sender} closes", at)

    def reset(self, sender: Side, at: int) -> None:
        super().reset(sender, at)
        self._add(f"{sender} resets", at)


class Notes:
    """Makes observers, and keeps them."""

    def __init__(self) -> None:
        self.observers: list[NotedObserver] = []

    def observe(self, requestor: Endpoint, acceptor: Endpoint, began: int, _handshake: bool) -> NotedObserver:
        self.observers.append(NotedObserver(len(self.observers) + 1, requestor, acceptor, began))
        return self.observers[-1]

    @property
    def stories(self) -> list[list[str]]:
        return [each.lines for each in self.observers]


def read(path: Path, form: str | None = None) -> tuple[Notes, list[ObservedConnection]]:
    """Read a file, and return what its observers were shown, and what they came to."""
    notes, warnings = Notes(), list[str]()
    with path.open("rb") as file:
        found = list(sources.read(file, path.name, form, notes.observe, warnings.append))
    assert not warnings
    assert all(isinstance(each, ObservedConnection) for each in found)
    return notes, [each for each in found if isinstance(each, ObservedConnection)]


def commands(lines: Iterable[str]) -> list[str]:
    """Return the lines that are about messages."""
    return [line for line in lines if " C-" in line or " N-" in line]


def _line(event: Event) -> str:
    match event.what:
        case Requested(request):
            return f"{request.calling_aet} calls {request.called_aet} {len(request.contexts)}"
        case Negotiated(_, _, contexts):
            return f"accepts {sum(each.accepted for each in contexts)}"
        case RequestRejected((result, source, reason)):
            return f"rejects {result}/{source}/{reason}"
        case MessageReceived(context_id, elements):
            command = Command.from_command_set(elements)
            number = command.message_id_being_responded_to if command.is_response else command.message_id
            status = "" if command.status is None else f" {command.status:04X}"
            return f"{command.name} {number} on {context_id}{status}"
        case DataSetReceived():
            return "data set"
        case AbortSent(source, reason):
            return f"aborts {source}/{reason}"
        case Pdu(pdus.RELEASE_RQ):
            return "releases"
        case ProtocolFault(error):
            return f"breaks: {error}"
    return ""
