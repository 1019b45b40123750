"""`echo` and each of the peers, over real sockets: exit code, one sentence, time, memory, nothing left."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

import dcmtool
from dcmtool.settings import Timeouts
from tests.hostile.forked import Forked
from tests.hostile.peers import CASES, HANGING, Case
from tests.hostile.processes import MIB, SOON
from tests.peers.dcmtool_scp import wait_for
from tests.peers.scripted import ScriptedPeer

TIMEOUT = 1  # seconds, of each wait
LONGEST = 400  # characters of a sentence
MOST = 10.0  # seconds: three waits, the peer's own end, and a machine that is busy
MEMORY = 60 * MIB  # KiB


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    """Run the program in processes of their own."""
    with Forked() as forked:
        yield forked


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_a_peer(case: Case, forked: Forked) -> None:
    waits = ["-ta", str(TIMEOUT), "-td", str(TIMEOUT), "-to", str(TIMEOUT), "--deadline", str(4 * TIMEOUT)]
    with ScriptedPeer(*case.script) as peer:
        start = time.monotonic()
        ran = forked.run("echo", *waits, "--output", "json", peer.host, str(peer.port))
        took = time.monotonic() - start
    sentence = json.loads(ran.out)["message"] or ""
    assert (ran.code, bool(sentence)) == (case.code, bool(case.code)), (case.clause, ran.err)
    assert case.says.casefold() in sentence.casefold()
    assert len(sentence) < LONGEST
    assert took < MOST
    assert ran.memory < MEMORY
    for text in (ran.out, ran.err, sentence + "\n"):
        assert all(char.isprintable() or char == "\n" for char in text)
    assert "\n" not in sentence
    assert ran.before == ran.after


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 120
    assert all(case.clause.startswith("PS3.") for case in CASES.values())


# The API ----------------------------------------------------------------------------------------------


def _taken() -> tuple[int, int]:
    folder = "/proc/self/fd"
    return threading.active_count(), len(os.listdir(folder)) if os.path.isdir(folder) else 0


@pytest.mark.parametrize("awaits", [False, True], ids=["blocking", "asyncio"])
def test_the_api_leaves_nothing_behind(awaits: bool) -> None:
    """After all of the peers there are as many threads and descriptors as before."""
    before = _taken()
    for name, case in CASES.items():
        wait = 0.3 if case.code else 10  # who answers in order may be slow on a machine that is busy
        limits = Timeouts(connect=5, acse=wait, dimse=wait, deadline=4 * wait)
        with ScriptedPeer(*case.script) as peer:
            if awaits:
                report = asyncio.run(dcmtool.async_echo(peer.host, peer.port, timeouts=limits))
            else:
                report = dcmtool.echo(peer.host, peer.port, timeouts=limits)
        assert (report.outcome == "success") == (case.code == 0), name
    assert _taken() == before


# Signals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
@pytest.mark.parametrize("name", HANGING)
def test_a_signal_is_obeyed_soon(name: str, number: int, forked: Forked) -> None:
    """Whatever a peer holds it up with: the timeouts are long."""
    case = HANGING[name]
    waits = ["-ta", "60", "-td", "60", "-to", "60", *case.options]
    with ScriptedPeer(*case.script) as peer:
        pid = forked.start("echo", *waits, "--output", "json", peer.host, str(peer.port))
        wait_for(lambda: len(peer.pdus) >= case.pdus and peer.connected)
        begun = time.monotonic()
        os.kill(pid, number)
        ran = forked.finish()
        assert time.monotonic() - begun < SOON
    assert ran.code == case.code, (
        ran.err
    )  # the forked process does not end by the signal, as the program does
    assert ran.memory < MEMORY
