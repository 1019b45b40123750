"""`dcmtool completion`: what it writes, where, and what it says."""

from pathlib import Path

import pytest

from dcmtool.cli.commands import completion
from dcmtool.cli.commands.completion import script
from dcmtool.cli.completion.shells import SHELLS
from dcmtool.cli.group import cli
from dcmtool.cli.main import main

VARIABLES = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "BASH_COMPLETION_USER_DIR", "SHELL")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, on a machine without the package bash-completion."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(completion, "BASH_COMPLETION", [tmp_path / "bash_completion"])
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
def test_show(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "show", shell]) == 0
    assert capsys.readouterr() == (script(cli, shell), "")


def test_a_shell_that_looks_by_itself(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "bash_completion").touch()
    assert main(["completion", "install", "--shell", "bash", "--shell", "fish"]) == 0
    bash = home / ".local/share/bash-completion/completions/dcmtool"
    fish = home / ".config/fish/completions/dcmtool.fish"
    assert (bash.read_text(), fish.read_text()) == (script(cli, "bash"), script(cli, "fish"))
    assert not (home / ".bashrc").exists()
    assert capsys.readouterr().out.splitlines() == [
        f"Wrote {bash}",
        "Completion works in each bash that is started from now on.",
        f"Wrote {fish}",
        "Completion works in each fish that is started from now on.",
    ]


def test_a_line_is_added_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", "/bin/bash")
    startup = home / ".bashrc"
    startup.write_bytes(b"alias ll='ls -l' # \xe9")  # no line end, no UTF-8
    file = home / ".local/share/bash-completion/completions/dcmtool"
    line = f"[ ! -r {file} ] || . {file}  # dcmtool completion"
    assert main(["completion", "install"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"Added to {startup}: {line}"
    assert main(["completion", "install"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"{startup} has the line for it already"
    assert startup.read_bytes() == b"alias ll='ls -l' # \xe9\n" + line.encode() + b"\n"


def test_the_folders_that_the_environment_names(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", f"{home}/data of mine")
    monkeypatch.setenv("XDG_CONFIG_HOME", f"{home}/config")
    monkeypatch.setenv("ZDOTDIR", f"{home}/zsh")
    assert main(["completion", "install", "--shell", "zsh", "--shell", "fish"]) == 0
    file = home / "data of mine/zsh/site-functions/_dcmtool"
    assert file.read_text() == script(cli, "zsh")
    assert (home / "config/fish/completions/dcmtool.fish").read_text() == script(cli, "fish")
    assert (
        (home / "zsh/.zshrc").read_text().endswith(f"[ ! -r '{file}' ] || . '{file}'  # dcmtool completion\n")
    )


def test_a_relative_folder_does_not_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line would read a file of the folder in which the shell happens to start."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.setenv(name, "astray")
    monkeypatch.chdir(home)
    assert main(["completion", "install", *(f"--shell={shell}" for shell in SHELLS)]) == 0
    assert sorted(path.name for path in home.iterdir()) == [".bashrc", ".config", ".local", ".zshrc"]
    assert "astray" not in (home / ".bashrc").read_text() + (home / ".zshrc").read_text()


@pytest.mark.parametrize("shell", SHELLS)
def test_without_a_home(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", "nowhere")
    assert main(["completion", "install", "--shell", shell]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Error: Where is the home folder? HOME in the environment names none."
    )


@pytest.mark.parametrize("shell", ["", "/bin/dash"])
def test_a_shell_that_has_none(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", shell)
    assert main(["completion", "install"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Error: Which shell? SHELL in the environment names none of them; "
        "add --shell bash, --shell zsh or --shell fish"
    )


def test_a_folder_that_cannot_be_made(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".config").touch()
    assert main(["completion", "install", "--shell", "fish"]) == 40
    file = home / ".config/fish/completions/dcmtool.fish"
    assert capsys.readouterr() == ("", f"Error: {file} cannot be written: Not a directory\n")


def test_a_start_up_file_that_cannot_be_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".zshrc").mkdir()
    assert main(["completion", "install", "--shell", "zsh"]) == 40
    assert capsys.readouterr().err == f"Error: {home}/.zshrc cannot be written: Is a directory\n"


def test_a_start_up_file_without_end_is_not_read_whole(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (home / ".zshrc").open("wb") as file:
        file.truncate(1 << 40)
    assert main(["completion", "install", "--shell", "zsh"]) == 40
    assert "cannot be written: it is larger than 4194304 bytes" in capsys.readouterr().err
