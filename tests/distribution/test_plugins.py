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


@pytest.fixture(scope="module")
def greeting(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with a package that adds `greet`, and claims `echo`."""
    folder = tmp_path_factory.mktemp("greeting")
    plugin = package(
        folder / "source", "greeting", 'greet = "greeting:greet"\necho = "greeting:greet"', GREET
    )
    return environment(folder / "environment", wheel, plugin)


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
    (packages,) = (folder / "environment").glob("lib/python*/site-packages")
    (packages / "ends.py").write_text("raise SystemExit('that is all')")
    (packages / "other-1.0.dist-info").mkdir()
    (packages / "other-1.0.dist-info" / "entry_points.txt").write_text("[dcmtool.commands]\nno value\n")
    return made


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
    left_out = "of the package dcmtool-broken is left out:"
    (unreadable, *warnings) = done.stderr.splitlines()
    assert unreadable.startswith("Warning: The entry points in ")
    assert warnings == [
        f"Warning: The command 'absent' {left_out} ModuleNotFoundError: No module named 'absent'",
        f"Warning: The command 'ends' {left_out} SystemExit: that is all",
        f"Warning: The command 'lacks' {left_out} AttributeError: module 'broken' has no attribute 'no'",
        f"Warning: The command 'text' {left_out} broken is no Click command",
    ]


def test_a_broken_one_is_no_command(broken: Installed) -> None:
    done = broken.run("absent")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: No such command 'absent'."


def test_our_commands_do_not_look_for_others(broken: Installed) -> None:
    done = broken.run("echo", "--help")
    assert (done.stderr, done.returncode) == ("", 0)
