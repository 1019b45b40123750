"""The console blocks of the documentation: what is typed in them, what is answered, and the same for real."""

import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.peers.programs import ROOT

PAGES = ("README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs/guide").glob("*.md"))))
_BLOCK = re.compile(r"^```console\n(\$ .*?)^```", re.DOTALL | re.MULTILINE)
_CTRL_C = "^C"
# What differs from run to run, as it stands in a sample, and what may stand there in a run.
_VARIABLE = (
    (r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}"),
    (r"\d{4}-\d\d-\d\d \(\d+ days left\)", r"\d{4}-\d\d-\d\d \(\d+ days left\)"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    (r"(?<=port )[3-6]\d{4}\b", r"\d+"),
    (r"\b0\.0\.0\.0\b", r"127\.0\.0\.1"),
    (r"\b198\.51\.100\.20\b", r"127\.0\.0\.1"),  # of the host that one works at
    (r"\d+\.\d+(?:e-\d+)?(?=;| ms| s\b|s;|$)", r"[\de.-]+"),
    (r"\d+(?= ms\))", r"\d+"),
    (r'(?<=_ns": )\d+', r"\d+"),
    (r'(?<="started": ")[\d-]+T[\d:.]+Z', r"[\d-]+T[\d:.]+Z"),
    (r"^\d{5,}$", r"\d+"),
    (r" {2,}", " +"),
)
_ANY = re.compile("|".join(f"({sample})" for sample, _ in _VARIABLE))


class Typed(NamedTuple):
    """A command line of a sample, and the lines below it."""

    command: str
    answer: tuple[str, ...]


def blocks(page: str) -> list[list[Typed]]:
    """Return the samples of a page, each with its command lines in order."""
    return [_typed(text) for text in _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))]


def _typed(text: str) -> list[Typed]:
    parts = re.split(r"^\$ ", text.replace("\\\n", ""), flags=re.MULTILINE)
    lines = [part.splitlines() for part in parts[1:]]
    return [Typed(re.sub(r"\s+#.*", "", first), tuple(answer)) for first, *answer in lines]


def pattern(answer: tuple[str, ...]) -> re.Pattern[str]:
    """Return what a run's lines must be: `...` is any lines, or the rest of one."""
    lines = [_line(line) for line in answer]
    return re.compile("".join(lines))


def _line(line: str) -> str:
    if line.strip() == "...":
        return "(?:.*\n)*"
    text, dots = line.removesuffix("..."), line.endswith("...")
    made, at = "", 0
    for found in _ANY.finditer(text):
        made += re.escape(text[at : found.start()]) + _VARIABLE[(found.lastindex or 0) - 1][1]
        at = found.end()
    return f"{made}{re.escape(text[at:])}{'.*' if dots else ''}\n"


class Session:
    """A shell's place: a folder, an environment, the last exit code, and what runs in the background."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder, self._env = folder, env
        self._background: list[subprocess.Popen[str]] = []
        self.code = 0

    def run(self, typed: Typed) -> str:
        """Return what a command line writes, to stdout and stderr together; `^C` in its answer is pressed."""
        if typed.command == "echo $?":
            return f"{self.code}\n"
        if typed.command == "wait":  # for what runs in the background, and ends by itself
            ended, self._background = self._background, []
            return "".join(process.communicate()[0] for process in ended)
        command = typed.command.removesuffix(" &")
        process = self._started(command)
        if command != typed.command:
            self._background.append(process)
            return _read(process, len(typed.answer))
        pressed = [place for place, line in enumerate(typed.answer) if line.startswith(_CTRL_C)]
        shown = _read(process, *pressed)
        if pressed:
            process.send_signal(signal.SIGINT)
            shown += _CTRL_C
        shown += process.communicate()[0]
        self.code = process.returncode
        return shown

    def _started(self, command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["sh", "-c", command if "|" in command else f"exec {command}"],  # which signals then reach
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def close(self) -> None:
        """End what runs in the background."""
        for process in self._background:
            process.terminate()
            process.communicate()


def _read(process: "subprocess.Popen[str]", lines: int = 0) -> str:
    """Return the first lines that a process writes."""
    assert process.stdout is not None
    return "".join(process.stdout.readline() for _ in range(lines))
