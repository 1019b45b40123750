"""The completion files are those that the code gives, and answer."""

import os
import subprocess
import sys
from pathlib import Path
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
    assert answers(words, {}) == expected


NODES = """\
[nodes.pacs]
host = "h"
port = 104
tags = ["ct", "mr"]
[nodes.pacs-2]
host = "i"
port = 11112
tags = ["ct"]
[nodes.bad]
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dcmtool echo p", ["plain,pacs", "plain,pacs-2"]),
        ("dcmtool echo -v pacs-", ["plain,pacs-2"]),
        ("dcmtool echo b", []),
        ("dcmtool echo pacs p", []),
        ("dcmtool nodes show p", ["plain,pacs", "plain,pacs-2"]),
        ("dcmtool nodes list --tag c", ["plain,ct"]),
        ("dcmtool nodes list --nodes none --tag c", []),
        ("dcmtool echo --nodes none p", []),
        ("dcmtool nodes import --format o", ["plain,orthanc"]),
    ],
)
def test_answers_with_nodes(words: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "n").write_text(NODES)
    assert answers(words, {"DCMTOOL_NODES": f"{tmp_path}/n"}) == expected


def test_some_shells_show_the_address(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(NODES)
    more = {"DCMTOOL_NODES": f"{tmp_path}/n", "_DCMTOOL_COMPLETE": "zsh_complete"}
    assert answers("dcmtool echo pacs-", more) == ["plain", "pacs-2", "i", "11112"]


def answers(words: str, more: dict[str, str]) -> list[str]:
    """Return what a shell is told could come next."""
    environment = {
        **os.environ,
        "_DCMTOOL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        **more,
    }
    command = [sys.executable, "-c", "from dcmtool.__main__ import start; start()"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.stderr == ""
    return answer.stdout.split()
