"""Values with fields: made, compared and described as dataclasses are; settings never change."""

import copy
import dataclasses
import pickle
from typing import get_type_hints

import pytest

from dcmtool.errors import SettingsError
from dcmtool.settings import EchoRequest, Peer, Timeouts, TlsSettings
from dcmtool.verification.report import EchoReport, Phases


def test_fields_by_place_and_by_name() -> None:
    assert Peer("h", 104) == Peer(port=104, host="h") == Peer("h", port=104, family="auto")
    assert Timeouts(connect=5).acse == 30
    assert EchoRequest(Peer("h", 1)).timeouts == Timeouts()


@pytest.mark.parametrize(
    ("values", "named", "sentence"),
    [
        (("h",), {}, "Peer needs port"),
        ((), {"family": "auto"}, "Peer needs host and port"),
        (("h", 1, "auto", 2), {}, "Peer takes each of its fields once: host, port, family"),
        (("h", 1), {"host": "x"}, "Peer takes each of its fields once: host, port, family"),
        (("h", 1), {"title": "x"}, "Peer takes each of its fields once: host, port, family"),
    ],
)
def test_fields_that_are_missing_or_too_many(
    values: tuple[object, ...], named: dict[str, object], sentence: str
) -> None:
    with pytest.raises(TypeError, match=f"^{sentence}$"):
        Peer(*values, **named)  # type: ignore[arg-type]


def test_equal_values_have_one_hash() -> None:
    assert len({Timeouts(), Timeouts(acse=30), Timeouts(acse=31)}) == 2
    assert Peer("h", 1) != ("h", 1, "auto")
    assert Timeouts().__eq__(TlsSettings()) is NotImplemented


def test_nothing_is_set_or_deleted() -> None:
    timeouts = Timeouts()
    with pytest.raises(dataclasses.FrozenInstanceError):
        timeouts.acse = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del timeouts.acse
    assert timeouts == Timeouts()


def test_it_is_a_dataclass_to_who_asks() -> None:
    assert [field.name for field in dataclasses.fields(Peer)] == ["host", "port", "family"]
    assert dataclasses.replace(Peer("h", 1), port=2) == Peer("h", 2)
    assert dataclasses.asdict(Peer("h", 1)) == {"host": "h", "port": 1, "family": "auto"}
    with pytest.raises(SettingsError):
        dataclasses.replace(Peer("h", 1), port=0)
    assert [*get_type_hints(Peer)] == ["host", "port", "family"]
    assert dataclasses.is_dataclass(Peer)
    assert dataclasses.fields(Peer)[0] is dataclasses.fields(Peer)[0]  # made once, which takes a millisecond


def test_what_it_shows() -> None:
    assert repr(Peer("h", 1)) == "Peer(host='h', port=1, family='auto')"
    assert "password" not in repr(TlsSettings("k", "c", "secret"))


def test_copies() -> None:
    request = EchoRequest(Peer("h", 1), tls=TlsSettings(ca_files=("a",)))
    assert copy.deepcopy(request) == copy.copy(request) == pickle.loads(pickle.dumps(request)) == request


def test_a_report_changes_and_shares_nothing_with_another() -> None:
    report, other = EchoReport("h", 1), EchoReport("h", 1)
    report.phases.tls = 5
    report.per_phase["tls"] = report.echoes.round_trips
    assert (other.phases, other.per_phase) == (Phases(), {})
    assert report.echoes is not other.echoes
    assert dataclasses.replace(report.phases, echo=6) == Phases(tls=5, echo=6)
    assert [field.name for field in dataclasses.fields(report)][:3] == ["host", "port", "address"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(report)
