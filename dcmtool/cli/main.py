"""The `dcmtool` program: its commands, each loaded when it is called for, and its exit code."""

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR, exit_code
from dcmtool.config.command_file import expand
from dcmtool.errors import DcmtoolError, InputFileError, OutputFileError, reason_of
from dcmtool.text import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETION = "_DCMTOOL_COMPLETE"  # set by a shell that asks what could come next
OUTPUT = "DCMTOOL_ECHO_OUTPUT"  # `--output` by the environment

# The line that the list of commands shows for each, so that listing them loads none.
COMMANDS = {
    "echo": "Verify that a DICOM node answers (C-ECHO).",
    "scp": "Be a DICOM node that answers echoes, to test against.",
    "selftest": "See whether dcmtool works on this machine.",
    "nodes": "List, show and import the nodes that have names.",
    "dict": "Look up, check and list data dictionaries.",
    "schema": "Print the JSON Schema of what a command writes.",
    "completion": "Complete commands, options and values with the tab key.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules of `dcmtool.cli`, loaded by name, or of other packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands in the order in which help shows them."""
        return [*COMMANDS, *_added()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load and return a command."""
        if cmd_name not in COMMANDS:
            from dcmtool.cli import plugins

            return plugins.load(cmd_name)
        command: click.Command = import_module(f"dcmtool.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands; of these only those of other packages are loaded."""
        from dcmtool.cli import plugins

        added = [(name, text) for name in _added() if (text := plugins.short_help(name)) is not None]
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items(), *added])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what a command of another package lets through is told as that package's."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, DcmtoolError, BrokenPipeError):
            raise
        except Exception as error:
            name = ctx.invoked_subcommand
            if name is None or name in COMMANDS:
                raise
            from dcmtool.cli import plugins

            plugins.tell_failure(name, error)
            raise click.exceptions.Exit(COMMAND_LINE_ERROR) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """Offer the commands without loading them, and the options."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=COMMANDS.get(name))
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


def _added() -> list[str]:
    from dcmtool.cli import plugins

    return [name for name in plugins.commands() if name not in COMMANDS]


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from dcmtool.cli.version import version_text

        click.echo(version_text("dcmtool", PURPOSE))
        ctx.exit()


PURPOSE = "Will this DICOM node talk to me, how fast, and if not, exactly why?"

cli = LazyGroup(
    "dcmtool",
    help=PURPOSE,
    epilog="'dcmtool COMMAND --help' tells about a command. @FILE stands for the arguments in FILE.",
    no_args_is_help=True,
    context_settings={"auto_envvar_prefix": "DCMTOOL", "help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            allow_from_autoenv=False,
            callback=_show_version,
            help="Show the version and those of the libraries, and exit.",
        )
    ],
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default) and return the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(args)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        if sys.stderr is not None:  # closed by the shell: Click would take stdout instead
            with contextlib.suppress(OSError):
                error.show()
        return _told(args, error)
    except DcmtoolError as error:
        _complain(str(error))
        return _told(args, error)
    except BrokenPipeError as error:  # who read the output has seen enough
        _silence_stdout()
        return exit_code(error)
    except OSError as error:
        _silence_stdout()
        _complain(f"Cannot write the output: {reason_of(error)}")
        return exit_code(error)
    except (KeyboardInterrupt, click.Abort) as error:
        return _told(args, error)


def _run(args: list[str]) -> int:
    """Run a command line; its command files are replaced by what they hold, also for the caller."""
    if _completes(os.environ.get(COMPLETION, "")):
        from dcmtool.cli.shells import answer

        return answer(cli, COMPLETION)
    try:
        args[:] = expand(args)
    except InputFileError as error:
        _complain(f"Cannot open command file '{printable(error.path)}': {error.reason}")
        return _told(args, error)
    with cli.make_context("dcmtool", list(args)) as ctx:
        cli.invoke(ctx)
    return 0


def _told(args: Sequence[str], error: BaseException) -> int:
    """Return the exit code of an error; who asked for a document or a monitor's line gets it all the same."""
    form = os.environ.get(OUTPUT)
    if form is None and not any(word.startswith("--output") for word in args):
        return exit_code(error)
    from dcmtool.cli.early_failures import told

    try:
        return told(args, form, error)
    except (OSError, OutputFileError) as unwritten:
        _silence_stdout()
        return exit_code(unwritten)


def interrupted() -> int:
    """Return the exit code of the process's command line that Ctrl-C ended before it could be run."""
    return _told(sys.argv[1:], KeyboardInterrupt())


def _completes(instruction: str) -> bool:
    """Return whether a shell asks, for its script or for what could come next; the variable may be stale."""
    return instruction.endswith("_source") or (instruction != "" and "COMP_WORDS" in os.environ)


def _complain(sentence: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            click.echo(f"Error: {sentence}", err=True)


def _silence_stdout() -> None:
    """Keep the interpreter from writing to the closed pipe, and complaining, once more as it exits."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
