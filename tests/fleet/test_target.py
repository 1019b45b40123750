"""Which of many targets are the same."""

import pytest

from dcmtool.fleet.target import Target, distinct
from dcmtool.settings import EchoRequest, Negotiation, Peer


def test_many_titles_of_one_machine_are_told_apart_by_their_titles(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    equal = EchoRequest.__eq__

    def counted(one: EchoRequest, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    monkeypatch.setattr(EchoRequest, "__eq__", counted)
    peer = Peer("pacs", 104)
    requests = [EchoRequest(peer, Negotiation(called_aet=f"NODE{number}")) for number in range(2000)]
    targets = [Target(request.negotiation.called_aet, request) for request in (*requests, requests[0])]
    kept, left_out = distinct(targets)
    assert (len(kept), left_out, compared) == (2000, [("NODE0", "NODE0")], 1)
