"""`--trace-file`: what is in it, who may read it, and what happens where it cannot be written."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.main import main
from tests.cli.test_console import VERBOSE
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, Reject, Serve


def verify(*args: str, reject: bool = False) -> int:
    """Verify a peer that answers, or rejects."""
    script = (Reject(1, 1, 7),) if reject else (Accept(), Serve())
    with ScriptedPeer(*script) as peer:
        return main(["echo", *args, peer.host, str(peer.port)])


def objects(path: Path) -> list[dict[str, Any]]:
    """Return what a trace file holds."""
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


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
