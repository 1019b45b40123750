"""`dcmtool sweep` of a thousand nodes beside what people do instead, and what Python can do at most."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from benchmarks.comparison import Measure, Row, compare
from benchmarks.processes import DCMTOOL, peak_of, plain_environment, seconds_of
from benchmarks.scp import ECHOSCU
from dcmtool.association.proposal import associate_rq
from dcmtool.dimse.messages import CEchoRsp, c_echo_rq
from dcmtool.scp.negotiation import answer
from dcmtool.scp.settings import ScpSettings
from dcmtool.settings import Negotiation
from dcmtool.upper_layer.pdus import PDataTf, Pdv, ReleaseRp, ReleaseRq
from dcmtool.verification.echo import proposal

NODES, MANY, AT_ONCE = 1000, 10_000, 128
DEADLINE = 3  # seconds, of nodes that never answer
MOST_MEMORY = 150  # MiB

_REQUEST = associate_rq(proposal(Negotiation()))
_BARE_PDUS = [each.encode() for each in (_REQUEST, PDataTf((Pdv(1, True, True, c_echo_rq(1)),)), ReleaseRq())]
# Answers each PDU by its type with bytes that are there already; on the last ports it is silent.
_SCP = """
import asyncio, sys
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
setrlimit(RLIMIT_NOFILE, (getrlimit(RLIMIT_NOFILE)[1],) * 2)
answering, silent, *answers = sys.argv[1:]
answers = dict(zip((1, 4, 5), map(bytes.fromhex, answers)))
class Answering(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.part = transport, b""
    def data_received(self, data):
        if self.part:
            data = self.part + data
        if len(data) < 6 or len(data) < 6 + int.from_bytes(data[2:6]):
            self.part = data
        else:
            self.part = b""
            self.transport.write(answers[data[0]])
async def serve():
    loop, ports = asyncio.get_running_loop(), []
    for count, protocol in ((int(answering), Answering), (int(silent), asyncio.Protocol)):
        for _ in range(count):
            server = await loop.create_server(protocol, "0.0.0.0", 0, backlog=1024)
            ports.append(server.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
asyncio.run(serve())
"""


def rows() -> list[Row]:
    """A thousand nodes, ten thousand, and some that never answer."""
    with _nodes(NODES) as ports:
        few, many = _words(ports, NODES), _words(ports, MANY)
        bare = f"the same / a bare asyncio loop with prebuilt bytes and {_IMPORT[0]}"
        tenfold = f"`dcmtool sweep` of {MANY} nodes / ten of {NODES}"
        return [
            _beside_echoscu(few),
            compare(bare, 1.6, _sweep(few), _bare(few), 11),
            compare(tenfold, 1.3, _sweep(many), lambda: 10 * _sweep(few)(), 3),
            _memory(many),
            _silent(),
        ]


_IMPORT = "`python -c 'import click, asyncio'`", [sys.executable, "-c", "import click, asyncio"]


@contextmanager
def _nodes(answering: int, silent: int = 0) -> Iterator[list[int]]:
    """Run an SCP with so many ports that answer, and behind these some that never do; give all of them."""
    accepted = answer(_REQUEST, ("ANY-SCP".ljust(16), "ECHOSCU".ljust(16)), ScpSettings())
    echoed = PDataTf((Pdv(1, True, True, CEchoRsp(1, 0).encode()),))
    answers = [each.encode().hex() for each in (accepted, echoed, ReleaseRp())]
    command = [sys.executable, "-c", _SCP, str(answering), str(silent), *answers]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield [int(port) for port in process.stdout.readline().split()]
        finally:
            process.stdin.close()


def _words(ports: Sequence[int], count: int) -> list[str]:
    """Return so many nodes in words, each with an address of its own, as machines have."""
    return [
        f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}:{ports[number % len(ports)]}"
        for number in range(count)
    ]


def _sweep(words: Sequence[str], *options: str) -> Measure:
    """Return a measure of a whole sweep; it must end with every node's success."""
    return partial(_seconds, [*DCMTOOL, "sweep", "-", "--output", "json", *options], "\n".join(words))


def _seconds(command: Sequence[str], given: str, code: int = 0) -> float:
    begun = time.perf_counter()
    ended = subprocess.run(
        command,
        input=given.encode(),
        env=plain_environment(),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    seconds = time.perf_counter() - begun
    assert ended.returncode == code, ended
    return seconds


def _beside_echoscu(words: Sequence[str]) -> Row:
    name = f"`dcmtool sweep` of {NODES} nodes / `xargs -P 64 echoscu`"
    if not ECHOSCU.exists():
        return Row(name, 1 / 12, None, note="needs DCMTK's echoscu")
    command = ["xargs", "-P", "64", "-n", "2", str(ECHOSCU)]
    given = "\n".join(word.replace(":", " ") for word in words)
    return compare(
        name, 1 / 12, _sweep(words), partial(_seconds, command, given), 3, "at least 12 times as fast"
    )


def _bare(words: Sequence[str]) -> Measure:
    imports = seconds_of(_IMPORT[1])
    return lambda: _bare_loop(words) + imports()


def _bare_loop(words: Sequence[str]) -> float:
    begun = time.perf_counter()
    asyncio.run(_bare_sweep(words))
    return time.perf_counter() - begun


async def _bare_sweep(words: Sequence[str]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_bare_association(slots, *word.split(":")) for word in words))


async def _bare_association(slots: asyncio.Semaphore, host: str, port: str) -> None:
    async with slots:
        reader, writer = await asyncio.open_connection(host, int(port))
        for pdu in _BARE_PDUS:
            writer.write(pdu)
            header = await reader.readexactly(6)
            await reader.readexactly(int.from_bytes(header[2:]))
        writer.close()
        await writer.wait_closed()


def _memory(words: Sequence[str]) -> Row:
    name = f"peak memory of `dcmtool sweep` of {MANY} nodes with `--output json` / the limit"
    taken = peak_of([*DCMTOOL, "sweep", "-", "--output", "json"], "\n".join(words)) / 1024
    return Row(name, 1.0, taken / MOST_MEMORY, f"{taken:.1f} MiB", f"{MOST_MEMORY} MiB")


def _silent() -> Row:
    """The time of a sweep some of whose nodes never answer, beside one deadline and a second."""
    name = f"`dcmtool sweep` of {NODES} nodes of which 10 % never answer / the deadline plus 1 s"
    with _nodes(NODES * 9 // 10, NODES // 10) as ports:
        words = sorted(_words(ports, NODES), key=lambda word: word.split(":")[0][::-1])  # one among nine
        command = [*DCMTOOL, "sweep", "-", "--output", "json", "--deadline", str(DEADLINE)]
        taken = _seconds(command, "\n".join(words), code=2)
    return Row(name, 1.0, taken / (DEADLINE + 1), f"{taken:.1f} s", f"{DEADLINE + 1} s")
