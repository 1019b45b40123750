"""The capture that a relay keeps: a file, written by a thread of its own: a slow disk makes no slow line."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from stat import S_ISREG
from threading import Thread
from types import TracebackType
from typing import Self

from dcmtool import pipes
from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.pcapng_writer import ACK, FIN, RST, SYN, SyntheticConversation, beginning
from dcmtool.errors import OutputFileError, reason_of
from dcmtool.tap.cutting import DataSetCutter
from dcmtool.text import counted

_MOST_WAITING = 1 << 26  # bytes that the disk is behind
_LAST_PACKETS = 10.0  # seconds that these have at the end
_RIGHTS = 0o600  # what passes is not for every user of the machine to read


class Recording:
    """A file that packets are written to while it is entered, for its owner alone.

    `program` is who writes it, and with `whole` data sets are written too.

    What there is no room for is left out, counted and complained of; so is, once, what cannot be written.

    Raises:
        OutputFileError: the file cannot be opened.
    """

    def __init__(self, path: str, whole: bool, program: str, complain: Callable[[str], object]) -> None:
        self._path, self._whole, self._program, self._complain = path, whole, program, complain
        self._packets: SimpleQueue[bytes | None] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        self._taken = self._written = 0  # bytes
        self._left_out = 0  # packets
        self.error: OutputFileError | None = None

    def __enter__(self) -> Self:
        try:
            self._descriptor = pipes.open_for_writing(self._path, os.O_CREAT | os.O_TRUNC, _RIGHTS)
            with suppress(PermissionError):  # of a file of somebody else's, who lets us write to it
                if hasattr(os, "fchmod") and S_ISREG(os.fstat(self._descriptor).st_mode):
                    os.fchmod(self._descriptor, _RIGHTS)
            Thread(target=self._run, name="recording", daemon=True).start()
        except (
            OSError,
            ValueError,
            RuntimeError,
        ) as error:  # the latter two: a NUL in the path, no thread left
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            raise OutputFileError(self._path, reason) from error
        self.add([beginning(self._program, "relay")])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._packets.put(None)
        with suppress(Empty):
            self._done.get(timeout=_LAST_PACKETS)
        if self._left_out:
            packets = counted(self._left_out, "packet")
            self._complain(f"{self._path}: {packets} left out, as they came faster than they were written")

    def connection(self, requestor: Endpoint, acceptor: Endpoint) -> "ConnectionRecorder":
        """Return what records a connection."""
        return ConnectionRecorder(self, SyntheticConversation(requestor, acceptor), self._whole)

    def raise_failure(self) -> None:
        """Raise the `OutputFileError` for which not everything could be written, if there was one."""
        if self.error is not None:
            raise self.error

    def add(self, packets: Iterable[bytes]) -> None:
        """Have packets written, or leave them out."""
        written = list(packets)
        size = sum(map(len, written))
        if self.error is not None:
            return
        if self._taken - self._written + size > _MOST_WAITING:
            self._left_out += len(written)
            return
        self._taken += size
        self._packets.put(b"".join(written))

    def _run(self) -> None:
        while (data := self._packets.get()) is not None:
            if self.error is None:
                try:
                    pipes.write(self._descriptor, data)
                except OSError as error:
                    self.error = OutputFileError(self._path, reason_of(error))
                    self._complain(f"{self.error}; the tap goes on without it")
            self._written += len(data)
        with suppress(OSError):
            os.close(self._descriptor)
        self._done.put(None)


class ConnectionRecorder:
    """Makes packets of what passes on one connection; unless it is `whole`, data sets are left out."""

    def __init__(self, recording: Recording, conversation: SyntheticConversation, whole: bool) -> None:
        self._recording, self._conversation = recording, conversation
        self._cutters: dict[Side, DataSetCutter] = (
            {} if whole else {"requestor": DataSetCutter(), "acceptor": DataSetCutter()}
        )
        self._is_open = False

    def syn(self, at: int) -> None:
        """Write the SYN."""
        self._control("requestor", SYN, at)

    def opened(self, at: int) -> None:
        """Write how the connection was opened."""
        self._is_open = True
        self._control("acceptor", SYN | ACK, at)
        self._control("requestor", ACK, at)

    def received(self, sender: Side, data: memoryview, at: int) -> None:
        """Write bytes that a side sent, as far as they are kept, and their acknowledgement."""
        cutter = self._cutters.get(sender)
        pieces = [(bytes(data), 0)] if cutter is None else cutter.cut(data)
        self._write(sender, pieces, at)

    def closed(self, sender: Side, at: int) -> None:
        """Write what was held back, and a FIN."""
        self._write_rest(sender, at)
        self._control(sender, FIN | ACK, at)
        self._control(_other(sender), ACK, at)

    def reset(self, sender: Side, at: int) -> None:
        """Write a RST; of an acceptor that never was there, it refuses the SYN."""
        if self._is_open:
            self._write_rest(sender, at)
        self._control(sender, RST | ACK, at)

    def _write_rest(self, sender: Side, at: int) -> None:
        cutter = self._cutters.get(sender)
        if cutter is not None:
            self._write(sender, cutter.rest(), at)

    def _write(self, sender: Side, pieces: list[tuple[bytes, int]], at: int) -> None:
        packets = [
            packet
            for kept, left_out in pieces
            for packet in self._conversation.data(sender, kept, left_out, at)
        ]
        if packets:
            self._recording.add([*packets, self._conversation.control(_other(sender), ACK, at)])

    def _control(self, sender: Side, flags: int, at: int) -> None:
        self._recording.add([self._conversation.control(sender, flags, at)])


def _other(side: Side) -> Side:
    return "acceptor" if side == "requestor" else "requestor"
