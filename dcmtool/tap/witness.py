"""Who is told what passes through a relay: the observer of the connection, and who records it."""

from typing import Protocol

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.observer import ConnectionObserver


class Recorder(Protocol):
    """Keeps what passes; its methods are as those of `ConnectionObserver`."""

    def syn(self, at: int) -> None:
        """Take note that the requestor opens the connection."""

    def opened(self, at: int) -> None:
        """Take note that the acceptor took it."""

    def received(self, sender: Side, data: memoryview, at: int) -> None:
        """Take bytes that a side sent."""

    def closed(self, sender: Side, at: int) -> None:
        """Take note that a side closed its direction."""

    def reset(self, sender: Side, at: int) -> None:
        """Take note that a side reset the connection."""


class Witness:
    """Tells the observer of a connection, and its recorder if there is one; times are ns since 1970."""

    def __init__(self, observer: ConnectionObserver, recorder: Recorder | None) -> None:
        self._observer, self._recorder = observer, recorder
        self._told: list[ConnectionObserver | Recorder] = [observer]
        if recorder is not None:
            self._told.append(recorder)

    def syn(self, at: int) -> None:
        """Tell that the requestor opens the connection."""
        for each in self._told:
            each.syn(at)

    def opened(self, at: int) -> None:
        """Tell that the acceptor took it."""
        for each in self._told:
            each.opened(at)

    def received(self, sender: Side, data: memoryview, at: int) -> None:
        """Tell of bytes that a side sent; nothing is kept of `data` itself."""
        self._observer.received(sender, data, at)
        if self._recorder is not None:
            self._recorder.received(sender, data, at)

    def closed(self, sender: Side, at: int) -> None:
        """Tell that a side closed its direction."""
        for each in self._told:
            each.closed(sender, at)

    def reset(self, sender: Side, at: int) -> None:
        """Tell that a side reset the connection."""
        for each in self._told:
            each.reset(sender, at)

    def cut(self, at: int) -> None:
        """Have the recorder take note that the relay reset both sides, which is none of theirs."""
        if self._recorder is not None:
            self._recorder.reset("requestor", at)
            self._recorder.reset("acceptor", at)

    def conclusion(self) -> ObservedConnection:
        """Return what is known of the connection."""
        return self._observer.result()
