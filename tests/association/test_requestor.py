"""The requestor's procedures, each on its own: the steps that they take, and what they return or raise."""

import errno
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from dcmtool import events
from dcmtool.association.proposal import Proposal, associate_rq
from dcmtool.association.requestor import Requestor, first_accepted
from dcmtool.errors import (
    ConnectionLost,
    DeadlineExpired,
    NothingAccepted,
    PeerAbort,
    Rejection,
    TlsFailure,
    TlsWanted,
    UnexpectedResponse,
)
from dcmtool.settings import Peer, Timeouts
from dcmtool.steps import (
    Clock,
    Connect,
    Connected,
    Deadline,
    Procedure,
    Receive,
    Received,
    Result,
    Secured,
    Send,
    StartTls,
    Step,
    TlsSession,
)
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.indications import DataReceived
from dcmtool.upper_layer.pdus import Pdv, ProposedContext
from dcmtool.upper_layer.states import State
from tests.peers import wire

CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
REQUEST = associate_rq(Proposal("US", "THEM", ((CT, (IMPLICIT,)), ("1.2.3", (IMPLICIT,)))))
SESSION = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, b"", True, None)
RELEASE_RQ, RELEASE_RP = wire.pdu(wire.RELEASE_RQ, bytes(4)), wire.pdu(wire.RELEASE_RP, bytes(4))
USER_ABORT = wire.abort(0, 0)
ACCEPTANCE = wire.accept(wire.parse_request(REQUEST.encode()[6:]), results=(3, 0))
DATA = wire.p_data(3, b"\0\0")
CONNECTED = Connected("192.0.2.7", 104, 10, 20)

_Value = TypeVar("_Value")
Answer = Result | BaseException
Emitted = list[tuple[events.What, events.Sender | None]]


def run(
    procedure: Procedure[_Value], *answers: Answer, steps: list[Step] | None = None
) -> tuple[_Value, list[Step]]:
    """Run a procedure to its end with these results of its steps; return its value and the `steps`."""
    steps = [] if steps is None else steps
    given: Iterator[Answer] = iter(answers)
    try:
        step = next(procedure)
        while True:
            steps.append(step)
            answer = next(given, AssertionError("there are more steps than answers"))
            step = procedure.throw(answer) if isinstance(answer, BaseException) else procedure.send(answer)
    except StopIteration as stop:
        assert list(given) == []
        return stop.value, steps


ACSE_ALONE = Timeouts(socket=None)


def requestor(
    timeouts: Timeouts = ACSE_ALONE,
    overall: Deadline | None = None,
    emitted: Emitted | None = None,
    warn: Callable[[str], None] | None = None,
) -> Requestor:
    """Return the requestor of an association that is to begin at 0."""

    def emit(what: events.What, sender: events.Sender | None) -> None:
        assert emitted is not None
        emitted.append((what, sender))

    return Requestor(
        Peer("pacs", 104), REQUEST, timeouts, 0, overall, None if emitted is None else emit, warn
    )


def associated(
    emitted: Emitted | None = None,
    overall: Deadline | None = None,
    warn: Callable[[str], None] | None = None,
) -> Requestor:
    """Return one that is associated; the time is 40."""
    made = requestor(overall=overall, emitted=emitted, warn=warn)
    run(made.connect(), CONNECTED)
    run(made.associate(), 30, Received(ACCEPTANCE, 40))
    return made


# To the association -----------------------------------------------------------------------------------


def test_connecting() -> None:
    made = requestor(Timeouts(connect=5, socket=60))
    connected, steps = run(made.connect(), CONNECTED)
    within = Deadline(5_000_000_000, "connect", 5)
    assert (connected, steps) == (CONNECTED, [Connect("pacs", 104, "auto", within, 60)])
    assert made.exchange.now == 20


def test_the_whole_run_bounds_every_wait() -> None:
    overall = Deadline(9, "deadline", 1)
    made = requestor(Timeouts(connect=5), overall)
    _, steps = run(made.connect(), CONNECTED)
    assert isinstance(steps[0], Connect)
    assert steps[0].deadline == overall
    _, steps = run(made.associate(), 30, Received(ACCEPTANCE, 40))
    assert [step.deadline for step in steps if isinstance(step, Send | Receive)] == [overall, overall]


def test_tls_ends_with_the_connection_or_with_its_own_time() -> None:
    emitted: Emitted = []
    made = requestor(Timeouts(connect=5, acse=30, socket=None), emitted=emitted)
    run(made.connect(secured=True), CONNECTED)
    session, steps = run(made.start_tls(), Secured(SESSION, 25))
    within = Deadline(5_000_000_000, "connect", 5)
    assert (session, steps) == (SESSION, [StartTls("pacs", within)])
    assert made.exchange.now == 25
    assert emitted[1:] == [
        (events.Requesting(Peer("pacs", 104), True, REQUEST), None),
        (events.TransportOpened("192.0.2.7", 104, None), None),
        (events.TlsEstablished(SESSION, "pacs"), None),
    ]


def test_tls_ends_with_its_own_time_if_that_is_shorter() -> None:
    made = requestor(Timeouts(connect=50, acse=30, socket=None))
    run(made.connect(secured=True), CONNECTED)
    _, steps = run(made.start_tls(), Secured(SESSION, 25))
    assert steps == [StartTls("pacs", Deadline(30_000_000_020, "acse", 30))]


def test_nobody_need_listen() -> None:
    made = requestor()
    run(made.connect(secured=True), CONNECTED)
    assert run(made.start_tls(), Secured(SESSION, 25))[0] == SESSION


@pytest.mark.parametrize(("session", "emits"), [(SESSION, [events.TlsRefused(SESSION, "pacs")]), (None, [])])
def test_a_session_that_is_refused(session: TlsSession | None, emits: list[events.What]) -> None:
    emitted: Emitted = []
    made = requestor(emitted=emitted)
    run(made.connect(), CONNECTED)
    del emitted[:]
    with pytest.raises(TlsFailure):
        run(made.start_tls(), TlsFailure("wrong-host", "it is", None, session))
    assert [what for what, _ in emitted] == emits
    assert run(made.abandon(TlsFailure("x", "y")))[1] == []


def test_an_acceptance_has_all_contexts() -> None:
    made = requestor()
    run(made.connect(), CONNECTED)
    accepted, steps = run(made.associate(), 30, Received(ACCEPTANCE[:9], 40), Received(ACCEPTANCE[9:], 50))
    assert [context.result for context in accepted.contexts] == [3, 0]
    within = Deadline(30_000_000_020, "acse", 30)
    waiting = Receive("answer to A-ASSOCIATE-RQ", within)
    assert steps == [Send(REQUEST.encode(), within), waiting, waiting._replace(flowing=True)]
    assert made.exchange.now == 50
    context = first_accepted(accepted.contexts)
    assert context == PresentationContext(ProposedContext(3, "1.2.3", (IMPLICIT,)), 0, IMPLICIT)


def test_no_context_that_is_accepted() -> None:
    proposed = REQUEST.contexts
    with pytest.raises(NothingAccepted) as raised:
        first_accepted([PresentationContext(proposed[0], 3), PresentationContext(proposed[1])])
    assert raised.value.results == ((1, "Abstract Syntax Not Supported"), (3, "no answer"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Received(wire.reject(1, 1, 7), 40), Rejection),
        (Received(wire.abort(0, 0), 40), PeerAbort),
        (Received(b"", 40), ConnectionLost),
        (DeadlineExpired("answer to A-ASSOCIATE-RQ", "-ta", 30), DeadlineExpired),
    ],
)
def test_no_association(answer: Answer, error: type[Exception]) -> None:
    made = requestor()
    run(made.connect(), CONNECTED)
    with pytest.raises(error):
        run(made.associate(), 30, answer)


def test_a_connection_that_breaks_while_sending_says_why() -> None:
    made = requestor()
    run(made.connect(), CONNECTED)
    broken = ConnectionLost(BrokenPipeError(errno.EPIPE, ""))
    with pytest.raises(PeerAbort):
        run(made.associate(), broken, Received(wire.abort(2, 1), 40), Received(b"", 40))


def test_last_words_are_waited_for_a_second() -> None:
    made = requestor()
    run(made.connect(), CONNECTED)
    steps: list[Step] = []
    with pytest.raises(PeerAbort):
        run(
            made.associate(), ConnectionLost(), Received(wire.abort(2, 1), 40), Received(b"", 40), steps=steps
        )
    assert steps[1:] == [Receive("last words", Deadline(1_000_000_020, "last words", 1))] * 2


LATE = DeadlineExpired("answer to A-ASSOCIATE-RQ", "acse", 30)


@pytest.mark.parametrize(("end", "error"), [(LATE, DeadlineExpired), (Received(b"", 50), ConnectionLost)])
def test_what_has_come_in_part_is_named(end: Answer, error: type[DeadlineExpired | ConnectionLost]) -> None:
    made = requestor()
    run(made.connect(), CONNECTED)
    with pytest.raises(error) as raised:
        run(made.associate(), 30, Received(ACCEPTANCE[:9], 40), end)
    assert isinstance(raised.value, DeadlineExpired | ConnectionLost)
    assert raised.value.partial == "A-ASSOCIATE-AC"


def test_everything_is_emitted_in_order() -> None:
    emitted: Emitted = []
    made = associated(emitted)
    run(made.release(), 50, 60, Received(RELEASE_RP, 70))
    told = [
        (type(what).__name__, sender) for what, sender in emitted if type(what) is not events.StateChanged
    ]
    assert told == [
        ("Requesting", None),
        ("TransportOpened", None),
        ("Associating", None),
        ("Pdu", "local"),
        ("Pdu", "peer"),
        ("Negotiated", "peer"),
        ("Releasing", "local"),
        ("Pdu", "local"),
        ("Pdu", "peer"),
    ]


# On it ------------------------------------------------------------------------------------------------


def test_data_in_both_directions() -> None:
    made = associated()
    exchange, pdv = made.exchange, Pdv(3, True, True, b"\0\0")
    exchange.association.send_data([pdv, pdv])
    begun, steps = run(exchange.flush(None), 50, 60)
    assert (begun, steps) == (50, [Send(DATA, None)] * 2)
    indication, _ = run(exchange.next_indication("data", None), Received(DATA, 70))
    assert indication == DataReceived((pdv,))
    assert run(exchange.flush(None)) == (70, [])


def test_waiting_until_a_time() -> None:
    exchange = associated().exchange
    wait = Receive("time", None, 99)
    assert run(exchange.next_indication_until("time", 40)) == (None, [])
    indication, steps = run(exchange.next_indication_until("time", 99), Received(DATA[:5], 50), None, 99)
    assert (indication, steps, exchange.now) == (None, [wait, wait, Clock()], 99)
    indication, _ = run(exchange.next_indication_until("time", 200), Received(DATA[5:], 120))
    assert indication == DataReceived((Pdv(3, True, True, b"\0\0"),))
    with pytest.raises(PeerAbort):
        run(exchange.next_indication_until("time", 200), Received(wire.abort(0, 0), 130))


# To its end -------------------------------------------------------------------------------------------


def test_the_release() -> None:
    made = associated()
    _, steps = run(made.release(), 50, 60, Received(RELEASE_RP, 70))
    within = Deadline(30_000_000_050, "acse", 30)
    assert steps == [Clock(), Send(RELEASE_RQ, within), Receive("A-RELEASE-RP", within)]
    assert made.exchange.association.state is State.IDLE


def test_a_release_collision_is_answered() -> None:
    made = associated()
    answers = (50, 60, Received(RELEASE_RQ, 70), 80, Received(RELEASE_RP, 90))
    _, steps = run(made.release(), *answers)
    assert [step.data for step in steps if isinstance(step, Send)] == [RELEASE_RQ, RELEASE_RP]


def test_a_release_that_was_broken_off_may_go_on() -> None:
    made = associated()
    deadline, _ = run(made.request_release(), 50)
    with pytest.raises(KeyboardInterrupt):
        run(made.await_release(deadline), 60, KeyboardInterrupt())
    _, steps = run(made.await_release(None), Received(RELEASE_RP, 70))
    assert steps == [Receive("A-RELEASE-RP", None)]


def test_data_during_the_release_is_passed_over() -> None:
    _, steps = run(associated().release(), 50, 60, Received(DATA + DATA, 70), Received(RELEASE_RP, 80))
    assert [step.data for step in steps if isinstance(step, Send)] == [RELEASE_RQ]


def test_data_during_the_release_is_warned_of_once() -> None:
    warnings: list[str] = []
    run(
        associated(warn=warnings.append).release(),
        *(50, 60, Received(DATA + DATA, 70), Received(DATA, 75), Received(RELEASE_RP, 80)),
    )
    assert warnings == ["the peer sent data during the release, which is passed over (PS3.8 9.2, AR-6)"]


def test_as_much_data_as_may_come_during_the_release() -> None:
    data = Received(wire.p_data(3, bytes(16384 - 6)) * 32, 70)
    run(associated().release(), 50, 60, data, data, Received(RELEASE_RP, 80))
    with pytest.raises(UnexpectedResponse):
        run(associated().release(), 50, 60, data, data, Received(DATA, 80))


CLOSED = "the peer asked for the release (A-RELEASE-RQ) and closed the connection (PS3.8 7.2.1)"


def test_a_peer_that_closes_in_a_release_collision() -> None:
    with pytest.raises(UnexpectedResponse) as raised:
        run(associated().release(), 50, 60, Received(RELEASE_RQ, 70), 80, Received(b"", 90))
    assert str(raised.value) == CLOSED
    assert isinstance(raised.value.__cause__, ConnectionLost)


def test_a_peer_that_asked_for_the_release_before_it_closed() -> None:
    with pytest.raises(UnexpectedResponse) as raised:
        run(associated().release(), 50, ConnectionLost(), Received(DATA + RELEASE_RQ, 70), Received(b"", 70))
    assert str(raised.value) == CLOSED


def test_a_peer_that_sent_data_before_it_closed() -> None:
    with pytest.raises(ConnectionLost):
        run(associated().release(), 50, ConnectionLost(), Received(DATA, 70), Received(b"", 70))


@pytest.mark.parametrize(("size", "times"), [(16_000, 66), (0, 174_763)], ids=["large", "empty"])
def test_data_without_end_during_the_release(size: int, times: int) -> None:
    pdu = wire.p_data(1, bytes(size), wire.COMMAND)
    with pytest.raises(
        UnexpectedResponse, match=r"more than 1048576 bytes of data instead of A-RELEASE-RP \(PS3.8 7.2.2\)"
    ):
        run(associated().release(), 50, 60, *[Received(pdu * (times // 2 + 1), 70)] * 2)


def test_what_comes_after_an_abort_has_a_bound() -> None:
    flood = Received(bytes(1 << 18), 70)
    _, steps = run(associated().abort(), 50, 60, flood, 75, *[flood] * 3)
    assert [type(step) for step in steps] == [Clock, Send, Receive, Send, *[Receive] * 3]  # AA-7 in between


def test_last_words_have_a_bound() -> None:
    made = associated()
    flood = Received(bytes(1 << 18), 70)
    with pytest.raises(ConnectionLost):
        run(made.release(), 50, ConnectionLost(), *[flood] * 4)


ALL_BUT_ONE = Received(bytes((1 << 20) - 1), 70)


def test_the_last_byte_that_is_read_of_last_words() -> None:
    steps: list[Step] = []
    with pytest.raises(ConnectionLost):
        run(associated().release(), 50, ConnectionLost(), ALL_BUT_ONE, Received(b"\0", 75), steps=steps)
    assert [type(step) for step in steps] == [Clock, Send, Receive, Receive]


def test_the_last_byte_that_is_read_after_an_abort() -> None:
    made = associated()
    _, steps = run(made.abort(), 50, 60, ALL_BUT_ONE, 75, Received(b"\0", 80))
    assert [type(step) for step in steps] == [Clock, Send, Receive, Send, Receive]
    assert made.exchange.now == 80


def test_the_whole_run_bounds_the_wait_after_an_abort() -> None:
    overall = Deadline(99, "deadline", 1)
    _, steps = run(associated(overall=overall).abort(), 50, 60, Received(b"", 70))
    assert steps[1:] == [Send(USER_ABORT, overall), Receive("close of the connection", overall)]


def test_there_is_no_wait_after_an_abort_of_nothing() -> None:
    made = associated(overall=Deadline(99, "deadline", 1))
    run(made.release(), 50, 60, Received(RELEASE_RP, 70))
    assert run(made.abort(), 80) == (80, [Clock()])


@pytest.mark.parametrize("end", [Received(b"", 70), ConnectionLost(), DeadlineExpired("x", "ARTIM", 1)])
def test_the_abort_waits_for_the_close_alone(end: Answer) -> None:
    begun, steps = run(associated().abort(), 50, 60, end)
    artim = Deadline(1_000_000_050, "ARTIM", 1)
    assert begun == 50
    assert steps == [Clock(), Send(USER_ABORT, artim), Receive("close of the connection", artim)]


def test_the_abort_is_emitted() -> None:
    emitted: Emitted = []
    made = associated(emitted)
    assert (events.Requesting(Peer("pacs", 104), False, REQUEST), None) in emitted
    del emitted[:]
    run(made.abort(), 50, 60, Received(b"", 70))
    assert emitted[0] == (events.Aborting(), "local")


def test_nothing_is_emitted_of_an_abort_of_nothing() -> None:
    emitted: Emitted = []
    made = associated(emitted)
    run(made.release(), 50, 60, Received(RELEASE_RP, 70))
    del emitted[:]
    assert run(made.abort(), 80) == (80, [Clock()])
    assert emitted == []


@pytest.mark.parametrize(
    ("begin", "cause", "aborts"),
    [
        (requestor, DeadlineExpired("TCP connection", "-to", 5), False),
        (associated, ConnectionLost(), False),
        (associated, TlsWanted(), False),
        (associated, TlsFailure("x", "y"), False),
        (associated, KeyboardInterrupt(), True),
        (associated, UnexpectedResponse("it is"), True),
    ],
)
def test_what_a_failure_leaves_to_do(
    begin: Callable[[], Requestor], cause: BaseException, aborts: bool
) -> None:
    answers: tuple[Answer, ...] = (50, 60, Received(b"", 70)) if aborts else ()
    _, steps = run(begin().abandon(cause), *answers)
    assert [step.data for step in steps if isinstance(step, Send)] == [USER_ABORT] * aborts


def test_a_second_interrupt_ends_it_at_once() -> None:
    _, steps = run(associated().abandon(KeyboardInterrupt()), 50, KeyboardInterrupt())
    assert len(steps) == 2
    assert isinstance(steps[-1], Send)
