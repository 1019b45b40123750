"""The one look of all help pages: lower case as DCMTK's, examples and exit codes at the end, a pager."""

import shutil
import sys
from collections.abc import Sequence

import click

from dcmtool.cli.examples import EXAMPLES, Examples
from dcmtool.cli.exit_codes import codes_of

NARROWEST, WIDEST = 60, 120  # columns: what is narrower tears lines apart, what is wider is hard to read
_MARGIN = 2  # what Click leaves free


class HelpPage(click.Command):
    """A command, or a group, whose help page looks as that of `DicomCommand`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; say of every error which command's it is, as not all of Click's do."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_help_option_names(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the spellings that help has everywhere."""
        return ["-h", "--help"]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return Click's own option, in our words and with our pager."""
        option = super().get_help_option(ctx)
        if option:
            option.help, option.callback = "show this help and exit", _show
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and of a group the commands."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx))]
        with formatter.section("options"):
            formatter.write_dl([(_in_columns(term), text) for term, text in records])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the notes, the examples, and the exit codes."""
        super().format_epilog(ctx, formatter)
        write_end(ctx, formatter)


class HelpGroup(HelpPage, click.Group):
    """A group of commands whose help pages look alike."""

    command_class = HelpPage

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names; of another word say what it may be meant for."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from dcmtool.cli import unknown_command

            raise unknown_command.of_word(ctx, args, self.list_commands(ctx)) or error from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        names = self.list_commands(ctx)
        listed = [(name, found) for name in names if (found := self.get_command(ctx, name))]
        write_commands(
            formatter, [(name, found.get_short_help_str()) for name, found in listed if not found.hidden]
        )


def write_commands(formatter: click.HelpFormatter, rows: Sequence[tuple[str, str]]) -> None:
    """Write a list of commands, each with what it does."""
    with formatter.section("commands"):
        formatter.write_dl(rows)


def write_end(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write what each help page ends with; a command of another package has no examples here."""
    if ctx.command_path not in EXAMPLES:
        return
    with formatter.section("examples"):
        _write_examples(formatter, EXAMPLES[ctx.command_path])
    with formatter.section("exit codes"):
        codes = codes_of(ctx.command_path).items()
        formatter.write_dl([(str(code), text.replace("`", "'")) for code, text in codes])


def _write_examples(formatter: click.HelpFormatter, examples: Examples) -> None:
    """Write lines to type, which are never wrapped, with what they do beside them or else below."""
    indent = " " * formatter.current_indent
    longest = max(len(line) for line, _ in examples)
    beside = [f"{indent}{line:<{longest}}  {text}\n" for line, text in examples]
    if max(map(len, beside)) > formatter.width:
        beside = [f"{indent}{line}\n{indent}  {text}\n" for line, text in examples]
    formatter.write("".join(beside))


def width() -> int:
    """Return how wide a help page is: as the terminal, within bounds."""
    return max(NARROWEST, min(shutil.get_terminal_size().columns, WIDEST)) - _MARGIN


def show(ctx: click.Context) -> None:
    """Write the help page, on a terminal that is too low for it with the user's pager."""
    text = ctx.get_help()
    on_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    if on_terminal and text.count("\n") + 1 >= shutil.get_terminal_size().lines:
        click.echo_via_pager(text, color=ctx.color)
    else:
        click.echo(text, color=ctx.color)


def _show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        show(ctx)
        ctx.exit()


def _in_columns(term: str) -> str:
    """Return the spellings of an option with the short one in a column of its own."""
    short, comma, long_name = term.partition(", ")
    return f"{short}, ".ljust(6) + long_name if comma else f"{'':<6}{term}"
