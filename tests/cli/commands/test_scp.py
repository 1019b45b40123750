"""`dcmtool scp`: what it says at which level, its files, and its exit codes."""

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import dcmtool
from dcmtool.cli.main import main
from tests.peers import pki
from tests.peers.dcmtool_scp import wait_for
from tests.peers.scu import Client, command
from tests.peers.wire import p_data

HOST = "127.0.0.1"
ASSOCIATION = (
    "I: 127.0.0.1 port N: ECHOSCU called ANY-SCP for Verification, 1 of 1 context accepted, 1 echo, released"
)
GARBAGE = (
    "W: 127.0.0.1 port N: no association: what the peer sent is no DICOM PDU: "
    'it begins with 78 ("x") (PS3.8 9.3.1)'
)
NOTHING = "D: 127.0.0.1 port N: nothing was sent"
LISTENS = "I: DCMTOOL listens on 127.0.0.1 port N"
TOTALS = "I: 1 association (1 released), 1 echo, 2 connections without an association, in TIME"


def visited(port: int) -> None:
    """Connect as a health check does, send garbage, then echo."""
    with Client(port) as client:
        client.socket.shutdown(1)
        client.read_all()
    with Client(port) as client:
        client.send(b"x")
        client.read_all()
    assert dcmtool.echo(HOST, port).outcome == "success"


@pytest.fixture
def served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[list[str], str]]:
    """Return a function that runs `dcmtool scp --once`, visits it, and returns what was said."""

    def run(*options: str, visit: Callable[[int], None] = visited) -> tuple[list[str], str]:
        port_file = tmp_path / "port"

        def wait_and_visit() -> None:
            wait_for(lambda: port_file.exists())
            visit(int(port_file.read_text()))

        visitor = threading.Thread(target=wait_and_visit)
        visitor.start()
        code = main(["scp", *options, "--once", "--bind", HOST, "--port-file", str(port_file), "0"])
        visitor.join()
        assert code == 0
        assert not port_file.exists()
        captured = capsys.readouterr()
        text = re.sub(r"port \d+", "port N", captured.err)
        text = re.sub(r" \(\d+ ms\)$", "", text, flags=re.MULTILINE)
        return re.sub(r"in \d+\.\d s", "in TIME", text).splitlines(), captured.out

    return run


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], [LISTENS, GARBAGE, ASSOCIATION, TOTALS]),
        (["-v"], [LISTENS, NOTHING, GARBAGE, ASSOCIATION, TOTALS]),
        (["-q"], []),
    ],
)
def test_what_is_said(
    served: Callable[..., tuple[list[str], str]], options: list[str], lines: list[str]
) -> None:
    said, out = served(*options)
    assert out == ""
    assert sorted(said) == sorted(lines)  # two connections end in whatever order


def test_what_is_told_to_programs(served: Callable[..., tuple[list[str], str]]) -> None:
    said, out = served("-q", "--output", "ndjson", "-aet", "PACS")
    documents = [json.loads(line) for line in out.splitlines()]
    assert said == []
    assert [each["event"] for each in documents] == ["listening", *["connection"] * 3, "ended"]
    assert documents[0]["listening"]["aetitle"] == "PACS"
    outcomes = [each["connection"]["outcome"] for each in documents[1:4]]
    assert sorted(outcomes) == ["no-request", "nothing-sent", "released"]  # they end in whatever order


def odd_echo(port: int) -> None:
    """Echo with an element that is not of group 0000."""
    with Client(port) as client:
        client.associate()
        client.echo(p_data(1, command() + b"\x08\0\5\0\0\0\0\0"))
        client.release()


ODD = "the peer's command set has the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)"


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], [f"W: 127.0.0.1 port N: {ODD}"]),
        (
            ["--explain"],
            [
                "I:   odd-command (certain): the command set of ME has what does not belong in it: "
                "the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)",
                "I:     seen   the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)",
                "I:     to act who runs the caller",
                "I:     to do  1. have the caller's software brought up to date, and tell its vendor "
                "what was seen here",
                "I:     more   docs/findings/odd-command.md, PS3.7 6.3.1",
            ],
        ),
        (["-q"], []),
        (["-q", "--explain"], []),
    ],
)
def test_what_is_wrong_with_a_message_is_said_below_its_line(
    served: Callable[..., tuple[list[str], str]], options: list[str], lines: list[str]
) -> None:
    said, _ = served(*options, visit=odd_echo)
    assert said[2:-1] == lines


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """Run `dcmtool scp`, which ends too early, and return its exit code and the only line that it says."""
    code = main(["scp", "-q", *options, "0"])
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert captured.out == ""
    assert line.isprintable()
    return code, line


@pytest.mark.parametrize(
    "name", ["nobody.invalid", "192.0.2.1", "a" * 100, "..", "x y", "\udcff", "\x1b", "é"]
)
def test_a_name_that_is_none_here(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "--self-signed", "--bind", name)
    assert code == 60
    assert line.startswith("Error: cannot listen on ")
    assert "Unknown error" not in line


@pytest.mark.parametrize("option", ["--port-file", "--save-cert"])
@pytest.mark.parametrize("path", ["/nonexistent/file", "/dev/full", "."])
def test_a_file_that_cannot_be_written(option: str, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "--bind", HOST, "--self-signed", option, path)
    assert code == 40
    assert line.startswith(f"Error: {path} cannot be written: ")


def test_files_that_will_not_do_for_tls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = pki.standard()
    key, certificate = cast.server.key_file(tmp_path), cast.server.certificate_file(tmp_path)
    other = cast.root.issue("other", key="p256").key_file(tmp_path)
    encrypted = cast.server.key_file(tmp_path, password="secret")
    garbage = tmp_path / "garbage"
    garbage.write_text("nothing")
    monkeypatch.setattr("sys.stdin", None)
    for options, expected in [
        (["+tls", "/nonexistent", certificate], 20),
        (["+tls", key, "/nonexistent"], 20),
        (["+tls", key, str(garbage)], 20),
        (["+tls", certificate, key], 20),
        (["+tls", other, certificate], 71),
        (["+tls", encrypted, certificate, "+pw", "wrong"], 71),
        (["+tls", encrypted, certificate], 71),
        (["+tls", key, certificate, "-der"], 20),
        (["--self-signed", "+dp", str(garbage)], 20),
        (["--self-signed", "-rc", "+cf", str(garbage)], 20),
        (["--self-signed", "-rc", "+cf", certificate, "+crl", str(garbage)], 20),
        (["--self-signed", "+rs", "/nonexistent"], 20),
        (["--self-signed", "+pb"], 71),
    ]:
        code, line = refused(capsys, *options)
        assert code == expected, line
        assert line.startswith("Error: ")
