"""`dcmtool.toml`: the defaults of a command."""

from pathlib import Path

import pytest

from dcmtool.config import defaults
from dcmtool.errors import InputFileError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the user's file, which is not there yet; its folder is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "dcmtool").mkdir()
    return tmp_path / "dcmtool" / "dcmtool.toml"


def test_no_file(file: Path) -> None:
    assert defaults.of("echo") is None


@pytest.mark.parametrize(
    ("text", "settings"), [("", {}), ("[defaults]", {}), ("[defaults.echo]\na = 1", {"a": 1})]
)
def test_a_file(file: Path, text: str, settings: dict[str, object]) -> None:
    file.write_text(text)
    assert defaults.of("echo") == defaults.Defaults(str(file), "defaults.echo", settings)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[default]", 1, "default means nothing here (did you mean defaults?)"),
        ("[defaults.scp]\n[defaults.ecco]", 2, "ecco means nothing here (did you mean echo?)"),
        ("defaults = 1", 1, "defaults should be a table, but is 1"),
        ("[defaults]\necho = 1", 2, "echo should be a table, but is 1"),
    ],
)
def test_what_is_none(file: Path, text: str, line: int, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(InputFileError) as caught:
        defaults.of("echo")
    assert (caught.value.path, caught.value.line, caught.value.reason) == (str(file), line, reason)


@pytest.mark.parametrize("command", ["diagnose", "sweep"])
def test_what_a_command_does_not_read_is_told_where_that_runs(file: Path, command: str) -> None:
    file.write_text(f"[defaults.echo]\na = 1\n[defaults.{command}]\nb = 1")
    for running in ("", "echo"):
        found = defaults.of("echo", running)
        assert found is not None
        assert found.settings == {"a": 1}
    with pytest.raises(InputFileError) as caught:
        defaults.of("echo", command)
    assert caught.value.line == 3
    assert caught.value.reason == f"[defaults.{command}] is not read: [defaults.echo] is"
