"""What a peer does beside the standard and without harm: warned of once, and the echo counts."""

from dataclasses import replace

import pytest

from dcmtool import events
from dcmtool.errors import EchoFailed
from dcmtool.settings import Negotiation
from tests.peers import wire
from tests.verification.failures import check
from tests.verification.playbook import ECHO, TO_ASSOCIATE, TO_ECHO, USER_ABORT, Playbook, acse, echo_rsp

FOREIGN = bytes.fromhex("0800 0500 0a000000") + b"ISO_IR 100"


def associated(results: tuple[int, ...], repeat: int = 1, *, detail: bool = False) -> Playbook:
    """Return a run on three contexts of which these are accepted."""
    play = Playbook(replace(ECHO, negotiation=Negotiation(contexts=3), repeat=repeat), detail=detail)
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(results=results), acse(2))
    return play


def foreign(message_id: int) -> bytes:
    """Return a C-ECHO-RSP with an element of another group."""
    return wire.p_data(1, wire.echo_response(message_id) + FOREIGN)


def test_answers_on_other_accepted_contexts() -> None:
    play = associated((0,), repeat=4)
    for message_id, context_id in enumerate((5, 1, 3, 5), 1):
        play.asks(message_id)
        play.receives(TO_ECHO, echo_rsp(message_id, context_id=context_id), None)
    report = play.releases()
    assert (report.success, report.echoes.received) == (True, 4)
    assert play.happened() == [
        events.Warned(
            "the peer answered on presentation context 5, an equal one, instead of 1, on which it was asked "
            "(PS3.8 9.3.5.1)"
        )
    ]


def test_the_context_of_an_answer_is_told() -> None:
    play = associated((0,), detail=True)
    play.asks()
    play.receives(TO_ECHO, echo_rsp(context_id=3), None)
    play.releases()
    contexts = [what.context_id for what in play.happened() if isinstance(what, events.MessageReceived)]
    assert contexts == [3]


@pytest.mark.parametrize("context_id", [3, 7])
def test_an_answer_on_a_context_that_was_not_accepted(context_id: int) -> None:
    play = associated((0, 3, 0))
    play.asks()
    play.receives(TO_ECHO, echo_rsp(context_id=context_id), None)
    sentence = f"the peer answered on presentation context {context_id} instead of 1 (PS3.8 9.3.5.1)"
    check(play.aborts(USER_ABORT), EchoFailed, "echo", sentence)


def test_elements_of_other_groups() -> None:
    play = associated((0,), repeat=3)
    for message_id in (1, 2, 3):
        play.asks(message_id)
        play.receives(TO_ECHO, foreign(message_id), None)
    assert play.releases().success
    assert play.happened() == [
        events.Warned("the response has the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)")
    ]
