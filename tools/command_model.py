"""What a command's own help says, as plain values, which the pages and the man pages are made of."""

from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc
from typing import NamedTuple

import click

from dcmtool.cli.examples import EXAMPLES
from dcmtool.cli.grammar.option import DicomArgument, DicomOption
from dcmtool.cli.group import COMMANDS, cli
from dcmtool.options.option import Option
from tools.option_rules import Rules, listed


class Row(NamedTuple):
    """An option or a parameter: how it is spelled, the name of its value, what it does, what holds for it."""

    spellings: tuple[str, ...]
    value: str
    text: str
    limits: str = ""
    rules: tuple[str, ...] = ()


class Section(NamedTuple):
    """Options under a heading, perhaps a subheading; `rules` hold for several of them."""

    heading: str
    subheading: str | None
    rows: tuple[Row, ...]
    rules: tuple[str, ...] = ()


class Page(NamedTuple):
    """A command: its words, its line in a list, its usage and texts, its options, its subcommands.

    `variables` are those of the environment that set its options, each with what it sets; `examples` are
    lines to type, each with what it does.
    """

    words: tuple[str, ...]
    summary: str
    usage: str
    text: tuple[str, ...]
    sections: tuple[Section, ...]
    epilog: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    commands: tuple["Page", ...]
    examples: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The command as it is called."""
        return " ".join(self.words)

    def all(self) -> Iterator["Page"]:
        """Yield this command and all below it."""
        yield self
        for each in self.commands:
            yield from each.all()


def program() -> Page:
    """Return `dcmtool` itself; commands of other packages are left out."""
    return page_of(cli, "dcmtool")


def page_of(command: click.Command, name: str, parent: click.Context | None = None) -> Page:
    """Return a command, called by this name, and all below it; what is hidden is left out."""
    ctx = click.Context(command, parent=parent, info_name=name, **command.context_settings)
    options = [
        param for param in command.get_params(ctx) if isinstance(param, click.Option) and not param.hidden
    ]
    return Page(
        words=tuple(ctx.command_path.split()),
        summary=_summary(command),
        usage=" ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]),
        text=_paragraphs(command.help),
        sections=(*_parameters(ctx), *_sections(ctx, options)),
        epilog=_paragraphs(command.epilog),
        variables=tuple(_variables(ctx, options)),
        commands=tuple(page_of(each, word, ctx) for word, each in _subcommands(ctx)),
        examples=EXAMPLES.get(ctx.command_path, ()),
    )


def _subcommands(ctx: click.Context) -> Iterator[tuple[str, click.Command]]:
    if isinstance(ctx.command, click.Group):
        for name in COMMANDS if ctx.command is cli else ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            if command and not command.hidden:
                yield name, command


def _summary(command: click.Command) -> str:
    return command.short_help or _paragraphs(command.help)[0]


def _paragraphs(text: str | None) -> tuple[str, ...]:
    return tuple(" ".join(each.split()) for each in cleandoc(text or "").split("\n\n") if each)


def _parameters(ctx: click.Context) -> Iterator[Section]:
    described = [param for param in ctx.command.params if isinstance(param, DicomArgument)]
    if described:
        rows = (Row((param.make_metavar(ctx),), "", param.parameter.description) for param in described)
        yield Section("parameters", None, tuple(rows))


def _sections(ctx: click.Context, options: Sequence[click.Option]) -> Iterator[Section]:
    rules = Rules(_dicom(options))
    last = getattr(ctx.command, "last_sections", ())
    places = dict.fromkeys(map(_place, options))
    for place in sorted(places, key=lambda each: last.index(each) if each in last else -1):
        members = [option for option in options if _place(option) == place]
        shared = rules.shared(_dicom(members))
        rows = tuple(_row(ctx, option, rules, shared) for option in members)
        alone = [option.long_name for option in _dicom(members) if option.stands_alone]
        but = f"all but {listed(alone, 'and')} " if alone else ""
        yield Section(*place, rows, (*(but + rule for rule in shared), *rules.of_blocks(_dicom(members))))


def _dicom(options: Iterable[click.Option]) -> list[Option]:
    return [option.option for option in options if isinstance(option, DicomOption)]


def _place(option: click.Option) -> tuple[str, str | None]:
    return option.option.section if isinstance(option, DicomOption) else ("options", None)


def _row(ctx: click.Context, option: click.Option, rules: Rules, shared: tuple[str, ...]) -> Row:
    value = "" if option.is_flag else option.make_metavar(ctx)
    spellings, text = spelled(option), option.help or ""
    if isinstance(option, DicomOption):
        own = tuple(rule for rule in rules.of(option.option) if rule not in shared)
        return Row(spellings, value, text, "; ".join(option.option.notes()), own)
    return Row(spellings, value, text.removesuffix("."), "; ".join(_limits(option)))


def _limits(option: click.Option) -> Iterator[str]:
    """Yield of an option of Click's own what `Option.notes` does of ours."""
    if option.required:
        yield "required"
    if option.show_default:
        yield f"default: {option.default if option.show_default is True else option.show_default}"


def spelled(option: click.Option) -> tuple[str, ...]:
    """Return the spellings, the short ones first: Click has those of help in any order."""
    return tuple(sorted([*option.opts, *option.secondary_opts], key=lambda each: each.startswith("--")))


def _variables(ctx: click.Context, options: Iterable[click.Option]) -> Iterator[tuple[str, str]]:
    """Yield the variables where Click looks for options: one line for those that are called as they are."""
    alike: dict[str, str] = {}
    without: list[str] = []
    others: list[tuple[str, str]] = []
    for option in options:
        if option is ctx.command.get_help_option(ctx):
            continue
        long = next(each for each in option.opts if each.startswith("--"))
        variable = f"{ctx.auto_envvar_prefix}_{str(option.name).upper()}"
        if option.envvar:
            others.append((str(option.envvar), long))
        elif not option.allow_from_autoenv:
            without.append(long)
        elif variable == f"{ctx.auto_envvar_prefix}_{long.strip('-').replace('-', '_').upper()}":
            alike[long] = variable
        else:
            others.append((variable, long))
    if alike:
        long, variable = next(iter(alike.items()))
        none = f"; there is none for {listed(without)}" if without else ""
        yield (
            f"{ctx.auto_envvar_prefix}_NAME",
            f"the option of that long name, in capitals with underscores: `{variable}` sets {long}{none}",
        )
    yield from others
