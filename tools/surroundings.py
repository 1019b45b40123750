"""What the help of the commands does not say: variables and files of others that they read, exit codes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dcmtool.cli.exit_codes import VERIFYING, codes_of
from dcmtool.reporting.nagios import ServiceState
from tools.command_model import Page


class Thing(NamedTuple):
    """A variable or a file, what it is for, and the commands that read it (with all below them)."""

    name: str
    text: str
    commands: tuple[str, ...]


VARIABLES = (
    Thing(
        "DCMDICTPATH",
        "data dictionary files in DCMTK's format, with colons between",
        ("dcmtool echo", "dcmtool dict"),
    ),
    Thing("NO_COLOR", "with any value, no colours", ("dcmtool echo", "dcmtool diagnose")),
    Thing(
        "FORCE_COLOR", "with any value, the layout of a terminal and its colours anywhere", ("dcmtool echo",)
    ),
    Thing("COLUMNS", "the width of the terminal, where it is not 0", ("dcmtool echo",)),
    Thing("TERM", "where it is `dumb`, plain lines on a terminal, too", ("dcmtool echo",)),
    Thing(
        "XDG_CONFIG_HOME",
        "in place of `~/.config`",
        ("dcmtool echo", "dcmtool diagnose", "dcmtool nodes", "dcmtool completion install"),
    ),
    Thing("XDG_DATA_HOME", "in place of `~/.local/share`", ("dcmtool completion install",)),
    Thing("SHELL", "the shell to install for", ("dcmtool completion install",)),
    Thing("BASH_COMPLETION_USER_DIR", "where bash looks for completions", ("dcmtool completion install",)),
    Thing("ZDOTDIR", "where zsh looks for `.zshrc`", ("dcmtool completion install",)),
)
FILES = (
    Thing(
        "~/.config/dcmtool/nodes.toml",
        "the nodes that have names",
        ("dcmtool echo", "dcmtool diagnose", "dcmtool nodes"),
    ),
    Thing("~/.config/dcmtool/dcmtool.toml", "defaults", ("dcmtool echo", "dcmtool diagnose")),
    Thing("~/.local/share/bash-completion/completions/dcmtool", "for bash", ("dcmtool completion install",)),
    Thing("~/.local/share/zsh/site-functions/_dcmtool", "for zsh", ("dcmtool completion install",)),
    Thing("~/.config/fish/completions/dcmtool.fish", "for fish", ("dcmtool completion install",)),
)


def environment(page: Page) -> tuple[tuple[str, str], ...]:
    """Return the environment variables of a command, each with what it does."""
    return (*page.variables, *_of(page, VARIABLES))


def files(page: Page) -> tuple[tuple[str, str], ...]:
    """Return the files of a command, each with what it holds."""
    return tuple(_of(page, FILES))


def _of(page: Page, things: tuple[Thing, ...]) -> Iterator[tuple[str, str]]:
    for thing in things:
        if any(f"{page.name} ".startswith(f"{command} ") for command in thing.commands):
            yield thing.name, thing.text


def exit_codes(page: Page) -> Mapping[int, str]:
    """Return the exit codes of a command, each with what it means."""
    return codes_of(page.name)


def other_exit_codes(page: Page) -> str:
    """Return what the exit codes are under other circumstances; empty where there are none."""
    if page.name not in VERIFYING:
        return ""
    states = ", ".join(f"{state.value} {state.name}" for state in ServiceState)
    return f"With `--output nagios` they are those of a monitor's plugin: {states}."
