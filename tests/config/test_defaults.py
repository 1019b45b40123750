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
    ("text", "reason"),
    [
        ("[default]", "default means nothing here (did you mean defaults?)"),
        ("[defaults.ecco]", "ecco means nothing here (did you mean echo?)"),
        ("defaults = 1", "defaults should be a table, but is 1"),
        ("[defaults]\necho = 1", "echo should be a table, but is 1"),
    ],
)
def test_what_is_none(file: Path, text: str, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(InputFileError) as caught:
        defaults.of("echo")
    assert (caught.value.path, caught.value.reason) == (str(file), reason)
