"""A command of Click's whose options are data and whose words are read by DCMTK's rules.

Click makes the help page and the usage line, and asks what the tab key could offer. What is said on the
command line, `parse` reads; Click itself parses only a line that is being completed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from dcmtool.cli.grammar.command_line import CommandLine, read_command_line
from dcmtool.cli.grammar.option import Complete, DicomArgument, DicomOption
from dcmtool.cli.grammar.parser import parse
from dcmtool.cli.help_page import show, write_end
from dcmtool.cli.usage_text import Guessed
from dcmtool.options.option import Section, Signature
from dcmtool.options.values import UsageError, Values

Action = Callable[[click.Context, Values, Any], None]
Run = Callable[[Values, CommandLine, str], int]

_INDENT = 2  # what Click indents by
_WIDEST = 34  # columns of options with their values; the text of a longer one stands below it
_ROOM, _HANGING = 70, 8  # columns: in less than this many texts stand below what they describe, so far in
_READ = "dcmtool.read"


class DicomCommand(click.Command):
    """A command whose command line follows DCMTK's rules and whose help has sections of two levels.

    It is `run` with the values, the words and the name that it was called by, and returns the exit code; an
    option that does something else has its `actions`, by its name. Options are checked in the order of their
    declaration, and shown in that order within their section. The `last_sections` stand in this order in the
    help, after all others. `completions` say by name what the tab key offers for values.
    """

    def __init__(
        self,
        signature: Signature,
        run: Run,
        *,
        actions: Mapping[str, Action],
        completions: Mapping[str, Complete],
        last_sections: Sequence[Section] = (),
        **attrs: Any,
    ) -> None:
        self._help, *options = (DicomOption(each, completions.get(each.name)) for each in signature.options)
        arguments = (DicomArgument(each, completions.get(each.name)) for each in signature.parameters)
        super().__init__(signature.name, params=[*arguments, *options], **attrs)
        self.signature, self.last_sections = signature, last_sections
        self._run, self._actions = run, {**actions, "help": _show_help}

    def get_help_option(self, ctx: click.Context) -> DicomOption:  # noqa: ARG002
        """Return the help option, which stands in a section like the others."""
        return self._help

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters, the help option first: it wins over other options that end the run."""
        return [self._help, *(param for param in super().get_params(ctx) if param is not self._help)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line by DCMTK's rules; while completing nothing is refused."""
        if ctx.resilient_parsing:
            return self._parse_leniently(ctx, args)
        if not args and self.no_args_is_help:
            return super().parse_args(ctx, args)
        try:
            self._read(ctx, args)
        except UsageError as error:
            raise Guessed(str(error), ctx, error.instead) from error
        return []

    def _parse_leniently(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Have Click parse the options that count, so that it knows what is given."""
        options = self.signature.options
        line = read_command_line(args, options, lambda _complaint: None)
        words = [
            word
            for option, values in line.counting(options).items()
            for start in range(0, max(option.arity, len(values)) or 1, option.arity or 1)
            for word in (option.long_name, *values[start : start + option.arity])
        ]
        return super().parse_args(ctx, [*words, "--", *line.parameters] if line.takes_parameters else words)

    def _read(self, ctx: click.Context, args: list[str]) -> None:
        """Read the values, and do what options want in place of the run."""
        line = read_command_line(args, self.signature.options)
        asked = {option.name for option, _ in line.occurrences if option.first}
        if asked:
            values = Values(self.signature.options)
            self._act(ctx, values, asked)
        values = parse(self.signature, line)
        ctx.params = {name: values[name] for name in values}
        ctx.meta[_READ] = values, line
        self._act(
            ctx, values, {each.name for each in values.options if each.instead and values.is_given(each)}
        )

    def _act(self, ctx: click.Context, values: Values, names: set[str]) -> None:
        """Do what these options want, in the order of their declaration; the first one ends the run."""
        for option in self.signature.options:
            if option.name in names:
                self._actions[option.name](ctx, values, values[option.name])
                ctx.exit()

    def invoke(self, ctx: click.Context) -> None:
        """Run the command and exit with its code."""
        values, line = ctx.meta[_READ]
        try:
            code = self._run(values, line, ctx.command_path)
        except UsageError as error:
            raise Guessed(str(error), ctx, error.instead) from error
        ctx.exit(code)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the notes, then what each help page ends with."""
        super().format_epilog(ctx, formatter)
        write_end(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the parameters, then the options by heading and subheading."""
        places = {section: place for place, section in enumerate(self.last_sections)}
        records = sorted(_help_records(ctx, self.get_params(ctx)), key=lambda each: places.get(each[0], -1))
        widths = [len(term) + _INDENT * _depth(section) for section, rows in records for term, _ in rows]
        width = min(max(widths), _WIDEST)
        if formatter.width < _ROOM:
            width = _HANGING
        heading = ""
        for section, rows in records:
            if section[0] != heading:
                heading = section[0]
                formatter.write_paragraph()
                formatter.write_heading(heading)
            _write_section(formatter, section, rows, width)


def _depth(section: Section) -> int:
    return 1 if section[1] is None else 2


def _help_records(
    ctx: click.Context, params: Iterable[click.Parameter]
) -> list[tuple[Section, list[tuple[str, str]]]]:
    records: dict[Section, list[tuple[str, str]]] = {("parameters", None): []}
    for param in params:
        if isinstance(param, DicomArgument):
            records["parameters", None].append((param.make_metavar(ctx), param.parameter.description))
        elif isinstance(param, DicomOption) and (record := param.get_help_record(ctx)):
            records.setdefault(param.option.section, []).append(record)
    return [(section, rows) for section, rows in records.items() if rows]


def _write_section(
    formatter: click.HelpFormatter, section: Section, rows: Sequence[tuple[str, str]], width: int
) -> None:
    """Write one table; its terms are padded so that the texts of all sections start in one column."""
    own = width - _INDENT * _depth(section)
    padded, own = [(term.ljust(own), text) for term, text in rows], max(own, _HANGING)
    with formatter.indentation():
        if section[1] is None:
            formatter.write_dl(padded, col_max=own)
            return
        formatter.write_heading(section[1])
        with formatter.indentation():
            formatter.write_dl(padded, col_max=own)


def _show_help(ctx: click.Context, _values: Values, _value: object) -> None:
    show(ctx)
