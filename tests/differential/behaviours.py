"""What the peer does in the differential test, and what both programs must come to."""

from dataclasses import dataclass
from typing import Literal

from tests.differential.differences import (
    COLLISION,
    DROPPED,
    LATE_DATA,
    NEVER_FALSE_SUCCESS,
    OWN_CODES,
    SAME,
    UNEXPECTED,
    Expected,
)
from tests.peers.scripted import Link, Step
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    ExpectPdu,
    Raw,
    Reject,
    ResetConnection,
    Serve,
)
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RP, RELEASE_RQ, echo_response, p_data, pdu

Compared = Literal["lines", "status", "leading words"]


@dataclass(frozen=True)
class Behaviour:
    """A peer: its script (None: nobody listens), what must come out, and how the output is compared.

    `contexts` and `syntaxes` are the fewest that must be proposed for it to make sense; `orderly` says that
    it is about the release, so that --abort has no place.
    """

    name: str
    script: tuple[Step, ...] | None
    expected: Expected = SAME
    compared: Compared = "lines"
    contexts: int = 1
    syntaxes: int = 1
    orderly: bool = False


@dataclass(frozen=True)
class _AnswerAll:
    """Answer every C-ECHO-RQ and read the A-RELEASE-RQ, without answering that."""

    def play(self, link: Link) -> None:
        """Serve until something other than data comes."""
        while (received := link.receive()).type == P_DATA:
            EchoResponse().answer(link, link.expect_message(received))


@dataclass(frozen=True)
class _Pause:
    """Let the client wait this many seconds for what comes next."""

    seconds: float

    def play(self, link: Link) -> None:
        """Wait, unless the client goes."""
        link.rest(self.seconds)


@dataclass(frozen=True)
class _LateAnswer:
    """Read a C-ECHO-RQ, and respond after so many seconds."""

    seconds: float

    def play(self, link: Link) -> None:
        """Read, wait and respond."""
        request = link.expect_message()
        link.rest(self.seconds)
        EchoResponse().answer(link, request)


def _failing(name: str, expected: Expected, *script: Step, orderly: bool = False) -> Behaviour:
    return Behaviour(name, script, expected, "leading words", orderly=orderly)


def _releasing(name: str, expected: Expected, *script: Step) -> Behaviour:
    return _failing(name, expected, Accept(), _AnswerAll(), *script, orderly=True)


_REJECTED, _ABORTED = Expected(1, 61, OWN_CODES), Expected(1, 70, OWN_CODES)
_LOST_ECHO, _BAD_ECHO = Expected(0, 62, NEVER_FALSE_SUCCESS), Expected(70, 62, OWN_CODES)
_COLLISION = Expected(1, 0, COLLISION, lead=False, extra=(RELEASE_RP,))
_LATE_DATA = Expected(1, 0, LATE_DATA, lead=False, warned=True)
_UNEXPECTED = Expected(1, 61, UNEXPECTED, lead=False)
_DROPPED = Expected(1, 66, DROPPED, extra=(RELEASE_RQ,))
_RELEASE_RQ, _RELEASE_RP = Raw(pdu(RELEASE_RQ, bytes(4))), Raw(pdu(RELEASE_RP, bytes(4)))
_REQUESTED, _ASKED = ExpectPdu(ASSOCIATE_RQ), (Accept(), ExpectPdu(P_DATA))
_REASONS = ((1, 1, 1), (1, 1, 2), (1, 1, 3), (1, 1, 7), (1, 2, 1), (1, 2, 2), (2, 3, 1), (2, 3, 2), (2, 1, 1))
EXPLICIT = "1.2.840.10008.1.2.1"

SUCCESS = Behaviour("success", (Accept(), Serve()))
SUCCESSES = [
    SUCCESS,
    Behaviour("small maximum", (Accept(max_length=50), Serve())),
    Behaviour("no maximum", (Accept(max_length=0), Serve())),
    Behaviour("absent maximum", (Accept(max_length=None), Serve())),
    Behaviour("large maximum", (Accept(max_length=200000), Serve())),
    Behaviour("mixed results", (Accept(results=(3, 0, 4)), Serve()), contexts=2),
    Behaviour("reversed answer", (Accept(reverse=True), Serve()), contexts=3),
    Behaviour("explicit", (Accept(transfer_syntax=EXPLICIT), Serve()), syntaxes=2),
]
# Later than -ts 1 would allow, if it bounded a wait that has a budget of its own.
LATE = [
    Behaviour("late response", (Accept(), _LateAnswer(1.5), Serve())),
    Behaviour("late release", (Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ), _Pause(1.5), _RELEASE_RP)),
]
LEAVES = Behaviour("closes after two echoes", (Accept(), EchoResponse(), EchoResponse(), CloseConnection()))
WRONG_ID = _failing("echo: wrong message id", _BAD_ECHO, Accept(), EchoResponse(message_id=77))
FAILURES = [
    *(Behaviour(f"rejected {numbers}", (Reject(*numbers),), _REJECTED) for numbers in _REASONS),
    *(
        _failing(f"refused contexts {result}", _DROPPED, Accept(results=(result,)), _AnswerAll(), _RELEASE_RP)
        for result in (1, 2, 3, 4)
    ),
    *(
        Behaviour(f"status {status:04X}", (Accept(), Serve(status)), _LOST_ECHO, "status")
        for status in (0x0110, 0x0122, 0x0211, 0xC000)
    ),
    Behaviour("refused connection", None, Expected(1, 60, OWN_CODES), "leading words"),
    _failing("association: abort", _ABORTED, _REQUESTED, Abort(2, 1)),
    _failing("association: close", _REJECTED, _REQUESTED, CloseConnection()),
    _failing("association: reset", _REJECTED, _REQUESTED, ResetConnection()),
    _failing("association: release", _UNEXPECTED, _REQUESTED, _RELEASE_RQ),
    _failing("echo: abort", Expected(0, 70, NEVER_FALSE_SUCCESS), *_ASKED, Abort()),
    _failing("echo: close", _LOST_ECHO, *_ASKED, CloseConnection()),
    _failing("echo: reset", _LOST_ECHO, *_ASKED, ResetConnection()),
    WRONG_ID,
    _failing("echo: no status", _BAD_ECHO, Accept(), EchoResponse(omit=frozenset({0x0900}))),
    _failing("echo: other command", _BAD_ECHO, Accept(), EchoResponse(command_field=0x8001)),
    _failing("echo: early release", _BAD_ECHO, *_ASKED, _RELEASE_RQ),
    _releasing("release: close", Expected(1, 67, OWN_CODES), CloseConnection()),
    _releasing("release: abort", _ABORTED, Abort()),
    _releasing("release: late data", _LATE_DATA, Raw(p_data(1, echo_response(9))), _RELEASE_RP),
    _releasing("release: collision", _COLLISION, _RELEASE_RQ, ExpectPdu(RELEASE_RP), _RELEASE_RP),
]
