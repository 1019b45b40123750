"""Which lookups and associations a diagnosis asks for, as those before ended."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dcmtool.diagnosis.conclusions import findings_of
from dcmtool.diagnosis.evidence import Attempt, Evidence
from dcmtool.diagnosis.stages import AGAIN, LISTENING, Associate, LookUp, Task, diagnose
from dcmtool.errors import (
    Cause,
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    StatusNotSuccess,
    TlsFailure,
)
from dcmtool.settings import EchoRequest, Peer, TlsSettings
from tests.diagnosis.attempts import FIRST, REQUEST, SECOND_ADDRESS, SECURED, SIXTH, bad, found, good

NAMED = replace(SECURED, tls=TlsSettings(server_name="other"))


def run(
    request: EchoRequest,
    *attempts: Attempt,
    ipv4: tuple[str, ...] = (FIRST,),
    ipv6: tuple[str, ...] = (),
    most: int = 12,
) -> tuple[list[Task], Evidence]:
    """Return what a diagnosis asks for where its attempts end so, the last one again and again."""
    tasks, answers = diagnose(request, 1, most), list(attempts)
    asked: list[Task] = []
    try:
        task = next(tasks)
        while True:
            asked.append(task)
            if isinstance(task, LookUp):
                each = ipv4 if task.family == "ipv4" else ipv6
                task = tasks.send(found(task.family, *each, wanted=task.wanted))
            else:
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                task = tasks.send(answer._replace(number=task.number, address=task.address))
    except StopIteration as stop:
        evidence: Evidence = stop.value
        return asked, evidence


def associations(*attempts: Attempt, request: EchoRequest = REQUEST) -> list[Associate]:
    """Return the associations that are asked for."""
    return [task for task in run(request, *attempts)[0] if isinstance(task, Associate)]


def test_a_node_that_answers_is_asked_twice_on_one_association_then_on_three_more() -> None:
    asked, evidence = run(REQUEST, good())
    assert asked[:2] == [LookUp("ipv6", True), LookUp("ipv4", True)]
    each = [
        (task.request.repeat, task.address, task.number) for task in asked[2:] if isinstance(task, Associate)
    ]
    assert each == [(2, FIRST, 1), *((1, FIRST, number) for number in range(2, 2 + AGAIN))]
    assert [attempt.number for attempt in evidence.attempts] == [1, 2, 3, 4]
    assert (evidence.slow, len(evidence.lookups)) == (1_000_000_000, 2)


def test_the_family_that_is_left_out_is_looked_up_and_not_called() -> None:
    request = replace(REQUEST, peer=Peer("pacs", 104, "ipv4"))
    asked, _ = run(request, good(), ipv6=(SIXTH,))
    assert asked[:2] == [LookUp("ipv6", False), LookUp("ipv4", True)]
    assert {task.address for task in asked if isinstance(task, Associate)} == {FIRST}


@pytest.mark.parametrize(("host", "family"), [(FIRST, "ipv4"), (SIXTH, "ipv6")])
def test_an_address_has_one_family(host: str, family: str) -> None:
    asked, _ = run(replace(REQUEST, peer=Peer(host, 104)), good())
    assert [task.family for task in asked if isinstance(task, LookUp)] == [family]


def test_each_address_has_its_association() -> None:
    refused = bad("connect", ConnectFailed("pacs", 104, ()))
    asked, _ = run(REQUEST, refused, ipv4=(FIRST, SECOND_ADDRESS), ipv6=(SIXTH,))
    called = [task.address for task in asked if isinstance(task, Associate)]
    assert called == [SIXTH, FIRST, SECOND_ADDRESS]


def test_no_more_than_may_be() -> None:
    asked, _ = run(REQUEST, good(), ipv4=(FIRST, SECOND_ADDRESS), most=5)
    called = [task.address for task in asked if isinstance(task, Associate)]
    assert called == [FIRST] * 4 + [SECOND_ADDRESS]


def test_who_stops_it_stops_all_of_it() -> None:
    assert len(associations(bad("associate", KeyboardInterrupt()))) == 1


def test_who_stops_a_lookup_stops_all_of_it() -> None:
    tasks = diagnose(REQUEST)
    assert next(tasks) == LookUp("ipv6", True)
    with pytest.raises(StopIteration) as stop:
        tasks.send(found("ipv6", cause=KeyboardInterrupt()))
    assert stop.value.value.was_stopped
    assert findings_of(stop.value.value, datetime(2026, 1, 1, tzinfo=UTC)) == ()


LATE = DeadlineExpired("answer", "acse", 30)


@pytest.mark.parametrize(
    ("stage", "cause", "more"),
    [
        ("connect", ConnectFailed("pacs", 104, ()), 0),
        ("connect", LATE, 0),
        ("associate", LATE, 0),
        ("associate", NotDicom(b"HTTP/1.1"), 0),
        ("associate", Rejection(1, 1, 7), 0),
        ("associate", Rejection(2, 3, 1), 1),
        ("associate", NothingAccepted(((1, "User Rejection"),)), 0),
        ("associate", PeerAbort(0, 0), 1),
        ("associate", ConnectionLost(partial="A-ASSOCIATE-AC"), 1),
        ("echo", PeerAbort(0, 0), 1),
        ("echo", ConnectionLost(), 1),
        ("echo", LATE, 0),
        ("echo", StatusNotSuccess(0x0122, "refused"), 0),
        ("release", ConnectionLost(), 1),
    ],
)
def test_another_try_only_where_it_may_end_otherwise(stage: str, cause: Cause, more: int) -> None:
    asked = associations(bad(stage, cause))
    assert (len(asked) - 1, {task.listen for task in asked}) == (more, {0})


def test_who_hangs_up_is_listened_to_first() -> None:
    asked = associations(bad("associate", ConnectionLost()))
    assert [task.listen for task in asked] == [0, LISTENING]


@pytest.mark.parametrize(
    "kind",
    ["no-common-version", "no-common-cipher", "server-name", "alert", "broken", "closed", "closed-midway"],
)
@pytest.mark.parametrize(("request_", "name"), [(SECURED, "pacs"), (NAMED, None)], ids=["none", "another"])
def test_one_more_handshake_with_the_name_or_without(
    kind: str, request_: EchoRequest, name: str | None
) -> None:
    asked = associations(bad("tls", TlsFailure(kind, "what"), request=request_), request=request_)
    assert [task.request.tls and task.request.tls.server_name for task in asked[1:]] == [name]


@pytest.mark.parametrize("kind", ["untrusted", "expired", "client-certificate-required", "not-tls"])
def test_none_where_a_name_changes_nothing(kind: str) -> None:
    assert len(associations(bad("tls", TlsFailure(kind, "what"), request=SECURED), request=SECURED)) == 1


def test_an_address_is_no_server_name() -> None:
    request = replace(SECURED, peer=Peer(FIRST, 104))
    failed = bad("tls", TlsFailure("alert", "what"), request=request)
    assert len(associations(failed, request=request)) == 1


def test_what_cannot_be_called_is_not() -> None:
    asked, evidence = run(REQUEST, good(), ipv4=())
    assert (len(asked), evidence.attempts) == (2, ())
