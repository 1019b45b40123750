"""A relay between a caller and a node that treats the bytes badly: late, in pieces, cut short, or not at all.

    with FaultyRelay(node_port, to_caller=Fault("reset", after=100)) as relay:
        main(["echo", relay.host, str(relay.port)])

What a fault does not concern passes unharmed, the end of a direction too.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Literal, NamedTuple, Self

Kind = Literal["none", "late", "stall", "pieces", "close", "reset", "swallow"]
CHUNK = 1 << 16
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER by which closing is a reset


class Fault(NamedTuple):
    """What becomes of the bytes of one direction, once `after` bytes have passed.

    `late` delays all by `seconds`, and `stall` what comes first; `pieces` passes each byte alone, so long
    after the other; `close` and `reset` end the connections to both sides; `swallow` passes nothing any more,
    not even the end.
    """

    kind: Kind = "none"
    after: int = 0
    seconds: float = 0


NO_FAULT = Fault()


class FaultyRelay:
    """The relay: listens at once on loopback, in a thread of its own, and is gone after the `with` block."""

    host = "127.0.0.1"

    def __init__(self, node: int, *, to_node: Fault = NO_FAULT, to_caller: Fault = NO_FAULT) -> None:
        self._node, self._to_node, self._to_caller = node, to_node, to_caller
        self.sent = {"node": b"", "caller": b""}  # what was to be passed on
        self.node_has_closed = False
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="faulty relay")

    def __enter__(self) -> Self:
        self._started = threading.Event()
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with await asyncio.start_server(self._connected, sock=self._listener):
            self._started.set()
            await self._over.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        node, to_node = await asyncio.open_connection(self.host, self._node)
        both = (to_caller, to_node)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on("node", caller, to_node, self._to_node, both),
                self._pass_on("caller", node, to_caller, self._to_caller, both),
            )
        for writer in both:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _pass_on(
        self,
        towards: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        fault: Fault,
        both: tuple[asyncio.StreamWriter, ...],
    ) -> None:
        """Pass one direction on until its end."""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                whole = max(0, fault.after - len(self.sent[towards]))
                self.sent[towards] += data
                await _write(writer, data[:whole])
                if len(data) > whole:
                    await self._harm(fault, data[whole:], writer, both)
                    fault = NO_FAULT if fault.kind == "stall" else fault
        self.node_has_closed |= towards == "caller"
        if fault.kind != "swallow" and not writer.is_closing():
            with contextlib.suppress(OSError):
                writer.write_eof()

    async def _harm(
        self,
        fault: Fault,
        data: bytes,
        writer: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, ...],
    ) -> None:
        if fault.kind in ("close", "reset"):
            for each in both:
                if fault.kind == "reset":
                    each.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    each.transport.abort()
                each.close()
        elif fault.kind == "pieces":
            for number in range(len(data)):
                await _write(writer, data[number : number + 1])
                await asyncio.sleep(fault.seconds)
        elif fault.kind != "swallow":
            await asyncio.sleep(fault.seconds)
            await _write(writer, data)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data and not writer.is_closing():
        writer.write(data)
        await writer.drain()
