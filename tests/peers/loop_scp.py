"""An SCP on one event loop, for many associations at once: it counts what is open, and when each began.

with LoopScp(["127.0.0.1", "127.0.0.2"]) as scp:     # a port on each of these addresses
    ...scp.places, scp.most_open, scp.most_at_once, scp.begun, scp.endings

As a program, `python -m tests.peers.loop_scp SECONDS COUNT`, it prints its ports, and answers each echo after
so many seconds, until its standard input ends; then it prints how long each port truly took for it (ns).
"""

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from time import monotonic, monotonic_ns
from types import TracebackType
from typing import Self

from tests.peers import wire

ENDS = {wire.RELEASE_RQ: "released", wire.ABORT: "aborted"}


class LoopScp:
    """Listens on these addresses, each on a port; `answer` says what a PDU is answered, if at all.

    Echoes are answered after the delay (s).
    """

    def __init__(
        self,
        hosts: Sequence[str],
        answer: Callable[[int, bytes], bytes | None] | None = None,
        delay: float = 0,
    ) -> None:
        self._hosts, self._answer, self.delay = hosts, answer or truthful, delay
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop SCP")
        self.places: list[tuple[str, int]] = []
        self.open: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.most_open = 0
        self.begun: list[float] = []
        self.titles: list[str] = []  # called, in the order of the requests
        self.endings: list[str] = []
        self.took: dict[int, int] = {}  # by the port, an echo from when it was read until it is answered (ns)
        self.changed = threading.Condition()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wait_until(lambda: not +self.open)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        for server in self._servers:
            server.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with self.changed:
            assert self.changed.wait_for(condition, 30), (self.open, self.endings)

    def answer(self, kind: int, data: bytes) -> bytes | None:
        """Return what a PDU is answered."""
        return self._answer(kind, data)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._servers = [await loop.create_server(lambda: _Caller(self), host, 0) for host in self._hosts]
        self.places = [server.sockets[0].getsockname()[:2] for server in self._servers]

    def note_begin(self, host: str) -> None:
        """Count a connection in."""
        with self.changed:
            self.begun.append(monotonic())
            self.open[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self.open[host])
            self.most_open = max(self.most_open, self.open.total())
            self.changed.notify_all()

    def note_end(self, host: str, ending: str) -> None:
        """Count it out."""
        with self.changed:
            self.open[host] -= 1
            self.endings.append(ending)
            self.changed.notify_all()


def truthful(kind: int, data: bytes) -> bytes | None:
    """Accept the first context, answer echoes with Success, and agree to the release."""
    if kind == wire.ASSOCIATE_RQ:
        return wire.accept(wire.parse_request(data[6:]))
    if kind == wire.P_DATA:
        ((context, _, command),) = wire.pdvs(data[6:])
        asked = int.from_bytes(wire.elements(command)[0x0110], "little")
        return wire.p_data(context, wire.echo_response(asked))
    return wire.pdu(wire.RELEASE_RP, bytes(4)) if kind == wire.RELEASE_RQ else None


class _Caller(asyncio.Protocol):
    def __init__(self, scp: LoopScp) -> None:
        self._scp, self._buffer, self._has_ended = scp, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0].removeprefix("::ffff:")
        self._scp.note_begin(self._host)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 6 and len(self._buffer) >= (end := 6 + int.from_bytes(self._buffer[2:6])):
            pdu, self._buffer = self._buffer[:end], self._buffer[end:]
            self._take(pdu[0], pdu)

    def _take(self, kind: int, pdu: bytes) -> None:
        if kind == wire.ASSOCIATE_RQ:
            with self._scp.changed:
                self._scp.titles.append(wire.parse_request(pdu[6:]).called.decode().strip())
                self._scp.changed.notify_all()
        answer = self._scp.answer(kind, pdu)
        if kind == wire.ABORT or (kind == wire.RELEASE_RQ and answer is not None):
            self._end(ENDS[kind])  # the loop may see that it is closed after it has accepted the next
        if answer is None:
            if kind == wire.ABORT:
                self._transport.close()
        elif kind == wire.P_DATA and self._scp.delay:
            asyncio.get_running_loop().call_later(self._scp.delay, self._echo, answer, monotonic_ns())
        else:
            self._transport.write(answer)

    def _echo(self, answer: bytes, read: int) -> None:
        self._scp.took[self._transport.get_extra_info("sockname")[1]] = monotonic_ns() - read
        self._transport.write(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self._end("closed")

    def _end(self, ending: str) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._scp.note_end(self._host, ending)


def main() -> None:
    """Run until standard input ends."""
    known: dict[int, bytes | None] = {}  # all ask the same, and the answer is not to take long

    def answer(kind: int, data: bytes) -> bytes | None:
        if kind not in known:
            known[kind] = truthful(kind, data)
        return known[kind]

    with LoopScp(["127.0.0.1"] * int(sys.argv[2]), answer, float(sys.argv[1])) as scp:
        print(*(port for _, port in scp.places), flush=True)
        sys.stdin.read()
    print(*(scp.took[port] for _, port in scp.places))


if __name__ == "__main__":
    main()
