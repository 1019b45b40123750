"""What `make fuzz` says and does, with other programs in place of atheris."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz.targets import CORPORA, TARGETS

_GOOD = "print('#9 DONE cov: 7 ft: 8\\nstat::number_of_executed_units: 5')"
_BAD = "print('AssertionError: so\\nTest unit written to a/b'); raise SystemExit(77)"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The targets that were started; `scp` breaks."""
    names: list[str] = []

    def started(target: str, _seconds: int, scratch: str, _seed: int | None) -> program.Run:
        names.append(target)
        log = tmp_path / target
        with log.open("wb") as output:
            command = [sys.executable, "-c", _BAD if target == "scp" else _GOOD]
            process = subprocess.Popen(command, stdout=output, stderr=output)
        assert Path(scratch).is_dir()
        return program.Run(target, process, log)

    monkeypatch.setattr(program, "started", started)
    return names


def test_targets_that_hold(told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run_all(["dimse", "trace"], 1, 1) == 0
    assert capsys.readouterr().out.splitlines() == [
        "dimse                 5 executions      7 branches",
        "trace                 5 executions      7 branches",
    ]


def test_the_first_that_breaks_ends_it(told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run_all(["scp", "trace"], 1, 1) == 1
    assert told == ["scp"]
    shown = capsys.readouterr().out
    assert "AssertionError: so\n" in shown
    assert f"To see it again: {sys.executable} -m tests.fuzz scp --input a/b\n" in shown


def test_one_that_cannot_run(
    told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(f"{__name__}._BAD", "raise ImportError('no such name')")
    assert program.run_all(["scp"], 1, 1) == 1
    shown = capsys.readouterr().out
    assert "ImportError: no such name\n" in shown
    assert shown.endswith(f"scp did not end as it should; all that it wrote is in {tmp_path / 'scp'}\n")


def test_without_atheris(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(sys, "argv", ["fuzz"])
    assert program.main() == 1
    assert capsys.readouterr().err == (
        "make fuzz needs atheris, which there is for Linux on x86-64 and Python 3.11 to 3.13\n"
    )


def test_an_input_is_taken_without_atheris(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setitem(TARGETS, "dimse", seen.append)
    path = CORPORA / "dimse" / "find-rq-command"
    monkeypatch.setattr(sys, "argv", ["fuzz", "dimse", "--input", str(path)])
    assert program.main() == 0
    assert seen == [path.read_bytes()]


def test_with_a_seed_the_same_inputs_come_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(program, "WORK", tmp_path / "work")
    monkeypatch.setattr(program, "FINDINGS", tmp_path / "work" / "findings")
    begun: list[tuple[list[str], str | None]] = []

    class Begun:
        def __init__(self, command: list[str], env: dict[str, str], **_others: object) -> None:
            begun.append((command, env.get("PYTHONHASHSEED")))

    monkeypatch.setattr(subprocess, "Popen", Begun)
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    program.started("dimse", 1, str(tmp_path), seed=7)
    program.started("dimse", 1, str(tmp_path))
    (seeded, with_hash), (free, without_hash) = begun
    assert ("-seed=7" in seeded, with_hash) == (True, "7")
    assert (
        str(tmp_path / "work" / "dimse") not in seeded
    )  # what another run has found there counts for nothing
    assert (any(word.startswith("-seed") for word in free), without_hash) == (False, None)
    assert str(tmp_path / "work" / "dimse") in free
