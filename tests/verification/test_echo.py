"""The procedure step by step, without a socket: what it sends and what it reports."""

import errno
from dataclasses import replace

import pytest

from dcmtool import events
from dcmtool.errors import (
    AssociationFailed,
    ConnectFailed,
    EchoFailed,
    Interrupted,
    NoConnection,
    NoPresentationContext,
    ReleaseFailed,
    TransportError,
)
from dcmtool.settings import Negotiation
from dcmtool.steps import Close, Connected, Deadline, Receive, Received, Result
from dcmtool.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport, Outcome, Reply
from tests.peers import wire
from tests.verification.failures import (
    ASSOCIATING,
    CHUNKS,
    ECHOING,
    OUTCOMES,
    RELEASING,
    STAGES,
    Failure,
    check,
    until_abort,
)
from tests.verification.playbook import (
    ADDRESS,
    ECHO,
    EVERY_BUDGET,
    MS,
    RELEASE_RP,
    RELEASE_RQ,
    TO_ASSOCIATE,
    TO_CLOSE,
    TO_ECHO,
    TO_RELEASE,
    USER_ABORT,
    Playbook,
    acse,
    artim,
    dimse,
    echo_rq,
    echo_rsp,
    with_timeouts,
)


def named(failure: Failure) -> str:
    return failure.name


def give(play: Playbook, failure: Failure, awaited: str, deadline: Deadline | None) -> EchoReport:
    """Let the peer fail, and expect what must come of it."""
    if isinstance(failure.given, TransportError):
        assert play.step == Receive(awaited, deadline)
        play.fails(failure.given)
    else:
        play.receives(awaited, failure.given, deadline)
    return play.goes() if failure.answer is None else play.aborts(failure.answer)


# Success ----------------------------------------------------------------------------------------------


@CHUNKS
def test_success(chunk: int | None) -> None:
    play = Playbook(chunk=chunk)
    play.associates()
    play.echoes()
    report = play.releases()
    assert (report.success, report.outcome, report.stage, report.error) == (
        True,
        Outcome.SUCCESS,
        "done",
        None,
    )
    assert (report.host, report.port, report.address) == ("pacs", 104, ADDRESS)


def test_the_request_says_what_was_asked_for() -> None:
    negotiation = Negotiation("ME", "YOU", (wire.IMPLICIT_LITTLE_ENDIAN, "1.2.3"), contexts=2, max_pdu=4096)
    play = Playbook(replace(ECHO, negotiation=negotiation))
    play.requests()
    request = wire.parse_request(play.associate_rq[6:])
    syntaxes = (wire.IMPLICIT_LITTLE_ENDIAN, "1.2.3")
    assert request == wire.Request(
        1,
        b"YOU".ljust(16),
        b"ME".ljust(16),
        "1.2.840.10008.3.1.1.1",
        (wire.Context(1, wire.VERIFICATION, syntaxes), wire.Context(3, wire.VERIFICATION, syntaxes)),
        (
            (0x51, (4096).to_bytes(4, "big")),
            (0x52, IMPLEMENTATION_CLASS_UID.encode()),
            (0x55, IMPLEMENTATION_VERSION_NAME.encode()),
        ),
    )


def test_phases_are_times_on_the_wire() -> None:
    play = Playbook()
    play.associates()
    play.echoes()
    phases = play.releases().phases
    # The clock of the playbook: every step takes 1 ms, looking up another one.
    assert (phases.resolve, phases.connect, phases.associate) == (1 * MS, 1 * MS, 2 * MS)
    assert (phases.echo, phases.release) == (2 * MS, 2 * MS)


def test_replies_and_round_trips() -> None:
    play = Playbook(replace(ECHO, repeat=3))
    play.associates()
    for message_id in (1, 2, 3):
        play.echoes(message_id)
    echoes = play.releases().echoes
    assert (echoes.sent, echoes.received, echoes.lost) == (3, 3, 0)
    assert echoes.replies == [Reply(1, 0, MS), Reply(2, 0, MS), Reply(3, 0, MS)]


def test_what_was_negotiated() -> None:
    play = Playbook(replace(ECHO, negotiation=Negotiation(contexts=3)))
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(4096, (3, 0, 0), reverse=True), acse(2))
    play.sends(echo_rq(1, context_id=5), None)  # the first accepted one of the answer
    play.receives(TO_ECHO, echo_rsp(context_id=5), None)
    negotiated = play.releases().negotiated
    assert negotiated is not None
    assert [(context.context_id, context.result) for context in negotiated.contexts] == [
        (5, 0),
        (3, 0),
        (1, 3),
    ]
    assert negotiated[1:] == (4096, "1.2.3.4.5", "SCRIPTED_PEER")


def test_a_message_is_cut_to_the_maximum_of_the_peer() -> None:
    play = Playbook()
    play.associates(50)
    command = echo_rq()[12:]
    play.sends(wire.p_data(1, command[:38], wire.COMMAND), None)
    play.sends(wire.p_data(1, command[38:]), None)
    play.receives(TO_ECHO, echo_rsp(), None)
    report = play.releases()
    assert report.echoes.replies == [Reply(1, 0, 2 * MS)]  # from the first write


def test_a_response_in_fragments() -> None:
    command = wire.echo_response(1)
    play = Playbook()
    play.associates()
    play.asks()
    play.receives(TO_ECHO, wire.p_data(1, command[:20], wire.COMMAND), None)
    play.receives(TO_ECHO, wire.p_data(1, command[20:]), None)
    assert play.releases().success


def test_a_response_in_two_fragments_of_one_pdu() -> None:
    command = wire.echo_response(1)
    play = Playbook()
    play.associates()
    play.asks()
    parts = wire.p_data(1, command[:20], wire.COMMAND)[6:] + wire.p_data(1, command[20:])[6:]
    play.receives(TO_ECHO, wire.pdu(wire.P_DATA, parts), None)
    assert play.releases().success


def test_an_unknown_transfer_syntax_is_used_and_warned_of() -> None:
    play = Playbook(detail=False)
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(transfer_syntax="1.2\x1b[31m3"), acse(2))
    play.echoes()
    assert play.releases().success
    assert play.happened() == [
        events.Warned(
            "the peer accepted presentation context 1 with the transfer syntax 1.2\\x1b[31m3, "
            "which was not proposed (PS3.8 9.3.3.2)"
        )
    ]


def test_nobody_need_listen() -> None:
    procedure = verify(ECHO, 0)
    assert next(procedure)
    error = ConnectFailed("pacs", 104, ((ADDRESS, ConnectionRefusedError(errno.ECONNREFUSED, "")),))
    assert isinstance(procedure.throw(error), Close)


def test_nobody_need_listen_to_anything() -> None:
    procedure = verify(ECHO, 0)
    play = Playbook()
    play.requests()
    acceptance = play.acceptance(transfer_syntax="1.2.3")  # worth a warning
    next(procedure)
    results: list[Result] = [
        Connected(ADDRESS, 104, 0, 0),
        0,
        Received(acceptance, 0),
        0,
        Received(echo_rsp(), 0),
    ]
    for result in (*results, 0, 0, Received(RELEASE_RP, 0)):
        step = procedure.send(result)
    assert isinstance(step, Close)


# The release ------------------------------------------------------------------------------------------


@CHUNKS
def test_a_release_collision_is_answered(chunk: int | None) -> None:
    play = Playbook(chunk=chunk)
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, RELEASE_RQ, deadline)
    play.sends(RELEASE_RP, deadline)  # PS3.8 9.2, AR-9
    play.receives(TO_RELEASE, RELEASE_RP, deadline)
    assert play.closes().success


def test_a_release_request_behind_the_response_is_a_collision_too() -> None:
    play = Playbook()
    play.associates()
    play.asks()
    play.receives(TO_ECHO, echo_rsp() + RELEASE_RQ, None)
    deadline = play.asks_for_release()
    play.sends(RELEASE_RP, deadline)
    play.receives(TO_RELEASE, RELEASE_RP, deadline)
    assert play.closes().success


def test_a_second_release_request_is_one_too_many() -> None:
    play = Playbook()
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, RELEASE_RQ, deadline)
    play.sends(RELEASE_RP, deadline)
    play.receives(TO_RELEASE, RELEASE_RQ, deadline)
    check(
        play.aborts(wire.abort(2, 2)),
        ReleaseFailed,
        "release",
        "the peer sent A-RELEASE-RQ while we were waiting for A-RELEASE-RP after a release collision"
        " (PS3.8 9.2.3)",
    )


RELEASED = "the peer asked for the release (A-RELEASE-RQ) and closed the connection (PS3.8 7.2.1)"


def test_a_collision_that_is_not_waited_for_says_so() -> None:
    play = Playbook()
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, RELEASE_RQ, deadline)
    play.sends(RELEASE_RP, deadline)
    play.receives(TO_RELEASE, b"", deadline)
    check(play.goes(), ReleaseFailed, "release", RELEASED)


def test_a_release_before_the_connection_broke_says_why() -> None:
    play = Playbook()
    play.associates()
    play.breaks(RELEASE_RQ)
    report, _ = play.ends()
    check(report, EchoFailed, "echo", RELEASED)


@CHUNKS
@pytest.mark.parametrize("last_word", [b"", USER_ABORT], ids=["close", "abort"])
def test_abort_instead_of_release(last_word: bytes, chunk: int | None) -> None:
    play = until_abort()
    play.chunk = chunk
    play.receives(TO_CLOSE, last_word, artim(7))
    play.tells_the_time()
    report = play.closes()
    assert (report.success, report.stage) == (True, "done")
    assert report.phases.release == play.now - 7 * MS


def test_an_abort_that_nobody_need_hear_of() -> None:
    play = Playbook(replace(ECHO, abort=True), detail=False)
    play.reaches(TO_CLOSE)
    report, _ = play.ends()
    assert (report.success, play.happened()) == (True, [])


def test_an_abort_waits_for_the_close_until_the_timer_ends() -> None:
    play = until_abort()
    play.expires()
    play.tells_the_time()
    report = play.closes()
    assert report.success
    assert report.phases.release == 1001 * MS


def test_an_abort_that_cannot_be_sent_is_no_failure() -> None:
    play = Playbook(replace(ECHO, abort=True))
    play.associates()
    play.echoes()
    play.tells_the_time()
    play.breaks()
    play.tells_the_time()
    assert play.closes().success


# Failures ---------------------------------------------------------------------------------------------


@CHUNKS
@pytest.mark.parametrize("failure", ASSOCIATING, ids=named)
def test_association_fails(failure: Failure, chunk: int | None) -> None:
    play = Playbook(chunk=chunk)
    play.requests()
    report = give(play, failure, TO_ASSOCIATE, acse(2))
    kind = failure.kind or AssociationFailed
    check(report, kind, "associate", failure.sentence)
    assert (report.outcome, report.negotiated, report.echoes.sent) == (OUTCOMES[kind], None, 0)
    assert report.phases.associate is None


@CHUNKS
@pytest.mark.parametrize("failure", ECHOING, ids=named)
def test_echo_fails(failure: Failure, chunk: int | None) -> None:
    play = Playbook(replace(ECHO, repeat=2), chunk=chunk)
    play.associates()
    play.asks()
    report = give(play, failure, TO_ECHO, None)
    kind = failure.kind or EchoFailed
    check(report, kind, "echo", failure.sentence)
    assert (report.outcome, report.echoes.sent, report.echoes.received) == (OUTCOMES[kind], 1, 0)
    assert report.phases.echo is None


@CHUNKS
@pytest.mark.parametrize("failure", RELEASING, ids=named)
def test_release_fails(failure: Failure, chunk: int | None) -> None:
    play = Playbook(chunk=chunk)
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    report = give(play, failure, TO_RELEASE, deadline)
    kind = failure.kind or ReleaseFailed
    check(report, kind, "release", failure.sentence)
    assert (report.outcome, report.echoes.received, report.phases.release) == (OUTCOMES[kind], 1, None)


def test_a_response_that_came_before_its_request() -> None:
    play = Playbook(replace(ECHO, repeat=2))
    play.associates()
    play.asks(1)
    play.receives(TO_ECHO, echo_rsp(1) + echo_rsp(2), None)
    play.sends(echo_rq(2), None)
    sentence = "the peer sent the response before it had the request (PS3.7 9.3.5.2)"
    report = play.aborts()
    check(report, EchoFailed, "echo", sentence)
    assert (report.echoes.sent, report.echoes.received) == (2, 1)


def test_an_abort_behind_the_response_ends_the_next_echo() -> None:
    play = Playbook(replace(ECHO, repeat=2))
    play.associates()
    play.asks(1)
    play.receives(TO_ECHO, echo_rsp(1) + USER_ABORT, None)
    play.sends(echo_rq(2), None)
    report = play.goes()
    assert (report.outcome, report.stage, report.echoes.received) == (Outcome.ABORTED, "echo", 1)


@pytest.mark.parametrize("maximum", range(1, 7))
def test_a_maximum_too_small_for_any_message(maximum: int) -> None:
    play = Playbook()
    play.associates(maximum)
    sentence = f"the peer's maximum PDU length of {maximum} bytes is too small for any message (PS3.8 D.1)"
    check(play.aborts(), EchoFailed, "echo", sentence)


@pytest.mark.parametrize(
    ("status", "comment", "sentence"),
    [
        (0x0110, "", "status 0x0110 (Failure: Processing Failure)"),
        (0x0122, "x", 'status 0x0122 (Refused: SOP Class Not Supported), the peer says "x"'),
        (
            0xC123,
            "a\x1b[2J\r\n[bold]",
            'status 0xC123 (Failure: not defined for C-ECHO), the peer says "a\\x1b[2J\\r\\n[bold]"',
        ),
    ],
)
def test_a_status_other_than_success(status: int, comment: str, sentence: str) -> None:
    play = Playbook(replace(ECHO, repeat=2))
    play.associates()
    play.asks(1)
    play.receives(TO_ECHO, echo_rsp(1, status, comment), None)
    play.echoes(2)
    report = play.releases()  # in order: the association is sound
    assert type(report.error) is EchoFailed
    assert (str(report.error), report.error.stage, report.stage) == (sentence, "echo", "done")
    assert (report.outcome, report.echoes.statuses) == (Outcome.ECHO_FAILED, {status: 1, 0: 1})


def test_each_failure_is_told_and_the_first_is_kept() -> None:
    play = Playbook(replace(ECHO, repeat=2), detail=False)
    play.associates()
    for message_id, status in ((1, 0x0110), (2, 0x0122)):
        play.asks(message_id)
        play.receives(TO_ECHO, echo_rsp(message_id, status), None)
    report = play.releases()
    failures = [event.failure for event in play.happened() if isinstance(event, events.Failed)]
    assert [str(failure) for failure in failures] == [
        "status 0x0110 (Failure: Processing Failure)",
        "status 0x0122 (Refused: SOP Class Not Supported)",
    ]
    assert report.error is failures[0]
    assert len(play.happened()) == 2


def test_no_connection() -> None:
    play = Playbook()
    error = ConnectFailed("pacs", 104, ((ADDRESS, ConnectionRefusedError(errno.ECONNREFUSED, "")),))
    play.fails(error)
    report = play.closes()
    check(report, NoConnection, "connect", f"no connection to pacs port 104 ({ADDRESS}): Connection refused")
    assert (report.outcome, report.address, report.phases.connect) == (Outcome.NO_CONNECTION, None, None)
    assert report.error is not None
    assert report.error.__cause__ is error


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ((1,), "all 2 proposed were refused: User Rejection"),
        (
            (3, 4),
            "all 2 proposed were refused: Abstract Syntax Not Supported, Transfer Syntaxes Not Supported",
        ),
        ((2, 99), "all 2 proposed were refused: --Invalid Result/Reason--, No Reason"),
    ],
)
def test_nothing_accepted_is_released(results: tuple[int, ...], sentence: str) -> None:
    play = Playbook(replace(ECHO, negotiation=Negotiation(contexts=2)))
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(results=results), acse(2))
    report = play.releases()
    check(report, NoPresentationContext, "associate", sentence)
    assert report.outcome is Outcome.NO_PRESENTATION_CONTEXT
    assert report.negotiated is not None


def test_a_context_without_an_answer() -> None:
    play = Playbook()
    play.requests()
    request = wire.parse_request(play.associate_rq[6:])
    play.receives(TO_ASSOCIATE, wire.accept(request._replace(contexts=())), acse(2))
    check(play.releases(), NoPresentationContext, "associate", "the one proposed was refused: no answer")


def nothing_accepted() -> tuple[Playbook, Deadline]:
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(results=(3,)), acse(2))
    return play, play.asks_for_release()


def test_nothing_accepted_and_no_answer_to_the_release_ends_in_an_abort() -> None:
    play, _ = nothing_accepted()
    play.expires()
    assert play.aborts().outcome is Outcome.NO_PRESENTATION_CONTEXT


def test_nothing_accepted_and_nonsense_for_the_release_ends_in_an_abort() -> None:
    play, deadline = nothing_accepted()
    play.receives(TO_RELEASE, b"nonsense", deadline)
    assert play.aborts(wire.abort(2, 1)).outcome is Outcome.NO_PRESENTATION_CONTEXT


@pytest.mark.parametrize("last_word", [b"", USER_ABORT])
def test_nothing_accepted_and_the_peer_goes(last_word: bytes) -> None:
    play, deadline = nothing_accepted()
    play.receives(TO_RELEASE, last_word, deadline)
    assert play.goes().outcome is Outcome.NO_PRESENTATION_CONTEXT


# Time -------------------------------------------------------------------------------------------------


def test_each_wait_has_its_own_budget() -> None:
    play = Playbook(with_timeouts(EVERY_BUDGET))
    play.requests(Deadline(5_000 * MS, "connect", 5))
    play.receives(TO_ASSOCIATE, play.acceptance(), acse(2))
    play.tells_the_time()
    play.sends(echo_rq(), dimse(5))
    play.receives(TO_ECHO, echo_rsp(), dimse(5))
    assert play.releases().success


@pytest.mark.parametrize("wait", [TO_ASSOCIATE, TO_ECHO, TO_RELEASE])
def test_a_second_interrupt_closes_at_once(wait: str) -> None:
    play = Playbook()
    play.reaches(wait)
    play.fails(KeyboardInterrupt())
    play.reaches(TO_CLOSE)
    play.fails(KeyboardInterrupt())
    check(play.closes(), Interrupted, STAGES[wait][1], f"interrupted (stage: {STAGES[wait][1]})")


def test_an_interrupt_while_giving_up_keeps_the_first_failure() -> None:
    play = Playbook()
    play.reaches(TO_ECHO)
    play.receives(TO_ECHO, echo_rsp(77), None)
    play.fails(KeyboardInterrupt())  # at the clock, before the A-ABORT
    assert play.closes().outcome is Outcome.ECHO_FAILED


def test_an_interrupt_of_the_release_after_nothing_accepted_aborts() -> None:
    play, _ = nothing_accepted()
    play.fails(KeyboardInterrupt())
    assert play.aborts().outcome is Outcome.NO_PRESENTATION_CONTEXT
