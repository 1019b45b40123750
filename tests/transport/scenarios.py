"""What can happen to a verification over a real socket; both drivers go through all of it."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dcmtool.settings import EchoRequest, Peer, Timeouts
from dcmtool.steps import Family
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import wire
from tests.peers.scripted import Link, ScriptedPeer, Step
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    ExpectPdu,
    Raw,
    Reject,
    ReleaseResponse,
    ResetConnection,
    Serve,
    Silence,
)
from tests.peers.wire import ABORT, ASSOCIATE_AC, ASSOCIATE_RQ, P_DATA, RELEASE_RQ

Verify = Callable[[EchoRequest], EchoReport]

SHORT = 0.2  # seconds that a silent peer is waited for
LONGER = 1.0  # the same where the budget holds for what it does before as well: the machine may be busy
AMPLE = 60.0  # seconds of a budget that is not to end
BOUND = 8_000_000_000  # nanoseconds after which a wait of SHORT did not end by itself
DEFAULTS = Timeouts()
UNBOUNDED = Timeouts(connect=None, acse=None, dimse=None, socket=None, deadline=None)
CLOSED = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"


@dataclass(frozen=True)
class Flood:
    """Send these bytes without end, and never read."""

    data: bytes

    def play(self, link: Link) -> None:
        """Send until the client goes."""
        while True:
            link.send(self.data)


@dataclass(frozen=True)
class Call:
    """Call a function, as the peer's thread."""

    function: Callable[[], object]

    def play(self, link: Link) -> None:
        """Call it."""
        self.function()


def interrupt_main_thread() -> None:
    """Do as Ctrl-C does."""
    ident = threading.main_thread().ident
    assert ident is not None
    signal.pthread_kill(ident, signal.SIGINT)


@dataclass(frozen=True)
class Scenario:
    """What the peer does, and what must come of it."""

    name: str
    script: tuple[Step, ...]
    outcome: Outcome
    stage: str
    sentence: str
    seen: tuple[int, ...]
    timeouts: Timeouts = DEFAULTS
    repeat: int = 1
    interval: float = 0


def _outlasting(stage: str, budget: str) -> Scenario:
    """Let the peer be silent for a budget that is longer than the socket timeout."""
    silent = _silent(stage, budget)
    bounded = replace(UNBOUNDED, acse=AMPLE, dimse=AMPLE, socket=SHORT / 4)  # every wait, and not by that
    timeouts = replace(bounded, **{budget: getattr(silent.timeouts, budget)})
    return replace(silent, name=f"{silent.name}, longer than the socket timeout", timeouts=timeouts)


def _halting(stage: str, part: bytes, **budgets: float) -> Scenario:
    """Let the peer stop within a PDU, which the socket timeout ends whatever the budget of the wait."""
    silent = _silent(stage, "socket")
    *script, silence = silent.script
    timeouts = replace(UNBOUNDED, socket=SHORT, **budgets)
    name = f"part of a PDU, {stage}, {', '.join(budgets)}"
    pdu = {"associate": "A-ASSOCIATE-AC", "echo": "P-DATA-TF", "release": "A-RELEASE-RP"}[stage]
    sentence = f"no more than a part of {pdu} within {SHORT} s (timeouts.socket)"
    script = [*script, Raw(part), silence]
    return replace(silent, name=name, script=tuple(script), timeouts=timeouts, sentence=sentence)


def _silent(stage: str, budget: str) -> Scenario:
    scripts: dict[str, tuple[Step, ...]] = {
        "associate": (ExpectPdu(ASSOCIATE_RQ),),
        "echo": (Accept(), ExpectPdu(P_DATA)),
        "release": (Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ)),
    }
    awaited = {"associate": "answer to A-ASSOCIATE-RQ", "echo": "C-ECHO-RSP", "release": "A-RELEASE-RP"}
    outcomes = {
        "associate": Outcome.ASSOCIATION_FAILED,
        "echo": Outcome.ECHO_FAILED,
        "release": Outcome.RELEASE_FAILED,
    }
    seen = {
        "associate": (ASSOCIATE_RQ, ABORT),
        "echo": (ASSOCIATE_RQ, P_DATA, ABORT),
        "release": (ASSOCIATE_RQ, P_DATA, RELEASE_RQ, ABORT),
    }
    seconds = SHORT if stage == "associate" or budget == "dimse" else LONGER
    return Scenario(
        f"silence, {stage}, {budget}",
        (*scripts[stage], Silence()),
        outcomes[stage],
        stage,
        f"no {awaited[stage]} within {seconds:g} s (timeouts.{budget})",
        seen[stage],
        replace(UNBOUNDED, **{budget: seconds}),
    )


def _pause(name: str, step: Step, outcome: Outcome, sentence: str, *seen: int) -> Scenario:
    """Let the peer end the association in a pause that would be far too long to sit out."""
    seen = (ASSOCIATE_RQ, P_DATA, *seen)
    return Scenario(
        f"pause, {name}", (Accept(), EchoResponse(), step), outcome, "echo", sentence, seen, DEFAULTS, 2, 3600
    )


SCENARIOS = [
    Scenario(
        "success", (Accept(), Serve()), Outcome.SUCCESS, "done", "None", (ASSOCIATE_RQ, P_DATA, RELEASE_RQ)
    ),
    Scenario(
        "success, three echoes",
        (Accept(), Serve()),
        Outcome.SUCCESS,
        "done",
        "None",
        (ASSOCIATE_RQ, P_DATA, P_DATA, P_DATA, RELEASE_RQ),
        UNBOUNDED,
        3,
    ),
    Scenario(
        "reject",
        (Reject(2, 3, 1),),
        Outcome.REJECTED,
        "associate",
        "Result: Rejected Transient, Source: Service Provider (Presentation Related), "
        "Reason: Temporary Congestion",
        (ASSOCIATE_RQ,),
    ),
    Scenario(
        "abort",
        (Accept(), ExpectPdu(P_DATA), Abort(2, 2)),
        Outcome.ABORTED,
        "echo",
        "the peer aborted the association (A-ABORT from the service provider: unexpected PDU)",
        (ASSOCIATE_RQ, P_DATA),
    ),
    Scenario(
        "close",
        (Accept(), ExpectPdu(P_DATA), CloseConnection()),
        Outcome.ECHO_FAILED,
        "echo",
        CLOSED,
        (ASSOCIATE_RQ, P_DATA),
    ),
    Scenario(
        "reset",
        (Accept(), ExpectPdu(P_DATA), ResetConnection()),
        Outcome.ECHO_FAILED,
        "echo",
        "the connection broke: Connection reset by peer",
        (ASSOCIATE_RQ, P_DATA),
    ),
    Scenario(
        "status",
        (Accept(), EchoResponse(0x0110, comment="no"), ReleaseResponse()),
        Outcome.ECHO_FAILED,
        "done",
        'status 0x0110 (Failure: Processing Failure), the peer says "no"',
        (ASSOCIATE_RQ, P_DATA, RELEASE_RQ),
    ),
    Scenario(
        "pauses longer than the socket timeout",
        (Accept(), Serve()),
        Outcome.SUCCESS,
        "done",
        "None",
        (ASSOCIATE_RQ, P_DATA, P_DATA, RELEASE_RQ),
        replace(UNBOUNDED, socket=SHORT, deadline=60),
        2,
        2 * SHORT,
    ),
    _pause(
        "abort",
        Abort(),
        Outcome.ABORTED,
        "the peer aborted the association (A-ABORT from the service user)",
    ),
    _pause("close", CloseConnection(), Outcome.ECHO_FAILED, CLOSED),
    _pause(
        "reset",
        ResetConnection(),
        Outcome.ECHO_FAILED,
        "the connection broke: Connection reset by peer",
    ),
    _pause(
        "release",
        Raw(wire.pdu(RELEASE_RQ, bytes(4))),
        Outcome.ECHO_FAILED,
        "the peer asked for the release (A-RELEASE-RQ) before all echoes were sent (PS3.8 7.2.1)",
        ABORT,
    ),
    Scenario(
        "pause, deadline",
        (Accept(), Serve()),
        Outcome.ECHO_FAILED,
        "echo",
        f"no time for the next echo within {LONGER:g} s (timeouts.deadline)",
        (ASSOCIATE_RQ, P_DATA, ABORT),
        replace(UNBOUNDED, deadline=LONGER),
        2,
        3600,
    ),
    _outlasting("associate", "acse"),
    _outlasting("associate", "deadline"),
    _outlasting("echo", "dimse"),
    _outlasting("echo", "deadline"),
    _outlasting("release", "acse"),
    _halting("associate", wire.pdu(ASSOCIATE_AC, bytes(100))[:40], acse=60, deadline=60),
    _halting("echo", wire.p_data(1, wire.echo_response(1))[:20], acse=60, dimse=60),
    _halting("echo", wire.p_data(1, wire.echo_response(1))[:3], deadline=60),
    _halting("release", wire.pdu(wire.RELEASE_RP, bytes(4))[:7], acse=60, dimse=60),
    _silent("associate", "acse"),
    _silent("associate", "socket"),
    _silent("associate", "deadline"),
    _silent("echo", "dimse"),
    _silent("echo", "socket"),
    _silent("echo", "deadline"),
    _silent("release", "acse"),
    _silent("release", "socket"),
    _silent("release", "deadline"),
]


def request_for(
    peer: ScriptedPeer, timeouts: Timeouts = UNBOUNDED, repeat: int = 1, interval: float = 0
) -> EchoRequest:
    """Return the request to verify a peer."""
    return EchoRequest(Peer(peer.host, peer.port), timeouts=timeouts, repeat=repeat, interval=interval)


def check(scenario: Scenario, verify: Verify) -> None:
    """Go through a scenario."""
    with ScriptedPeer(*scenario.script) as peer:
        report = verify(request_for(peer, scenario.timeouts, scenario.repeat, scenario.interval))
    assert (report.outcome, report.stage, str(report.error)) == (
        scenario.outcome,
        scenario.stage,
        scenario.sentence,
    )
    assert (report.address, tuple(peer.types)) == ("127.0.0.1", scenario.seen)


# A peer that never stops sending must not outlast the budget.
FLOODS = {
    "associate": (ExpectPdu(ASSOCIATE_RQ), Flood(b"\2\0\0\x0f\xff\xff" + bytes(65536))),
    "echo": (Accept(), ExpectPdu(P_DATA), Flood(wire.p_data(1, b"", wire.COMMAND) * 5000)),
    "after our abort": (ExpectPdu(ASSOCIATE_RQ), Flood(bytes(65536))),
    "after our abort, sound PDUs": (
        ExpectPdu(ASSOCIATE_RQ),
        Flood(wire.pdu(wire.RELEASE_RQ, bytes(4)) * 1000),
    ),
}


def check_flood(name: str, verify: Verify) -> None:
    """Verify a peer that floods."""
    timeouts = replace(UNBOUNDED, acse=2, dimse=2)
    with ScriptedPeer(*FLOODS[name]) as peer:
        report = verify(request_for(peer, timeouts))
    assert report.outcome in (Outcome.ASSOCIATION_FAILED, Outcome.ECHO_FAILED)


# Names and addresses ----------------------------------------------------------------------------------

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]


class Names:
    """Stands in for the system's name service."""

    def __init__(self, *addresses: str, error: OSError | None = None) -> None:
        self.addresses, self.error = addresses, error
        self.answering = threading.Event()
        self.answering.set()

    def getaddrinfo(
        self, host: bytes, port: int | None, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0
    ) -> list[AddressInfo]:
        """Answer as `socket.getaddrinfo` does, once `answering` is set."""
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not numeric")
        self.answering.wait()
        if self.error is not None:
            raise self.error
        return [self._info(address, port or 0) for address in self.addresses]

    @staticmethod
    def _info(address: str, port: int) -> AddressInfo:
        if ":" in address:
            return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
        return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


def named(name: str, port: int, timeouts: Timeouts = UNBOUNDED, family: Family = "auto") -> EchoRequest:
    """Return the request to verify a host by name."""
    return EchoRequest(Peer(name, port, family), timeouts=timeouts)


@contextmanager
def unanswering_port() -> Iterator[int]:
    """Hold a port whose queue of connections is full, so that connecting takes for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = int(listener.getsockname()[1])
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for filler in fillers:
                filler.close()
