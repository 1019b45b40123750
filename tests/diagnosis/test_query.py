"""A C-FIND that matches nothing, played with a peer: how it ends, and what it comes to."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcmtool.diagnosis.conclusions import findings_of
from dcmtool.diagnosis.evidence import Attempt
from dcmtool.diagnosis.experiments import Tries, experiments
from dcmtool.diagnosis.probe import Prober
from dcmtool.diagnosis.stages import Associate, Tasks
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.find import C_FIND_RSP
from dcmtool.errors import (
    ConnectionLost,
    NothingAccepted,
    PeerAbort,
    StatusNotSuccess,
    UnexpectedResponse,
)
from dcmtool.settings import EchoRequest, Peer, Timeouts, TlsSettings
from tests.diagnosis.attempts import evidence, good
from tests.peers import wire
from tests.peers.pki import standard
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.tls import server_context
from tests.peers.vocabulary import Abort, Accept, CloseConnection, ExpectPdu, Raw, ReleaseResponse
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RQ

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = (ExpectPdu(P_DATA), ExpectPdu(P_DATA))  # the command, and the identifier


def response(status: int, field: int = C_FIND_RSP) -> Raw:
    """Return the answer with a status, without a data set."""
    command = cs.encode(
        (
            (cs.COMMAND_FIELD, cs.us(field)),
            (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.us(1)),
            (cs.COMMAND_DATA_SET_TYPE, cs.us(0x0101)),
            (cs.STATUS, cs.us(status)),
        )
    )
    return Raw(wire.p_data(1, command))


def asked(peer: ScriptedPeer, monkeypatch: pytest.MonkeyPatch, tls: TlsSettings | None = None) -> Attempt:
    """Ask a peer, and return how that ended."""
    monkeypatch.setattr("dcmtool.diagnosis.probe.APART", 0)
    request = EchoRequest(Peer(peer.host, peer.port), timeouts=Timeouts(connect=5, acse=5, dimse=5), tls=tls)
    tried = next(each for each in experiments(evidence(good(), request=request), Tries()) if each.service)
    answers: list[Attempt] = []

    def tasks() -> Tasks:
        attempt = yield Associate(request, peer.host, 5, experiment=tried)
        assert isinstance(attempt, Attempt)
        answers.append(attempt)
        return evidence()

    Prober(request).run(tasks())
    return answers[0]


@pytest.mark.parametrize(
    ("script", "stage", "cause", "seen"),
    [
        ((Accept(), *ASKED, response(0), ReleaseResponse()), "done", None, RELEASE_RQ),
        ((Accept(), *ASKED, response(0xFF00)), "done", None, ABORT),
        ((Accept(), *ASKED, response(0x0124)), "echo", StatusNotSuccess, ABORT),
        ((Accept(), *ASKED, response(0xC001)), "echo", StatusNotSuccess, ABORT),
        ((Accept(), *ASKED, response(0, 0x8030)), "echo", UnexpectedResponse, ABORT),
        ((Accept(), *ASKED, Raw(wire.pdu(RELEASE_RQ, bytes(4)))), "echo", UnexpectedResponse, ABORT),
        ((Accept(), *ASKED, Abort(0, 0)), "echo", PeerAbort, P_DATA),
        ((Accept(), *ASKED, CloseConnection()), "echo", ConnectionLost, P_DATA),
        ((Accept(results=(3,)), ReleaseResponse()), "associate", NothingAccepted, RELEASE_RQ),
        ((Accept(results=(3,)), ExpectPdu(RELEASE_RQ), Raw(b"\1" * 6)), "associate", NothingAccepted, ABORT),
    ],
)
def test_how_it_ends(
    script: tuple[Step, ...],
    stage: str,
    cause: type[BaseException] | None,
    seen: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedPeer(*script) as peer:
        attempt = asked(peer, monkeypatch)
    assert (attempt.stage, None if attempt.cause is None else type(attempt.cause)) == (stage, cause)
    assert (attempt.service, attempt.shows) == ("Query/Retrieve", ("service-denied",))
    assert peer.types[0] == ASSOCIATE_RQ
    assert peer.types[-1] == seen  # what ends the association is ours to say, unless the peer has
    denied = stage == "echo" and (
        cause in (PeerAbort, ConnectionLost)
        or (isinstance(attempt.cause, StatusNotSuccess) and attempt.cause.status == 0x0124)
    )
    found = findings_of(evidence(good(), experiments=(attempt,)), NOW)
    assert [each.id for each in found] == (["service-denied"] if denied else ["in-order"])
    if denied:
        assert found[0].sentence == (
            "the node accepts the contexts of Query/Retrieve and refuses its requests"
        )
        assert "calling-title" in found[0].alternatives


def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    context = server_context(tmp_path, standard().server)
    with ScriptedPeer(Accept(), *ASKED, response(0), ReleaseResponse(), tls=context) as peer:
        attempt = asked(peer, monkeypatch, TlsSettings(verify_peer=False))
    assert (attempt.stage, attempt.session is None) == ("done", False)
