"""Where a sweep runs: outputs that take nothing, a terminal to read from, few file descriptors."""

import json
import resource
import signal
import subprocess
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.fleet.sweeping import COMMAND, HOST, begun, ended, swept, words
from tests.peers.programs import ROOT, environment
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import Accept, Serve
from tests.setups.checks import check_visit
from tests.setups.door import Door, Player

GOOD = (Accept(), Serve())


def in_shell(redirections: str, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run a sweep with its files redirected by a shell."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *COMMAND, *args],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def titles(door: Door) -> Counter[str]:
    """Return how often each title was called at a door."""
    return Counter(visit.sent[10:26].decode().strip() for visit in door.visits)  # PS3.8 9.3.2


@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
@pytest.mark.parametrize("stdout", [">/dev/full", ">&-"])
def test_an_output_that_takes_nothing(stdout: str, form: str) -> None:
    with Player(GOOD) as door:
        run = in_shell(stdout, "--output", form, *words(door, 5))
    assert run.returncode == 40
    (sentence,) = run.stderr.splitlines()
    assert sentence.startswith("Error: ")
    assert "output" in sentence
    for visit in door.visits:
        check_visit(visit)


def test_nobody_who_reads_what_is_said() -> None:
    with Player(GOOD) as door:
        for stderr in ("2>/dev/full", "2>&-"):
            run = in_shell(stderr, "--output", "json", *words(door, 2))
            assert run.returncode == 0
            assert json.loads(run.stdout)["summary"]["answered"] == 2
            assert in_shell(stderr, "h:99999").returncode == 1


def test_standard_input_that_is_closed() -> None:
    run = in_shell("<&-", "-")
    assert (run.returncode, run.stdout) == (20, "")
    assert run.stderr == "Error: standard input: cannot be read: it is closed\n"


def test_nodes_are_typed_on_a_terminal() -> None:
    with Player(GOOD) as door:
        terminal = Terminal([*COMMAND, "-", "--color", "never"])
        terminal.type(f"A@{HOST}:{door.port}\nB@{HOST}:{door.port}\n\x04".encode())
        assert terminal.end() == 0
        assert titles(door) == {"A": 1, "B": 1}


def test_ctrl_c_while_nodes_are_read() -> None:
    with begun("-") as process:
        assert process.stdin is not None
        process.stdin.write("#" * 100_000)  # more than a pipe holds, so that somebody reads
        process.stdin.flush()
        code, out, _ = ended(process, signal.SIGINT)
    assert (code, out) == (130, "")


def test_few_file_descriptors_are_enough() -> None:
    few = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (64, 64))
    with Player(GOOD) as door:
        targets = words(door, 200)
        run = swept("-", "-o", "json", "--per-host", "200", given="\n".join(targets), preexec_fn=few)
        assert run.returncode == 0, run.stderr
        (warning,) = run.stderr.splitlines()
        assert "64 open files" in warning
        assert json.loads(run.stdout)["summary"]["answered"] == 200
        assert titles(door) == {target.partition("@")[0]: 1 for target in targets}
        assert max(visit.beside for visit in door.visits) < 64


def test_what_is_named_twice_is_asked_once(tmp_path: Path) -> None:
    file = tmp_path / "nodes.toml"
    with Player(GOOD) as door:
        entry = '[nodes.{}]\nhost = "127.0.0.1"\nport = {}\ncall = "{}"\n'
        file.write_text(
            "".join(entry.format(*each) for each in (("one", door.port, "A"), ("two", door.port, "A")))
        )
        targets = [f"A@{HOST}:{door.port}", f"B@{HOST}:{door.port}", f"B@{HOST}:{door.port}"]
        run = swept("--nodes", str(file), "--all", "-", "one", "-o", "json", given="\n".join(targets))
        assert run.returncode == 0
        assert titles(door) == {"A": 1, "B": 1}
        assert {"one", "two"} <= {word.strip("',:;") for word in run.stderr.split()}
        summary = json.loads(run.stdout)["summary"]
        assert summary["answered"] == summary["nodes"]


def test_two_sweeps_at_once_into_one_file(tmp_path: Path) -> None:
    file = tmp_path / "nodes.json"
    with Player(GOOD) as door, ExitStack() as stack:
        options = "-", "--output", "json", "--output-file", str(file)
        sweeps = [
            stack.enter_context(begun(*options, given=words(door, 20, name))) for name in ("ONE", "OTHER")
        ]
        assert [sweep.wait(60) for sweep in sweeps] == [0, 0]
    nodes = json.loads(file.read_text())["nodes"]
    assert len({each["name"].partition("-")[0] for each in nodes}) == 1
    assert (len(nodes), [*tmp_path.iterdir()]) == (20, [file])
