"""`dcmtool exporter` beside the association that a probe is, and beside blackbox_exporter's TCP check."""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.comparison import Row, compare
from benchmarks.processors import pinned_to
from benchmarks.scp import free_port, started
from benchmarks.serving import answering, resident
from dcmtool.settings import EchoRequest, Peer
from dcmtool.transport import aio
from dcmtool.verification.echo import verify

PROBES, CLIENTS, ROUNDS, WANTED, LATEST = 400, 16, 9, 300, 0.1
MORE_PROBES = int(os.environ.get("PROBES", 20_000))  # 1000000 for the long run
BLACKBOX = Path("/usr/bin/prometheus-blackbox-exporter")
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Load(NamedTuple):
    """How long each probe took (s), and all of them together."""

    each: list[float]
    seconds: float


def rows() -> list[Row]:
    """What a probe costs, how many there are a second, how late the last are, memory, the yardstick."""
    ours, others = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    with answering(others) as node, _exporter(ours) as (port, process):
        ask = partial(_load, port, f"/probe?target=127.0.0.{{}}:{node}")
        return [
            _cost(process, ask, node),
            *_rate(process, ask),
            _yardstick(port, node, others),
            _memory(process, ask),
        ]


def _cost(process: int, ask: "partial[Load]", node: int) -> Row:
    """The least of several rounds of each: what else runs on the machine only ever adds to them."""
    ours, others = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    pairs = []
    for _ in range(ROUNDS):
        with pinned_to(others):
            probe = _taken(process, partial(ask, 1, PROBES)) / PROBES
        with pinned_to(ours):
            pairs.append((probe, _association(node)))
    probe, association = map(min, zip(*pairs[1:], strict=True))
    return Row(
        "processor time of a probe by `dcmtool exporter` / of its association in process",
        *(2.5, probe / association, f"{probe * 1e3:.2f} ms", f"{association * 1e3:.2f} ms"),
        "HTTP, metrics and all; the least of all rounds",
    )


def _rate(process: int, ask: "partial[Load]") -> list[Row]:
    loads: list[Load] = []

    def load() -> None:
        loads.append(ask(CLIENTS, PROBES // CLIENTS))

    with pinned_to(max(os.sched_getaffinity(0))):
        cost = min(_taken(process, load) for _ in range(ROUNDS)) / PROBES
    second = min(load.seconds for load in loads[1:]) / PROBES
    late = min(sorted(load.each)[int(PROBES * 0.99)] for load in loads[1:])
    return [
        Row(
            f"{WANTED} probes a second / what `dcmtool exporter` does on one processor",
            *(1.0, second * WANTED, f"{1 / second:.0f}", f"{WANTED}"),
            f"{CLIENTS} at a time, {cost * 1e3:.2f} ms of processor time each; the best round",
        ),
        Row(
            f"the slowest of 100 probes, {CLIENTS} at a time / the limit",
            *(1.0, late / LATEST, f"{late * 1e3:.1f} ms", f"{LATEST * 1e3:.0f} ms"),
            "the best round",
        ),
    ]


@contextmanager
def _exporter(processor: int) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "dcmtool", "exporter", "-q", "--allow", "127.0.0.0/8"]
    with started([*command, "--web.listen-address", f"127.0.0.1:{port}"], port, processor) as process:
        yield port, process


def _yardstick(port: int, node: int, processor: int) -> Row:
    name = "a probe by `dcmtool exporter` / a TCP check of the same port by blackbox_exporter"
    if not BLACKBOX.exists():
        return Row(name, None, None, note="needs Debian's prometheus-blackbox-exporter")
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        config.write("modules: {tcp: {prober: tcp}}\n")
        config.flush()
        theirs = free_port()
        command = [str(BLACKBOX), f"--config.file={config.name}", f"--web.listen-address=127.0.0.1:{theirs}"]
        with started(command, theirs, min(os.sched_getaffinity(0))), pinned_to(processor):
            mine = partial(_mean, port, f"/probe?target=127.0.0.{{}}:{node}")
            return compare(
                *(
                    name,
                    None,
                    mine,
                    partial(_mean, theirs, f"/probe?module=tcp&target=127.0.0.{{}}:{node}"),
                    5,
                ),
                "one at a time, wall clock; theirs leaves an error in the node's log",
            )


def _memory(process: int, ask: "partial[Load]") -> Row:
    ask(CLIENTS, 2000 // CLIENTS)
    before = resident(process)
    ask(CLIENTS, MORE_PROBES // CLIENTS)
    after = resident(process)
    return Row(
        f"memory of `dcmtool exporter` after {MORE_PROBES} more probes / after 2000",
        *(1.05, after / before, f"{after:.1f} MiB", f"{before:.1f} MiB"),
    )


# What is measured ---------------------------------------------------------------------------------------


def _taken(process: int, work: Callable[[], object]) -> float:
    """Return the processor time that a process takes while some work is done with it (s)."""
    before = _processor_time(process)
    work()
    return _processor_time(process) - before


def _processor_time(process: int) -> float:
    # Of another process (clock_getcpuclockid(3), Linux).
    return time.clock_gettime(~process << 3 | 2)


def _association(port: int) -> float:
    request = EchoRequest(Peer("127.0.0.1", port))

    async def associate() -> None:
        for _ in range(PROBES):
            report = await aio.run(verify(request, time.monotonic_ns()))
            assert report.success, report.error

    begun = time.process_time()
    asyncio.run(associate())
    return (time.process_time() - begun) / PROBES


def _mean(port: int, path: str) -> float:
    load = _load(port, path, 1, PROBES)
    return load.seconds / PROBES


def _load(port: int, path: str, clients: int, each: int) -> Load:
    """Ask so often over so many connections, each of them of an address of its own."""
    taken: list[float] = []

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = f"GET {path.format(number + 1)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        for _ in range(each):
            begun = time.perf_counter()
            writer.write(request)
            found = _LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
            assert found, "no length"
            answer = await reader.readexactly(int(found[1]))
            assert b"\nprobe_success 1" in answer, answer
            taken.append(time.perf_counter() - begun)
        writer.close()

    async def all_of_them() -> float:
        begun = time.perf_counter()
        await asyncio.gather(*map(client, range(clients)))
        return time.perf_counter() - begun

    seconds = asyncio.run(all_of_them())
    return Load(taken, seconds)
