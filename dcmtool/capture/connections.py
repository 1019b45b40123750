"""The connections that files tell of, numbered and explained, as each ends."""

from collections.abc import Callable, Iterator
from functools import partial

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.explanation import SLOW, explained
from dcmtool.capture.input_file import StoppableFile, buffered
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.sources import read
from dcmtool.events import Listener

# What listens to a connection between these, by its number; None where nobody does.
Listens = Callable[[int, Endpoint, Endpoint], Listener | None]


class ConnectionReader:
    """Reads files one after the other; connections are numbered in the order in which they began.

    `warn` is called with sentences on what is odd about a file.
    """

    def __init__(
        self, warn: Callable[[str], None], slow: float = SLOW, listens: Listens | None = None
    ) -> None:
        self._warn, self._slow, self._listens = warn, slow, listens
        self._last, self._open = 0, set[int]()  # numbers

    def read(self, file: StoppableFile, path: str, format: str | None) -> Iterator[ObservedConnection]:  # noqa: A002
        """Yield the connections of a file as each ends, those that are open at its end last, and close it.

        Raises:
            InputFileError: the file cannot be read, or holds nothing of what can be explained.
        """
        with buffered(file) as whole:
            for item in read(whole, path, format, self._observe, partial(self._tell, path)):
                connection = item.result() if isinstance(item, ConnectionObserver) else item
                number = self._number_of(connection)
                yield explained(connection._replace(number=number, source=path), self._slow)

    def _observe(
        self, requestor: Endpoint, acceptor: Endpoint, began: int, handshake: bool
    ) -> ConnectionObserver:
        self._last += 1
        self._open.add(self._last)
        listener = None if self._listens is None else self._listens(self._last, requestor, acceptor)
        return ConnectionObserver(self._last, requestor, acceptor, began, listener, handshake=handshake)

    def _number_of(self, connection: ObservedConnection) -> int:
        """Return the number of a connection that is over: its observer's, or a new one where it had none."""
        if connection.number not in self._open:
            self._last += 1
            return self._last
        self._open.remove(connection.number)
        return connection.number

    def _tell(self, path: str, sentence: str) -> None:
        self._warn(f"{path}: {sentence}")
