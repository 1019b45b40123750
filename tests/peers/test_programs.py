"""What becomes of a test whose program is missing."""

import pytest

from tests.peers.programs import require, require_data


def test_a_missing_program_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="/nowhere/program is not installed"):
        require("/nowhere/program")


def test_a_missing_program_fails_in_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="/nowhere/program is not installed"):
        require("/nowhere/program")


def test_a_missing_file_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="/usr/share/nowhere/file is not installed"):
        require_data("nowhere/file")
