"""The side of HTTP that meets strangers: how long and how large a request may be, how long it may be read."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dcmtool.exporter.refusal import TOO_LARGE

LEAVING = "dcmtool.leaving"  # the key of a scope: a list of what is called where the client goes
PATIENCE = 30.0  # seconds for a request to come, for one that goes on, and for an answer to be read
MOST_HEAD = 16 * 1024  # bytes of a request without its body, which nobody here reads
MOST_PIPELINED = 16  # requests that wait for the answer to one before


class GuardedProtocol(HttpToolsProtocol):
    """A connection of a client that is dropped where it keeps us waiting, or sends too much."""

    _timer: asyncio.TimerHandle | None = None
    _head = 0  # bytes of the request that is coming
    _leaving: list[Callable[[], object]]  # what is to be called where the client goes before its answer

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(cast(asyncio.Transport, _Joining(transport)))
        self._leaving = []
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more, and tell whoever is about to answer."""
        self._stop_waiting()
        super().connection_lost(exc)
        for call in tuple(self._leaving):
            call()

    def data_received(self, data: bytes) -> None:
        """Take what has come, unless it is more than a request may be."""
        self._head += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        is_answered = self.cycle is None or self.cycle.response_complete
        if (is_answered and self._head > MOST_HEAD) or len(self.pipeline) > MOST_PIPELINED:
            self._refuse()

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._head = 0
        self._stop_waiting()
        cast(dict[str, Any], self.scope)[LEAVING] = self._leaving
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        cast(_Joining, self.transport).flush()
        super().on_response_complete()
        self._head = 0
        if not self.transport.is_closing():
            self._wait()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        """Go on."""
        self._stop_waiting()
        super().resume_writing()

    def _refuse(self) -> None:
        self.transport.write(
            b"HTTP/1.1 %d Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            % TOO_LARGE
        )
        self.transport.close()

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(PATIENCE, self._drop)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _drop(self) -> None:
        self.transport.abort()


class _Joining:
    """A transport that sends the head of an answer with its body: a packet less, and a call of the system."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._head = transport, b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write data, or keep it where it is the head of an answer."""
        if not self._head and data.startswith(b"HTTP/1.1 ") and data.endswith(b"\r\n\r\n"):
            self._head = data
            if data.startswith(b"HTTP/1.1 100"):  # which has no body
                self.flush()
            return
        self._transport.write(self._head + data)
        self._head = b""

    def flush(self) -> None:
        """Write what is kept."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Close once all is written."""
        self.flush()
        self._transport.close()
