"""The completion files are those that the code gives, and answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcmtool.cli.commands.completion import script
from dcmtool.cli.group import cli
from dcmtool.cli.main import main
from tools.make_completions import FILES

ROOT = os.path.dirname(os.path.dirname(__file__))
PROGRAM = [sys.executable, "-c", "from dcmtool.__main__ import start; start()"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_file_is_what_the_code_gives(shell: str) -> None:
    path = os.path.join(ROOT, "completions", FILES[shell])
    with open(path, encoding="utf-8") as file:
        assert file.read() == script(cli, shell), "run `make completions`"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dcmtool ec", ["plain,echo"]),
        ("dcmtool dict l", ["plain,lookup"]),
        ("dcmtool dict check --o", ["plain,--output"]),
        ("dcmtool echo --propose", ["plain,--propose-ts", "plain,--propose-pc"]),
        ("dcmtool echo -ae", ["plain,-aet", "plain,-aec"]),
        ("dcmtool echo --propose-ts=5", [f"plain,--propose-ts={n}" for n in (5, 50, 51, 52, 53)]),
        ("dcmtool echo --cipher=tls_rsa_with_null_m", ["plain,--cipher=TLS_RSA_WITH_NULL_MD5"]),
        ("dcmtool echo --add-cert-file=a,b", ["file,a,b"]),
        ("dcmtool echo --add-cert-dir=a", ["dir,a"]),
        ("dcmtool echo +tls KEY ", ["file,"]),
        ("dcmtool @", ["file,"]),
        ("dcmtool echo @a", ["file,a"]),
        ("dcmtool echo @no-such-file --ab", ["plain,--abort"]),
        ("dcmtool echo 'un closed", [""]),
    ],
)
def test_answers(words: str, expected: list[str]) -> None:
    assert answer("bash", words) == "\n".join(expected) + "\n"


@pytest.mark.parametrize(
    ("words", "replaced", "expected"),
    [
        ("dcmtool echo --log-level=f", "f", "plain,fatal"),
        ("dcmtool echo --log-level='f", "f", "plain,fatal"),
        ("dcmtool echo '--log-level=f", "--log-level=f", "plain,--log-level=fatal"),
        ("dcmtool echo --log-level", "--log-level", "plain,--log-level"),
        ("dcmtool echo --add-cert-file=a:b", "b", "file,a:b"),
    ],
)
def test_bash_replaces_a_part_of_the_word(words: str, replaced: str, expected: str) -> None:
    assert answer("bash", words, COMP_WORD=replaced) == expected + "\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_file_whose_name_is_no_text(shell: str) -> None:
    assert "\udce9x" in answer(shell, "dcmtool echo +cf \udce9x")


def test_a_shell_that_is_not_known() -> None:
    environment = {**os.environ, "_DCMTOOL_COMPLETE": "csh_complete", "COMP_WORDS": "dcmtool "}
    done = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 1)


def test_nothing_steers_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(
        '[nodes.a]\nhost = "h\\u001b[31m"\nport = 1\ntags = ["x", "y\\nplain,z", "\\u001b[31mred"]\n'
    )
    named = {"DCMTOOL_NODES": f"{tmp_path}/n"}
    assert answer("bash", "dcmtool nodes list --tag ", **named) == "plain,x\n"
    assert answer("zsh", "dcmtool nodes show a", **named) == "plain\na\nh\\x1b[31m 1\n"


@pytest.mark.parametrize("name", ["nodes.toml", "dcmtool.toml"])
def test_a_broken_file_costs_its_names_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / "dcmtool").mkdir()
    (tmp_path / "dcmtool" / name).write_text("[[[")
    named = {"XDG_CONFIG_HOME": str(tmp_path), "DCMTOOL_NODES": ""}
    assert answer("bash", "dcmtool echo --ab", **named) == "plain,--abort\n"
    assert answer("bash", "dcmtool nodes show p", **named) == "\n"


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
    assert answer("bash", words, DCMTOOL_NODES=f"{tmp_path}/n").split() == expected


def test_some_shells_show_the_address(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(NODES)
    shown = answer("zsh", "dcmtool echo pacs-", DCMTOOL_NODES=f"{tmp_path}/n")
    assert shown.split() == ["plain", "pacs-2", "i", "11112"]


def answer(shell: str, words: str, **more: str) -> str:
    """Return what the program tells a shell that asks."""
    environment = {"_DCMTOOL_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, **more}
    with CliRunner().isolation(env=environment) as (output, complaints, _):
        code = main([])
    assert (complaints.getvalue(), code) == (b"", 0)
    return os.fsdecode(output.getvalue())


@pytest.mark.parametrize(
    ("shell", "words", "expected"),
    [
        ("zsh", "dcmtool echo --ab", "plain\n--abort\nend with an abort in place of a release"),
        ("zsh", "dcmtool echo -ll f", "plain\nfatal\n"),
        ("zsh", "dcmtool echo --add-cert-file=a", "file\na\n"),
        ("fish", "dcmtool echo --ab", "plain,--abort\tend with an abort in place of a release"),
        ("fish", "dcmtool echo -pts 53", "plain,53\tup to JPEGXL"),
        ("fish", "dcmtool echo --add-cert-file=a,b", "file,--add-cert-file=,a,b"),
        ("fish", "dcmtool echo @a", "file,@,a"),
    ],
)
def test_answers_to_other_shells(shell: str, words: str, expected: str) -> None:
    assert answer(shell, words) == expected + "\n"


def test_command_files_before_the_last_word_count(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("echo -ll")
    assert answer("bash", f"dcmtool @{tmp_path}/a f") == "plain,fatal\n"
    (tmp_path / "a").write_bytes(b"echo \0")
    assert answer("bash", f"dcmtool @{tmp_path}/a ec") == "plain,echo\n"
    os.mkfifo(tmp_path / "pipe")  # is not read, which would wait
    assert answer("bash", f"dcmtool echo @{tmp_path}/pipe --ab") == "plain,--abort\n"
