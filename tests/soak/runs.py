"""The runs: who calls, how often, over what; each has an SCP of its own, and both processes are looked at."""

import json
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.peers import pki
from tests.peers.dcmtool_scp import Taken, resting, taken_by, wait_for
from tests.soak.caller import WARM_UP
from tests.soak.judge import Process, Run
from tests.soak.program import PATIENCE, Program, Watch

HOST = "127.0.0.1"


class Kind(NamedTuple):
    """A kind of run: its word, what it is, how many echoes at full size, and by which command or driver."""

    word: str
    name: str
    echoes: int
    command: tuple[str, ...] = ()
    driver: str = ""
    tls: bool = False

    @property
    def on_one_association(self) -> bool:
        """Whether all echoes are on one association, rather than each on its own."""
        return bool(self.command) and "--reconnect" not in self.command


# Handshakes take the most time, so both drivers share the associations over TLS.
KINDS = (
    Kind("echoes", "echoes of `dcmtool echo --repeat`, on one association", 1_000_000, ("echo",)),
    Kind("reconnect", "associations of `dcmtool echo --reconnect`", 200_000, ("echo", "--reconnect")),
    Kind("blocking", "associations of `dcmtool.echo()`", 200_000, driver="blocking"),
    Kind("asyncio", "associations of `dcmtool.async_echo()`", 200_000, driver="asyncio"),
    Kind("tls", "TLS associations of `dcmtool.echo()`", 100_000, driver="blocking", tls=True),
    Kind("tls-asyncio", "TLS associations of `dcmtool.async_echo()`", 100_000, driver="asyncio", tls=True),
)


def run(kind: Kind, scale: float, folder: Path) -> Run:
    """Make a run at a scale (1 is full size), and return what came out."""
    count = max(1, round(kind.echoes * scale))
    with _scp(kind, folder) as scp:
        port = json.loads(scp.await_line())["listening"]["port"]
        idle = resting(scp.process.pid)
        begun = time.monotonic()
        call = _call_by_command if kind.command else _call_by_driver
        answered, samples = call(kind, count, str(port), scp, folder)
        seconds = time.monotonic() - begun
        with suppress(AssertionError):  # the judge says so
            wait_for(lambda: taken_by(scp.process.pid)[:2] == idle[:2], PATIENCE)
        served = [idle, *samples[1], taken_by(scp.process.pid)]
        scp.process.send_signal(signal.SIGTERM)
        totals: dict[str, Any] = json.loads(scp.end().splitlines()[-1])["totals"]
    asked = count + (0 if kind.command else WARM_UP)
    return Run(
        kind.name,
        asked,
        answered,
        totals["echoes"],
        1 if kind.on_one_association else asked,
        totals["outcomes"]["released"],
        seconds,
        (Process("the caller", samples[0], not kind.command), Process("`dcmtool scp`", served, True)),
    )


_Called = tuple[int, tuple[list[Taken], list[Taken]]]  # how many were answered, and samples of caller and SCP


def _call_by_command(kind: Kind, count: int, port: str, scp: Program, folder: Path) -> _Called:
    arguments = (*kind.command, "--repeat", str(count), "--output", "json", HOST, port)
    with Program("dcmtool", *arguments) as caller:
        watch = Watch(caller, scp)
        watch.until(lambda: caller.process.poll() is not None)
        statuses = json.loads(caller.end())["echoes"]["statuses"]
    return sum(each["count"] for each in statuses if each["status"] == 0), watch.samples


def _call_by_driver(kind: Kind, count: int, port: str, scp: Program, folder: Path) -> _Called:
    authority = [pki.standard().root.certificate_file(folder)] if kind.tls else []
    with Program("tests.soak.caller", kind.driver, port, str(count), *authority) as caller:
        watch = Watch(caller, scp)
        caller.await_line()
        watch.take()
        caller.go_on()
        watch.until(lambda: len(caller.lines) > 1 or caller.process.poll() is not None)
        watch.take()
        caller.go_on()
        return int(caller.end().split()[-1]), watch.samples


def _scp(kind: Kind, folder: Path) -> Program:
    server = pki.standard().elliptic
    tls = ("+tls", server.key_file(folder), server.certificate_file(folder)) if kind.tls else ()
    return Program("dcmtool", "scp", "-q", "--output", "ndjson", *tls, "--bind", HOST, "0")
