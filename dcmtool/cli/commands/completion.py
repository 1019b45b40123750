"""`dcmtool completion`: tab completion for bash, zsh and fish, shown or installed."""

import os
import shlex
from pathlib import Path
from typing import NamedTuple

import click

from dcmtool import pipes
from dcmtool.cli.completion import VARIABLE
from dcmtool.cli.completion.shells import SHELLS
from dcmtool.cli.help_page import HelpGroup
from dcmtool.config import text_file
from dcmtool.errors import OutputFileError, reason_of

# Where the package bash-completion is; it is what reads bash's folder of completions.
BASH_COMPLETION = [
    Path("/usr/share/bash-completion/bash_completion"),
    Path("/usr/local/share/bash-completion/bash_completion"),
    Path("/opt/homebrew/share/bash-completion/bash_completion"),
    Path("/etc/bash_completion"),
]


class Place(NamedTuple):
    """The file that a shell's script is written to, and the start-up file and its line, if one is needed."""

    script: Path
    startup: Path | None = None
    line: str = ""


def script(program: click.Command, shell: str) -> str:
    """Return the completion script of a shell for the whole program."""
    return SHELLS[shell](program, {}, "dcmtool", VARIABLE).source()


def _home() -> Path:
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise click.UsageError(
            "Where is the home folder? HOME in the environment names none.", click.get_current_context()
        )
    return Path(home)


def _folder(variable: str, default: str) -> Path:
    """Return the folder that a variable names; a relative one would be another one in each folder."""
    named = os.environ.get(variable, "")
    return Path(named) if os.path.isabs(named) else _home() / default


def _read(file: Path) -> str:
    name = shlex.quote(str(file))
    return f"[ ! -r {name} ] || . {name}"


def _bash() -> Place:
    data = _folder("XDG_DATA_HOME", ".local/share")
    file = _folder("BASH_COMPLETION_USER_DIR", str(data / "bash-completion")) / "completions" / "dcmtool"
    if any(path.exists() for path in BASH_COMPLETION):
        return Place(file)
    return Place(file, _home() / ".bashrc", _read(file))


def _zsh() -> Place:
    file = _folder("XDG_DATA_HOME", ".local/share") / "zsh" / "site-functions" / "_dcmtool"
    # -i passes over folders that others may write to, where zsh would ask at each start.
    start = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }"
    return Place(file, _folder("ZDOTDIR", "") / ".zshrc", f"{start}; {_read(file)}")


def _fish() -> Place:
    return Place(_folder("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / "dcmtool.fish")


PLACES = {"bash": _bash, "zsh": _zsh, "fish": _fish}


@click.group(
    "completion",
    cls=HelpGroup,
    no_args_is_help=True,
    short_help="complete commands, options and values with the tab key",
)
def command() -> None:
    """Complete commands, options, values and files with the tab key in bash, zsh and fish."""


@command.command("show", short_help="print the script of a shell")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def show(ctx: click.Context, shell: str) -> None:
    """Print the script of a shell."""
    click.echo(script(ctx.find_root().command, shell), nl=False)


@command.command("install", short_help="install the script where the shell looks for it")
@click.option(
    "--shell",
    "shells",
    type=click.Choice(list(SHELLS)),
    multiple=True,
    show_default="that of the environment variable SHELL",
    metavar="SHELL",
    help="for this shell, bash, zsh or fish; may be given more than once",
)
@click.pass_context
def install(ctx: click.Context, shells: tuple[str, ...]) -> None:
    """Install the script where the shell looks for it, and show what was done.

    Where a shell does not look by itself (zsh, and bash without the package bash-completion), a line is added
    to its start-up file, once.
    """
    for shell in dict.fromkeys(shells or [_own_shell()]):
        place = PLACES[shell]()
        _write(place.script, script(ctx.find_root().command, shell), "w")
        click.echo(f"Wrote {place.script}")
        if place.startup:
            click.echo(_add_line(place.startup, f"{place.line}  # dcmtool completion"))
        click.echo(f"Completion works in each {shell} that is started from now on.")


def _own_shell() -> str:
    name = os.path.basename(os.environ.get("SHELL", ""))
    if name not in SHELLS:
        known = "bash, --shell zsh or --shell fish"
        raise click.UsageError(
            f"Which shell? SHELL in the environment names none of them; add --shell {known}",
            click.get_current_context(),
        )
    return name


def _add_line(file: Path, line: str) -> str:
    """Add a line to a file unless it is there; return what was done."""
    try:
        raw = pipes.read(str(file), text_file.MOST + 1)
    except FileNotFoundError:
        raw = b""
    except OSError as error:
        raise OutputFileError(str(file), reason_of(error)) from error
    if len(raw) > text_file.MOST:
        raise OutputFileError(str(file), f"it is larger than {text_file.MOST} bytes, as no start-up file is")
    text = raw.decode("utf-8", "surrogateescape")
    if line in text.splitlines():
        return f"{file} has the line for it already"
    _write(file, f"{'' if text.endswith(chr(10)) or not text else chr(10)}{line}\n", "a")
    return f"Added to {file}: {line}"


def _write(file: Path, text: str, mode: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise OutputFileError(str(file), reason_of(error)) from error
