"""`do-not-probe` in a node's entry: `dcmtool echo` refuses, by name and by address, unless it is forced."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Asked, Configuration, refusal
from tests.peers.programs import ROOT, environment, refusing_port
from tests.reporting.documents import read

REASON = 'do-not-probe = "it stops at associations that it does not know"'
BROKEN = "[nodes.pacs\n"

every_way = pytest.mark.parametrize(
    "words", [["pacs"], ["h", "104"], ["H", "104"], ["h.", "104"], ["A@h:104"]], ids=" ".join
)


@every_way
def test_echo_refuses_with_the_reason(
    words: list[str], configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(REASON)
    assert refusal(["echo", *words], capsys) == (
        1,
        f"Error: node pacs in {configuration.nodes} is not to be probed: it stops at associations that it "
        "does not know (--force does it all the same)",
    )


@every_way
def test_unless_it_is_forced(words: list[str], configuration: Configuration, asked: Asked) -> None:
    configuration.node(REASON)
    assert asked("--force", *words).field("request.peer.port") == 104


def test_another_port_and_another_node_may_be_probed(configuration: Configuration, asked: Asked) -> None:
    configuration.node(REASON)
    assert asked("h", "105").field("request.peer.port") == 105
    assert asked("i", "104").field("request.peer.host") == "i"


@pytest.mark.parametrize("host", ["FE80::1%eth0", "fe80:0:0:0:0:0:0:1%eth0"])
def test_an_ipv6_address_is_the_same_however_it_is_written(
    host: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'[nodes.pump]\nhost = "fe80::1%eth0"\nport = 104\n{REASON}\n'
    Path(configuration.nodes).write_text(text, encoding="utf-8")
    assert refusal(["echo", host, "104"], capsys)[0] == 1


def test_a_report_says_so_too(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    configuration.node(REASON)
    assert main(["echo", "--json", "h", "104"]) == 1
    document = read(capsys.readouterr().out, "echo")
    assert (document["outcome"], document["exit_code"]) == ("usage-error", 1)
    assert "it stops at associations" in document["message"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BROKEN, 0),  # nothing in it can forbid anything
        (BROKEN + REASON, 20),
        (f'[nodes.bad]\nport = 104\n[nodes.pacs]\nhost = "h"\nport = 1\n{REASON}\n', 0),  # another's mistake
        (f"[nodes.bad]\nport = 104\n{REASON}\n", 20),
        ('[nodes.pacs]\nhost = "h"\nport = 104\n"do\\u002dnot-probe" = "no"\n', 1),
    ],
    ids=["broken", "broken with a reason", "another entry", "the entry itself", "an escaped key"],
)
def test_a_file_that_is_wrong(
    text: str,
    code: int,
    configuration: Configuration,
    asked: Asked,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path(configuration.nodes).write_text(text, encoding="utf-8")
    if code:
        assert refusal(["echo", "h", "104"], capsys)[0] == code
    else:
        asked("h", "104")
    assert asked("--force", "h", "104").field("request.peer.host") == "h"


def test_a_file_that_is_named_has_to_be_there(
    configuration: Configuration, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    asked("h", "104")
    configuration.monkeypatch.setenv("DCMTOOL_NODES", f"{configuration.folder}/none.toml")
    code, sentence = refusal(["echo", "h", "104"], capsys)
    assert (code, "none.toml: cannot be read" in sentence) == (20, True)


@pytest.mark.parametrize("place", ["defaults", "node", "environment"])
def test_nothing_but_the_command_line_forces_it(
    place: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(f"{REASON}\n{'force = true' if place == 'node' else ''}")
    if place == "defaults":
        configuration.default("force = true")
    if place == "environment":
        configuration.variable("FORCE", "1")
    code, sentence = refusal(["echo", "pacs"], capsys)
    assert (code, "force means nothing here" in sentence) == (
        (1, False) if place == "environment" else (20, True)
    )


def test_a_pipe_of_nodes_is_read_once(tmp_path: Path, asked: Asked) -> None:
    pipe = tmp_path / "nodes"
    os.mkfifo(pipe)
    writer = threading.Thread(
        target=pipe.write_text, args=('[nodes.pacs]\nhost = "h"\nport = 104\n',), daemon=True
    )
    writer.start()
    assert asked("--nodes", str(pipe), "pacs").field("request.peer.host") == "h"
    writer.join(30)


def test_without_a_node_file_nothing_is_loaded_to_read_one(tmp_path: Path) -> None:
    program = (
        "import json, os, sys; from dcmtool.cli.main import main\n"
        "looked, there = [], os.path.lexists\n"
        "os.path.lexists = lambda path: looked.append(os.path.basename(path)) or there(path)\n"
        "code = main(['echo', '-q', '127.0.0.1', sys.argv[1]])\n"
        "print(json.dumps([code, looked, 'dcmtool.config.nodes' in sys.modules]))"
    )
    with refusing_port() as port:
        done = subprocess.run(
            [sys.executable, "-c", program, str(port)],
            cwd=ROOT,
            env=environment({"XDG_CONFIG_HOME": str(tmp_path)}),
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(done.stdout) == [60, ["dcmtool.toml", "nodes.toml"], False]
