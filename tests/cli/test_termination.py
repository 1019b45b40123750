"""SIGTERM while an association is open: it is aborted, and the process ends by the signal."""

import json
import signal
import subprocess
import sys

import pytest

from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import ROOT, environment
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import Accept, ExpectPdu, Serve, Silence
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RQ

SILENT: tuple[Step, ...] = (ExpectPdu(ASSOCIATE_RQ), Silence())
UNANSWERED: tuple[Step, ...] = (Accept(), ExpectPdu(P_DATA), Silence())


def terminated(peer: ScriptedPeer, heard: int, *args: str) -> tuple[int, str, str]:
    """Run a command, send it SIGTERM once the peer has heard of it, and return how it ended."""
    command = [sys.executable, "-W", "error", "-m", "dcmtool", *args, peer.host, str(peer.port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
    )
    wait_for(lambda: len(peer.pdus) >= heard)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("args", "script", "heard", "last"),
    [
        (("echo",), SILENT, 1, ABORT),
        (("echo",), UNANSWERED, 2, ABORT),
        (("echo", "--repeat", "0", "--interval", "60"), (Accept(), Serve()), 2, RELEASE_RQ),
        (("diagnose",), SILENT, 1, ABORT),
        (("diagnose", "--capabilities"), SILENT, 1, ABORT),
    ],
)
def test_the_association_is_ended(
    args: tuple[str, ...], script: tuple[Step, ...], heard: int, last: int
) -> None:
    with ScriptedPeer(*script) as peer:
        code, _, err = terminated(peer, heard, *args)
    assert code == -signal.SIGTERM
    assert "Traceback" not in err
    assert peer.types[-1] == last


def test_the_report_is_written_all_the_same() -> None:
    with ScriptedPeer(*SILENT) as peer:
        code, out, _ = terminated(peer, 1, "echo", "--json")
    assert code == -signal.SIGTERM
    assert json.loads(out)["outcome"] == "interrupted"
