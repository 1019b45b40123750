"""`--show-settings`: what every setting is in the end, and where it comes from."""

from collections.abc import Iterator

import click

from dcmtool.cli.command_line import HIDDEN
from dcmtool.cli.configured import origin_of_parameters
from dcmtool.cli.declared import DicomArgument, DicomOption, Rank
from dcmtool.cli.results import write_columns
from dcmtool.config import places


def show(ctx: click.Context) -> None:
    """Write a table with a row for each parameter and for each option that has a say."""
    write_columns([("SETTING", "VALUE", "ORIGIN"), *_rows(ctx)])


def _rows(ctx: click.Context) -> Iterator[tuple[str, str, str]]:
    options = {option.long_name: option for option in ctx.command.params if isinstance(option, DicomOption)}
    for param in ctx.command.params:
        if isinstance(param, DicomArgument):
            value = ctx.params[param.name]
            yield param.name, _text(value), "" if value is None else origin_of_parameters(ctx)
    nodes = options["--nodes"]
    path = ctx.params[nodes.name]
    yield _name(nodes), path or places.node_file(), _origin(ctx, nodes)
    for option in options.values():
        if option.allow_from_autoenv and _has_a_say(ctx, option, options):
            value = ctx.params[option.name]
            hidden = option.secret and value is not None
            yield _name(option), HIDDEN if hidden else _text(value), _origin(ctx, option)


def _has_a_say(ctx: click.Context, option: DicomOption, options: dict[str, DicomOption]) -> bool:
    """Return whether an option is neither the loser of its block nor put out of effect by another."""
    if option.is_given(ctx):
        return True
    if option.block:
        return ctx.params[option.name] is True
    rivals = [options[name] for names in option.conflicts for name in names]
    return not any(rival.is_given(ctx) for rival in rivals)


def _name(option: DicomOption) -> str:
    return option.long_name.removeprefix("--")


def _origin(ctx: click.Context, option: DicomOption) -> str:
    return "built-in" if option.rank(ctx) is Rank.BUILT_IN else option.origin(ctx)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
