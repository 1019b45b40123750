"""The standard logger of the library."""

import asyncio
import logging
import subprocess
import sys

import pytest

import dcmtool
from dcmtool.trace.logger import logged
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, Reject, Serve

SUCCESS = [
    "Requesting Association",
    "Association Accepted (Max Send PDV: 16372)",
    "Sending Echo Request (MsgID 1)",
    "Received Echo Response (Success)",
    "Releasing Association",
]


def test_a_success_at_info(caplog: pytest.LogCaptureFixture) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer, caplog.at_level(logging.INFO, "dcmtool"):
        assert dcmtool.echo(peer.host, peer.port).success
    assert [record.message for record in caplog.records] == SUCCESS


def test_a_success_on_asyncio(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dcmtool")
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert asyncio.run(dcmtool.async_echo(peer.host, peer.port)).success
    assert [record.message for record in caplog.records if record.name == "dcmtool"] == SUCCESS


def test_a_failure_is_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[dcmtool.Event] = []
    with ScriptedPeer(Reject(1, 1, 7)) as peer:
        dcmtool.echo(peer.host, peer.port)
        dcmtool.echo(peer.host, 1, listener=heard.append)
    said = [record.message for record in caplog.records]
    assert said[:3] == [
        "Association Rejected:",
        "Result: Rejected Permanent, Source: Service User",
        "Reason: Called AE Title Not Recognized",
    ]
    assert any(isinstance(event.what, dcmtool.events.Failed) for event in heard)


def test_a_logger_that_is_off_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1, "dcmtool")
    assert logged(None) == (None, True)


def test_a_program_without_logging_sees_nothing() -> None:
    program = "import dcmtool; print(dcmtool.echo('127.0.0.1', 1).outcome)"
    for setup in ("", "import logging; "):
        run = subprocess.run(
            [sys.executable, "-c", setup + program], capture_output=True, text=True, check=True
        )
        assert (run.stdout, run.stderr) == ("no-connection\n", "")
