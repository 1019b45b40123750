"""Ctrl-C at two hundred moments of a run: never a traceback, never lost, and always the same exit code."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.peers.programs import ROOT, environment
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, Serve, Silence
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RQ
from tests.transport.scenarios import unanswering_port

AT_ONCE = 12  # processes, most of which wait
# Python itself has a traceback for a Ctrl-C that comes before the package's first line. So it is blocked
# until somebody handles it, and then delivered at once. Nor does Python close the file of a module whose
# import one ends, which it tells where warnings are errors.
SITECUSTOMIZE = r"""
import _signal
import warnings

warnings.filterwarnings("ignore", r"unclosed file <_io\.\w+ name='[^']*\.pyc?'", ResourceWarning)

def handle(number, handler):
    _signal.signal = real
    before = real(number, handler)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, [number])
    return before

real, _signal.signal = _signal.signal, handle
"""


class Phase(NamedTuple):
    """What the peer does, so that the run cannot end by itself, and the moments of it (seconds)."""

    name: str
    program: tuple[str, ...]
    script: tuple[Step, ...] | None
    options: tuple[str, ...]
    moments: int
    until: float


MODULE, SCRIPT = ("-m", "dcmtool"), ("{folder}/dcmtool",)
PHASES = (
    Phase("start-up and connection", MODULE, None, (), 70, 0.6),
    Phase("start-up of the installed script", SCRIPT, None, (), 20, 0.4),
    Phase("association", MODULE, (ExpectPdu(ASSOCIATE_RQ), Silence()), (), 30, 0.8),
    Phase("echo", MODULE, (Accept(), ExpectPdu(P_DATA), Silence()), ("-v",), 30, 0.8),
    Phase("release", MODULE, (Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ), Silence()), (), 30, 0.8),
    Phase("watch", MODULE, (Accept(), Serve()), ("--repeat", "0", "--interval", "0.01"), 20, 0.8),
)


def ended(folder: Path, phase: Phase, host: str, port: int, after: float) -> tuple[int, str]:
    """Run an echo, send it Ctrl-C after so many seconds, and return its exit code and its words."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # of this thread, and what it starts
    program = [word.format(folder=folder) for word in phase.program]
    command = [sys.executable, *program, "echo", *phase.options, host, str(port)]
    variables = environment({"PYTHONPATH": f"{folder}:{ROOT}"})
    out = err = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=out, stderr=err, text=True) as process:
        time.sleep(after)  # the moment is what is tested
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=60)
    return process.returncode, words


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_at_every_moment(phase: Phase, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    (tmp_path / "dcmtool").write_text("from dcmtool.__main__ import start\nstart()\n")

    def at(moment: int) -> tuple[int, str]:
        after = phase.until * moment / phase.moments
        if phase.script is None:
            with unanswering_port() as port:
                return ended(tmp_path, phase, "127.0.0.1", port, after)
        with ScriptedPeer(*phase.script) as peer:
            return ended(tmp_path, phase, peer.host, peer.port, after)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(at, range(phase.moments)))
    assert {code for code, _ in ends} == {130}, [end for end in ends if end[0] != 130]
    for _, err in ends:
        assert all(line.startswith(("F: Interrupted", "I: ")) for line in err.splitlines()), err


def ran(program: str) -> tuple[int, str, str]:
    """Run a program of Python, and return its exit code and what it wrote."""
    command = [sys.executable, "-c", program, "echo", "127.0.0.1", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_one_that_python_could_not_raise_ends_the_process() -> None:
    program = """if True:
        import sys, dcmtool.__main__
        class Last:
            def __del__(self):
                raise KeyboardInterrupt
        sys.unraisablehook = dcmtool.__main__._unraisable
        Last()
        print("lost")"""
    assert ran(program) == (130, "", "")


def test_one_in_compiled_text_that_was_caught_ends_with_the_code() -> None:
    program = """if True:
        import dcmtool.__main__ as entry
        def run():
            try:
                exec("raise KeyboardInterrupt")
            except KeyboardInterrupt:
                return 130
        entry._run = run
        entry.start()"""
    assert ran(program) == (130, "", "")


def test_what_else_python_cannot_raise_is_told_as_ever() -> None:
    program = """if True:
        import sys, dcmtool.__main__
        class Last:
            def __del__(self):
                raise ValueError("told")
        sys.unraisablehook = dcmtool.__main__._unraisable
        Last()"""
    code, _, err = ran(program)
    assert (code, err.splitlines()[-1]) == (0, "ValueError: told")


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        ("RuntimeError() from KeyboardInterrupt()", 130, False),
        ("KeyboardInterrupt", 130, False),
        ("RuntimeError()", 1, True),
    ],
)
def test_what_python_makes_of_one_is_one(raised: str, code: int, told: bool) -> None:
    program = f"""if True:
        import dcmtool.__main__, dcmtool.cli.main
        def main():
            raise {raised}
        dcmtool.cli.main.main = main
        dcmtool.__main__.start()"""
    ended_with, out, err = ran(program)
    assert (ended_with, out, "Traceback" in err) == (code, "", told)


def test_a_program_that_imports_the_package_keeps_its_own_ctrl_c() -> None:
    program = """if True:
        import dcmtool, signal
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"""
    assert ran(program) == (0, "True\n", "")


def test_there_are_two_hundred() -> None:
    assert sum(phase.moments for phase in PHASES) == 200
