"""`--trace-file`: what is in it, who may read it, and what happens where it cannot be written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import time
from typing import Any

import pytest

from dcmtool import __version__
from dcmtool.cli.main import main
from dcmtool.events import Pdu
from dcmtool.trace.json_lines import read
from tests.cli.output.test_echo_run import VERBOSE
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, Reject, Serve


def verify(*args: str, reject: bool = False) -> int:
    """Verify a peer that answers, or rejects."""
    script = (Reject(1, 1, 7),) if reject else (Accept(), Serve())
    with ScriptedPeer(*script) as peer:
        return main(["echo", *args, peer.host, str(peer.port)])


def objects(path: Path) -> list[dict[str, Any]]:
    """Return the events that a trace file holds."""
    header, *lines = map(json.loads, path.read_text(encoding="ascii").splitlines())
    assert header == {"schema": "dcmtool.trace/1", "version": __version__}
    return lines


def test_it_holds_every_event_whatever_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trace.json"
    assert verify("--trace-file", str(path)) == 0
    assert capsys.readouterr() == ("", "")
    told = objects(path)
    assert [each["pdu"] for each in told if each["event"] == "pdu"] == [
        *("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP"),
    ]
    assert {"requesting", "negotiated", "echo_answered", "state_changed", "timer_started"} <= {
        each["event"] for each in told
    }
    offsets = [each["offset_ns"] for each in told]
    assert offsets == sorted(offsets)


def test_a_dash_is_standard_output(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    assert verify("--trace-file", "-") == 0
    out, err = capfd.readouterr()
    header, *lines = map(json.loads, out.splitlines())
    assert header == {"schema": "dcmtool.trace/1", "version": __version__}
    assert lines[-1]["event"] == "timer_stopped"
    assert err == ""
    assert not Path("-").exists()


def test_nobody_reads_standard_output() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        program = [sys.executable, "-m", "dcmtool", "echo", "--trace-file", "-", peer.host, str(peer.port)]
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(program, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writer)
    assert (done.returncode, done.stderr) == (40, "Error: standard output cannot be written: Broken pipe\n")


def test_a_dash_and_a_document_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "--trace-file", "-", "--output", "json", "localhost", "104"]) == 1
    assert "--trace-file - not allowed with --output json" in capsys.readouterr().err


def test_it_can_be_read_and_tells_associations_apart(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    before = time()
    with ScriptedPeer(Accept(), Serve(), then=[(Accept(), Serve())]) as peer:
        args = ["echo", "--repeat", "2", "--reconnect", "--trace-file", str(path), peer.host, str(peer.port)]
        assert main(args) == 0
    with path.open(encoding="ascii") as lines:
        happened = list(read(lines, str(path)))
    first, second = (happened[index].association for index in (0, -1))
    assert {event.association for event in happened} == {first, second}
    assert (second.number, first.role, second.role) == (first.number + 1, "requestor", "requestor")
    assert before - 1 < first.started <= second.started < time() + 1
    assert first.origin < second.origin
    whats = [[event.what for event in happened if event.association == each] for each in (first, second)]
    assert [type(what) for what in whats[0]] == [type(what) for what in whats[1]]
    assert sum(isinstance(what, Pdu) for what in whats[0]) == 6


def test_the_plain_lines_are_as_without_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("-v", "--trace-file", str(tmp_path / "t")) == 0
    assert capsys.readouterr().err.splitlines() == VERBOSE


def test_a_new_one_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    before = os.umask(0)
    try:
        verify("--trace-file", str(path))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_old_one_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text("old\n" * 10_000)
    assert verify("--trace-file", str(path), reject=True) == 61
    assert [each["event"] for each in objects(path)][-2:] == ["failed", "timer_stopped"]


@pytest.mark.parametrize(
    ("name", "reason"), [("", "Is a directory"), ("no/such", "No such file or directory")]
)
def test_one_that_cannot_be_written_is_an_error_before_the_network(
    name: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    with ScriptedPeer() as peer:
        assert main(["echo", "-v", "--trace-file", str(path), peer.host, str(peer.port)]) == 40
        assert not peer.connected
    assert capsys.readouterr() == ("", f"Error: {path} cannot be written: {reason}\n")


def test_an_empty_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "--trace-file", "", "127.0.0.1", "1"]) == 40
    assert capsys.readouterr().err == "Error: '' cannot be written: No such file or directory\n"


FULL = "/dev/full cannot be written: No space left on device"


def test_a_disk_that_is_full_makes_a_success_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("-v", "--trace-file", "/dev/full") == 40
    assert capsys.readouterr().err.splitlines() == [*VERBOSE, f"Error: {FULL}"]


def test_a_disk_that_is_full_does_not_hide_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        assert main(["echo", "--trace-file", "/dev/full", "127.0.0.1", str(port)]) == 60
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("F: Association Request Failed: no connection to ")
    assert second == f"E: {FULL}"
