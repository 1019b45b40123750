"""`dcmtool.explain`: connections as values, and what is raised."""

import warnings
from pathlib import Path

import pytest

import dcmtool
from dcmtool.api.explain import explain
from tests.capture.examples import REJECTED, STORED, showing


def test_connections_come_as_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pcap").write_bytes(b"")
    showing(monkeypatch, STORED, REJECTED)
    found = [*dcmtool.explain(tmp_path / "a.pcap", "pcap")]
    assert [(each.number, each.ending, each.failed) for each in found] == [
        (1, "released", False),
        (2, "rejected", True),
    ]
    assert {each.source for each in found} == {str(tmp_path / "a.pcap")}


def test_what_is_odd_is_a_warning_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pcap").write_bytes(b"")
    showing(monkeypatch, warnings=("packets are cut",))
    told: list[str] = []
    assert [*explain(tmp_path / "a.pcap", warn=told.append)] == []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [*explain(tmp_path / "a.pcap")] == []
    assert told == [str(each.message) for each in caught] == [f"{tmp_path}/a.pcap: packets are cut"]


@pytest.mark.parametrize("arguments", [(b"a",), (7,), ("a", "png")])
def test_what_cannot_be(arguments: tuple[object, ...]) -> None:
    with pytest.raises(dcmtool.SettingsError):
        explain(*arguments)  # type: ignore[arg-type]


def test_a_file_that_is_not_there() -> None:
    connections = explain("none.pcap")
    with pytest.raises(dcmtool.InputFileError, match="No such file"):
        next(connections)
