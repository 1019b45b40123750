"""What a listener hears, and in which order."""

from dataclasses import replace

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.settings import Negotiation
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.verification import progress
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
    requesting, opened, associating, negotiated, established, *echo, releasing = play.heard()
    assert isinstance(requesting, progress.Requesting)
    assert requesting.associate == AssociateRq.decode(play.associate_rq[6:])
    assert opened == progress.TransportOpened(ADDRESS, 104, None)
    assert associating == progress.Associating()
    assert isinstance(negotiated, progress.Negotiated)
    assert negotiated[:2] == (ECHO, requesting.associate)
    context = PresentationContext(requesting.associate.contexts[0], 0, "1.2.840.10008.1.2")
    assert negotiated.contexts == (context,)
    assert established == progress.Established(context, 16372)
    sending, received, answered = echo
    assert sending == progress.EchoSending(1, 1, echo_rq()[12:])
    assert isinstance(received, progress.MessageReceived)
    assert (received.context_id, received.elements[0x0900]) == (1, b"\0\0")
    assert answered == progress.EchoAnswered(CEchoRsp(1, 0), MS)
    assert isinstance(releasing, progress.Releasing)


def test_a_failure_is_told_before_the_abort() -> None:
    play = Playbook()
    play.reaches(TO_ECHO)
    play.receives(TO_ECHO, echo_rsp(2), None)
    report, _ = play.ends()
    received, failed, aborting = play.heard()[-3:]
    assert isinstance(received, progress.MessageReceived)
    assert failed == progress.Failed(report.error)  # type: ignore[arg-type]
    assert isinstance(aborting, progress.Aborting)


def test_nothing_is_told_of_an_abort_where_there_is_nothing_to_abort() -> None:
    play = Playbook()
    play.reaches(TO_ECHO)
    play.receives(TO_ECHO, b"", None)
    play.ends()
    assert isinstance(play.heard()[-1], progress.Failed)


def test_without_detail_only_problems_are_told() -> None:
    request = replace(ECHO, negotiation=Negotiation(contexts=2))
    play = Playbook(request, detail=False)
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(transfer_syntax="1.2"), acse(2))
    play.asks()
    play.receives(TO_ECHO, echo_rsp(1, 0x0110), None)
    play.releases()
    assert [type(event) for event in play.told] == [progress.Warned, progress.Failed]
