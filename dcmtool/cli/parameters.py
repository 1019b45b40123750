"""Options as DCMTK's tools have them, on Click's public interface alone.

`DicomCommand` reads the command line by DCMTK's rules before Click does, so that Click only sees long
spellings, each with its values, then `--` and the parameters. What one option means for another (blocks,
"only with", "not with") is settled after Click has added what the environment holds. `gathers` turns the
values into the settings that a command takes.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

from dcmtool.cli.command_line import CommandLine, read_command_line, settle
from dcmtool.cli.declared import DicomArgument, DicomOption, Section
from dcmtool.errors import InputFileError, SettingsError

__all__ = ["GENERAL", "Choice", "DicomArgument", "DicomCommand", "DicomOption", "gathers", "words"]

R = TypeVar("R")

GENERAL: Section = ("general options", None)
_INDENT = 2  # what Click indents by
_WORDS = "dcmtool.words"


class DicomCommand(click.Command):
    """A command whose command line follows DCMTK's rules and whose help has sections of two levels.

    Options are evaluated and checked in the order of their declaration, and shown in that order within their
    section. The `last_sections` stand in this order in the help, after all others.
    """

    def __init__(self, *args: Any, last_sections: Sequence[Section] = (), **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.last_sections = last_sections
        self._help = DicomOption(
            ["-h", "--help"],
            section=GENERAL,
            is_flag=True,
            is_eager=True,
            expose_value=False,
            allow_from_autoenv=False,
            callback=_show_help,
            help="show this help and exit",
        )

    def get_help_option(self, ctx: click.Context) -> DicomOption:  # noqa: ARG002
        """Return the help option, which stands in a section like the others."""
        return self._help

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters, the help option first: it wins over other options that end the run."""
        return [self._help, *(param for param in super().get_params(ctx) if param is not self._help)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line by DCMTK's rules, let Click parse what counts, settle what excludes what.

        While completing (resilient parsing) nothing is refused.
        """
        if not args:
            return super().parse_args(ctx, args)
        params = self.get_params(ctx)
        options = [param for param in params if isinstance(param, DicomOption)]
        lenient = ctx.resilient_parsing
        line = read_command_line(args, options, (lambda _: None) if lenient else ctx.fail)
        if not lenient:
            line = self.supplied(ctx, line)
            _check_count(ctx, line, [param for param in params if isinstance(param, DicomArgument)])
        ctx.meta[_WORDS] = line.words
        rest = super().parse_args(ctx, line.canonical(params))
        if not lenient:
            settle(ctx, options)
            _act_instead(ctx, options)
        return rest

    def supplied(self, ctx: click.Context, line: CommandLine) -> CommandLine:  # noqa: ARG002
        """Add what the command line leaves to others to say; here there are none."""
        return line

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the parameters, then the options by heading and subheading."""
        places = {section: place for place, section in enumerate(self.last_sections)}
        records = sorted(_help_records(ctx, self.get_params(ctx)), key=lambda each: places.get(each[0], -1))
        width = max(len(term) + _INDENT * _depth(section) for section, rows in records for term, _ in rows)
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
            records["parameters", None].append((param.make_metavar(ctx), param.description))
        elif isinstance(param, DicomOption) and (record := param.get_help_record(ctx)):
            records.setdefault(param.section, []).append(record)
    return list(records.items())


def _write_section(
    formatter: click.HelpFormatter, section: Section, rows: Sequence[tuple[str, str]], width: int
) -> None:
    """Write one table; its terms are padded so that the texts of all sections start in one column."""
    padded = [(term.ljust(width - _INDENT * _depth(section)), text) for term, text in rows]
    with formatter.indentation():
        if section[1] is None:
            formatter.write_dl(padded, col_max=width)
            return
        formatter.write_heading(section[1])
        with formatter.indentation():
            formatter.write_dl(padded, col_max=width)


def _show_help(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


def _check_count(ctx: click.Context, line: CommandLine, arguments: Sequence[DicomArgument]) -> None:
    if not line.takes_parameters:
        return
    missing = [each for each in arguments[len(line.parameters) :] if not each.may_be_left_out]
    if line.needs_parameters and missing:
        ctx.fail(f"Missing parameter {missing[0].name}")
    if len(line.parameters) > len(arguments):
        ctx.fail("Too many parameters")


def _act_instead(ctx: click.Context, options: Iterable[DicomOption]) -> None:
    for option in options:
        if option.instead is not None:
            value = ctx.params.pop(option.name)  # of no concern to the command
            if option.is_given(ctx):
                option.instead(ctx, value)


def words(ctx: click.Context) -> list[str]:
    """Return the arguments of the command as they were read, in order, to be shown: secrets are hidden."""
    return list(ctx.meta[_WORDS])


class Choice:
    """A settings field that several parameters decide: the first one set gives its value here.

    In place of that, None stands for the parameter's own value, and a function for what it makes of it.
    """

    def __init__(self, **values: object) -> None:
        self.values = values

    def take(self, kwargs: dict[str, Any]) -> Any:
        """Take all of the parameters out of `kwargs` and return the field's value."""
        chosen = [(kwargs.pop(name), value) for name, value in self.values.items()]
        own, value = next(((own, value) for own, value in chosen if _is_set(own)), (None, None))
        if callable(value):
            return value(own)
        return own if value is None else value


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != ()


def gathers(
    settings: Callable[..., Any], keyword: str, /, **fields: str | Choice
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Make one settings object of several parameters and pass it to the command as `keyword`.

    `fields` says which parameter gives which field. A `SettingsError` becomes a usage error.
    """

    def decorate(callback: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(callback)
        def gathered(*args: Any, **kwargs: Any) -> R:
            given = {
                name: kwargs[name]
                for source in fields.values()
                for name in (source.values if isinstance(source, Choice) else [source])
            }
            try:
                values = {
                    field: source.take(kwargs) if isinstance(source, Choice) else kwargs.pop(source)
                    for field, source in fields.items()
                }
                kwargs[keyword] = settings(**values)
            except SettingsError as error:
                raise _refused(error, given) from error
            return callback(*args, **kwargs)

        return gathered

    return decorate


def _refused(error: SettingsError, given: Mapping[str, object]) -> click.UsageError | InputFileError:
    """Return the error for a setting, naming what its value came from."""
    ctx = click.get_current_context()
    for param in ctx.command.params:
        if getattr(param, "secret", False):
            continue  # it is not told whether its value is the one
        if isinstance(param, DicomOption) and not param.is_given(ctx):
            continue  # what is built in is right
        if param.name in given and _has(given[param.name], error.value):
            if isinstance(param, DicomOption) and (stored := param.stored(ctx)):
                return stored.refused(f"{stored.key}: {error}")
            where = f"value for {param.origin(ctx)}" if isinstance(param, DicomOption) else "parameter value"
            return click.UsageError(f"Invalid {where}: {error}", ctx)
    return click.UsageError(f"Invalid settings: {error}", ctx)


def _has(value: object, wrong: object) -> bool:
    return value == wrong or (isinstance(value, tuple) and wrong in value)
