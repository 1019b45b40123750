"""What a listener hears, and in which order."""

from dataclasses import replace

from dcmtool import events
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.settings import Negotiation
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateRq
from tests.verification.playbook import (
    ADDRESS,
    ECHO,
    MS,
    TO_ASSOCIATE,
    TO_ECHO,
    Playbook,
    acse,
    echo_rq,
    echo_rsp,
)


def test_a_success_from_beginning_to_end() -> None:
    play = Playbook()
    play.associates()
    play.echoes()
    play.releases()
    requesting, opened, associating, negotiated, established, *echo, releasing = play.progress()
    assert isinstance(requesting, events.Requesting)
    assert requesting.associate == AssociateRq.decode(play.associate_rq[6:])
    assert opened == events.TransportOpened(ADDRESS, 104, None)
    assert associating == events.Associating()
    assert isinstance(negotiated, events.Negotiated)
    assert requesting[:2] == (ECHO.peer, False)
    assert negotiated.associate == requesting.associate
    context = PresentationContext(requesting.associate.contexts[0], 0, "1.2.840.10008.1.2")
    assert negotiated.contexts == (context,)
    assert established == events.Established(context, 16372)
    sending, received, answered = echo
    assert sending == events.EchoSending(1, 1, echo_rq()[12:])
    assert isinstance(received, events.MessageReceived)
    assert (received.context_id, received.elements[0x0900]) == (1, b"\0\0")
    assert answered == events.EchoAnswered(CEchoRsp(1, 0), MS)
    assert isinstance(releasing, events.Releasing)


def test_a_failure_is_told_before_the_abort() -> None:
    play = Playbook()
    play.reaches(TO_ECHO)
    play.receives(TO_ECHO, echo_rsp(2), None)
    report, _ = play.ends()
    received, failed, aborting = play.progress()[-3:]
    assert isinstance(received, events.MessageReceived)
    assert failed == events.Failed(report.error)  # type: ignore[arg-type]
    assert isinstance(aborting, events.Aborting)


def test_nothing_is_told_of_an_abort_where_there_is_nothing_to_abort() -> None:
    play = Playbook()
    play.reaches(TO_ECHO)
    play.receives(TO_ECHO, b"", None)
    play.ends()
    assert isinstance(play.progress()[-1], events.Failed)


def test_without_detail_only_problems_are_told() -> None:
    request = replace(ECHO, negotiation=Negotiation(contexts=2))
    play = Playbook(request, detail=False)
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(transfer_syntax="1.2"), acse(2))
    play.asks()
    play.receives(TO_ECHO, echo_rsp(1, 0x0110), None)
    play.releases()
    assert [type(event) for event in play.happened()] == [events.Warned, events.Failed]
