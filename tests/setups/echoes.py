"""An association, and then no echo that counts, or no end in order (PS3.7 9.1.5, PS3.8 7.2)."""

from dataclasses import dataclass

from tests.peers import wire
from tests.peers.scripted import Link, Step
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    ExpectPdu,
    Raw,
    ResetConnection,
    Serve,
)
from tests.setups import servers
from tests.setups.setup import DIMSE, FOUR, Findings, Setup, played, tapped


@dataclass(frozen=True)
class Echoes:
    """Answer every C-ECHO-RQ until something else comes."""

    def play(self, link: Link) -> None:
        """Serve until the release."""
        while (pdu := link.receive()).type == wire.P_DATA:
            EchoResponse().answer(link, link.expect_message(pdu))


ASKED, PARTING = (Accept(), ExpectPdu(wire.P_DATA)), (Accept(), Echoes())
ABORTED = ("aborted-on-echo", "calling-title", "calling-address")


def _echo(
    name: str, finding: str, on_the_wire: str, *steps: Step, code: int = 62, options: Findings = ()
) -> Setup:
    return Setup(name, played((*ASKED, *steps), options=options), (finding,), on_the_wire, code)


def _wrong(name: str, response: Step) -> Setup:
    return Setup(name, played((Accept(), response)), ("wrong-answer",), "AC DATA", 62)


def _release(
    name: str, finding: str, end: str, *steps: Step, code: int = 67, options: Findings = ()
) -> Setup:
    begin = played((*PARTING, *steps), options=options)
    return Setup(name, begin, (finding,), f"AC DATA{end}", code, FOUR)


SETUPS = (
    Setup(
        "pynetdicom, status 0122",
        tapped(servers.pynetdicom(status=0x0122)),
        ("echo-status",),
        "AC DATA RELEASE-RP",
        62,
    ),
    Setup(
        "status 0213", played((Accept(), Serve(0x0213))), ("echo-status", "busy"), "AC DATA RELEASE-RP", 62
    ),
    Setup(
        "dcmtool scp --abort-after 0",
        tapped(servers.dcmtool_scp("--abort-after", "0")),
        ABORTED,
        "AC ABORT 0/0",
        70,
    ),
    Setup("aborts what it accepted", played((Accept(), Abort())), ABORTED, "AC ABORT 0/0", 70),
    _echo("aborts the echo as a provider", "aborted-on-echo", "AC ABORT 2/1", Abort(2, 1), code=70),
    _echo("closes on the echo", "closed-on-echo", "AC closed", CloseConnection()),
    _echo("resets on the echo", "closed-on-echo", "AC reset", ResetConnection()),
    _echo("silent to the echo", "no-answer-to-echo", "AC", options=DIMSE),
    _echo(
        "releases in place of an echo",
        "wrong-answer",
        "AC RELEASE-RQ",
        Raw(wire.pdu(wire.RELEASE_RQ, bytes(4))),
    ),
    _echo("noise for the echo", "wrong-answer", "AC bytes ff ff ff ff ff ff", Raw(b"\xff" * 64)),
    _wrong("another message id", EchoResponse(message_id=77)),
    _wrong("another command", EchoResponse(command_field=0x8001)),
    _wrong("no status", EchoResponse(omit=frozenset({0x0900}))),
    _release("silent to the release", "release-unanswered", "", options=("-ta", "3")),
    _release("aborts the release", "release-aborted", " ABORT 0/0", Abort(), code=70),
    _release("closes on the release", "release-unanswered", " closed", CloseConnection()),
    _release("rejects the release", "release-unanswered", " RJ 1/1/1", Raw(wire.reject(1, 1, 1))),
)
