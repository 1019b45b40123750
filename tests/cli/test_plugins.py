"""Commands of other packages as folders on `sys.path` hold them; `distribution` really installs some."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcmtool.cli import plugins
from dcmtool.cli.main import main

GREET = """\
import click

@click.command()
def greet():
    "Greet somebody."
    click.echo("Hello")
"""
METADATA = "Metadata-Version: 2.1\nName: dcmtool-{name}\nVersion: 1.0\n"


class Packages:
    """A folder of installed packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, entry_points: str) -> Path:
        """Add the metadata of a package; return their folder."""
        metadata = self.folder / f"dcmtool_{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(METADATA.format(name=name))
        (metadata / "entry_points.txt").write_text(entry_points)
        return metadata

    def commands(self, name: str, *lines: str) -> Path:
        """Add a package with these commands; return the folder of its metadata."""
        return self.add(name, "\n".join(["[dcmtool.commands]", *lines, ""]))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    """A folder before all others on `sys.path`, with a module that has a command."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "greeting_of_test.py").write_text(GREET)
    plugins.commands.cache_clear()
    yield Packages(tmp_path)
    plugins.commands.cache_clear()


def test_a_command_is_found_listed_and_run(packages: Packages, capsys: pytest.CaptureFixture[str]) -> None:
    packages.commands("greeting", "greet = greeting_of_test:greet")
    assert main(["greet"]) == 0
    assert capsys.readouterr() == ("Hello\n", "")
    assert main(["--help"]) == 0
    assert "  greet       Greet somebody." in capsys.readouterr().out.splitlines()


def test_of_two_with_one_name_the_first_counts(packages: Packages, tmp_path: Path) -> None:
    packages.commands("a", "greet = greeting_of_test:greet", "another = b:c")
    packages.commands("b", "greet = b:c")
    assert list(plugins.commands()) == ["another", "greet"]
    assert plugins.commands()["greet"].value == "greeting_of_test:greet"


def test_what_names_another_group_is_passed_over(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(packages.folder / "none"))
    packages.add("scripts", "[console_scripts]\nx = y:z\n")
    (packages.add("bare", "") / "entry_points.txt").unlink()
    shutil.copytree(packages.commands("good", "g = h:i"), packages.folder / "no-metadata")
    assert [entry.value for entry in plugins.commands().values()] == ["h:i"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("absent_of_test", "ModuleNotFoundError: No module named 'absent_of_test'"),
        ("greeting_of_test:no", "AttributeError: module 'greeting_of_test' has no attribute 'no'"),
        ("ends_of_test", "SystemExit: that is \\x1b all"),
        ("greeting_of_test", "greeting_of_test is no Click command"),
    ],
)
def test_a_broken_one_is_left_out(
    packages: Packages, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (packages.folder / "ends_of_test.py").write_text("raise SystemExit('that is \\x1b all')")
    packages.commands("broken", f"it = {value}")
    assert main(["it"]) == 1
    warning, *_, error = capsys.readouterr().err.splitlines()
    assert warning == f"Warning: The command 'it' of the package dcmtool-broken is left out: {reason}"
    assert error == "Error: No such command 'it'"


def test_entry_points_that_cannot_be_read(packages: Packages, capsys: pytest.CaptureFixture[str]) -> None:
    folder = packages.commands("odd", "no value")
    assert plugins.commands() == {}
    assert capsys.readouterr().err.startswith(f"Warning: The entry points in {folder} cannot be read: ")


def test_an_error_whose_text_raises_is_told_so(
    packages: Packages, capsys: pytest.CaptureFixture[str]
) -> None:
    (packages.folder / "mute_of_test.py").write_text(
        "class Mute(Exception):\n    def __str__(self): raise KeyError\nraise Mute"
    )
    packages.commands("mute", "it = mute_of_test")
    assert main(["it"]) == 1
    assert "is left out: Mute, whose text raises KeyError\n" in capsys.readouterr().err


def test_metadata_that_cannot_be_read_is_told_so(
    packages: Packages, capsys: pytest.CaptureFixture[str]
) -> None:
    (packages.commands("odd", "it = absent_of_test") / "METADATA").write_bytes(b"Name: \xff\n")
    assert main(["it"]) == 1
    said = capsys.readouterr().err
    assert "of a package whose metadata cannot be read (UnicodeDecodeError) is left out: " in said
