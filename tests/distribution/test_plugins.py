"""Commands of other packages, really installed: good ones, broken ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.distribution.conftest import Installed, environment

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "dcmtool-{name}"
version = "1.0"

[project.entry-points."dcmtool.commands"]
{commands}

[tool.hatch.build.targets.wheel]
only-include = ["{name}.py"]
"""

GREET = """\
import click

@click.command()
@click.option("--name", default="all", show_envvar=True)
def greet(name):
    "Greet somebody."
    click.echo(f"Hello {name}")
"""


def package(folder: Path, name: str, commands: str, module: str) -> Path:
    """Build the wheel of a package with one module and some commands."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT.format(name=name, commands=commands))
    (folder / f"{name}.py").write_text(module)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "made"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (wheel,) = (folder / "made").iterdir()
    return wheel


# A command that fails in a way that is chosen, and a group.
FAIL = """\
import click
from dcmtool.errors import InputFileError

@click.command()
@click.argument("how")
def fail(how):
    raise {
        "value": ValueError("not\\x1b[31m so"),
        "os": FileNotFoundError(2, "No such file or directory", "list.txt"),
        "pipe": BrokenPipeError(32, "Broken pipe"),
        "ours": InputFileError("list.txt", "is empty"),
        "usage": click.UsageError("this way"),
        "exit": SystemExit(7),
        "keys": KeyboardInterrupt(),
    }[how]

@click.group()
def tools():
    "Several."

@tools.command()
def hammer():
    "Hit."
    click.echo("bang")
"""


def unpacked(environment: Path, name: str, commands: str | bytes, module: str = "") -> Path:
    """Put a package as it lies installed into an environment; return the folder of its metadata."""
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / f"{name}.py").write_text(module)
    return metadata(packages, name, commands)


def metadata(folder: Path, name: str, commands: str | bytes) -> Path:
    """Put the metadata of a package into a folder; text is a command's line, bytes are the whole file."""
    made = folder / f"{name}-1.0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    text = f"[dcmtool.commands]\n{commands}\n".encode() if isinstance(commands, str) else commands
    (made / "entry_points.txt").write_bytes(text)
    return made


@pytest.fixture(scope="module")
def greeting(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with a package that adds `greet`, and claims `echo`."""
    folder = tmp_path_factory.mktemp("greeting")
    plugin = package(
        folder / "source", "greeting", 'greet = "greeting:greet"\necho = "greeting:greet"', GREET
    )
    made = environment(folder / "environment", wheel, plugin)
    unpacked(made.folder, "failing", "fail = failing:fail\ntools = failing:tools", FAIL)
    return made


@pytest.fixture(scope="module")
def broken(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with commands that are broken in several ways, and one that is not."""
    folder = tmp_path_factory.mktemp("broken")
    commands = {
        "absent": "absent",
        "ends": "ends",
        "greet": "broken:greet",
        "lacks": "broken:no",
        "text": "broken",
    }
    lines = "\n".join(f'{name} = "{value}"' for name, value in commands.items())
    plugin = package(folder / "source", "broken", lines, GREET)
    made = environment(folder / "environment", wheel, plugin)
    (packages,) = made.folder.glob("lib/python*/site-packages")
    (packages / "ends.py").write_text("raise SystemExit('that is all')")
    metadata(packages, "latin", "[dcmtool.commands]\ngrün = a:b".encode("latin-1"))
    metadata(packages, "other", "no value")
    (metadata(packages, "nameless", "nameless = absent:c") / "METADATA").unlink()
    unpacked(made.folder, "red", "\x1b[31mred = red:c\n--all = red:c")
    unpacked(made.folder, "stop", "stop = stop:c", "raise GeneratorExit")
    unpacked(made.folder, "mute", "mute = mute:c\nunseen = mute:d", MUTE)
    return made


# One that speaks while it is imported and has no line for the list, and one that wants none.
MUTE = """\
import click
print("noise")

class Mute(click.Command):
    def get_short_help_str(self, limit=45):
        raise RuntimeError("no words")

c = Mute("mute", callback=lambda: None)
d = click.Command("unseen", hidden=True, callback=lambda: print("here"))
"""


def test_it_runs_as_one_of_ours(greeting: Installed) -> None:
    done = greeting.run("greet", "--name", "you")
    assert (done.stdout, done.stderr, done.returncode) == ("Hello you\n", "", 0)
    assert greeting.run("greet", env={"DCMTOOL_GREET_NAME": "me"}).stdout == "Hello me\n"


def test_it_is_listed_with_what_it_says_of_itself(greeting: Installed) -> None:
    done = greeting.run("--help")
    assert "  greet       Greet somebody." in done.stdout.splitlines()
    assert done.stdout.count("  echo ") == 1
    assert (done.stderr, done.returncode) == ("", 0)


def test_ours_cannot_be_replaced(greeting: Installed) -> None:
    assert "as DCMTK's echoscu does" in greeting.run("echo", "--help").stdout


def test_it_is_completed(greeting: Installed) -> None:
    def answer(words: str) -> str:
        return greeting.run(env={"_DCMTOOL_COMPLETE": "bash_complete", "COMP_WORDS": words}).stdout

    assert answer("dcmtool g") == "plain,greet\n"
    assert answer("dcmtool greet --n") == "plain,--name\n"


def test_broken_ones_cost_a_warning(broken: Installed) -> None:
    done = broken.run("--help")
    assert "  greet       Greet somebody." in done.stdout.splitlines()
    assert done.returncode == 0
    for absent in ("noise", "unseen", "mute", "\x1b"):
        assert absent not in done.stdout
    left_out = "of the package dcmtool-broken is left out:"
    (latin, other, *warnings) = done.stderr.splitlines()
    for warning, folder in ((latin, "latin"), (other, "other")):
        assert warning.startswith("Warning: The entry points in ")
        assert f"{folder}-1.0.dist-info cannot be read: " in warning
    assert warnings == [
        r"Warning: The command '\x1b[31mred' of the package red is left out: no command can be called so",
        "Warning: The command '--all' of the package red is left out: no command can be called so",
        f"Warning: The command 'absent' {left_out} ModuleNotFoundError: No module named 'absent'",
        f"Warning: The command 'ends' {left_out} SystemExit: that is all",
        f"Warning: The command 'lacks' {left_out} AttributeError: module 'broken' has no attribute 'no'",
        "noise",
        "Warning: The command 'mute' of the package mute is left out: RuntimeError: no words",
        "Warning: The command 'nameless' is left out: ModuleNotFoundError: No module named 'absent'",
        "Warning: The command 'stop' of the package stop is left out: GeneratorExit: ",
        f"Warning: The command 'text' {left_out} broken is no Click command",
    ]


def test_what_is_not_listed_runs(broken: Installed) -> None:
    assert broken.run("unseen").stdout == "noise\nhere\n"
    assert broken.run("mute").returncode == 0


def test_completion_hears_nothing_of_it(broken: Installed) -> None:
    asked = {"_DCMTOOL_COMPLETE": "bash_complete", "COMP_WORDS": "dcmtool mute --h"}
    assert broken.run(env=asked).stdout == "plain,--help\n"


def test_a_broken_one_is_no_command(broken: Installed) -> None:
    done = broken.run("absent")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: No such command 'absent'"


def test_our_commands_do_not_look_for_others(broken: Installed) -> None:
    done = broken.run("echo", "--help")
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("how", "code", "last"),
    [
        ("value", 1, r"Error: The command 'fail' of the package failing failed: ValueError: not\x1b[31m so"),
        (
            "os",
            1,
            "Error: The command 'fail' of the package failing failed: "
            "FileNotFoundError: [Errno 2] No such file or directory: 'list.txt'",
        ),
        ("ours", 20, "Error: list.txt: is empty"),
        ("usage", 1, "Error: this way"),
    ],
)
def test_its_failures_are_told_as_its_own(greeting: Installed, how: str, code: int, last: str) -> None:
    done = greeting.run("fail", how)
    assert (done.stdout, done.stderr.splitlines()[-1], done.returncode) == ("", last, code)
    assert ("Traceback" in done.stderr) == ("of the package" in last)


@pytest.mark.parametrize(("how", "code"), [("pipe", 40), ("exit", 7), ("keys", 130)])
def test_its_ends_are_those_of_any_command(greeting: Installed, how: str, code: int) -> None:
    done = greeting.run("fail", how)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", code)


def test_a_group_has_its_commands(greeting: Installed) -> None:
    assert greeting.run("tools", "hammer").stdout == "bang\n"
    assert greeting.run("tools", "--help").stdout.splitlines()[-1] == "  hammer  Hit."
    asked = {"_DCMTOOL_COMPLETE": "bash_complete", "COMP_WORDS": "dcmtool tools h"}
    assert greeting.run(env=asked).stdout == "plain,hammer\n"


def test_it_may_be_anywhere_on_the_path(greeting: Installed, tmp_path: Path) -> None:
    """As an editable installation is; a second copy does not count; what is no folder is passed over."""
    for folder, text in (("first", "one"), ("second", "two")):
        metadata(tmp_path / folder, "spread", f"spread = spread_{text}:c")
        (tmp_path / folder / f"spread_{text}.py").write_text(
            f"import click\nc = click.Command('c', callback=lambda: click.echo('{text}'))\n"
        )
    (tmp_path / "archive.zip").write_bytes(b"PK")
    path = ":".join(f"{tmp_path}/{name}" for name in ("archive.zip", "absent", "first", "second"))
    done = greeting.run("spread", env={"PYTHONPATH": path})
    assert (done.stdout, done.stderr, done.returncode) == ("one\n", "", 0)
    assert greeting.run("--help", env={"PYTHONPATH": path}).stdout.count("spread") == 1
