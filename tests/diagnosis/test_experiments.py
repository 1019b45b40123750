"""What is tried where the user asks for it, and never anything else."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dcmtool.diagnosis.conclusions import findings_of
from dcmtool.diagnosis.evidence import Attempt
from dcmtool.diagnosis.experiments import KINDS, Kind, Tries, experiments
from dcmtool.diagnosis.stages import Associate, LookUp, diagnose
from dcmtool.errors import (
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    SettingsError,
    StatusNotSuccess,
    TlsFailure,
    TlsWanted,
)
from dcmtool.identity import Identity
from dcmtool.settings import EchoRequest, Negotiation, Peer, Timeouts, TlsSettings
from dcmtool.verification.report import Phases
from tests.diagnosis.attempts import (
    FIRST,
    REQUEST,
    SECOND,
    SECURED,
    SESSION,
    SIXTH,
    bad,
    evidence,
    found,
    good,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Tries()
TITLES = Tries(called=("PACS", "ARCHIVE", "PACS"), calling=("WARD",))
ALL = ["the called title PACS", "the calling title WARD", "the called title PACS and the calling title WARD"]
QUERIES = [
    f"a C-FIND of the {service} that matches nothing" for service in ("Query/Retrieve", "Modality Worklist")
]
TLS = "TLS, with whatever certificate there is"
LATE = DeadlineExpired("answer", "acse", 30)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (good(), ["a request of 12 kB", *QUERIES]),
        (bad("connect", ConnectFailed(FIRST, 104, ())), []),
        (bad("associate", Rejection(1, 1, 7)), ALL),
        (bad("associate", PeerAbort(0, 0)), ALL),
        (bad("associate", NothingAccepted(())), ALL),
        (bad("associate", ConnectionLost()), [TLS, *ALL]),
        (bad("associate", LATE), [TLS, *ALL, "4 times as much time"]),
        (bad("associate", NotDicom(b"HTTP")), [TLS]),
        (bad("associate", TlsWanted()), [TLS]),
        (bad("echo", PeerAbort(0, 0)), ALL),
        (bad("echo", StatusNotSuccess(0x0122, "refused")), ALL),
        (bad("release", ConnectionLost()), []),
        (bad("associate", KeyboardInterrupt()), []),
    ],
)
def test_what_is_tried(attempt: Attempt, expected: list[str]) -> None:
    assert [each.what for each in experiments(evidence(attempt), TITLES)] == expected


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (TlsFailure("closed", "what"), ["no TLS"]),
        (LATE, ["no TLS", "4 times as much time"]),
        (TlsFailure("expired", "what", None, SESSION), []),
    ],
)
def test_what_is_tried_over_tls(cause: BaseException, expected: list[str]) -> None:
    seen = evidence(bad("tls", cause, request=SECURED), request=SECURED)
    tried = list(experiments(seen, TITLES))
    assert [each.what for each in tried] == expected
    assert all(each.request.tls is None for each in tried[:1])


@pytest.mark.parametrize(
    ("tls", "passcode", "expected"),
    [
        (TlsSettings(), "s3cret", []),
        (TlsSettings(), None, ["no TLS"]),
        (TlsSettings(verify_peer=False), "s3cret", ["no TLS"]),  # which may be read already
    ],
)
def test_no_secret_is_tried_where_more_could_read_it(
    tls: TlsSettings, passcode: str | None, expected: list[str]
) -> None:
    request = EchoRequest(Peer("h", 1), Negotiation(identity=Identity("anna", passcode)), tls=tls)
    failed = bad("tls", TlsFailure("closed", "what"), request=request)
    assert [each.what for each in experiments(evidence(failed, request=request), NONE)] == expected


def test_no_title_that_nobody_gave() -> None:
    assert list(experiments(evidence(bad("associate", Rejection(1, 1, 7))), NONE)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_wanted(kind: Kind) -> None:
    for attempt in (good(), bad("associate", LATE), bad("connect", ConnectFailed(FIRST, 104, ()))):
        seen = evidence(attempt, lookups=(found("ipv6", SIXTH, wanted=False), found("ipv4", FIRST)))
        assert {each.kind for each in experiments(seen, Tries((kind,), TITLES.called))} <= {kind}


@pytest.mark.parametrize("titles", [{"called": ("A" * 17,)}, {"calling": ("",)}, {"calling": ("A\\B",)}])
def test_a_title_that_none_can_be(titles: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Tries(**titles)


def test_another_family_is_called_where_its_own_leads_nowhere() -> None:
    request = replace(REQUEST, peer=Peer("pacs", 104, "ipv4"))
    lookups = (found("ipv6", SIXTH, wanted=False), found("ipv4", FIRST))
    failed = bad("connect", ConnectFailed(FIRST, 104, ()))
    (tried,) = experiments(evidence(failed, request=request, lookups=lookups), NONE)
    assert (tried.address, tried.request.peer.family, tried.shows) == (SIXTH, "auto", ("family-mismatch",))


def test_more_time_is_so_for_each_budget() -> None:
    request = replace(REQUEST, timeouts=Timeouts(connect=1, acse=2, dimse=None))
    *_, tried = experiments(evidence(bad("echo", LATE), request=request), NONE)
    assert tried.request.timeouts == Timeouts(connect=4, acse=8, dimse=None)


# In the stages ----------------------------------------------------------------------------------------


def tried_by(answers: list[Attempt], most: int = 12) -> tuple[list[Associate], Any]:
    """Return the experiments of a diagnosis whose first attempt was rejected, and what was seen."""
    tasks = diagnose(REQUEST, 1, most, TITLES)
    asked: list[Associate] = []
    try:
        task = next(tasks)
        while True:
            if isinstance(task, LookUp):
                task = tasks.send(found(task.family, *([FIRST] if task.family == "ipv4" else [])))
            elif task.experiment is None:
                task = tasks.send(bad("associate", Rejection(1, 1, 7)))
            else:
                asked.append(task)
                each = task.experiment
                answer = answers.pop(0)._replace(number=task.number)
                task = tasks.send(answer._replace(experiment=each.what, shows=each.shows))
    except StopIteration as stop:
        return asked, stop.value


def test_the_first_success_is_the_last_experiment() -> None:
    asked, seen = tried_by([bad("associate", Rejection(1, 1, 7)), good()])
    assert [task.number for task in asked] == [2, 3]
    assert seen.works == asked[1].request
    (finding,) = findings_of(seen, NOW)
    assert (finding.id, finding.alternatives) == ("calling-title", ("calling-address",))
    assert finding.certainty == "likely"
    assert finding.sentence == "the node does not know the AE title US that called it"
    assert finding.evidence[-1].what == "with the calling title WARD: in order"
    assert str(finding.advice[0]).startswith("keep to what worked here (the calling title WARD), ")


def test_both_titles_were_wrong() -> None:
    rejected = bad("associate", Rejection(1, 1, 7))
    _, seen = tried_by([rejected, rejected, good()])
    assert [each.id for each in findings_of(seen, NOW)] == ["called-title", "calling-title"]


def test_nothing_works() -> None:
    rejected = bad("associate", Rejection(1, 1, 7))
    asked, seen = tried_by([rejected] * 3)
    assert (len(asked), seen.works) == (3, None)
    assert [each.id for each in findings_of(seen, NOW)] == ["called-title"]


def test_no_more_than_may_be() -> None:
    asked, _ = tried_by([bad("associate", Rejection(1, 1, 7))] * 3, most=2)
    assert len(asked) == 1


def test_who_stops_one_stops_all() -> None:
    asked, seen = tried_by([bad("associate", KeyboardInterrupt())])
    assert (len(asked), seen.was_stopped) == (1, True)


# What they prove --------------------------------------------------------------------------------------


def test_more_time_was_enough() -> None:
    slow = good(2, phases=Phases(associate=40 * SECOND), experiment="4 times as much time")
    works: EchoRequest = REQUEST
    (finding,) = findings_of(evidence(bad("associate", LATE), experiments=(slow,), works=works), NOW)
    assert (finding.id, finding.certainty) == ("slow-accept", "likely")
    assert finding.sentence == "the node took 40.0 s to accept the association"


def test_another_family_works_where_the_name_has_none_of_its_own() -> None:
    tried = good(1, address=SIXTH, experiment=f"the address {SIXTH}", shows=("family-mismatch",))
    request = replace(REQUEST, peer=Peer("pacs", 104, "ipv4"))
    seen = evidence(request=request, lookups=(found("ipv4"),), experiments=(tried,), works=request)
    (finding,) = findings_of(seen, NOW)
    assert (finding.id, finding.certainty) == ("family-mismatch", "certain")
    assert finding.sentence == "pacs answers at no IPv4 address, and only IPv4 is to be used"


@pytest.mark.parametrize(
    ("cause", "ids"),
    [
        (LATE, ["large-requests-lost"]),
        (ConnectionLost(), ["large-requests-lost"]),
        (Rejection(1, 1, 1), ["rejected-without-reason"]),
    ],
)
def test_what_is_only_larger(cause: BaseException, ids: list[str]) -> None:
    tried = bad("associate", cause, 5, experiment="a request of 12 kB", shows=("large-requests-lost",))
    found_ids = [each.id for each in findings_of(evidence(good(), experiments=(tried,)), NOW)]
    assert found_ids == ids


def test_what_is_larger_and_in_order_is() -> None:
    tried = good(5, experiment="a request of 12 kB", shows=("large-requests-lost",))
    (finding,) = findings_of(evidence(good(), experiments=(tried,)), NOW)
    assert (finding.id, len(finding.evidence)) == ("in-order", 2)


@pytest.mark.parametrize(
    ("cause", "certainty", "alternatives"),
    [(TlsWanted(), "certain", ()), (ConnectionLost(), "likely", ("intermittent",))],
)
def test_tls_is_wanted(cause: BaseException, certainty: str, alternatives: tuple[str, ...]) -> None:
    request = replace(REQUEST, tls=TlsSettings(verify_peer=False))
    tried = good(2, request, session=SESSION, experiment="TLS", shows=("tls-expected",))
    (finding,) = findings_of(evidence(bad("associate", cause), experiments=(tried,), works=request), NOW)
    assert (finding.id, finding.certainty) == ("tls-expected", certainty)
    assert finding.alternatives == alternatives
