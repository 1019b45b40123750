"""A success in one sentence: who answered, how fast, and what it is."""

import sys
from typing import Any

import pytest

from dcmtool.reporting.success import answered
from dcmtool.settings import EchoRequest, Negotiation, Peer
from dcmtool.steps import TlsSession
from dcmtool.upper_layer.indications import Accepted
from dcmtool.upper_layer.pdus import AssociateAc
from dcmtool.upper_layer.user_information import ImplementationVersionName
from dcmtool.verification.report import EchoReport, Phases, Reply
from dcmtool.verification.statistics import Durations
from tests.peers.programs import run_dcmtool
from tests.peers.scripted import ScriptedPeer
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import Accept, Serve

NAMED = EchoRequest(Peer("localhost", 4242), Negotiation(called_aet="ORTHANC"))
MS = 1_000_000


def report(*round_trips: int, version: str = "", **fields: Any) -> EchoReport:
    """Return the report of echoes that took so long (ns)."""
    answer = AssociateAc("ORTHANC", "ECHOSCU", (), (ImplementationVersionName(version),))
    made = EchoReport("localhost", 4242, stage="done", accepted=Accepted(answer, ()), **fields)
    for number, time in enumerate(round_trips, 1):
        made.echoes.add(Reply(number, 0, time))
    return made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            report(300_000, version="OFFIS_DCMTK_367", phases=Phases(associate=1_200_000)),
            "answered in 0.3 ms (associated in 1.2 ms, OFFIS_DCMTK_367)",
        ),
        (report(42_000), "answered in 0.04 ms"),
        (report(MS, 3 * MS), "answered 2 echoes in 2.0 ms on average"),
        (
            report(MS, version=" \x1b[2J ", tls=TlsSession("TLSv1.3", "x", 256, b"", True, None)),
            "answered in 1.0 ms (TLSv1.3, \\x1b[2J)",
        ),
        (
            report(MS, phases=Phases(associate=MS), per_phase={"associate": Durations()}),
            "answered in 1.0 ms",
        ),
    ],
    ids=["usual", "fast", "many", "hostile, over TLS", "many associations"],
)
def test_the_sentence(made: EchoReport, said: str) -> None:
    assert answered(made, NAMED) == f"ORTHANC at localhost port 4242 {said}"


def test_a_title_that_nobody_chose_is_no_name() -> None:
    assert answered(report(MS), EchoRequest(Peer("localhost", 4242))) == (
        "localhost port 4242 answered in 1.0 ms"
    )


def at_a_terminal(*options: str) -> list[str]:
    """Return what a person sees of a success."""
    with ScriptedPeer(Accept(), Serve()) as peer:
        command = [
            sys.executable,
            "-W",
            "error",
            "-m",
            "dcmtool",
            "echo",
            *options,
            peer.host,
            str(peer.port),
        ]
        terminal = Terminal(command, columns=100)
        assert terminal.end() == 0
    return terminal.lines


def test_a_person_is_told_in_one_line() -> None:
    (line,) = at_a_terminal("-aec", "ORTHANC")
    assert line.startswith("ORTHANC at 127.0.0.1 port ")
    assert line.endswith(", SCRIPTED_PEER)")


@pytest.mark.parametrize("options", [("-q",), ("-ll", "error"), ("-ll", "off")])
def test_who_asks_for_silence_has_none(options: tuple[str, ...]) -> None:
    assert at_a_terminal(*options) == []


@pytest.mark.parametrize("options", [("-v",), ("--stats",), ("--output", "nagios")])
def test_who_is_told_otherwise_has_none(options: tuple[str, ...]) -> None:
    lines = at_a_terminal(*options)
    assert lines
    assert not any(line.endswith("SCRIPTED_PEER)") for line in lines)


def test_a_pipe_stays_silent() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    assert (run.stdout, run.stderr) == ("", "")
