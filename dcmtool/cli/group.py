"""The `dcmtool` group: its commands, each loaded when it is called for."""

import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click
from click.exceptions import NoArgsIsHelpError

from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.help_page import HelpGroup, width, write_commands
from dcmtool.cli.usage_sentences import sentence_of
from dcmtool.cli.usage_text import Guessed, lines_of
from dcmtool.errors import DcmtoolError
from dcmtool.options.values import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# The line that the list of commands shows for each, so that listing them loads none.
COMMANDS = {
    "echo": "verify that a DICOM node answers (C-ECHO)",
    "diagnose": "find out why a DICOM node does not talk to us, and what to change",
    "explain": "find out from a capture why two nodes do not talk to each other",
    "sweep": "verify many DICOM nodes at once",
    "exporter": "have Prometheus verify DICOM nodes",
    "scp": "be a DICOM node that answers echoes, to test against",
    "tap": "show what a caller and a DICOM node say to each other, as a relay between them",
    "selftest": "check that dcmtool works on this machine",
    "nodes": "list, check, add, import and export the nodes that have names",
    "dict": "look up, check and list data dictionaries",
    "schema": "print the JSON Schema of what a command writes",
    "completion": "complete commands, options and values with the tab key",
}


class LazyGroup(HelpGroup):
    """A group whose commands are modules of `dcmtool.cli.commands`, loaded by name, or of other packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands in the order in which help shows them."""
        return [*COMMANDS, *_added()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load and return a command."""
        if cmd_name not in COMMANDS:
            from dcmtool.cli import plugins

            return plugins.load(cmd_name)
        return _loaded(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands; of these only those of other packages are loaded."""
        from dcmtool.cli import plugins

        added = [(name, text) for name in _added() if (text := plugins.short_help(name)) is not None]
        write_commands(formatter, [*COMMANDS.items(), *added])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what comes before the command; an option of echo there is told its place."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from dcmtool.cli import unknown_command

            raise unknown_command.of_option(ctx, given) or error from error

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; report what a command of another package raises as that package's failure."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, DcmtoolError, BrokenPipeError):
            raise
        except Exception as error:
            name = ctx.invoked_subcommand
            if name is None or name in COMMANDS:
                raise
            from dcmtool.cli import plugins

            plugins.report_failure(name, error)
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


def _loaded(name: str) -> click.Command:
    command: click.Command = import_module(f"dcmtool.cli.commands.{name}").command
    return command


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
    epilog="'dcmtool help COMMAND' describes a command. @FILE stands for the arguments in FILE.",
    no_args_is_help=True,
    context_settings={"auto_envvar_prefix": "DCMTOOL", "help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            allow_from_autoenv=False,
            callback=_show_version,
            help="show the version and those of the libraries, and exit",
        )
    ],
)


def run(args: Sequence[str]) -> int:
    """Run a command line and return the exit code.

    Raises:
        UsageError: it cannot be, and that has been shown.
        KeyboardInterrupt: the user would not answer.
    """
    words = [*args[1:], "--help"] if args[:1] == ["help"] else list(args)
    try:
        with cli.make_context("dcmtool", words, terminal_width=width()) as ctx:
            cli.invoke(ctx)
    except click.exceptions.Exit as done:
        return done.exit_code
    except NoArgsIsHelpError as error:
        _show(error)
        raise UsageError("Missing parameter peer") from error
    except click.ClickException as error:
        _show(error)
        raise UsageError(sentence_of(error)) from error
    except click.Abort as abort:
        raise KeyboardInterrupt from abort
    return 0


def show_usage_error(error: UsageError) -> None:
    """Show what is wrong with a command line of `dcmtool echo`, below how it is used."""
    program = click.Context(cli, info_name="dcmtool")
    _show(Guessed(str(error), click.Context(_loaded("echo"), program, "echo"), error.instead))


def _show(error: click.ClickException) -> None:
    if sys.stderr is not None:  # closed by the shell: Click would take stdout instead
        with contextlib.suppress(OSError):
            if isinstance(error, NoArgsIsHelpError):
                error.show()
            else:
                from dcmtool.cli.output import screen  # which only what is wrong needs

                above, sentence = lines_of(error)
                for line in above:
                    click.echo(line, err=True)
                screen.write_error(sentence)
