"""The completion files are those that the code gives, and answer."""

import os
import subprocess
import sys
from runpy import run_path
from typing import Any

import pytest

ROOT = os.path.dirname(os.path.dirname(__file__))
GENERATE: dict[str, Any] = run_path(os.path.join(ROOT, "completions", "generate.py"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_file_is_what_the_code_gives(shell: str) -> None:
    path = os.path.join(ROOT, "completions", GENERATE["FILES"][shell])
    with open(path, encoding="utf-8") as file:
        assert file.read() == GENERATE["source"](shell), "run `make completions`"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dcmtool ec", ["plain,echo"]),
        ("dcmtool dict l", ["plain,lookup"]),
        ("dcmtool dict check --o", ["plain,--output"]),
        ("dcmtool echo --propose", ["plain,--propose-ts", "plain,--propose-pc"]),
        ("dcmtool echo -ae", ["plain,-aet", "plain,-aec"]),
    ],
)
def test_answers(words: str, expected: list[str]) -> None:
    environment = {
        **os.environ,
        "_DCMTOOL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    command = [sys.executable, "-c", "from dcmtool.__main__ import start; start()"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.stderr == ""
    assert answer.stdout.split() == expected
